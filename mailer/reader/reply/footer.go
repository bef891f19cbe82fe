package reply

import "strings"

// footer.go knows the lines around somebody's words: phones' lines, greetings, closings, warnings,
// disclaimers.

// mobile finds "Sent from my iPhone" and its relatives: a line that begins or ends with an entry
// and whose first sentence holds little else. What refuses or restricts is somebody's own.
func mobile(s string) (near, far bool) {
	if len(s) > maxHeadBytes {
		return false, false
	}
	if strings.Contains(s, "://") {
		s = link.ReplaceAllString(s, " ")
	}
	first, rest, _ := strings.Cut(s, ". ")
	t := tokenize(first)
	near = mobileIn(mobileWords, t, rest)
	return near, !near && mobileIn(farMobile, t, rest)
}

func mobileIn(in section, t tokens, rest string) bool {
	list := words().lists[in]
	beside, n := list.cutPrefix(t)
	if n == 0 {
		if n = list.last(t); n == 0 && !list.unspacedIn(t.joined, nil) {
			return false
		}
		beside = tokens{words: t.words[:len(t.words)-n]}
	}
	if len(beside.words) > maxBesideMobile || decisive(beside) {
		return false
	}
	excuse := tokenize(rest)
	return len(list.exact(excuse)) > 0 || !decisive(excuse)
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
		!words().has(confirmWords, t)
}

// startsIn reports whether a line begins with an entry of the section.
func startsIn(in section, s string) bool {
	return len(s) <= maxHeadBytes && words().starts(in, tokenize(s))
}

// disclaims reports whether the text begins at line i that companies add below their mails.
func disclaims(lines []line, i int) bool { return disclaimed(lines, i) != goesOn }

// disclaimed is disclaims, with a doubt where nobody listed the refusals of the language.
func disclaimed(lines []line, i int) verdict {
	if lines[i].blank() {
		return goesOn
	}
	t := tokenize(clip(lines[i].bare, maxHeadBytes))
	if rest, n := words().lists[disclaimerWords].cutPrefix(t); n > 0 && companys(lines[i:], rest) {
		return ends
	}
	if rest, n := words().lists[farDisclaimer].cutPrefix(t); n > 0 && companys(lines[i:], rest) {
		return endsAlas
	}
	return goesOn
}

// companys reports whether a paragraph is a company's; rest is its first line behind the words
// that they begin with. A short one that refuses something is somebody's own.
func companys(lines []line, rest tokens) bool {
	size, own := len(lines[0].bare), asks(lines[0].bare) || decisive(rest)
	for _, l := range lines[1:] {
		if l.blank() || size >= minDisclaimer {
			break
		}
		size += len(l.bare)
		own = own || asks(l.bare) || decisive(tokenize(clip(l.bare, maxHeadBytes)))
	}
	return size >= minDisclaimer || !own
}
