package reply

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// head_own.go tells the line that a mail client writes above a quotation from a sentence of the
// author's own that ends like one.

// maxSmallWords is how many words without a capital letter stand before the date or the address in
// an introduction, beside those of the lists: "Am Montag, dem 2.11.", "o utilizador Anna".
const maxSmallWords = 1

// tells reports a sentence that comes to speak of a date or an address late: "Bob's too, as Anna
// <anna@example.org> wrote:".
func tells(s string) bool {
	digits, end := asciiDigits(s), len(s)
	if len(digits) == len(s) { // other digits have other lengths, and their scripts no capitals
		for _, e := range []*regexp.Regexp{wholeDate, dateLike, angled} {
			if at := e.FindStringIndex(digits); at != nil {
				end = min(end, at[0])
			}
		}
	}
	small, w, fields := 0, words(), strings.Fields(s[:end])
	for i := 0; i < len(fields) && small <= maxSmallWords; i++ {
		next := strings.Join(fields[i:min(i+maxPhrase, len(fields))], " ")
		if n := w.lists[wroteWords].prefix(tokenize(next)); n > 0 {
			i += n - 1
			continue
		}
		r, _ := utf8.DecodeRuneInString(fields[i])
		t := tokenize(fields[i])
		if unicode.IsLower(r) && !w.whole(onWords, t) && !w.whole(particleWords, t) {
			small++
		}
	}
	return small > maxSmallWords
}

// takesBack reports a line that says more than a mail client does: it refuses or makes a condition
// beside the words that such a line consists of, so that it is its author's.
func takesBack(s string) bool {
	if !decisive(tokenize(s)) {
		return false
	}
	t, w := tokenize(addrLike.ReplaceAllString(withoutSender(s), " ")), words()
	ordinary := w.unlessOrdinary(w.lists[wroteWords].languages(t))
	t.joined = w.lists[onWords].without(t.joined)
	t.words = clientless(t)
	return w.lists[refuseWords].withinBut(t, ordinary, nil) ||
		w.lists[conditionWords].withinBut(t, ordinary, nil)
}

// clientless takes out of an introduction what mail clients write: "wrote", the day of the week
// before a date or behind "On", and the small words among its numbers ("om 09:12", "3. Mai 2026"),
// unless these decide in its own language.
func clientless(t tokens) []string {
	w := words()
	languages := w.lists[wroteWords].languages(t)
	var out []string
	for i := 0; i < len(t.words); i++ {
		if n := w.lists[wroteWords].at(t, i); n > 0 {
			i += n - 1
			continue
		}
		n := w.lists[onWords].at(t, i)
		if n > 0 && (numberAt(t, i+n) || numberAt(t, i+n+1) || i == 1 && w.starts(onWords, t)) {
			i += n - 1
			continue
		}
		one := tokens{words: t.words[i : i+1]}
		switch {
		case unspaced(t.words[i]) && w.whole(onWords, one):
		case among(t, i) && !share(decisiveIn(one), languages):
		default:
			out = append(out, t.words[i])
		}
	}
	return out
}

// maxSmall is the length in bytes of a preposition or a month's short name.
const maxSmall = 4

// among reports a small word before a number and one more, or between two.
func among(t tokens, i int) bool {
	return len(t.words[i]) <= maxSmall && numberAt(t, i+1) && (numberAt(t, i+2) || numberAt(t, i-1))
}

// numberAt reports whether word i begins with a digit.
func numberAt(t tokens, i int) bool {
	if i < 0 || i >= len(t.words) {
		return false
	}
	r, _ := utf8.DecodeRuneInString(t.words[i])
	return unicode.IsDigit(r)
}

// decisiveIn returns the languages in which words refuse or make a condition.
func decisiveIn(t tokens) []string {
	w := words()
	return append(w.lists[refuseWords].languages(t), w.lists[conditionWords].languages(t)...)
}

// sender finds a name and its address.
var sender = regexp.MustCompile(`([^\d<>(),:]*)[<(]\s*(?:mailto:)?([^\s<>@]*@[^\s<>@]+)`)

// withoutSender takes the name out that stands before an address and behind a date, or that the
// address repeats: "No Reply <no-reply@example.org>" refuses nothing.
func withoutSender(s string) string {
	m := sender.FindStringSubmatchIndex(s)
	if m == nil {
		return s
	}
	name, addr := s[m[2]:m[3]], onlyLetters(s[m[4]:m[5]])
	if dateLike.MatchString(asciiDigits(s[:m[0]])) && titled(name) ||
		strings.HasPrefix(addr, onlyLetters(name)) {
		return s[:m[0]] + " " + s[m[5]:]
	}
	return s
}

// titled reports words of which most are written as in a name, and none of the others decides.
func titled(s string) bool {
	capitals, others := 0, 0
	for _, f := range strings.Fields(s) {
		r, _ := utf8.DecodeRuneInString(f)
		switch {
		case unicode.IsUpper(r):
			capitals++
		case decisive(tokenize(f)):
			return false
		default:
			others++
		}
	}
	return capitals >= others
}

// onlyLetters is a text in small letters and without anything else.
func onlyLetters(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, s)
}
