package request

import "strings"

// cutSignature splits a text before its signature: after "-- " (RFC 3676 4.3), or after a closing
// ("Kind regards") if little follows it. A postscript is not signature.
func cutSignature(text string, books []*book) (body, signature string) {
	lines := strings.Split(text, "\n")
	at, filled := -1, 0
	for i := len(lines) - 1; i >= 0 && filled <= maxSignature; i-- {
		line := strings.TrimSpace(lines[i])
		if isPostscript(line) {
			return text, ""
		}
		if isDelimiter(lines[i]) || isClosing(line, books) {
			at = i
		}
		if line != "" {
			filled++
		}
	}
	if at < 0 {
		return text, ""
	}
	return strings.Join(lines[:at], "\n"), strings.Join(lines[at:], "\n")
}

// isDelimiter reports whether a line is the signature delimiter; many clients lose its space.
func isDelimiter(line string) bool {
	return line == "-- " || line == "--"
}

func isPostscript(line string) bool {
	for _, mark := range []string{"PS:", "P.S.", "PS ", "ps:", "p.s."} {
		if strings.HasPrefix(line, mark) {
			return true
		}
	}
	return false
}

// isClosing reports whether a line is a letter's closing formula.
func isClosing(line string, books []*book) bool {
	if line == "" || len(line) > 2*shortLine || strings.Contains(line, "@") {
		return false
	}
	words := wordsOf(line)
	if len(words) > maxClosing {
		return false
	}
	for _, h := range hitsIn(words, books) {
		if h.section == "closing" && h.start == 0 {
			return true
		}
	}
	return false
}

// withoutDisclaimers returns a text without what firms put below their mail, each from the line
// where it begins to the end of its paragraph. "If you are not the intended recipient, please
// delete it" asks for no erasure.
func withoutDisclaimers(text string, books []*book) string {
	var kept []string
	skipping := false
	lines := strings.Split(text, "\n")
	said := make([]bool, len(lines))
	for i, line := range lines {
		said[i] = says("disclaimer", line, books)
	}
	for i, line := range lines {
		if strings.TrimSpace(line) == "" {
			skipping = false
		}
		if !skipping {
			skipping = said[i] || i+1 < len(lines) && !said[i+1] && wraps(line, lines[i+1], books)
		}
		if !skipping {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "\n")
}

// wraps reports whether a phrase of a disclaimer runs from one line into the next.
func wraps(line, next string, books []*book) bool {
	if len(line) < shortLine {
		return false
	}
	return says("disclaimer", lastBytes(line, maxPhrase)+" "+firstBytes(next, maxPhrase), books)
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
