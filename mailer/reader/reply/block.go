package reply

import (
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

// labelOf reads "From: ...", "*Sent:* ...", "De :", "差出人：..." in any of the languages.
func labelOf(s string) label {
	s = strings.TrimLeft(s, "*_ \t-•")
	end := strings.IndexAny(s, ":：")
	if end <= 0 || end > maxLabel {
		return noLabel
	}
	t := tokenize(s[:end])
	w := words()
	switch {
	case len(t.words) == 0:
		return noLabel
	case w.whole(fromWords, t):
		return fromLabel
	case w.whole(dateWords, t):
		return dateLabel
	case w.whole(subjectWords, t):
		return subjectLabel
	case w.whole(toWords, t):
		return toLabel
	}
	return noLabel
}

// maxBlock is how many lines of a header block are looked at.
const maxBlock = 12

// headBlock reports whether a block of From, Sent, To, Subject lines begins at line i, with at most
// one other line in between (a folded one). Two different labels are enough beside an address,
// else three: people write "From: Monday", "To: Friday" as well.
func headBlock(lines []line, i int) bool {
	first := labelOf(lines[i].bare)
	if first == noLabel {
		return false
	}
	kinds := map[label]bool{first: true}
	strange, address := 0, strings.Contains(lines[i].bare, "@")
	for _, l := range lines[i+1 : min(len(lines), i+maxBlock)] {
		if k := labelOf(l.bare); k != noLabel {
			kinds[k], strange = true, 0
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
	return kinds[fromLabel] && (len(kinds) > 2 || len(kinds) == 2 && address)
}

// opensOriginal finds "-----Original Message-----" and "-----Anna Admin wrote: -----".
func opensOriginal(s string) bool {
	return announced(s, originalWords) || len(s) <= maxHeadBytes &&
		strings.HasPrefix(s, "---") && strings.HasSuffix(s, "---") &&
		words().has(wroteWords, tokenize(s))
}

// forwards finds "---------- Forwarded message ---------" and "Begin forwarded message:".
func forwards(lines []line, i int) bool {
	return announced(lines[i].bare, forwardedWords)
}

// announced reports whether a line is nothing but an entry of the section, between dashes or
// before a colon. The bare words are prose, unless they stand in brackets.
func announced(s string, in section) bool {
	if len(s) > maxHeadBytes {
		return false
	}
	body := strings.TrimFunc(s, func(r rune) bool { return !unicode.IsLetter(r) })
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
