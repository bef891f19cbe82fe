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

// alas is the verdict on the same where something beside it may matter.
func (v verdict) alas() verdict {
	if v == ends {
		return endsAlas
	}
	return v
}

// cutSignature takes the signature, and what follows it, out of a passage of new text; above says
// whether something stands before the passage. It reports whether words that may matter went too.
func cutSignature(lines []line, above bool) (alas bool) {
	for i := 0; i < len(lines); i++ {
		if lines[i].blank() || lines[i].fate == gone {
			continue
		}
		v, n := judgeAdded(lines, i, above)
		if n > 0 {
			mark(lines[i:i+n], gone)
			alas, i = alas || v == endsAlas, i+n-1
			continue
		}
		if v = judge(lines, i, above); v != goesOn {
			mark(lines[i:], gone)
			alas = alas || v == endsAlas
			break
		}
		above = true
	}
	dropRules(lines)
	return alas
}

// judgeAdded says whether line i begins what others put into a mail: a disclaimer, the element of
// a signature, or, above all text, a banner. That is n lines long, and text may follow it.
func judgeAdded(lines []line, i int, above bool) (v verdict, n int) {
	s := lines[i].bare
	end := len(lines)
	if lines[i].sign { // what stands below its element is text again
		end = i + signed(lines[i:])
	}
	if v, n := disclaimed(lines[:end], i); n > 0 {
		return v, n
	}
	begins := (i == 0 || !lines[i-1].sign) && !startsIn(mobileWords, s) // names may follow in the line
	switch {
	case lines[i].sign && (mattersBeside(s) || begins && !named(lines[i:end])),
		!lines[i].sign && !above && startsIn(farBanner, s):
		v = endsAlas
	case lines[i].sign, !above && startsIn(bannerWords, s):
		v = ends
	default:
		return goesOn, 0
	}
	if lines[i].sign {
		return v, 1
	}
	return v, paragraph(lines[i:])
}

// signed is how many lines the element of a signature has.
func signed(lines []line) int {
	n := slices.IndexFunc(lines, func(l line) bool { return !l.sign })
	if n < 0 {
		return len(lines)
	}
	return n
}

// judge says whether what begins at line i is still text.
func judge(lines []line, i int, above bool) verdict {
	// RFC 3676 4.3, also without its space or with one that nobody decoded (RFC 2045 6.7)
	if bare := strings.TrimLeft(lines[i].text, " "); bare == "--" || bare == "--=20" {
		return weighName(lines[i+1:])
	}
	if near, far := mobile(lines[i].bare); near != noPhrase || far != noPhrase {
		return judgePhone(lines, i, near)
	}
	if !above {
		return goesOn
	}
	return judgeDrawn(lines, i)
}

// judgePhone is the verdict on a phone's line and on what follows it; near says what it is in a
// language that decides.
func judgePhone(lines []line, i int, near phrase) verdict {
	v := weigh(lines[i+1:])
	switch near {
	case nothingElse:
		return v
	case somethingElse:
		return v.alas()
	case noPhrase:
	}
	return doubted(v, lines[i:])
}

// judgeDrawn says whether a picture, a drawn line, a name behind a dash or a closing ends the text.
func judgeDrawn(lines []line, i int) verdict {
	s := lines[i].bare
	switch {
	case linkAlone.MatchString(s) && i+1 < len(lines) && !lines[i+1].blank():
		return judgeLink(lines, i+1)
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

// judgeLink is the verdict on a link alone, above the line i that says whose it is.
func judgeLink(lines []line, i int) verdict {
	if v, n := disclaimed(lines, i); n > 0 && (n == len(lines)-i || v == endsAlas) {
		return v
	}
	return judge(lines, i, false)
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
		if v, n := disclaimed(lines, i); v != goesOn {
			return i+n == len(lines) || nameBlock(lines[i+n:])
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

// paragraph is how many lines stand before the next blank one.
func paragraph(lines []line) int {
	if n := slices.IndexFunc(lines, line.blank); n >= 0 {
		return n
	}
	return len(lines)
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
