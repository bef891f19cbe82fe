package reply

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// What is not searched for a code holds none, whatever the letters, their case and what parts them.
func TestNoCodeIsOverlookedByTheLengthsOfWords(t *testing.T) {
	group := func(t *rapid.T, n int) string {
		n += rapid.SampledFrom([]int{0, 0, 0, 0, 0, 0, 0, 0, 0, 1, -1}).Draw(t, "off")
		letters := rapid.SampledFrom([]rune("abzABZ234567kK\u017f\u212a"))
		return rapid.StringOfN(letters, n, n, -1).Draw(t, "group")
	}
	parting := rapid.SampledFrom([]string{"-", "-", "-", "-", "-", "-", " ", " ", "", "_", "é"})
	around := rapid.SampledFrom([]string{"", " ", "code: ", "code", "\n", "-", "_", "a", "1", "é"})
	found := 0
	rapid.Check(t, func(t *rapid.T) {
		var b strings.Builder
		b.WriteString(around.Draw(t, "before"))
		joined := rapid.Bool().Draw(t, "joined")
		for range 4 {
			b.WriteString(group(t, 5))
			if !joined {
				b.WriteString(parting.Draw(t, "parting"))
			}
		}
		b.WriteString(group(t, 6) + around.Draw(t, "after"))
		s := b.String()
		matches := codeLike.MatchString(s) || spacedCode.MatchString(s)
		if matches {
			found++
		}
		if matches && !groupsLikeCode(s) {
			t.Errorf("%q holds a code and is not searched", s)
		}
	})
	if found == 0 {
		t.Error("no text held a code")
	}
}

func TestALetterWithoutGroupsIsNotSearched(t *testing.T) {
	for _, s := range []string{
		"", "Confirm\n\nKind regards\nAnn", "never share those names again",
		"2019 until 2026-12-01, order 234567", strings.Repeat("a", 27), "abcde-abcde-abcde-abcde",
	} {
		if groupsLikeCode(s) {
			t.Errorf("%q is searched for a code", s)
		}
	}
}
