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
	company := 0 // the lines before this one belong to a company's text
	for i := range lines {
		l := lines[i]
		if v, n := disclaimed(lines, i); i >= company && l.fate != gone && v != goesOn {
			mark(lines[i:i+n], gone)
			company, alas = i+n, alas || v == endsAlas
		}
		switch {
		case l.blank() || lines[i].fate == gone:
			continue
		case l.sign:
			lines[i].fate = gone
			alas = alas || i >= company && mattersBeside(l.bare)
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
	if bare := strings.TrimLeft(lines[i].text, " "); bare == "--" || bare == "--=20" {
		// RFC 3676 4.3, also without its space or with one that nobody decoded (RFC 2045 6.7)
		return weighName(lines[i+1:])
	}
	near, far := mobile(s)
	switch {
	case near == nothingElse:
		return weigh(lines[i+1:])
	case near == somethingElse:
		return weigh(lines[i+1:]).alas()
	case far != noPhrase:
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
