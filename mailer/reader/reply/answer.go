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
	first     string   // first line that is neither greeting nor courtesy
	languages []string // in which the whole first line confirms
	size      int      // letters in all
	rest      int      // letters below the first line
	opens     bool     // the first line speaks of the decision
	refuses   bool     // a word anywhere refuses
	plainly   bool     // and is no everyday word of another language
	doubts    bool     // words anywhere say that nothing is decided, or not by the author
	agrees    bool     // a word anywhere speaks of confirming
	hedges    bool     // a word below the first line makes a condition
	asks      bool     // a question mark anywhere
	reordered bool     // shown in another order than written
	disguised bool     // a word is not what it looks like
	hesitates bool     // the first line trails off, winks, or is an empty box
	received  bool     // no more than yes, beside words about the mail itself
	remarks   bool     // below stands more than courtesy and a name
}

func readAnswer(text string) answer {
	lines := meaningful(withoutCode(text))
	at := firstLine(lines)
	if at < 0 {
		return answer{}
	}
	first, rest := clip(lines[at], maxScan), strings.Join(lines[at+1:], "\n")
	w, head := words(), tokenize(first)
	said := say(first)
	a := answer{
		first:     first,
		languages: said.languages,
		size:      letters(text),
		rest:      letters(rest),
		opens:     w.has(confirmWords, head) || w.has(agreeWords, head) || w.has(refuseWords, head),
		asks:      asks(text),
		reordered: strings.ContainsAny(text, "\u202D\u202E"),
		hesitates: hesitates(first),
	}
	if len(text) > maxScan {
		a.rest = max(a.rest, maxRest+1)
	}
	if a.size > maxAnswer && !a.opens {
		return a
	}
	text, rest = wordsOnly(clip(text, maxScan)), wordsOnly(clip(rest, maxScan))
	a.readWords(tokenize(text), tokenize(rest))
	a.plainly = a.plainly || refusesAlone(text)
	a.disguised = disguised(text)
	if len(a.languages) > 0 && a.rest <= maxRest {
		a.readLines(lines, at, said)
	}
	return a
}

// readWords looks for words that refuse, agree, doubt or make a condition.
func (a *answer) readWords(all, rest tokens) {
	w := words()
	but, only := w.unlessOrdinary(a.languages), scripts(a.languages)
	a.doubts = w.has(doubtWords, all)
	a.refuses = w.lists[refuseWords].withinBut(all, but, only)
	a.plainly = w.lists[refuseWords].withinBut(all, w.ordinarySomewhere, only)
	a.agrees = len(a.languages) > 0 || w.agrees(all)
	a.hedges = w.lists[conditionWords].withinBut(rest, but, only)
	if len(a.languages) == 0 {
		a.hedges = w.has(conditionWords, all)
	}
}

// agrees reports a word that speaks of confirming, other than one that is courtesy in the language
// of a refusal beside it.
func (l *lexicon) agrees(t tokens) bool {
	courtesy := l.courtesyOf(l.lists[refuseWords].languages(t))
	t.joined = l.lists[ordinaryWords].without(t.joined)
	return l.lists[confirmWords].withinBut(t, courtesy, nil) ||
		l.lists[agreeWords].withinBut(t, courtesy, nil)
}

// readLines looks at every line beside the confirming one at lines[at].
func (a *answer) readLines(lines []string, at int, said saying) {
	for _, s := range lines[:at] {
		said.receipt = said.receipt || say(wordsOnly(s)).receipt
	}
	var p postscript
	for _, s := range lines[at+1:] {
		s = wordsOnly(s)
		t := tokenize(s)
		a.refuses = a.refuses || words().whole(refuseWords, t)
		a.hedges = a.hedges || words().whole(conditionWords, t)
		below := say(s)
		said.explicit = said.explicit || below.explicit
		said.receipt = said.receipt || below.receipt
		a.remarks = a.remarks || !p.takes(s, below)
	}
	a.received = said.receipt && !said.explicit
}

// refusesAlone reports a sentence or clause that is a refusal and nothing else: "Ne."
func refusesAlone(s string) bool {
	return slices.ContainsFunc(clauses(s), func(c string) bool {
		return words().whole(refuseWords, tokenize(c))
	})
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

// meaningful leaves out blank lines, greetings at the beginning and closings.
func meaningful(text string) []string {
	var lines []string
	for s := range strings.SplitSeq(text, "\n") {
		s = trim(s)
		if s == "" || rule(s) || len(lines) == 0 && (greets(s) || presents(s)) {
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

// selfPresented is how a Japanese mail begins: "(I am) Tanaka of Sample Corporation."
var selfPresented = regexp.MustCompile(
	`^.{0,40}(?:会社|部|課|室|事務所).{0,20}の[\p{Han}\p{Katakana}]{1,8}(?:です|と申します|でございます)。?$`)

// presents finds the line in which the author says who he is, and nothing else.
func presents(s string) bool {
	return len(s) <= maxSaying && selfPresented.MatchString(s) && !decisive(tokenize(s))
}

// firstLine finds the line that has to decide: the first that is more than "Thank you." or "OK.",
// or the first of all when none is. It returns -1 where nothing stands.
func firstLine(lines []string) int {
	if len(lines) == 0 {
		return -1
	}
	return max(0, slices.IndexFunc(lines, func(s string) bool {
		said := say(s)
		return !said.known || len(said.languages) > 0
	}))
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

// hesitation is a line that trails off, winks, or shows a box that nobody ticked.
var hesitation = regexp.MustCompile(`\.\.|…|‥|・・|。。|;-?\)|[☐☒□◻⬜]|\[[ _]*\]|\([ _]*\)|\[[xX]\].*\[`)

func hesitates(first string) bool { return hesitation.MatchString(first) }

func letters(s string) int { return utf8.RuneCountInString(strings.Join(strings.Fields(s), " ")) }
