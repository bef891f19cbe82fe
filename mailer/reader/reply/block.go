package reply

import (
	"math/bits"
	"slices"
	"strings"
	"unicode"
)

// A label is what a line of a quoted header block tells.
type label uint8

const (
	noLabel label = iota
	fromLabel
	dateLabel
	toLabel
	subjectLabel
)

// maxLabel is the length of "Messages du :" and the like, generously.
const maxLabel = 40

// labelOf reads "From: ...", "*Sent:* ...", "De :", "差出人：..." and says in which languages the
// label stands there, unless what follows is no header: "Date: when legal agrees".
func labelOf(s string) (label, []string) {
	before, value := cutLabel(s)
	for _, l := range labels {
		if languages := words().lists[l.in].exact(before); len(languages) > 0 && l.label.takes(value) {
			return l.label, languages
		}
	}
	return noLabel, nil
}

// takes reports whether a value can stand behind the label: a date has figures or is a day, and
// nobody's name refuses. A subject line can be anything.
func (l label) takes(value string) bool {
	switch {
	case value == "" || l == subjectLabel:
		return true
	case l == dateLabel:
		return hasDigit(value) || words().whole(onWords, tokenize(value))
	}
	return titled(value) || !takesBack(value)
}

// cutLabel returns the words before the first colon of a line, where they are few, and what stands
// behind it.
func cutLabel(s string) (tokens, string) {
	s = strings.TrimLeft(s, "*_ \t-•")
	end := strings.IndexAny(s, ":：")
	if end <= 0 || end > maxLabel {
		return tokens{}, ""
	}
	return tokenize(s[:end]), strings.Trim(s[end:], ":：*_ \t")
}

var labels = []struct {
	in    section
	label label
}{
	{fromWords, fromLabel}, {dateWords, dateLabel}, {subjectWords, subjectLabel}, {toWords, toLabel},
}

// maxBlock is how many lines of a header block are looked at.
const maxBlock = 12

// headBlock reports whether a block of From, Sent, To, Subject lines begins at line i, with at most
// one other line in between (a folded one). Two different labels are enough where one is a date and
// an address stands there, three where either is: people write "From: Monday", "To: Friday" and
// "From: the old address", "To: the new one" as well.
func headBlock(lines []line, i int) bool {
	var seen headers
	if !seen.note(lines[i].bare) {
		return false
	}
	strange, address, pending := 0, strings.Contains(lines[i].bare, "@"), false
	for _, l := range lines[i+1 : min(len(lines), i+maxBlock)] {
		far := 2
		switch {
		case seen.note(l.bare):
			if pending {
				return false
			}
			strange = 0
			address = address || strings.Contains(l.bare, "@")
			continue
		case l.blank():
			far = 1 // some clients put each of them into a paragraph
		case !seen.takesBack(l.bare):
		case strange == 0:
			return false
		default:
			pending = true // unless it belongs to the earlier mail
		}
		if strange += far; strange > 2 {
			break
		}
	}
	return seen.block(address)
}

// headers are the labels of a block, a language each: "No" is From in Latvian, and two languages
// make no block together. English may stand beside any.
type headers struct {
	of   map[string]labelSet
	last label
	days int  // dates without figures
	told bool // a subject line is among them
	// strict are the languages of each label that decides elsewhere: "No" refuses in English. Such
	// a block takes three labels of the same language.
	strict [][]string
}

// A labelSet has a bit a label.
type labelSet uint8

func (s labelSet) has(l label) bool { return s&(1<<l) != 0 }

// note takes in a line and reports whether it has a label.
func (h *headers) note(s string) bool {
	found, languages := labelOf(s)
	if found == noLabel {
		return false
	}
	if h.of == nil {
		h.of = map[string]labelSet{}
	}
	h.last, h.told = found, h.told || found == subjectLabel
	if found == dateLabel && !hasDigit(s) {
		h.days++
	}
	for _, l := range languages {
		h.of[l] |= 1 << found
	}
	if ambiguous(s) {
		h.strict = append(h.strict, languages)
	}
	return true
}

// ambiguous reports a label that refuses, confirms or makes a condition in some language.
func ambiguous(s string) bool {
	before, _ := cutLabel(s)
	return decisive(before) || words().has(confirmWords, before)
}

// takesBack reports a line among the labels that refuses or makes a condition, or is a sentence
// before a colon, and so is its author's. A subject line may be folded, and say anything.
func (h *headers) takesBack(s string) bool {
	before, _ := cutLabel(s)
	if decisive(before) {
		return true
	}
	if h.last == subjectLabel {
		return false
	}
	label, _, _ := strings.Cut(s, ":")
	spaces := strings.Count(trim(label), " ")
	return len(before.words) > 1 && (spaces > 1 || spaces == 1 && !(h.told && h.block(false))) ||
		words().agrees(before) || words().has(predicateWords, before) || takesBack(s)
}

// block reports whether the labels of a language are those of a mail.
func (h *headers) block(address bool) bool {
	for l, kinds := range h.of {
		if !h.allows(l) {
			continue
		}
		if len(h.strict) == 0 {
			kinds |= h.of[anyLanguage]
		}
		n, date := bits.OnesCount8(uint8(kinds)), kinds.has(dateLabel)
		exact := date && address && len(h.strict)+h.days == 0
		if kinds.has(fromLabel) && (n > 3 || n == 3 && (date || address) || n == 2 && exact) {
			return true
		}
	}
	return false
}

// allows reports whether every label that could mean something else is one of the language.
func (h *headers) allows(language string) bool {
	for _, languages := range h.strict {
		if !slices.Contains(languages, language) {
			return false
		}
	}
	return true
}

// opensOriginal finds "-----Original Message-----" and "-----Anna Admin wrote: -----". Where nothing
// but a colon frames the words, the earlier mail has to show below: else they are a heading.
func opensOriginal(lines []line, i int) bool {
	s := lines[i].bare
	if announced(s, originalWords) {
		return framed(s) || followedByQuote(lines, i) || followedByBlock(lines, i)
	}
	return len(s) <= maxHeadBytes &&
		strings.HasPrefix(s, "---") && strings.HasSuffix(s, "---") &&
		words().has(wroteWords, tokenize(s)) && !tells(s) && !takesBack(s)
}

// forwards finds "---------- Forwarded message ---------", "Begin forwarded message:" and, with a
// name or a date behind the words, "----- Forwarded by Anna Admin on 02/11/2026 -----".
func forwards(lines []line, i int) bool {
	s := lines[i].bare
	if announced(s, forwardedWords) {
		return true
	}
	return len(s) <= maxHeadBytes && strings.HasPrefix(s, "---") && strings.HasSuffix(s, "---") &&
		words().starts(forwardedWords, tokenize(s)) &&
		(addrLike.MatchString(s) || dateLike.MatchString(asciiDigits(s)))
}

// announced reports whether a line is nothing but an entry of the section, between dashes or
// before a colon. The bare words are prose, unless they stand in brackets.
func announced(s string, in section) bool {
	if len(s) > maxHeadBytes {
		return false
	}
	s = strings.ReplaceAll(s, "&nbsp;", " ") // QQ leaves it in its plain text
	body := wordsOf(s)
	return (framed(s) || endsInColon(s)) && body != "" && words().whole(in, tokenize(body))
}

// wordsOf is a line without the signs at its ends.
func wordsOf(s string) string {
	return strings.TrimFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) })
}

// framed reports a line between dashes or in brackets.
func framed(s string) bool { return len(s)-len(wordsOf(s)) >= 4 || strings.HasPrefix(s, "[") }

// followedByBlock reports whether the next line with words in it begins a header block.
func followedByBlock(lines []line, i int) bool {
	for i++; i < len(lines); i++ {
		if !lines[i].blank() {
			return headBlock(lines, i)
		}
	}
	return false
}

// rule reports a line that is drawn, not written: "_____", "-----", "=====", "***".
func rule(s string) bool {
	n := 0
	for _, r := range s {
		switch {
		case strings.ContainsRune("-_=*#~+–—─―", r):
			n++
		case !unicode.IsSpace(r):
			return false
		}
	}
	return n > 0
}
