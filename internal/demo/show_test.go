package demo_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/dsrd/dsrd/internal/demo"
)

// What `make demo` shows goes from the first mail to the package.
func TestTheDemonstrationGoesToItsEnd(t *testing.T) {
	var told strings.Builder
	out := filepath.Join(t.TempDir(), "out")
	if err := demo.Show(t.Context(), &told, demo.ShowOptions{Out: out}); err != nil {
		t.Fatalf("%v, after:\n%s", err, told.String())
	}
	for _, word := range []string{"nothing moves", "a machine cannot confirm", "All eight rules hold", "Nothing is wrong"} {
		if !strings.Contains(told.String(), word) {
			t.Errorf("it does not tell %q", word)
		}
	}
	mails, err := filepath.Glob(filepath.Join(out, "*.eml"))
	if err != nil || len(mails) != 7 {
		t.Errorf("%d mails, %v", len(mails), err)
	}
}
