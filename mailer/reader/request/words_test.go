package request

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
)

func TestTheEmbeddedWordListsHaveNoErrors(t *testing.T) {
	if _, err := readLibrary(wordFiles); err != nil {
		t.Error(err)
	}
}

// languages gives every book; a test that goes over none would prove nothing.
func languages(t *testing.T) []*book {
	t.Helper()
	const least = 26
	if got := len(shelf().books); got < least {
		t.Fatalf("got %d word lists, want at least %d", got, least)
	}
	return shelf().books
}

func TestEveryLanguageFillsEverySection(t *testing.T) {
	// What a language may lack, because its grammar or its signatures have no such thing.
	optional := map[string]bool{
		"letters": true, "article": true, "business": true, "personal": true, "keep": true,
		"unused": true, "anew": true, "postscript": true, "opt_out hint": true, "ja sent": true, "ja not": true, "ja stop": true,
		"zh stop": true, "ko not": true, "ko if": true,
	}
	for _, b := range languages(t) {
		filled := map[string]bool{"letters": b.letters != "", "stop": len(b.stop) > 20}
		for _, p := range b.patterns {
			filled[p.section] = true
		}
		for section := range sections {
			if strings.HasSuffix(section, " loose") {
				continue
			}
			if !filled[section] && !optional[section] && !optional[b.code+" "+section] {
				t.Errorf("%s: nothing in [%s]", b.code, section)
			}
		}
	}
}

// A gap multiplies the places to look at; two keep the work for a word bounded.
func TestNoPhraseHasMoreThanTwoGaps(t *testing.T) {
	for _, b := range languages(t) {
		for _, p := range b.patterns {
			gaps := 0
			for _, part := range p.parts {
				if part.gap {
					gaps++
				}
			}
			if gaps > 2 {
				t.Errorf("%s: [%s] has a phrase with %d gaps: %v", b.code, p.section, gaps, p.parts)
			}
		}
	}
}

func TestTheSameWordsDoNotAskForTwoRights(t *testing.T) {
	isRight := map[string]bool{}
	for _, kind := range rights {
		isRight[kind] = true
	}
	for _, b := range languages(t) {
		section := map[string]string{}
		for _, p := range b.patterns {
			if !isRight[p.section] {
				continue
			}
			var key strings.Builder
			for _, part := range p.parts {
				fmt.Fprint(&key, part, " ")
			}
			if other := section[key.String()]; other != "" && other != p.section {
				t.Errorf("%s: %q is in [%s] and [%s]", b.code, key.String(), other, p.section)
			}
			section[key.String()] = p.section
		}
	}
}

func TestABadWordListIsNamedByLine(t *testing.T) {
	files := fstest.MapFS{"words/xx.txt": {Data: []byte("stray\n[erasure]\ngone # fine\n[no-such]\nx\n")}}
	lib, err := readLibrary(files)
	if err == nil {
		t.Fatal("a stray line and an unknown section were accepted")
	}
	for _, want := range []string{"xx.txt:1", "xx.txt:4: no section is called [no-such]"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error %q does not name %q", err, want)
		}
	}
	if got := len(lib.byCode["xx"].patterns); got != 1 {
		t.Errorf("got %d phrases of the good lines, want 1", got)
	}
}

func TestPhrases(t *testing.T) {
	tests := []struct {
		name, phrase, text string
		want               bool
	}{
		{"words in a row", "delete my", "Please DELETE my data", true},
		{"not words apart", "delete my", "delete all my data", false},
		{"a gap skips words", "delete ... data", "delete all of my data", true},
		{"a gap has an end", "delete ... data", "delete a b c d e f data", false},
		{"a gap stops at a comma", "delete ... data", "delete it, my data are wrong", false},
		{"a stem takes any ending", "lösch*", "die Löschung", true},
		{"a stem takes the bare word", "lösch*", "bitte lösch das", true},
		{"a tail takes any beginning", "*löschung", "Datenlöschung", true},
		{"accents do not matter", "löschen", "LOSCHEN", true},
		{"sharp s is two", "grüße", "GRÜSSE", true},
		{"apostrophes part words", "l'accès", "demander l’accès", true},
		{"a final sigma is a sigma", "πρόσβασης", "ΠΡΌΣΒΑΣΗΣ", true},
		{"Turkish capitals", "bilgi", "BİLGİ", true},
		{"characters in a row", "削除", "データを削除して", true},
		{"one of several words", "delete my|our|his data", "delete our data", true},
		{"none of several words", "delete my|our|his data", "delete her data", false},
		{"one of several first words", "delete|erase my", "erase my data", true},
		{"one of several after a gap", "give ... csv|js* file", "give it to me as a json file", true},
		{"a word of several that is two", "it is made|re-made now", "it is re made now", true},
		{"one of several in characters", "停止|不要 ... 分析|画像", "请停止这种画像", true},
		{"not characters apart", "削除", "削って除く", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := wordsOf(clean(tt.text, maxText))
			got := false
			for _, p := range parsePatterns("x", tt.phrase) {
				for i := range s {
					got = got || matchParts(p.parts, s, i) > 0
				}
			}
			if got != tt.want {
				t.Errorf("%q in %q: got %v, want %v", tt.phrase, tt.text, got, tt.want)
			}
		})
	}
}

func TestSentencesEndWhereTheyEnd(t *testing.T) {
	tests := []struct {
		name, text string
		want       int
	}{
		{"two full stops", "Delete my data. I want a copy.", 2},
		{"an abbreviation", "gemäß Art. 15 Abs. 1 DSGVO", 1},
		{"an abbreviation before a capital", "siehe bzw. Artikel", 1},
		{"a number before a name", "prema članku 15. GDPR", 1},
		{"a dot inside a word", "see shop.example for it", 1},
		{"a line that a mail client broke",
			"I would like to ask you kindly to send me a copy of all the data\nthat you hold", 1},
		{"a blank line", "one\n\ntwo", 2},
		{"items of a list", "I want all of these things from you, and I want them very soon:\n- one\n- two", 3},
		{"a Japanese full stop", "開示してください。削除してください。", 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := sentencesOf(tt.text, shelf().abbreviations)
			if len(got) != tt.want {
				t.Errorf("got %d sentences, want %d: %v", len(got), tt.want, got)
			}
		})
	}
}
