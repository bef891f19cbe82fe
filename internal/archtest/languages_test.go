package archtest_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// wordLists are the folders that hold a file a language, as docs/languages.md names them.
var wordLists = []struct{ dir, name string }{
	{"mailer/reader/request/words", "requests"},
	{"mailer/reader/request/withdrawal", "taken back"},
	{"mailer/reader/reply/words", "answers"},
	{"mailer/reader/reply/cuts", "new text"},
	{"mailer/reader/auto", "automatic"},
	{"mailer/reader/bounce/words", "bounces"},
}

var languageFile = regexp.MustCompile(`^([a-z]{2})\.txt$`)

func languagesOf(t *testing.T, dir string) map[string]bool {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(root, dir))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, e := range entries {
		if m := languageFile.FindStringSubmatch(e.Name()); m != nil {
			found[m[1]] = true
		}
	}
	return found
}

// languageTable is a row a language: which lists it has.
func languageTable(t *testing.T) string {
	lists, all := map[string]map[string]bool{}, map[string]bool{}
	head, rule := "|", "|---|"
	for _, l := range wordLists {
		lists[l.dir] = languagesOf(t, l.dir)
		maps.Copy(all, lists[l.dir])
		head, rule = head+" | "+l.name, rule+"---|"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s |\n%s\n", head, rule)
	for _, code := range slices.Sorted(maps.Keys(all)) {
		b.WriteString("| " + code)
		for _, l := range wordLists {
			mark := " "
			if lists[l.dir][code] {
				mark = "x"
			}
			b.WriteString(" | " + mark)
		}
		b.WriteString(" |\n")
	}
	b.WriteString("| in all")
	for _, l := range wordLists {
		fmt.Fprintf(&b, " | %d", len(lists[l.dir]))
	}
	b.WriteString(" |\n\n")
	return b.String()
}

var languages = regexp.MustCompile(`(?s)<!-- languages -->\n(.*)<!-- end -->`)

func TestTheLanguagesAreThoseOfTheFiles(t *testing.T) {
	const page = "docs/languages.md"
	text, want := read(t, page), languageTable(t)
	shown := languages.FindStringSubmatchIndex(text)
	if shown == nil {
		t.Fatalf("%s has no table of languages", page)
	}
	if text[shown[2]:shown[3]] == want {
		return
	}
	if !*update {
		t.Fatalf("%s shows another table than the files make; run: make diagram", page)
	}
	text = text[:shown[2]] + want + text[shown[3]:]
	if err := os.WriteFile(filepath.Join(root, page), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// Whoever edits a list of words finds beside it how.
func TestEveryWordListIsExplained(t *testing.T) {
	for _, l := range wordLists {
		if text := read(t, l.dir+"/README.md"); !strings.Contains(text, "|") {
			t.Errorf("%s/README.md explains no section", l.dir)
		}
	}
}
