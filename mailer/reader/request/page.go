package request

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// page is a text whose words were read once, for whatever is asked of its lines afterwards.
type page struct {
	lines  []line
	tokens []token
}

// line is one line of a page.
type line struct {
	text       string // as it stands, with the spaces around it
	start, end int    // its tokens
}

// token is a word, or what punctuation means for the words around it.
type token struct {
	text   string // of a word, folded
	number int32  // of a word, in the dictionary
	mark   mark
}

// mark is what a token is.
type mark uint8

const (
	aWord   mark = iota
	comma        // parts words: a comma, colon, bracket, dash, quotation mark
	bracket      // an opening bracket, which parts words too
	stop         // ends a sentence
	dot          // may end one: a space and a capital follow
	lastDot      // may end one: nothing follows in its line
)

// meanToken is the length in bytes of a word with what is around it, on average.
const meanToken = 6

// pageOf reads the words of a text.
func pageOf(text string) *page {
	d := shelf().dictionary
	p := &page{
		lines:  make([]line, 0, 1+strings.Count(text, "\n")),
		tokens: make([]token, 0, 1+len(text)/meanToken),
	}
	for text := range strings.SplitSeq(text, "\n") {
		start := len(p.tokens)
		p.tokens = appendTokens(p.tokens, strings.TrimSpace(text), d)
		p.lines = append(p.lines, line{text, start, len(p.tokens)})
	}
	return p
}

// opens returns the sections of which a phrase may begin in a line.
func (p *page) opens(l line, e *engine) sectionSet {
	var set sectionSet
	for _, t := range p.tokensOf(l) {
		if t.mark == aWord {
			set |= e.openedBy(t.text, t.number)
		}
	}
	return set
}

// tokensOf returns the tokens of a line.
func (p *page) tokensOf(l line) []token { return p.tokens[l.start:l.end] }

// text puts the lines together again.
func (p *page) text() string {
	var b strings.Builder
	for i, l := range p.lines {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(l.text)
	}
	return b.String()
}

// cut returns the byte at which a line begins in the text.
func (p *page) cut(at int) int {
	n := 0
	for _, l := range p.lines[:at] {
		n += len(l.text) + 1
	}
	return n
}

// says reports whether a phrase of a section stands in a line.
func (p *page) says(l line, in section, e *engine) bool {
	if !p.opens(l, e).has(in) {
		return false
	}
	s := splitter{abbreviations: shelf().abbreviations}
	s.take(p.tokensOf(l))
	return s.say(in, e)
}

// appendTokens reads a line.
func appendTokens(tokens []token, line string, d *dictionary) []token {
	start := -1
	for i := 0; i < len(line); {
		r, size := rune(line[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(line[i:])
		}
		alone := isIdeograph(r) || r == '§'
		if !alone && isWordRune(r) {
			if start < 0 {
				start = i
			}
			i += size
			continue
		}
		if start >= 0 {
			tokens, start = append(tokens, wordToken(line[start:i], d)), -1
		}
		if alone {
			text := line[i : i+size]
			tokens = append(tokens, token{text: text, number: d.number(text)})
		} else if m := markOf(r, line[i+size:]); m != aWord {
			tokens = append(tokens, token{mark: m})
		}
		i += size
	}
	if start >= 0 {
		tokens = append(tokens, wordToken(line[start:], d))
	}
	return tokens
}

func wordToken(raw string, d *dictionary) token {
	text, number := d.fold(raw)
	return token{text: text, number: number}
}

func isWordRune(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
	}
	return unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r)
}

// markOf says what punctuation means; rest is what follows it in the line. What means nothing is
// aWord.
func markOf(r rune, rest string) mark {
	switch r {
	case ',', ':', ')', '–', '—', '、', '，', '"', '[', ']':
		return comma
	case '(', '（':
		return bracket
	case '!', '?', '…', ';', '·', '。', '！', '？', '\u037e':
		return stop
	case '.':
		return dotBefore(rest)
	}
	return aWord
}

// dotBefore says what a full stop means before the rest of its line. One inside a word, or before
// a small letter or a number, means nothing.
func dotBefore(rest string) mark {
	next := strings.TrimLeft(rest, besideDot)
	if next != "" && len(next) == len(rest) {
		return aWord // no space: a dot inside a word
	}
	return dotWith(next)
}

// besideDot may stand between a full stop and what follows it.
const besideDot = " \t\"')"

// dotWith says what a full stop means by what follows it.
func dotWith(next string) mark {
	if next == "" {
		return lastDot
	}
	if r, _ := utf8.DecodeRuneInString(next); unicode.IsLower(r) || unicode.IsDigit(r) {
		return aWord
	}
	return dot
}
