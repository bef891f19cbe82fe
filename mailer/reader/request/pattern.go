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
	gap            bool // up to maxGap words may stand before it
}

func (p part) matches(text string) bool {
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

// parsePattern reads a phrase; it has no parts if there is no word in the line.
func parsePattern(section, line string) pattern {
	p := pattern{section: section}
	gap := false
	var space [8]token // lists are read when a process begins, and are long
	for field := range strings.FieldsSeq(line) {
		if field == "..." {
			gap = true
			continue
		}
		words := slices.DeleteFunc(appendTokens(space[:0], field, nil), isNoWord)
		for i, w := range words {
			p.parts = append(p.parts, part{
				text:   w.text,
				suffix: i == 0 && strings.HasPrefix(field, "*"),
				prefix: i == len(words)-1 && strings.HasSuffix(field, "*"),
				gap:    gap && len(p.parts) > 0,
			})
			gap = false
		}
	}
	return p
}

func isNoWord(t token) bool { return t.mark != aWord }

// matchAt returns how many words of s the pattern takes from position i on, or 0. A gap never
// crosses a comma.
func (p pattern) matchAt(s sentence, i int) int {
	end := matchParts(p.parts, s, i)
	if end < 0 {
		return 0
	}
	return end - i
}

// matchParts returns the position after the last word taken, or -1.
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
