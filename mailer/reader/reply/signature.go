package reply

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxMobileWords  = 12  // "Sent from my ..." is a short line
	maxClosingWords = 6   // "Mit freundlichen Grüßen aus Wien"
	minBlockLines   = 2   // a name alone after a closing is part of the text
	maxAfterthought = 200 // longer than what somebody adds below his signature
)

// cutSignature takes the signature, and what follows it, out of a passage of new text; above says
// whether something stands before the passage.
func cutSignature(lines []line, above bool) {
	for i := range lines {
		l := lines[i]
		if l.blank() {
			continue
		}
		if l.sign {
			lines[i].fate = gone
			continue
		}
		if !above && banner(l.bare) {
			cutParagraph(lines[i:])
			continue
		}
		if l.fate == fresh && endsText(lines, i, above) {
			mark(lines[i:], gone)
			break
		}
		above = true
	}
	dropRules(lines)
}

// endsText reports whether what begins at line i is no longer text.
func endsText(lines []line, i int, above bool) bool {
	s := lines[i].bare
	switch {
	case disclaims(s):
		return true
	case strings.TrimLeft(lines[i].text, " ") == "--": // RFC 3676 4.3, also without its space
		return strings.HasSuffix(lines[i].text, "-- ") || !refusing(lines[i+1:])
	case mobile(s):
		return !afterthought(lines[i+1:])
	case !above:
		return false
	case delimiter(s), dashedName(lines, i):
		return !afterthought(lines[i+1:])
	case closes(s):
		return countFilled(lines[i+1:]) >= minBlockLines && nameBlock(lines[i+1:]) &&
			!afterthought(lines[i+1:])
	}
	return false
}

// afterthought reports whether lines look as if somebody still said something that matters.
func afterthought(lines []line) bool {
	var b strings.Builder
	for _, l := range lines {
		if disclaims(l.bare) {
			break
		}
		b.WriteString(l.bare)
		b.WriteByte('\n')
		if b.Len() > 4*maxAfterthought {
			return false
		}
	}
	s := b.String()
	return utf8.RuneCountInString(s) <= maxAfterthought && decisive(tokenize(s))
}

// refusing reports whether the next line says no: then "--" was a dash and no signature.
func refusing(lines []line) bool {
	for _, l := range lines {
		if !l.blank() {
			return len(l.bare) <= maxAfterthought && words().has(refuseWords, tokenize(l.bare))
		}
	}
	return false
}

// delimiter finds the lines that people and list servers draw above a signature.
func delimiter(s string) bool {
	return rule(s) && (utf8.RuneCountInString(s) >= 2 || s == "—")
}

// dashedName finds "-Anna Admin" standing alone as the last thing said.
func dashedName(lines []line, i int) bool {
	s := lines[i].bare
	if len(s) < 3 || len(s) > maxLabel || s[0] != '-' || i == 0 || !lines[i-1].blank() {
		return false
	}
	if i+1 < len(lines) && !lines[i+1].blank() {
		return false
	}
	names := strings.Fields(s[1:])
	for _, n := range names {
		if r, _ := utf8.DecodeRuneInString(n); !unicode.IsUpper(r) {
			return false
		}
	}
	return s[1] != ' ' && s[1] != '-' && len(names) <= 4
}

// nameBlock reports whether the lines are short ones, as in a name, a title, a telephone number.
func nameBlock(lines []line) bool {
	for _, l := range lines {
		if disclaims(l.bare) {
			return true
		}
		if utf8.RuneCountInString(l.bare) > 100 {
			return false
		}
	}
	return true
}

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

// mobile finds "Sent from my iPhone" and its relatives.
func mobile(s string) bool {
	t := short(s, maxMobileWords)
	return len(t.words) > 0 && words().has(mobileWords, t)
}

// closes finds "Best regards," and the like on a line of their own.
func closes(s string) bool {
	t := short(s, maxClosingWords)
	n := words().lists[closingWords].prefix(t)
	return n > 0 && len(t.words) <= n+2
}

// maxGreetingWords is "Dear Ms. Dr. van der Berg".
const maxGreetingWords = 6

// greets finds "Hi Anna," and the like on a line of their own.
func greets(s string) bool {
	t, n := words().lists[greetingWords].cutPrefix(short(s, maxGreetingWords))
	return n > 0 && !asks(s) && !decisive(t) && !words().has(agreeWords, t) &&
		!words().has(confirmWords, t)
}

func banner(s string) bool {
	return len(s) <= maxHeadBytes && words().starts(bannerWords, tokenize(s))
}

func disclaims(s string) bool {
	return len(s) <= maxText && words().starts(disclaimerWords, tokenize(clip(s, maxHeadBytes)))
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
