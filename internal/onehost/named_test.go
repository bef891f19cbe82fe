package onehost_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	named = regexp.MustCompile("`(dsrd [a-z][^`]*)`")
	flag  = regexp.MustCompile(`--[a-z-]+`)
)

// TestEveryOrderThatThePageNamesExists looks at what stands in its tables and
// sentences, which needs a request or a failure to be run: the verb must be there, with
// the flags that the page gives it.
func TestEveryOrderThatThePageNamesExists(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(root, "docs/operating.md"))
	must(t, err, "")
	dsrd := filepath.Join(t.TempDir(), "dsrd")
	out, err := exec.Command("go", "build", "-o", dsrd, "../../cmd/dsrd").CombinedOutput()
	must(t, err, string(out))
	orders := named.FindAllStringSubmatch(string(page), -1)
	if len(orders) < 10 {
		t.Fatalf("the page names only %d orders", len(orders))
	}
	for _, order := range orders {
		verb := strings.Fields(order[1])[1:]
		for n, word := range verb { // the words before the first argument
			if word != strings.ToLower(word) || strings.HasPrefix(word, "-") || strings.HasPrefix(word, "[") {
				verb = verb[:n]
				break
			}
		}
		help, err := exec.Command(dsrd, append(verb, "--help")...).Output()
		usage := "dsrd " + strings.Join(verb, " ")
		if err != nil || !strings.Contains(string(help), usage+" ") {
			t.Errorf("%s: there is no %s", order[1], usage)
		}
		for _, f := range flag.FindAllString(order[1], -1) {
			if !strings.Contains(string(help), " "+f+" ") {
				t.Errorf("%s: %s has no %s", order[1], usage, f)
			}
		}
	}
}
