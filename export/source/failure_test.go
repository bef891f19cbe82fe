package source_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/dsrd/dsrd/export/source"
)

func TestErrorIsItsKind(t *testing.T) {
	err := fmt.Errorf("compile: %w", &source.Error{
		Kind: source.Auth, Source: "defender", Set: "alerts", Status: 403, Reason: "refused",
	})
	if !errors.Is(err, source.Auth) || errors.Is(err, source.Temporary) {
		t.Error("an error must be its own kind and no other")
	}
	want := "compile: read defender/alerts: auth: refused (status 403)"
	if err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}
	if kind, ok := source.KindOf(err); !ok || kind != source.Auth {
		t.Errorf("got kind %q, %v", kind, ok)
	}
	if _, ok := source.KindOf(errors.New("other")); ok {
		t.Error("a stranger's error has no kind")
	}
}
