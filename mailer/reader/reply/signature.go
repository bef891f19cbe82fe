package reply

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxBesideMobile = 7    // "... Samsung Galaxy S20 FE 5G Edition"; more is a sentence
	maxClosingWords = 6    // "Mit freundlichen Grüßen aus Wien"
	minBlockLines   = 2    // a name alone after a closing is part of the text
	maxAfterthought = 200  // longer than what somebody adds below his signature
	minDisclaimer   = 80   // bytes; lawyers need more than that
	minProse        = 14   // words of a line; titles and addresses have fewer
	maxSignature    = 4096 // bytes of a signature that are looked through for words that matter
)

// A verdict says what a line is for the text above it.
type verdict uint8

const (
	goesOn   verdict = iota // text
	ends                    // the signature begins
	endsAlas                // the signature begins, and something in it may matter
)

// cutSignature takes the signature, and what follows it, out of a passage of new text; above says
// whether something stands before the passage. It reports whether words that may matter went too.
func cutSignature(lines []line, above bool) (alas bool) {
	footer := false
	for i := range lines {
		l := lines[i]
		switch {
		case l.blank() || l.fate == gone:
			continue
		case l.sign:
			lines[i].fate = gone
			footer = footer || disclaims(lines, i)
			alas = alas || !footer && refusesBeside(l.bare)
			continue
		case !above && startsIn(bannerWords, l.bare):
			cutParagraph(lines[i:])
			continue
		case !above && startsIn(farBanner, l.bare):
			cutParagraph(lines[i:])
			alas = true
			continue
		}
		if v := judge(lines, i, above); v != goesOn {
			mark(lines[i:], gone)
			alas = alas || v == endsAlas
			break
		}
		above = true
	}
	dropRules(lines)
	return alas
}

// judge says whether what begins at line i is still text.
func judge(lines []line, i int, above bool) verdict {
	s := lines[i].bare
	if v := disclaimed(lines, i); v != goesOn {
		return v
	}
	if strings.TrimLeft(lines[i].text, " ") == "--" { // RFC 3676 4.3, also without its space
		return weighName(lines[i+1:])
	}
	near, far := mobile(s)
	switch {
	case near:
		return weigh(lines[i+1:])
	case far:
		return doubted(weigh(lines[i+1:]), lines[i:])
	case !above:
		return goesOn
	case linkAlone.MatchString(s) && i+1 < len(lines) && !lines[i+1].blank():
		return judge(lines, i+1, false)
	case pictureAlone(s) && nameBlock(lines[i+1:]):
		return doubted(weigh(lines[i+1:]), lines[i:])
	case delimiter(s):
		if !strings.ContainsRune(s, '_') && prose(lines, i+1) { // lists and companies draw "____"
			return goesOn
		}
		return weigh(lines[i+1:])
	case dashedName(lines, i):
		return weigh(lines[i:])
	}
	return judgeClosing(lines, i)
}

// judgeClosing says whether line i closes the text, with a name and more below it.
func judgeClosing(lines []line, i int) verdict {
	s, below := lines[i].bare, lines[i+1:]
	near := closes(s)
	if !near && !closesFar(s) || countFilled(below) < minBlockLines || closesLater(below) ||
		!nameBlock(below) {
		return goesOn
	}
	if near {
		return weigh(below)
	}
	return doubted(weigh(below), lines[i:])
}

// closesLater reports whether "Kind regards" stands below "Thanks!", with a name below that.
func closesLater(lines []line) bool {
	for i, l := range lines {
		if !l.blank() && (closes(l.bare) || closesFar(l.bare)) {
			return countFilled(lines[i+1:]) > 0
		}
	}
	return false
}

// linkAlone is the link of a picture that stands above the line of a virus scanner.
var linkAlone = regexp.MustCompile(`^<https?://[!-;=?-~]{1,300}>$`)

// pictureAlone finds the picture that a company's signature begins with, as Outlook writes it.
func pictureAlone(s string) bool {
	return len(s) <= maxHeadBytes && strings.HasPrefix(s, "[cid:") &&
		trim(picture.ReplaceAllString(strings.ToLower(s), "")) == ""
}

// doubted is the verdict on a signature in a language of which nobody listed the refusals: what
// it says may matter, unless it looks like names and no more.
func doubted(v verdict, lines []line) verdict {
	if v != ends {
		return v
	}
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(clip(l.bare, maxHeadBytes))
		b.WriteByte('\n')
	}
	var p postscript
	for _, s := range meaningful(clip(b.String(), maxSignature)) {
		if s = wordsOnly(s); !p.takes(s, say(s)) {
			return endsAlas
		}
	}
	return ends
}

// weighName decides about what stands below "-- ", which is a signature unless the next words
// refuse. What refuses further down leaves the answer in doubt.
func weighName(lines []line) verdict {
	if refusing(lines) {
		return goesOn
	}
	for i, l := range lines {
		switch {
		case rule(l.bare):
		case disclaims(lines, i):
			return ends
		case refusesBeside(l.bare):
			return endsAlas
		}
	}
	return ends
}

// refusesBeside reports a short line of a signature that refuses and is no disclaimer.
func refusesBeside(s string) bool {
	if s == "" || len(s) > maxAfterthought {
		return false
	}
	t := tokenize(words().serial.ReplaceAllString(wordsOnly(s), ""))
	return words().lists[refuseWords].withinBut(t, words().ordinarySomewhere, nil)
}

// weigh decides about lines that look like a signature: short ones with a word that matters are
// an afterthought, and so they are text.
func weigh(lines []line) verdict {
	var b strings.Builder
	for i, l := range lines {
		if disclaims(lines, i) || b.Len() > maxSignature {
			break
		}
		b.WriteString(l.bare)
		b.WriteByte('\n')
	}
	s := words().serial.ReplaceAllString(clip(b.String(), maxSignature), "")
	switch {
	case !decisive(tokenize(s)) && !asks(s):
		return ends
	case letters(s) <= maxAfterthought:
		return goesOn
	}
	return endsAlas
}

// refusing reports whether the next line says no, or a later one says nothing else: then "--" was a
// dash and no signature, or somebody changed his mind below it.
func refusing(lines []line) bool {
	next := true
	for _, l := range lines {
		if l.blank() || len(l.bare) > maxAfterthought {
			next = next && l.blank()
			continue
		}
		if t := tokenize(l.bare); words().whole(refuseWords, t) || next && words().has(refuseWords, t) {
			return true
		}
		next = false
	}
	return false
}

// delimiter finds the lines that people and list servers draw above a signature.
func delimiter(s string) bool {
	return rule(s) && (utf8.RuneCountInString(s) >= 2 || s == "—")
}

// prose reports whether the next thing said, from line i on, is a sentence and no signature: then
// the line above it is a divider of its author's.
func prose(lines []line, i int) bool {
	for ; i < len(lines); i++ {
		if !lines[i].blank() {
			return len(strings.Fields(clip(lines[i].bare, maxHeadBytes))) >= minProse && !disclaims(lines, i)
		}
	}
	return false
}

// dashedName finds "-Anna Admin", "— Anna" and "/Anna" standing alone as the last thing said. A
// hyphen and a space open a list, unless the line is the only one of its kind.
func dashedName(lines []line, i int) bool {
	s := lines[i].bare
	if len(s) < 3 || len(s) > maxLabel || i == 0 || !lines[i-1].blank() {
		return false
	}
	if i+1 < len(lines) && !lines[i+1].blank() {
		return false
	}
	mark, n := utf8.DecodeRuneInString(s)
	name := s[n:]
	if strings.ContainsRune("—–~", mark) || mark == '-' && !listed(lines[:i]) && !say(name).known {
		name = strings.TrimPrefix(name, " ")
	} else if mark != '-' && mark != '/' {
		return false
	}
	names := strings.Fields(name)
	for _, n := range names {
		if r, _ := utf8.DecodeRuneInString(n); !unicode.IsUpper(r) {
			return false
		}
	}
	r, _ := utf8.DecodeRuneInString(name)
	return unicode.IsUpper(r) && len(names) <= 4
}

// listed reports whether a list stands in the lines.
func listed(lines []line) bool {
	return slices.ContainsFunc(lines, func(l line) bool {
		return strings.HasPrefix(l.bare, "- ") || strings.HasPrefix(l.bare, "* ") || endsInColon(l.bare)
	})
}

// nameBlock reports whether the lines are short ones, as in a name, a title, a telephone number.
func nameBlock(lines []line) bool {
	for i, l := range lines {
		if disclaims(lines, i) {
			return true
		}
		if utf8.RuneCountInString(l.bare) > maxNameLine {
			return false
		}
	}
	return true
}

// maxNameLine is the length of "Street 1 | 12345 Town | Tel. ... | www...".
const maxNameLine = 120

func countFilled(lines []line) int {
	n := 0
	for _, l := range lines {
		if !l.blank() {
			n++
		}
	}
	return n
}

// cutParagraph takes away the lines up to the next blank one.
func cutParagraph(lines []line) {
	for i := range lines {
		if lines[i].blank() {
			return
		}
		lines[i].fate = gone
	}
}

// dropRules takes the drawn lines off the end of a passage.
func dropRules(lines []line) {
	for i := len(lines) - 1; i >= 0; i-- {
		l := &lines[i]
		if l.fate != fresh || l.blank() {
			continue
		}
		if !rule(l.bare) {
			return
		}
		l.fate = gone
	}
}

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

// short is the words of a line, or none when it has more than n of them.
func short(s string, n int) tokens {
	if len(s) > maxHeadBytes {
		return tokens{}
	}
	t := tokenize(s)
	if len(t.words) > n {
		return tokens{}
	}
	return t
}

// clip cuts a text at about n bytes.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "")
}

// decisive reports whether words refuse or make a condition, in any language.
func decisive(t tokens) bool {
	return words().has(refuseWords, t) || words().has(conditionWords, t)
}
