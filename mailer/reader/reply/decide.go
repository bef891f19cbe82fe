package reply

import (
	"slices"
	"strings"
)

// Decision is what the new text of an answer decides.
type Decision string

const (
	Confirm Decision = "confirm" // plainly yes, and nothing else
	Reject  Decision = "reject"  // says no, and nowhere yes
	Unclear Decision = "unclear" // an answer was tried: ask back, change nothing
	None    Decision = "none"    // has nothing to do with an answer
)

const (
	maxRest   = 200     // letters that may stand below a confirming line
	maxAnswer = 500     // letters; a longer mail whose first line decides nothing is no answer
	maxScan   = 8 << 10 // bytes whose words are looked at; a longer text never confirms
)

// NoDecision is why a text is unclear that holds no word about a decision at all.
const NoDecision = "no-decision"

// Decide reads a decision out of the new text. The second value says why: "forwarded", "empty",
// "display-order", "look-alike", "long", "negation", "question", "condition", "doubt", "hesitation",
// "receipt", "remark", "inline", "first-line", "unrelated" or NoDecision. Only a first line that is,
// as a whole, a known confirmation confirms, and only with nothing below it but courtesy and names.
func Decide(t Text, subjectLine string) (Decision, string) {
	a := readAnswer(t.New)
	if t.Forwarded || forwardSubject(subjectLine, a.languages) {
		return Unclear, "forwarded"
	}
	switch {
	case a.first == "":
		return Unclear, "empty"
	case a.reordered:
		return Unclear, "display-order"
	case a.size > maxAnswer && !a.opens:
		return None, "unrelated"
	case a.disguised && (a.refuses || len(a.languages) > 0):
		return Unclear, "look-alike"
	case a.refuses && (a.agrees || !a.plainly):
		return Unclear, "negation"
	case a.doubts:
		return Unclear, "doubt"
	case a.refuses:
		return Reject, "negation"
	case len(a.languages) == 0:
		return undecided(a)
	case a.asks:
		return Unclear, "question"
	case a.hedges:
		return Unclear, "condition"
	case a.hesitates:
		return Unclear, "hesitation"
	case a.rest > maxRest:
		return Unclear, "long"
	case a.received:
		return Unclear, "receipt"
	case t.Inline && !t.Bottom:
		return Unclear, "inline"
	case a.remarks:
		return Unclear, "remark"
	}
	return Confirm, "first-line"
}

// undecided names the reason why an answer is none.
func undecided(a answer) (Decision, string) {
	switch {
	case a.asks:
		return Unclear, "question"
	case a.hedges && a.agrees:
		return Unclear, "condition"
	}
	return Unclear, NoDecision
}

// maxPrefixes is how many prefixes of a subject line are read.
const maxPrefixes = 10

// forwardSubject finds "Fwd:", "WG:", "TR:" among the prefixes of a subject line. "VS:" forwards in
// Danish and answers in Finnish, so the languages of the answer count.
func forwardSubject(s string, languages []string) bool {
	answers := words().lists[replyPrefixes]
	for range maxPrefixes {
		before, after, ok := strings.Cut(strings.ReplaceAll(s, "：", ":"), ":")
		if !ok || len(before) > maxLabel {
			return false
		}
		t := tokenize(before)
		reply := slices.ContainsFunc(answers.exact(t), func(l string) bool {
			return slices.Contains(languages, l)
		})
		if !reply && words().whole(forwardPrefixes, t) {
			return true
		}
		s = after
	}
	return false
}

// unlessOrdinary returns a test for words that mean nothing in the languages of the answer though
// they refuse or restrict in others. English gets none: whoever answers with the word that we
// asked for may go on in any language.
func (l *lexicon) unlessOrdinary(languages []string) func(string) bool {
	return func(w string) bool {
		t := tokens{words: []string{w}}
		ordinary := false
		for _, lang := range languages {
			if lang == "en" || l.own[lang].within(t) {
				return false
			}
			ordinary = ordinary || len(l.ordinary[lang].whole[w]) > 0
		}
		return ordinary
	}
}

// ordinarySomewhere reports a word that refuses in one language and is an everyday word of
// another: Hungarian "se" is no reason to take a Danish sentence for a refusal.
func (l *lexicon) ordinarySomewhere(w string) bool {
	for _, o := range l.ordinary {
		if len(o.whole[w]) > 0 {
			return true
		}
	}
	return false
}

// courtesyOf returns a test for words that only close, greet or fill in the given languages:
// "tak" is yes in Polish, and thanks in Danish.
func (l *lexicon) courtesyOf(languages []string) func(string) bool {
	return func(w string) bool {
		return slices.ContainsFunc(languages, func(lang string) bool {
			return len(l.ordinary[lang].whole[w]) > 0 ||
				slices.Contains(l.lists[closingWords].whole[w], lang)
		})
	}
}
