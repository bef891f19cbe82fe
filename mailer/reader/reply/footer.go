package reply

import "strings"

// footer.go knows the lines around somebody's words: phones' lines, greetings, closings, warnings,
// disclaimers.

// A phrase is what a line with a stock phrase in it is.
type phrase uint8

const (
	noPhrase    phrase = iota
	nothingElse        // nothing of its author's own stands beside it
	somethingElse
)

// mobile finds "Sent from my iPhone" and its relatives: a line that begins or ends with an entry
// and whose first sentence holds little else. What refuses, restricts or asks is somebody's own.
func mobile(s string) (near, far phrase) {
	if len(s) > maxHeadBytes || asks(s) {
		return noPhrase, noPhrase
	}
	s = withoutLinks(s)
	if near = mobileIn(mobileWords, s); near == noPhrase {
		far = mobileIn(farMobile, s)
	}
	return near, far
}

func mobileIn(in section, s string) phrase {
	first, rest, _ := strings.Cut(s, ". ")
	t, list := tokenize(first), words().lists[in]
	beside, n := list.cutPrefix(t)
	if n == 0 {
		if n = list.last(t); n == 0 && !list.unspacedIn(t.joined, nil) {
			return noPhrase
		}
		beside = tokens{words: t.words[:len(t.words)-n], joined: stocks()[mobileWords].without(t.joined)}
	}
	if len(beside.words) > maxBesideMobile || decisive(beside) {
		return noPhrase
	}
	excuse := tokenize(rest)
	switch {
	case len(list.exact(excuse)) == 0 && decisive(excuse):
		return noPhrase
	case in == farMobile && !disguised(s), trite(in, s):
		return nothingElse
	}
	return somethingElse
}

// closes finds "Best regards," and the like on a line of their own.
func closes(s string) bool {
	t := short(s, maxClosingWords)
	return len(t.words) > 0 && signsOff(s, t) && !words().whole(confirmWords, t)
}

// closesFar is closes in a language in which nothing decides.
func closesFar(s string) bool {
	t := short(s, maxClosingWords)
	return len(t.words) > 0 && signsOffIn(farClosing, s, t) && !words().whole(confirmWords, t)
}

// maxGreetingWords is "Dear Ms. Dr. van der Berg".
const maxGreetingWords = 6

// greets finds "Hi Anna," and the like on a line of their own.
func greets(s string) bool { return greetsIn(greetingWords, s, short(s, maxGreetingWords)) }

// opens is greets in any language, also those in which nothing decides.
func opens(s string) bool {
	t := short(s, maxGreetingWords)
	return greetsIn(greetingWords, s, t) || greetsIn(farGreeting, s, t)
}

func greetsIn(in section, s string, line tokens) bool {
	t, n := words().lists[in].cutPrefix(line)
	return n > 0 && !asks(s) && !decisive(t) && !words().has(agreeWords, t) &&
		!words().has(confirmWords, t) && addresses(s, t)
}

// addresses reports whether the words behind "Hi" are names, or one or two others: "ACME team",
// "support team". A comma ends a greeting, so that more may stand before it.
func addresses(s string, rest tokens) bool {
	fields := writtenWords(s)
	var count [unspacedWord + 1]int
	for _, f := range fields[max(0, len(fields)-len(rest.words)):] {
		kind := kindOf(f)
		if kind == unspacedWord && !unspacedName(f) {
			return false
		}
		count[kind]++
	}
	s = trim(s)
	mark := strings.IndexAny(s, ",!;:")
	switch small := count[smallWord]; {
	case small > 0 && mark >= 0:
		return mark == len(s)-1
	case small == 0:
		return count[loudWord] <= maxLoudWords
	default:
		return small == 1 || small == 2 && count[capitalWord]+count[loudWord] == 0
	}
}

// startsIn reports whether a line begins with an entry of the section.
func startsIn(in section, s string) bool {
	return len(s) <= maxHeadBytes && words().starts(in, tokenize(s))
}

// disclaims reports whether the text begins at line i that companies add below their mails.
func disclaims(lines []line, i int) bool {
	v, _ := disclaimed(lines, i)
	return v != goesOn
}

// disclaimed is disclaims, with a doubt where somebody's own words may be among it. The text ends
// with the paragraph where that is short, and else nothing but its like follows: n lines go.
func disclaimed(lines []line, i int) (v verdict, n int) {
	if lines[i].blank() {
		return goesOn, 0
	}
	t := tokenize(clip(lines[i].bare, maxHeadBytes))
	if rest, n := words().lists[disclaimerWords].cutPrefix(t); n > 0 {
		heading := n == 1 && t.joined == "" && !words().starts(disclaimerWords, rest)
		return companys(lines[i:], rest, heading)
	}
	if rest, n := words().lists[farDisclaimer].cutPrefix(t); n > 0 {
		if v, n := companys(lines[i:], rest, true); v != goesOn {
			return endsAlas, n
		}
	}
	return goesOn, 0
}

// companys is the verdict on a paragraph that begins as a company's does; rest is its first line
// behind these words. A short one that refuses something is somebody's own, and one with words
// that such texts are not made of may be. So may one be that is no more than headed like one.
func companys(lines []line, rest tokens, headed bool) (v verdict, n int) {
	size, own, plain := 0, asks(lines[0].bare) || decisive(rest), true
	for i, l := range lines {
		if l.blank() || size >= minDisclaimer {
			break
		}
		n, size = i+1, size+len(l.bare)
		plain = plain && trite(disclaimerWords, clip(l.bare, maxHeadBytes))
		own = own || i > 0 && (asks(l.bare) || decisive(tokenize(clip(l.bare, maxHeadBytes))))
	}
	switch {
	case size >= minDisclaimer && !headed:
		return ends, len(lines)
	case size >= minDisclaimer:
		return endsAlas, len(lines)
	case own:
		return goesOn, 0
	case plain:
		return ends, n
	}
	return endsAlas, n
}
