package reply

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
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
	oldGmail = regexp.MustCompile(`^\d{4}-\d\d-\d\d \d{1,2}:\d\d GMT[+-][\d:]+`)
	// olderGmail is what it wrote before that.
	olderGmail = regexp.MustCompile(`^\d{4}/\d{1,2}/\d{1,2} [^<>]{1,80}<[^\s<>@]+@[^\s<>@]+>$`)
)

// introduces reports whether line i ends a sentence such as "On <date>, <name> wrote:".
func introduces(lines []line, i int) bool { return headStart(lines, i) >= 0 }

// headStart returns the line at which the introduction that ends at line i begins, or -1.
func headStart(lines []line, i int) int {
	end := lines[i].bare
	if oldHead(end) || olderGmail.MatchString(end) && followedByQuote(lines, i) {
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
		begins := undated < 0 || startsHead(l.bare) && dated(l.bare)
		if begins && isHead(joined, quoted) && !tells(joined) && !takesBack(joined) {
			return extendHead(lines, i-n)
		}
		opens := undated < 0 || startsHead(joined) && dated(joined)
		if opens && isUndatedHead(joined) && !tells(joined) && !takesBack(joined) {
			undated = i - n
		}
	}
	if !quoted {
		return -1
	}
	return undated
}

// dated reports a whole date, or one and a time.
func dated(s string) bool {
	s = asciiDigits(s)
	return wholeDate.MatchString(s) || len(dateLike.FindAllStringIndex(s, 2)) > 1
}

// wholeDate is "2.11.2026", "2 de nov. de 2026", "Nov 2, 2026", "2026年11月2日".
var wholeDate = regexp.MustCompile(`\d{1,4}[./-] ?\d{1,2}[./-] ?\d{2,4}|` +
	`\d{1,2}\.?(?: de)? [^\s\d]+(?: de)? \d{4}|[^\s\d]+ \d{1,2},? \d{4}|\d{4}[年년]`)

// oldHead reports Gmail's old introduction, with no more behind the time than a name and an address.
func oldHead(s string) bool {
	at := oldGmail.FindStringIndex(s)
	return at != nil && (angled.MatchString(s) || titled(s[at[1]:])) && !takesBack(s)
}

// extendHead takes in the lines above that the sentence begins with, where a mail client broke it:
// "On Mon, Nov 2, 2026 at", or the name and address that stand before the date.
func extendHead(lines []line, i int) int {
	for n := 1; n < maxHeadLines && i > 0; n++ {
		above := lines[i-1]
		if above.blank() || above.quoted || above.fate != fresh || len(above.bare) > maxHeadBytes ||
			!opensHead(above.bare, lines[i].bare) || tells(above.bare+" "+lines[i].bare) ||
			takesBack(above.bare+" "+lines[i].bare) {
			break
		}
		i--
	}
	return i
}

// opensHead reports whether a line is the first part of an introduction that goes on with rest. A
// rest to which nothing is wanting has no first part: what stands above it is its author's.
func opensHead(s, rest string) bool {
	t, after := tokenize(s), tokenize(rest)
	beside, n := words().lists[onWords].cutPrefix(t)
	broken := n > 0 && brokenOff(s, beside) && !decidesAlone(s, after)
	digits := asciiDigits(s)
	switch {
	case len(t.words) > maxOpening || addrLike.MatchString(rest) && angled.MatchString(s):
		return false
	case timeFirst.MatchString(asciiDigits(rest)):
		return startsHead(s) && endsInDate(digits) ||
			broken || addressAlone.MatchString(s) || nameThenDate.MatchString(digits)
	case words().starts(onWords, after): // it is complete, unless that is a day of the week
		return nameThenDate.MatchString(digits) ||
			chineseDate.MatchString(rest) && addressAlone.MatchString(s) ||
			broken && t.words[0] != after.words[0] && !hasDigit(s)
	case nameThenDate.MatchString(digits):
		return true
	case strings.HasPrefix(rest, "<"):
		return isName(s)
	case broken && !hasDigit(s):
		return true
	case addressAlone.MatchString(s):
		return nameless(rest)
	case !numberAt(after, 0) || wholeDate.MatchString(asciiDigits(rest)) && addrLike.MatchString(rest):
		return false
	case broken:
		return true
	}
	return startsHead(s) && endsInDate(digits)
}

// endsInDate reports a date, behind which no more than "at" stands, or "o godz.".
func endsInDate(s string) bool {
	at := dateLike.FindAllStringIndex(s, -1)
	if whole := wholeDate.FindAllStringIndex(s, -1); whole != nil {
		at = whole
	}
	if at == nil || strings.ContainsAny(s, "!?") {
		return false
	}
	spaced := 0
	for _, f := range strings.Fields(s[at[len(at)-1][1]:]) {
		if unspaced(f) {
			continue
		}
		if spaced++; utf8.RuneCountInString(f) > maxTimeWord {
			return false
		}
	}
	return spaced <= maxBrokenOff
}

// maxTimeWord is the length of "pukul", before an hour.
const maxTimeWord = 5

var (
	// timeFirst is what goes on behind a date: "9:12 AM, Anna wrote:", "às 09:12, Anna escreveu:".
	timeFirst = regexp.MustCompile(`^[^\d\s<]{0,4}[ -]?\d{1,2}[:.h]\d\d(?:[^\d.]|$)`)
	// chineseDate is what goes on behind a name and its address.
	chineseDate = regexp.MustCompile(`^[于於在]? ?\d{4}[年/-]`)
)

// nameless reports the second part of an introduction that cannot begin with a name: "schrieb am".
func nameless(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsDigit(r) || unicode.IsLower(r) || r == ',' || chineseDate.MatchString(s)
}

func hasDigit(s string) bool { return strings.ContainsFunc(s, unicode.IsDigit) }

// brokenOff reports the very beginning of an introduction: "On", "El lunes, 2", "Em seg.,". Beside
// its first word stands little, and nothing that decides.
func brokenOff(s string, beside tokens) bool {
	if len(beside.words) > maxBrokenOff || decisive(beside) {
		return false
	}
	last, _ := utf8.DecodeLastRuneInString(s)
	return unicode.IsDigit(last) || strings.ContainsRune(",،、.", last) ||
		len(beside.words) == 0 && utf8.RuneCountInString(s) <= maxPreposition
}

// decidesAlone reports a line that decides as it stands, though a date can begin so: "Ne" is Sunday
// in Czech, and no. "Po" is Monday there, and nobody says no more than "after".
func decidesAlone(s string, rest tokens) bool {
	t, w := tokenize(s), words()
	if !decisive(t) {
		return false
	}
	return t.joined != "" || w.has(refuseWords, t) || utf8.RuneCountInString(s) > 2 ||
		!share(w.lists[onWords].languages(t), w.lists[wroteWords].languages(rest))
}

const (
	maxBrokenOff   = 3
	maxPreposition = 4 // letters of "On", "Dana"; "Monday" is longer, and somebody's own
)

var (
	// nameThenDate is "Anna Admin <anna@example.org>, 2 Kas 2026".
	nameThenDate = regexp.MustCompile(`^[^<>]{0,80}<[^\s<>@]+@[^\s<>@]+>,? \d[^.!?]{0,20}\d,?$`)
	// addressAlone is "Anna Admin <anna@example.org>", above the date in Chinese.
	addressAlone = regexp.MustCompile(`^(?:\pL[\pL .-]{0,80})?<[^\s<>@]+@[^\s<>@]+>$`)
)

// maxOpening is how many words the first line of a broken introduction has: a name, its address
// and a date.
const maxOpening = 16

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
// address, or a date and a time as only mail clients write them, who never say "I".
func isHead(s string, quoted bool) bool {
	dates := len(dateLike.FindAllStringIndex(asciiDigits(s), 2))
	if dates == 0 {
		return false
	}
	if t := tokenize(s); words().has(wroteWords, t) {
		return quoted || addrLike.MatchString(s) ||
			dates > 1 && startsHead(s) && !ownHead(t)
	}
	return endsInColon(s) && angled.MatchString(s)
}

// ownHead reports that "wrote" and "I" of one language stand together.
func ownHead(t tokens) bool {
	w := words()
	return share(w.lists[wroteWords].languages(t), w.lists[ownWords].languages(t))
}

// maxHeadWords keeps "this is what the colleague from the other office wrote to me:" apart.
const maxHeadWords = 8

// isUndatedHead finds "Anna Admin <anna@example.org> wrote:", which counts above quote marks.
func isUndatedHead(s string) bool {
	t := tokenize(s)
	return endsInColon(s) && words().has(wroteWords, t) &&
		(angled.MatchString(s) || len(t.words) <= maxHeadWords)
}

// startsHead reports whether an introduction can begin so: with a date, or "On", "Am", "Le".
func startsHead(s string) bool {
	s = strings.TrimLeft(s, "-*• \t")
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsDigit(r) || words().starts(onWords, tokenize(s))
}

// zeros are the noughts of the scripts whose own digits mail clients write dates with.
const zeros = "٠۰०০๐"

// asciiDigits is the text with the digits of other scripts as ours.
func asciiDigits(s string) string {
	if ascii(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		for _, zero := range zeros {
			if r >= zero && r <= zero+9 {
				return '0' + r - zero
			}
		}
		return r
	}, s)
}
