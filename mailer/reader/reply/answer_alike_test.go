package reply_test

import (
	"strings"
	"testing"

	"github.com/dsrd/dsrd/mailer/reader/reply"
)

// replacing returns a disguise that exchanges the first letter that it can.
func replacing(pairs ...string) func(string) string {
	return func(w string) string {
		for i := 0; i+1 < len(pairs); i += 2 {
			if strings.Contains(w, pairs[i]) {
				return strings.Replace(w, pairs[i], pairs[i+1], 1)
			}
		}
		return w
	}
}

// shifted writes ASCII letters with those of another block; gap is how far it is from 'a'.
func shifted(first rune) func(string) string {
	return func(w string) string {
		return strings.Map(func(r rune) rune {
			if 'a' <= r && r <= 'z' {
				return first + r - 'a'
			}
			return r
		}, w)
	}
}

// between puts s between the letters of a word.
func between(s string) func(string) string {
	return func(w string) string { return strings.Join(strings.Split(w, ""), s) }
}

var disguises = map[string]func(string) string{
	"a Cyrillic letter":    replacing("o", "о", "e", "е", "a", "а", "c", "с", "i", "і", "p", "р", "x", "х"),
	"a Greek letter":       replacing("o", "ο", "v", "ν", "i", "ι", "a", "α", "u", "υ"),
	"an Armenian letter":   replacing("o", "օ", "u", "ս"),
	"a digit":              replacing("o", "0", "e", "3", "a", "4", "i", "1", "s", "5", "t", "7"),
	"a small capital":      replacing("n", "ɴ", "o", "ᴏ", "t", "ᴛ", "e", "ᴇ", "a", "ᴀ"),
	"mathematical letters": shifted('𝐚'),
	"circled letters":      shifted('ⓐ'),
	"wide letters":         shifted('ａ'),
	"in capitals":          strings.ToUpper,
	"zero width spaces":    between("\u200b"),
	"zero width joiners":   between("\u200d"),
	"soft hyphens":         between("\u00ad"),
	"word joiners":         between("\u2060"),
	"struck letters":       between("\u0336"),
	"letter by letter":     between(" "),
	"with dots":            between("."),
	"with dashes":          between("-"),
	"written backwards": func(w string) string {
		r := []rune(w)
		for i, j := 0, len(r)-1; i < j; i, j = i+1, j-1 {
			r[i], r[j] = r[j], r[i]
		}
		return "\u202e" + string(r) + "\u202c"
	},
}

func TestADisguisedRefusalStillCounts(t *testing.T) {
	var n tally
	for lang := range strings.FieldsSeq(excellent) {
		yes := list(t, lang, "confirm", "yes")[0]
		for _, w := range few(list(t, lang, "refuse"), 9) {
			for _, disguise := range disguises {
				for _, s := range []string{disguise(w), capitalised(disguise(w))} {
					n.never(t, yes+"\n\n"+s)
					n.never(t, yes+", "+s)
				}
			}
		}
	}
	t.Logf("figure: intent disguises %d, confirmed wrongly %d", n.all, n.confirmed)
}

func TestNamesAndTitlesAreNoDisguise(t *testing.T) {
	for _, s := range []string{
		"Łukasz Żółć", "Nguyễn Văn Ân", "Siân O'Neill", "Bjørn Ødegård", "Zoë D’Arcy-Müller",
		"Анна Иванова", "Ελένη Παπαδοπούλου", "İpek Işık", "3M Deutschland", "10115 Berlin",
		"Tel. +49 30 0000-00", "IT部 田中", "株式会社サンプル", "ООО «Пример»", "Acme™ B2B", "F5 Networks",
		"Anna Admin, Ph.D.", "Acme Ltd.", "Muster GmbH & Co. KG", "Dott.ssa Anna Rossi", "Ana García S.A.",
		"Anna Admin\nHead of the data team\nwww.acme.example", "Anna Admin | Acme | +1 555 0100",
		"Anna Admin\nDirectora de protección de datos", "Anna\n\nSent from my iPhone",
		"— Anna", "*Anna Admin*", "Best\nAnna", "anna",
	} {
		if got, why := reply.Decide(reply.FromPlain("CONFIRM\n\n"+s), "Re: x"); got != reply.Confirm {
			t.Errorf("CONFIRM above %q: got %s (%s)", s, got, why)
		}
	}
}

func TestWhereARefusalStandsDoesNotMatter(t *testing.T) {
	filler := strings.Repeat("Anna Admin\n", 50)
	for name, s := range map[string]string{
		"50 lines below":           "Yes\n\n" + filler + "No",
		"past what is looked at":   "Yes\n\n" + strings.Repeat("Anna Admin\n", 1000) + "No",
		"past what is read":        "Yes\n\n" + strings.Repeat("Anna Admin\n", 9000) + "No",
		"behind blank lines":       "Yes" + strings.Repeat("\n", 300) + "No",
		"after tabs":               "Yes" + strings.Repeat("\t", 300) + "No",
		"in a list":                "1. yes\n2. no",
		"the other way round":      "1. no 2. yes",
		"in a list with letters":   "a) yes\nb) no",
		"in a table":               "| Release | yes |\n| Invoices | no |",
		"a table of yes alone":     "| Release | yes |",
		"between quotations":       "> Release?\nYes\n> Invoices?\nNo",
		"below a signature":        "Yes\n\n-- \nAnna\n\nNo",
		"below a closing":          "Yes\n\nBest regards\nAnna Admin\nNo, wait",
		"in a postscript":          "Yes\n\nBest regards\nAnna Admin\nPS: not the invoices",
		"in a postscript, unsaid":  "Yes\n\nBest regards\nAnna Admin\nP.S. Talk to Bob",
		"below a mobile signature": "Yes\n\nSent from my iPhone\n\nNo",
		"in brackets":              "Yes (no)",
		"in another box":           "[ ] CONFIRM [x] REJECT",
		"a box that is empty":      "☐ CONFIRM",
		"a sentence in the way":    "I talked to Bob.\n\nYes",
		"behind a slash":           "yes/no",
	} {
		t.Run(name, func(t *testing.T) {
			if got, why := reply.Decide(reply.FromPlain(s), "Re: x"); got == reply.Confirm {
				t.Errorf("confirms (%s)", why)
			}
		})
	}
}
