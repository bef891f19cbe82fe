package reply

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

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
		languages: confirms(withoutCode(first)),
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
	a.readWords(tokenize(wordsOnly(clip(text, maxScan))), tokenize(wordsOnly(clip(rest, maxScan))))
	return a
}

// readWords looks for words that refuse, agree or make a condition.
func (a *answer) readWords(all, rest tokens) {
	w := words()
	but, only := w.unlessOrdinary(a.languages), scripts(a.languages)
	a.refuses = w.lists[refuseWords].withinBut(all, but, only)
	a.agrees = len(a.languages) > 0 || w.has(confirmWords, all) || w.has(agreeWords, all)
	a.hedges = w.lists[conditionWords].withinBut(rest, but, only)
	if len(a.languages) == 0 {
		a.hedges = w.has(conditionWords, all)
	}
}

// scripts returns the languages of an answer when all of them are written without spaces: the
// Chinese "no" is a syllable of many Japanese company names.
func scripts(languages []string) []string {
	for _, l := range languages {
		if l != "ja" && l != "zh" && l != "ko" {
			return nil
		}
	}
	return languages
}

var (
	codeLike = regexp.MustCompile(`(?i)(?:\bcode:? *)?` +
		`\b(?:[0-9a-z]{2,8}(?:-[0-9a-z]{1,8}){3,8}|[a-z2-7]{26})\b`)
	// link is an address of the web or of a mailbox; a question mark that ends it asks. Letters
	// beyond ASCII are no part of it: Japanese goes on without a space.
	link = regexp.MustCompile(`(?:(?:https?://|www\.)[!-~]*|[!->A-~]+@)[!->@-~]+`)
)

// minCode is how many letters and digits a code has at least (128 bits in base32 are 26).
const minCode = 20

// withoutCode takes out the code of a confirmation, which some tenants want typed beside the
// answer. Words joined by dashes have no digit among them.
func withoutCode(s string) string {
	return codeLike.ReplaceAllStringFunc(s, func(c string) string {
		if strings.ContainsAny(c, "0123456789") && len(c)-strings.Count(c, "-") >= minCode {
			return " "
		}
		return c
	})
}

// wordsOnly takes out what looks like words and is none: in "no-reply@example.org" nobody says no.
func wordsOnly(s string) string { return withoutCode(link.ReplaceAllString(s, " ")) }

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
// or each of its sentences or clauses is, or may stand beside one that is.
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
		if len(found) == 0 && len(t.words) > 0 && !accompanies(c, t) {
			return nil
		}
		languages = common(languages, found)
	}
	return languages
}

// accompanies reports a clause that may stand beside a confirmation: "OK, ...", "..., thank you".
func accompanies(s string, t tokens) bool {
	return greets(s) || words().whole(closingWords, t) || words().whole(besideWords, t)
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

// asks reports a question mark anywhere but inside a link. The Greek one looks like a semicolon.
func asks(s string) bool {
	if strings.ContainsAny(s, "?？") {
		s = link.ReplaceAllString(s, " ")
	}
	if strings.ContainsAny(s, "?？؟¿⁇⁈⁉‽❓❔՞") {
		return true
	}
	if !strings.ContainsAny(s, ";;") {
		return false
	}
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Greek, r) })
}

func letters(s string) int { return utf8.RuneCountInString(strings.Join(strings.Fields(s), " ")) }
