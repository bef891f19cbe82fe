package reply

import (
	"math/bits"
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
// label stands there.
func labelOf(s string) (label, []string) {
	s = strings.TrimLeft(s, "*_ \t-•")
	end := strings.IndexAny(s, ":：")
	if end <= 0 || end > maxLabel {
		return noLabel, nil
	}
	t := tokenize(s[:end])
	for _, l := range labels {
		if languages := words().lists[l.in].exact(t); len(languages) > 0 {
			return l.label, languages
		}
	}
	return noLabel, nil
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
// one other line in between (a folded one). Two different labels are enough beside an address,
// else three: people write "From: Monday", "To: Friday" as well.
func headBlock(lines []line, i int) bool {
	var kinds labelled
	if !kinds.note(lines[i].bare) {
		return false
	}
	strange, address := 0, strings.Contains(lines[i].bare, "@")
	for _, l := range lines[i+1 : min(len(lines), i+maxBlock)] {
		if kinds.note(l.bare) {
			strange = 0
			address = address || strings.Contains(l.bare, "@")
		} else if l.blank() {
			strange++ // some clients put each of them into a paragraph
		} else {
			strange += 2
		}
		if strange > 2 {
			break
		}
	}
	return kinds.block(address)
}

// labelled counts the labels of a block, a language each: "No" is From in Latvian, and two
// languages make no block together. English may stand beside any.
type labelled map[string]labelSet

// A labelSet has a bit a label.
type labelSet uint8

func (s labelSet) has(l label) bool { return s&(1<<l) != 0 }

// note takes in a line and reports whether it has a label.
func (k *labelled) note(s string) bool {
	found, languages := labelOf(s)
	if found == noLabel {
		return false
	}
	if *k == nil {
		*k = labelled{}
	}
	for _, l := range languages {
		(*k)[l] |= 1 << found
	}
	return true
}

// block reports whether the labels of a language are those of a mail.
func (k labelled) block(address bool) bool {
	for _, kinds := range k {
		kinds |= k[anyLanguage]
		n := bits.OnesCount8(uint8(kinds))
		if kinds.has(fromLabel) && (n > 2 || n == 2 && address) {
			return true
		}
	}
	return false
}

// opensOriginal finds "-----Original Message-----" and "-----Anna Admin wrote: -----".
func opensOriginal(s string) bool {
	return announced(s, originalWords) || len(s) <= maxHeadBytes &&
		strings.HasPrefix(s, "---") && strings.HasSuffix(s, "---") &&
		words().has(wroteWords, tokenize(s))
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
	body := strings.TrimFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) })
	framed := len(s)-len(body) >= 4 || endsInColon(s) || strings.HasPrefix(s, "[")
	return framed && body != "" && words().whole(in, tokenize(body))
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
