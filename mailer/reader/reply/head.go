package reply

import (
	"regexp"
	"strings"
	"unicode"
)

const (
	maxHeadLines = 4   // a line such as "On <date>, <name> wrote:" is broken into at most as many
	maxHeadBytes = 600 // longer ones are prose
)

var (
	dateLike = regexp.MustCompile(`(?:19|20)\d\d|\d{1,2}[:.h]\d\d|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}`)
	addrLike = regexp.MustCompile(`[^\s<>@]+@[^\s<>@]+`)
	angled   = regexp.MustCompile(`(?:<|\(|&lt;)\s*(?:mailto:)?[^\s<>@]*@[^\s<>@]+`)
	// oldGmail is what Gmail wrote where the account's language had no sentence for it.
	oldGmail = regexp.MustCompile(`^\d{4}-\d\d-\d\d \d{1,2}:\d\d GMT[+-]\d`)
)

// introduces reports whether line i ends a sentence such as "On <date>, <name> wrote:".
func introduces(lines []line, i int) bool { return headStart(lines, i) >= 0 }

// headStart returns the line at which the introduction that ends at line i begins, or -1.
func headStart(lines []line, i int) int {
	end := lines[i].bare
	if oldGmail.MatchString(end) {
		return i
	}
	if !mayEndHead(end) {
		return -1
	}
	quoted := followedByQuote(lines, i)
	joined, undated := "", -1
	for n := 0; n < maxHeadLines && i-n >= 0; n++ {
		l := lines[i-n]
		if l.blank() || l.quoted || l.fate != fresh || len(joined)+len(l.bare) > maxHeadBytes {
			break
		}
		joined = strings.TrimSpace(l.bare + " " + joined)
		if isHead(joined, quoted) {
			return extendHead(lines, i-n)
		}
		if quoted && isUndatedHead(joined) && (undated < 0 || startsHead(joined)) {
			undated = i - n
		}
	}
	return undated
}

// extendHead takes in the line above when it begins the sentence: "On Mon, Nov 2, 2026 at".
func extendHead(lines []line, i int) int {
	if i == 0 {
		return i
	}
	above := lines[i-1]
	if above.quoted || above.fate != fresh || len(above.bare) > maxHeadBytes {
		return i
	}
	if words().starts(onWords, tokenize(above.bare)) && dateLike.MatchString(above.bare) {
		return i - 1
	}
	return i
}

// mayEndHead is the cheap test before the words are looked at.
func mayEndHead(s string) bool {
	if len(s) > maxHeadBytes {
		return false
	}
	if endsInColon(s) {
		return true
	}
	return words().lists[wroteWords].last(tokenize(s)) > 0
}

func endsInColon(s string) bool {
	s = strings.TrimRightFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || invisible(r) || r == '*' || r == '_'
	})
	return strings.HasSuffix(s, ":") || strings.HasSuffix(s, "：")
}

// isHead judges a whole introduction. Where quote marks follow, less is enough, because only this
// line is lost if it was none. Where none follow, everything below is lost: then it takes an
// address, or a date and a time as only mail clients write them.
func isHead(s string, quoted bool) bool {
	dates := len(dateLike.FindAllStringIndex(s, 2))
	if dates == 0 {
		return false
	}
	if words().has(wroteWords, tokenize(s)) {
		return quoted || addrLike.MatchString(s) || dates > 1 && startsHead(s)
	}
	return endsInColon(s) && angled.MatchString(s)
}

// maxHeadWords keeps "this is what the colleague from the other office wrote to me:" apart.
const maxHeadWords = 8

// isUndatedHead finds "Anna Admin <anna@example.org> wrote:", which counts above quote marks.
func isUndatedHead(s string) bool {
	if !endsInColon(s) {
		return false
	}
	t := tokenize(s)
	return angled.MatchString(s) || len(t.words) <= maxHeadWords && words().has(wroteWords, t)
}

// startsHead reports whether an introduction can begin so: with a date, or "On", "Am", "Le".
func startsHead(s string) bool {
	s = strings.TrimLeft(s, "-*• \t")
	if s == "" {
		return false
	}
	return s[0] >= '0' && s[0] <= '9' || words().starts(onWords, tokenize(s))
}
