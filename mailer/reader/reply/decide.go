package reply

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
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
	maxAnswer = 500     // letters; a longer mail that does not open with a decision is about something else
	maxScan   = 8 << 10 // bytes whose words are looked at; a longer text never confirms
)

// Decide reads a decision out of the new text. The second value says why: "forwarded", "empty",
// "display-order", "long", "negation", "question", "condition", "inline", "first-line",
// "no-decision", "unrelated". Only a first line that is, as a whole, a known confirmation confirms.
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
	case a.refuses && a.agrees:
		return Unclear, "negation"
	case a.refuses:
		return Reject, "negation"
	case len(a.languages) == 0:
		return undecided(a)
	case a.asks:
		return Unclear, "question"
	case a.hedges:
		return Unclear, "condition"
	case a.rest > maxRest:
		return Unclear, "long"
	case t.Inline && !t.Bottom:
		return Unclear, "inline"
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
	return Unclear, "no-decision"
}

// An answer is what the rules look at.
type answer struct {
	first     string   // first line that is neither greeting nor closing
	languages []string // in which the whole first line confirms
	size      int      // letters in all
	rest      int      // letters below the first line
	opens     bool     // the first line speaks of the decision
	refuses   bool     // a word anywhere refuses
	agrees    bool     // a word anywhere speaks of confirming
	hedges    bool     // a word below the first line makes a condition
	asks      bool     // a question mark anywhere
	reordered bool     // shown in another order than written
}

func readAnswer(text string) answer {
	lines := meaningful(text)
	if len(lines) == 0 {
		return answer{}
	}
	first, rest := clip(lines[0], maxScan), strings.Join(lines[1:], "\n")
	w, head := words(), tokenize(first)
	a := answer{
		first:     first,
		languages: confirms(first),
		size:      letters(text),
		rest:      letters(rest),
		opens:     w.has(confirmWords, head) || w.has(agreeWords, head) || w.has(refuseWords, head),
		asks:      asks(text),
		reordered: strings.ContainsAny(text, "\u202D\u202E"),
	}
	if len(text) > maxScan {
		a.rest = max(a.rest, maxRest+1)
	}
	if a.size > maxAnswer && !a.opens {
		return a
	}
	a.readWords(tokenize(clip(text, maxScan)), tokenize(clip(rest, maxScan)))
	return a
}

// readWords looks for words that refuse, agree or make a condition.
func (a *answer) readWords(all, rest tokens) {
	w := words()
	but := w.unlessOrdinary(a.languages)
	a.refuses = w.lists[refuseWords].withinBut(all, but)
	a.agrees = len(a.languages) > 0 || w.has(confirmWords, all) || w.has(agreeWords, all)
	a.hedges = w.lists[conditionWords].withinBut(rest, but)
	if len(a.languages) == 0 {
		a.hedges = w.has(conditionWords, all)
	}
}

// meaningful leaves out blank lines, greetings at the beginning and closings.
func meaningful(text string) []string {
	var lines []string
	for s := range strings.SplitSeq(text, "\n") {
		s = trim(s)
		if s == "" || rule(s) || len(lines) == 0 && greets(s) {
			continue
		}
		if len(lines) > 0 && continues(lines[len(lines)-1], s) {
			lines[len(lines)-1] += " " + s
			continue
		}
		lines = append(lines, s)
	}
	return lines
}

// continues reports whether a line is the rest of the sentence above: "Confirmed" must not be
// taken out of "Confirmed\nfor the meeting on Tuesday". One word is a name.
func continues(above, s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	if !unicode.IsLower(r) || closes(s) || len(strings.Fields(s)) < 2 {
		return false
	}
	last, _ := utf8.DecodeLastRuneInString(above)
	return unicode.IsLetter(last) || last == ',' || last == '-'
}

const (
	maxFirst   = 120 // bytes of a first line that can still be a confirmation
	maxClauses = 6
)

// confirms returns the languages in which a line is a confirmation as a whole: it is on the list,
// or each of its sentences or clauses is, or is a greeting or closing beside one that is.
func confirms(s string) []string {
	if len(s) > maxFirst {
		return nil
	}
	list := words().lists[confirmWords]
	if languages := list.exact(tokenize(s)); len(languages) > 0 {
		return languages
	}
	clauses := strings.FieldsFunc(s, func(r rune) bool {
		return strings.ContainsRune(".,;:!。、，！．–—-", r)
	})
	if len(clauses) > maxClauses {
		return nil
	}
	var languages []string
	for _, c := range clauses {
		t := tokenize(c)
		found := list.exact(t)
		if len(found) == 0 && len(t.words) > 0 && !greets(c) && !words().whole(closingWords, t) {
			return nil
		}
		languages = common(languages, found)
	}
	return languages
}

// common returns what two lists share, and all of both when they share nothing.
func common(a, b []string) []string {
	var both []string
	for _, x := range a {
		if slices.Contains(b, x) {
			both = append(both, x)
		}
	}
	if both == nil {
		return append(a, b...)
	}
	return both
}

func asks(s string) bool {
	if strings.ContainsAny(s, "?？؟¿⁇⁈⁉‽❓❔՞") {
		return true
	}
	if !strings.ContainsAny(s, ";;") {
		return false
	}
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Greek, r) })
}

func letters(s string) int { return utf8.RuneCountInString(strings.Join(strings.Fields(s), " ")) }

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
