package request

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// The table must not make another word than decomposing the whole of it does.
func TestFoldingLettersOneByOneIsFoldingTheWord(t *testing.T) {
	for _, word := range []string{"LÖSCHUNG", "straße", "ŁÓDŹ", "İstanbul", "ĞÜŞ", "Ærø", "ŉ", "ǆ", "Đ", "naïve"} {
		if got, want := fold(word), decomposed(strings.ToLower(word)); got != want {
			t.Errorf("%s: %q, want %q", word, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringOfN(rapid.RuneFrom([]rune("aÄéŠœÞŐşțȘİı\u0301\u0323βЖ가́")), 0, 12, -1).Draw(t, "word")
		if got, want := fold(word), decomposed(strings.ToLower(word)); got != want {
			t.Errorf("%q: %q, want %q", word, got, want)
		}
	})
}
