package archtest_test

import (
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/dsrd/dsrd/internal/archtest"
)

var update = flag.Bool("update", false, "draw the diagram in ARCHITECTURE.md anew")

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// files lists those of the repository that keep accepts, by path from the root.
func files(t *testing.T, keep func(string) bool) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := strings.TrimPrefix(filepath.ToSlash(path), root+"/")
		if d.IsDir() && (name == ".git" || name == "bin" || name == "demo-out") {
			return filepath.SkipDir
		}
		if !d.IsDir() && keep(name) {
			found = append(found, name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func prose(name string) bool {
	return name == "README.md" || name == "ARCHITECTURE.md" || name == "CHANGELOG.md" ||
		strings.HasPrefix(name, "docs/") && strings.HasSuffix(name, ".md")
}

const fence = "```"

var diagram = regexp.MustCompile("(?s)" + fence + "mermaid\n(.*?)" + fence)

func TestArchitectureShowsTheDiagram(t *testing.T) {
	text, want := read(t, "ARCHITECTURE.md"), read(t, "workflow/testdata/table.mmd")
	shown := diagram.FindStringSubmatchIndex(text)
	if shown == nil {
		t.Fatal("ARCHITECTURE.md shows no diagram")
	}
	if text[shown[2]:shown[3]] == want {
		return
	}
	if !*update {
		t.Fatal("the diagram is not that of workflow/testdata/table.mmd; run: make diagram")
	}
	text = text[:shown[2]] + want + text[shown[3]:]
	if err := os.WriteFile(filepath.Join(root, "ARCHITECTURE.md"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestArchitectureNamesEveryRoom(t *testing.T) {
	text := read(t, "ARCHITECTURE.md")
	for room := range archtest.House().Rooms {
		if !strings.Contains(text, "`"+room+"`") {
			t.Errorf("ARCHITECTURE.md does not say what %s is and may import", room)
		}
	}
}

var keyLine = regexp.MustCompile(`(?m)^//\t(\S+) {2,}(?:hash|list|zset|set|string) {2,}`)

func TestArchitectureNamesEveryRedisKey(t *testing.T) {
	text := read(t, "ARCHITECTURE.md")
	keys := keyLine.FindAllStringSubmatch(read(t, "store/keys.go"), -1)
	if len(keys) < 20 {
		t.Fatalf("store/keys.go names %d keys: is its table still read?", len(keys))
	}
	for _, key := range keys {
		if !strings.Contains(text, "`"+key[1]+"`") {
			t.Errorf("ARCHITECTURE.md does not name the key %s", key[1])
		}
	}
}

// A document that names a test which is gone promises what nobody holds.
func TestEveryTestThatADocumentNamesExists(t *testing.T) {
	there := map[string]bool{}
	declared := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Benchmark)\w+)\(`)
	for _, name := range files(t, func(n string) bool { return strings.HasSuffix(n, "_test.go") }) {
		for _, m := range declared.FindAllStringSubmatch(read(t, name), -1) {
			there[m[1]] = true
		}
	}
	promised := regexp.MustCompile(`\{"([^"]+)", \w+\}`)
	for _, m := range promised.FindAllStringSubmatch(read(t, "store/storetest/suite.go"), -1) {
		there["store: "+m[1]] = true
	}
	for _, name := range files(t, func(n string) bool { return strings.HasSuffix(n, ".txtar") }) {
		there[filepath.Base(name)] = true
	}
	named := regexp.MustCompile("`((?:Test|Fuzz|Benchmark)[A-Z0-9]\\w*|store: [^`]+|[\\w-]+\\.txtar)`")
	count := 0
	for _, doc := range files(t, prose) {
		for _, m := range named.FindAllStringSubmatch(read(t, doc), -1) {
			count++
			if !there[m[1]] {
				t.Errorf("%s names %q, which does not exist", doc, m[1])
			}
		}
	}
	if count < 20 {
		t.Errorf("the documents name %d tests: are they still found?", count)
	}
}

func TestLinksInDocumentsLead(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#\s]+)[^)]*\)`)
	for _, doc := range files(t, prose) {
		for _, m := range link.FindAllStringSubmatch(read(t, doc), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(root, filepath.Dir(doc), m[1])); err != nil {
				t.Errorf("%s links to %s, which is not there", doc, m[1])
			}
		}
	}
}
