package reply

import "strings"

// minWrapped is the length from which a quoted line is long enough that its mail client may have
// broken it, and left the rest without a quote mark.
const minWrapped = 60

// markQuotes finds what is not the author's: quoted lines, the line that introduces them, and
// everything after a point at which mail clients put the earlier mail without marks. It reports
// whether the body forwards a mail.
func markQuotes(lines []line) (forwarded bool) {
	var seen bool // something new stands above
	for i := 0; i < len(lines); i++ {
		l := &lines[i]
		switch {
		case l.fate == gone:
		case !l.quoted && (l.cut || isCutLine(l.bare)):
			cutFrom(lines, i)
			return forwarded
		case l.quoted:
			forwarded = forwarded || opensQuote(lines, i) && forwards(lines, i)
			l.fate = quote
		case l.blank():
		case forwards(lines, i):
			cutFrom(lines, i)
			return true
		case opensOriginal(lines, i):
			cutFrom(lines, i)
			return forwarded
		case headBlock(lines, i):
			cutFrom(lines, i)
			return forwarded || !seen
		case introduces(lines, i):
			if !followedByQuote(lines, i) {
				cutFrom(lines, headStart(lines, i))
				return forwarded
			}
			mark(lines[headStart(lines, i):i+1], quote)
		default:
			seen = seen || !rule(l.bare) && !opens(l.bare)
		}
	}
	return forwarded
}

// isCutLine finds our own marker, also where a mail client decorated it.
func isCutLine(s string) bool { return strings.Contains(s, CutLine) }

// cutFrom takes away lines[i:], and the line above them that belongs to the quotation.
func cutFrom(lines []line, i int) {
	mark(lines[i:], gone)
	for i--; i >= 0 && !lines[i].quoted && (lines[i].blank() || leadsTo(lines[i].bare)); i-- {
		if !lines[i].blank() {
			lines[i].fate = gone
		}
	}
}

// leadsTo reports a line that stands above a quotation and belongs to it: a drawn one, or "Message
// du 02/11/26 09:12".
func leadsTo(s string) bool {
	if rule(s) {
		return true
	}
	date, n := words().lists[originalWords].cutPrefix(tokenize(s))
	return n > 0 && len(s) <= maxLabel && dateLike.MatchString(asciiDigits(s)) && dateAlone(date)
}

// dateAlone reports a date and a time, beside which no word stands that could say something.
func dateAlone(t tokens) bool {
	for i, w := range t.words {
		one := tokens{words: t.words[i : i+1]}
		if !numberAt(t, i) && !words().whole(onWords, one) && (len(w) > maxSmall || decisive(one)) {
			return false
		}
	}
	return true
}

func mark(lines []line, f fate) {
	for i := range lines {
		lines[i].fate = f
	}
}

// opensQuote reports whether quoted line i is the first one of a quotation with words in it.
func opensQuote(lines []line, i int) bool {
	if lines[i].blank() {
		return false
	}
	for i--; i >= 0; i-- {
		if lines[i].fate == quote && !lines[i].blank() {
			return false
		}
		if !lines[i].quoted && !lines[i].blank() {
			return true
		}
	}
	return true
}

// followedByQuote reports whether the next line with words in it is a quoted one.
func followedByQuote(lines []line, i int) bool {
	for _, l := range lines[i+1:] {
		if l.quoted {
			return true
		}
		if !l.blank() {
			return false
		}
	}
	return false
}

// rejoinWraps gives back to a quotation the tails of its long lines that a mail client broke
// without marking them. A tail that could decide something stays: better to ask than to lose it.
func rejoinWraps(lines []line) {
	for i := 1; i+1 < len(lines); i++ {
		l, before, after := &lines[i], lines[i-1], lines[i+1]
		if l.fate != fresh || l.blank() || l.solid || !before.quoted || !after.quoted {
			continue
		}
		if len([]rune(before.text)) >= minWrapped && !decisive(tokenize(l.bare)) {
			l.fate = quote
		}
	}
}
