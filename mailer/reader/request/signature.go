package request

import "strings"

// cutSignature returns the line with which the signature of a page begins, or the number of
// lines: it is what follows "-- " (RFC 3676 4.3), or a closing ("Kind regards") if little follows
// that. A postscript is not signature.
func (p *page) cutSignature(e *engine) int {
	at, filled := len(p.lines), 0
	for i := len(p.lines) - 1; i >= 0 && filled <= maxSignature; i-- {
		l := p.lines[i]
		trimmed := strings.TrimSpace(l.text)
		tokens := p.tokensOf(l)
		if isPostscript(tokens, e) {
			return len(p.lines)
		}
		if isDelimiter(l.text) || isClosing(trimmed, tokens, e) {
			at = i
		}
		if trimmed != "" {
			filled++
		}
	}
	return at
}

// isDelimiter reports whether a line is the signature delimiter; many clients lose its space.
func isDelimiter(line string) bool {
	return line == "-- " || line == "--"
}

// isPostscript reports whether a line begins with the mark of a postscript.
func isPostscript(tokens []token, e *engine) bool {
	words := wordsIn(tokens[:min(len(tokens), maxMark)])
	return len(words) > 0 && e.begins(words, 0, inPostscript)
}

// isClosing reports whether a line is a letter's closing formula.
func isClosing(line string, tokens []token, e *engine) bool {
	if line == "" || len(line) > 2*shortLine || strings.Contains(line, "@") {
		return false
	}
	words := wordsIn(tokens)
	return len(words) > 0 && len(words) <= maxClosing && e.begins(words, 0, inClosing)
}

// dropDisclaimers takes out of a page what firms put below their mail, each from the line where it
// begins to the end of its paragraph, and reports whether there was any. "If you are not the
// intended recipient, please delete it" asks for no erasure.
func (p *page) dropDisclaimers(e *engine) bool {
	opens, said := make([]bool, len(p.lines)), make([]bool, len(p.lines))
	for i, l := range p.lines {
		opens[i] = p.opens(l, e).has(inDisclaimer)
		said[i] = opens[i] && p.says(l, inDisclaimer, e)
	}
	kept := p.lines[:0] // never ahead of what is read
	skipping := false
	for i, l := range p.lines {
		if strings.TrimSpace(l.text) == "" {
			skipping = false
		}
		if !skipping && (opens[i] || i+1 < len(opens) && opens[i+1]) {
			skipping = said[i] || i+1 < len(said) && !said[i+1] && p.wraps(i, e)
		}
		if !skipping {
			kept = append(kept, l)
		}
	}
	dropped := len(kept) < len(p.lines)
	p.lines = kept
	return dropped
}

// wraps reports whether a phrase of a disclaimer runs from one line into the next.
func (p *page) wraps(i int, e *engine) bool {
	line, next := p.lines[i].text, p.lines[i+1].text
	if len(line) < shortLine {
		return false
	}
	s := splitter{abbreviations: shelf().abbreviations}
	if len(line) > maxPhrase || len(next) > maxPhrase {
		joined := strings.TrimSpace(lastBytes(line, maxPhrase) + " " + firstBytes(next, maxPhrase))
		s.take(appendTokens(nil, joined, shelf().dictionary))
		return s.say(inDisclaimer, e)
	}
	s.takeBefore(p.tokensOf(p.lines[i]), next)
	s.take(p.tokensOf(p.lines[i+1]))
	return s.say(inDisclaimer, e)
}

// maxPhrase is longer than any phrase of a disclaimer with its gaps, in bytes.
const maxPhrase = 1000

// lastBytes is the end of a line, from a space on.
func lastBytes(line string, n int) string {
	if len(line) <= n {
		return line
	}
	line = line[len(line)-n:]
	return line[max(0, strings.IndexByte(line, ' ')):]
}

// firstBytes is the beginning of a line, up to a space.
func firstBytes(line string, n int) string {
	if len(line) <= n {
		return line
	}
	line = line[:n]
	if at := strings.LastIndexByte(line, ' '); at >= 0 {
		return line[:at]
	}
	return line
}
