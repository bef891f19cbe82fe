package request

import (
	"slices"
	"strings"
)

// maxGap is how many words "..." in a phrase may stand for.
const maxGap = 5

// part is one word of a phrase. A prefix part matches the beginning of a word ("lösch*"), a
// suffix part its end ("*löschung"), both its middle ("*lösch*").
type part struct {
	text           string
	prefix, suffix bool
	gap            bool   // up to maxGap words may stand before it
	or             []part // other words that may stand in its place
}

func (p *part) matches(text string) bool {
	for i := range p.or {
		if p.or[i].matches(text) {
			return true
		}
	}
	switch {
	case p.prefix && p.suffix:
		return strings.Contains(text, p.text)
	case p.prefix:
		return strings.HasPrefix(text, p.text)
	case p.suffix:
		return strings.HasSuffix(text, p.text)
	}
	return p.text == text
}

// pattern is a phrase of a word list: words in a row, folded.
type pattern struct {
	section string
	parts   []part
}

// parsePatterns reads a line of a list: a phrase, or several where "|" stands between words of
// which some are two.
func parsePatterns(section, line string) []pattern {
	fields := strings.Fields(line)
	if !slices.ContainsFunc(fields, areSeveral) {
		return []pattern{parsePattern(section, line)}
	}
	var all []pattern
	for _, phrase := range spread(fields) {
		all = append(all, parsePattern(section, phrase))
	}
	return all
}

// spread writes out the phrases of a line. Single words in one place stay together.
func spread(fields []string) []string {
	phrases := []string{""}
	for _, field := range fields {
		choices := []string{field}
		if areSeveral(field) {
			choices = strings.Split(field, "|")
		}
		longer := make([]string, 0, len(phrases)*len(choices))
		for _, phrase := range phrases {
			for _, choice := range choices {
				longer = append(longer, phrase+" "+choice)
			}
		}
		phrases = longer
	}
	return phrases
}

// areSeveral reports whether "|" parts words of which one is two.
func areSeveral(field string) bool {
	if !strings.Contains(field, "|") {
		return false
	}
	for choice := range strings.SplitSeq(field, "|") {
		if strings.ContainsFunc(strings.Trim(choice, "*"), partsWords) {
			return true
		}
	}
	return false
}

func partsWords(r rune) bool { return isIdeograph(r) || !isWordRune(r) }

// parsePattern reads a phrase; it has no parts if there is no word in the line.
func parsePattern(section, line string) pattern {
	p := pattern{section: section, parts: make([]part, 0, 1+strings.Count(line, " "))}
	gap := false
	for field := range strings.FieldsSeq(line) {
		if field == "..." {
			gap = true
			continue
		}
		first, others, _ := strings.Cut(field, "|")
		start := len(p.parts)
		p.parts = appendParts(p.parts, first)
		if len(p.parts) == start {
			continue
		}
		p.parts[start].gap = gap && start > 0
		p.parts[start].or = otherParts(others)
		gap = false
	}
	return p
}

// otherParts reads the words that may stand in the place of one.
func otherParts(others string) []part {
	if others == "" {
		return nil
	}
	parts := make([]part, 0, 1+strings.Count(others, "|"))
	for other := range strings.SplitSeq(others, "|") {
		parts = appendParts(parts, other)
	}
	return parts
}

// appendParts reads the words of a phrase that no space parts.
func appendParts(parts []part, field string) []part {
	var space [8]token // lists are read when a process begins, and are long
	words := slices.DeleteFunc(appendTokens(space[:0], field, nil), isNoWord)
	for i, w := range words {
		parts = append(parts, part{
			text:   w.text,
			suffix: i == 0 && strings.HasPrefix(field, "*"),
			prefix: i == len(words)-1 && strings.HasSuffix(field, "*"),
		})
	}
	return parts
}

func isNoWord(t token) bool { return t.mark != aWord }

// matchParts returns the position after the last word that the parts take from position i on, or
// -1. A gap never crosses a comma.
func matchParts(parts []part, s sentence, i int) int {
	if len(parts) == 0 {
		return i
	}
	reach := 0
	if parts[0].gap {
		reach = maxGap
	}
	for skipped := 0; skipped <= reach && i < len(s); skipped, i = skipped+1, i+1 {
		if parts[0].matches(s[i].text) {
			if end := matchParts(parts[1:], s, i+1); end >= 0 {
				return end
			}
		}
		if s[i].comma && skipped > 0 {
			return -1
		}
	}
	return -1
}
