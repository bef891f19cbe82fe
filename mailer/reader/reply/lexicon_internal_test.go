package reply

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	wordlist "github.com/dsrd/dsrd/mailer/reader/words"
)

// entries yields the entries of one section, a language each, without their stars.
func entries(t *testing.T, in section) map[string][]string {
	t.Helper()
	folder, of := "words", decisionSections
	if slices.Contains(cutSections, in) {
		folder, of = "cuts", cutSections
	}
	var names []string
	for _, s := range of {
		names = append(names, string(s))
	}
	all, err := wordlist.Read(wordFiles, folder, names...)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]string{}
	for _, e := range all {
		if e.Section == string(in) {
			out[e.Language] = append(out[e.Language], strings.Trim(e.Text, "*"))
		}
	}
	return out
}

func TestEveryWordFileIsRead(t *testing.T) {
	if _, err := readLexicon(wordFiles); err != nil {
		t.Fatal(err)
	}
}

func TestEveryLanguageHasWhatAnAnswerNeeds(t *testing.T) {
	need := []section{
		confirmWords, besideWords, agreeWords, refuseWords, conditionWords, greetingWords, closingWords,
		mobileWords, wroteWords, originalWords, forwardedWords, fromWords, dateWords, toWords,
		subjectWords, forwardPrefixes,
	}
	for _, in := range need {
		got := entries(t, in)
		for language := range entries(t, confirmWords) {
			if len(got[language]) == 0 {
				t.Errorf("%s.txt: section [%s] is empty", language, in)
			}
		}
	}
}

func TestBrokenWordFilesAreRefused(t *testing.T) {
	good := "[confirm]\nyes\n[refuse]\nno\n"
	tests := map[string]string{
		"a section that does not exist":  good + "[maybe]\nperhaps\n",
		"a word before any section":      "yes\n" + good,
		"the same entry twice":           good + "[condition]\nif\nIF\n",
		"an entry without a letter":      good + "[condition]\n...\n",
		"a star in a phrase":             good + "[refuse]\ndo not*\n",
		"stars at both ends":             good + "[refuse]\n*not*\n",
		"more words than are looked up":  good + "[condition]\na b c d e f g h i\n",
		"no word that refuses":           "[confirm]\nyes\n",
		"no word that confirms":          "[refuse]\nno\n",
		"a heading that is not finished": good + "[condition\nif\n[maybe]\n",
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			files := fstest.MapFS{"words/xx.txt": {Data: []byte(text)}}
			if _, err := readLexicon(files); err == nil {
				t.Errorf("readLexicon accepted %q", text)
			}
		})
	}
	if _, err := readLexicon(fstest.MapFS{"words/xx.txt": {Data: []byte(good)}}); err != nil {
		t.Errorf("readLexicon refused a good file: %v", err)
	}
}

func TestEveryConfirmationConfirms(t *testing.T) {
	for language, list := range entries(t, confirmWords) {
		for _, e := range list {
			for _, s := range []string{e, strings.ToUpper(e), capital(e) + ".", e + " !"} {
				if got, why := Decide(Text{New: s}, ""); got != Confirm {
					t.Errorf("%s: %q: got %s (%s)", language, s, got, why)
				}
			}
		}
	}
}

// "Tak" is yes in Polish and thanks in Danish: such a word confirms in neither.
func TestNoConfirmationMeansSomethingElseElsewhere(t *testing.T) {
	for language, list := range entries(t, confirmWords) {
		for _, e := range list {
			for _, in := range []section{
				besideWords, greetingWords, closingWords, mobileWords,
			} {
				if words().whole(in, tokenize(e)) {
					t.Errorf("%s: %q is in a list [%s] too", language, e, in)
				}
			}
		}
	}
}

func TestWhatStandsBesideAConfirmationIsNone(t *testing.T) {
	confirmations := entries(t, confirmWords)
	for language, list := range entries(t, besideWords) {
		for _, e := range list {
			if got, why := Decide(Text{New: capital(e) + "."}, ""); got == Confirm {
				t.Errorf("%s: %q confirms (%s)", language, e, why)
			}
			s := capital(e) + ", " + confirmations[language][0] + "."
			if got, why := Decide(Text{New: s}, ""); got != Confirm {
				t.Errorf("%s: %q: got %s (%s)", language, s, got, why)
			}
		}
	}
}

func TestNoRefusalOrConditionLetsAConfirmationThrough(t *testing.T) {
	confirmations := entries(t, confirmWords)
	for _, in := range []section{refuseWords, conditionWords} {
		for language, list := range entries(t, in) {
			for _, e := range list {
				own := "CONFIRM"
				if c := confirmations[language]; len(c) > 0 {
					own = c[0]
				}
				for _, s := range []string{
					"CONFIRM\n" + e, "Yes.\n\n" + e, own + "\n\n" + e, own + "\n" + strings.ToUpper(e), e,
				} {
					if got, _ := Decide(Text{New: s}, ""); got == Confirm {
						t.Errorf("%s [%s]: %q confirms", language, in, s)
					}
				}
			}
		}
	}
}

func TestEveryRefusalAloneRejects(t *testing.T) {
	for language, list := range entries(t, refuseWords) {
		for _, e := range list {
			got, why := Decide(Text{New: e}, "")
			if got != Reject && !(got == Unclear && why == "negation") {
				t.Errorf("%s: %q: got %s (%s)", language, e, got, why)
			}
		}
	}
}

func TestGreetingsAndClosingsDoNotDisturb(t *testing.T) {
	confirmations := entries(t, confirmWords)
	for language, list := range entries(t, greetingWords) {
		if len(confirmations[language]) == 0 {
			continue
		}
		for _, e := range list {
			s := e + " Anna,\n\n" + confirmations[language][0]
			if got, why := Decide(FromPlain(s), ""); got != Confirm {
				t.Errorf("%s: %q: got %s (%s)", language, s, got, why)
			}
		}
	}
	for language, list := range entries(t, closingWords) {
		if len(confirmations[language]) == 0 {
			continue
		}
		for _, e := range list {
			s := confirmations[language][0] + ".\n\n" + e + ",\nAnna Admin"
			if got, why := Decide(FromPlain(s), ""); got != Confirm {
				t.Errorf("%s: %q: got %s (%s)", language, s, got, why)
			}
		}
	}
}

func TestEveryMobileSignatureIsCut(t *testing.T) {
	for language, list := range entries(t, mobileWords) {
		for _, e := range list {
			got := FromPlain("CONFIRM\n\n" + e + "\n")
			if got.New != "CONFIRM" {
				t.Errorf("%s: %q: new text is %q", language, e, got.New)
			}
		}
	}
}

// Of a language in which nothing decides nobody listed the refusals: to cut its signatures must not
// make a confirmation of what would be none with them.
func TestSignaturesOfLanguagesThatDoNotDecideLeaveDoubt(t *testing.T) {
	confirmations, tried := entries(t, confirmWords), 0
	for _, in := range []section{closingWords, mobileWords, disclaimerWords, bannerWords} {
		for language, list := range entries(t, in) {
			for _, e := range list {
				// Czech lists some words of Slovak
				if len(confirmations[language]) > 0 || words().starts(in, tokenize(e)) {
					continue
				}
				answer := "CONFIRM\n\n" + capital(e) + ",\nand some more\nACME"
				if in == bannerWords {
					answer = capital(e) + "\n\nCONFIRM"
				}
				tried++
				uncut, _ := Decide(Text{New: answer}, "")
				if got, _ := Decide(FromPlain(answer), ""); got == Confirm && uncut != Confirm {
					t.Errorf("%s [%s]: %q confirms once it is cut", language, in, answer)
				}
			}
		}
	}
	if tried < 500 {
		t.Errorf("tried %d entries, want 500", tried)
	}
}

func TestEveryQuoteMarkerCuts(t *testing.T) {
	for language, list := range entries(t, originalWords) {
		for _, e := range list {
			got := FromPlain("CONFIRM\n\n-----" + e + "-----\n\nearlier words\n")
			if got.New != "CONFIRM" || got.Forwarded {
				t.Errorf("%s: %q: got %+v", language, e, got)
			}
		}
	}
	for language, list := range entries(t, forwardedWords) {
		for _, e := range list {
			got := FromPlain("CONFIRM\n\n---------- " + e + " ---------\n\nearlier words\n")
			if got.New != "CONFIRM" || !got.Forwarded {
				t.Errorf("%s: %q: got %+v", language, e, got)
			}
		}
	}
}

func TestEveryHeaderBlockCuts(t *testing.T) {
	from, date, to, subject := entries(t, fromWords), entries(t, dateWords), entries(t, toWords),
		entries(t, subjectWords)
	for language := range from {
		for _, f := range from[language] {
			for _, d := range date[language] {
				block := f + ": DSR Desk <desk@example.org>\n" + d + ": 2 Nov 2026 09:12\n" +
					to[language][0] + ": anna@example.com\n" + subject[language][0] + ": x\n\nearlier\n"
				if got := FromPlain("CONFIRM\n\n" + block); got.New != "CONFIRM" || got.Forwarded {
					t.Errorf("%s: %q: got %+v", language, block, got)
				}
			}
		}
	}
}

func TestEveryIntroductionIsCut(t *testing.T) {
	for language, list := range entries(t, wroteWords) {
		for _, e := range list {
			head := "2 Nov 2026 09:12 DSR Desk <desk@example.org> " + e + ":"
			got := FromPlain("CONFIRM\n\n" + head + "\n\n> earlier words\n")
			if got.New != "CONFIRM" {
				t.Errorf("%s: %q: new text is %q", language, head, got.New)
			}
		}
	}
}

func TestEveryForwardPrefixIsSeen(t *testing.T) {
	for language, list := range entries(t, forwardPrefixes) {
		for _, e := range list {
			for _, s := range []string{e + ": x", strings.ToUpper(e) + ": x", "Re: " + e + ": x"} {
				if !forwardSubject(s, nil) {
					t.Errorf("%s: %q is not taken for a forward", language, s)
				}
			}
		}
	}
}

func capital(s string) string {
	r := []rune(s)
	return strings.ToUpper(string(r[:1])) + string(r[1:])
}
