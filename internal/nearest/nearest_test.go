package nearest_test

import (
	"testing"

	"github.com/dsrd/dsrd/internal/nearest"
)

func TestNames(t *testing.T) {
	known := []string{"reminders", "receipt", "regime", "questions"}
	for name, want := range map[string]struct{ name, alike string }{
		"remiders":  {"reminders", "reminders"},
		"question":  {"questions", "questions"},
		"recipe":    {"receipt", "receipt"},
		"xyz":       {"regime", ""},
		"":          {"regime", ""},
		"regime":    {"regime", "regime"},
		"questionz": {"questions", "questions"},
	} {
		if got := nearest.Name(name, known); got != want.name {
			t.Errorf("%q: nearest %q, want %q", name, got, want.name)
		}
		if got := nearest.Alike(name, known); got != want.alike {
			t.Errorf("%q: alike %q, want %q", name, got, want.alike)
		}
	}
	if got := nearest.Name("a", nil); got != "" {
		t.Errorf("nothing is known: got %q", got)
	}
}
