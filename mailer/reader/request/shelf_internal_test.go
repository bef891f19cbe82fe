package request

import (
	"runtime"
	"strings"
	"testing"
)

// The word lists are read once a process; a command that reads one mail waits for it.
func BenchmarkReadLists(b *testing.B) {
	for b.Loop() {
		lib := newShelf()
		lib.booksFor("de")
	}
	b.ReportAllocs()
}

// Languages are kept as bits.
func TestThereAreNoMoreLanguagesThanBits(t *testing.T) {
	if n := len(shelf().books); n > 64 {
		t.Errorf("%d languages, and 64 can be", n)
	}
}

// A text is read into a few arrays of its words, not into a map for each sentence.
func TestAPlainRequestAllocatesLittle(t *testing.T) {
	text := "Dear Sir or Madam,\n\nI hereby request access to my personal data under Art. 15 GDPR, for the\n" +
		"account customer@acme.example. Please send me a copy of all data that you\nhold, and tell me" +
		" where you got it from.\n\nKind regards\nAnn\n"
	got := testing.AllocsPerRun(20, func() { Read(text, "Subject access request", "ann@acme.example", nil) })
	if got > 90 {
		t.Errorf("%v allocations for a plain request, and 90 are enough", got)
	}
}

// What is kept of a text grows with it, by a word at most for each byte.
func TestALongTextTakesMemoryInProportion(t *testing.T) {
	for name, piece := range map[string]string{
		"letters": "a ", "characters": "削除", "phrases": "please delete my data if not ", "addresses": "a@b.example ",
		"lines": "\n",
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Repeat(piece, maxText/len(piece))
			Read(text, "", "", nil) // the word lists are read once a process
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			Read(text, "", "", nil)
			runtime.ReadMemStats(&after)
			if got := after.TotalAlloc - before.TotalAlloc; got > 100*maxText {
				t.Errorf("%d bytes for a text of %d", got, len(text))
			}
		})
	}
}
