package matrix_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestThePageNamesEveryRow holds docs/reliability.md against the tests that there are.
func TestThePageNamesEveryRow(t *testing.T) {
	page := readFile(t, filepath.Join("..", "..", "docs", "reliability.md"))
	declared := regexp.MustCompile(`(?m)^func (TestRow\w+)\(`)
	names, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range declared.FindAllStringSubmatch(string(b), -1) {
			if m[1] == "TestRow00NoFault" {
				continue
			}
			rows++
			if !strings.Contains(page, "`"+m[1]+"`") {
				t.Errorf("docs/reliability.md does not name %s", m[1])
			}
		}
	}
	if rows < 40 {
		t.Errorf("there are %d rows: are they still found?", rows)
	}
}
