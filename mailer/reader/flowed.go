package reader

import "strings"

// unflow joins the lines of format=flowed (RFC 3676 4.1, 4.2): a line that ends in a blank
// goes on in the next one of the same quote depth; delSp drops that blank. The blank that
// stuffs a line which would look like a quote stays (4.4): what reads the text next must not
// take the writer's own words for a quote.
func unflow(text string, delSp bool) string {
	var b strings.Builder
	b.Grow(len(text))
	open, depth := false, 0 // a paragraph goes on, at that quote depth
	for line := range strings.SplitSeq(text, "\n") {
		quotes, words := quoteDepth(line)
		words = unstuffed(words, quotes)
		isSignature := words == "-- "
		switch joins := open && quotes == depth && !isSignature; {
		case joins && !delSp:
			b.WriteByte(' ')
		case !joins && b.Len() > 0:
			b.WriteByte('\n')
			fallthrough
		case !joins:
			b.WriteString(quoteMarks(quotes))
		}
		open, depth = strings.HasSuffix(words, " ") && !isSignature, quotes
		if open {
			words = words[:len(words)-1]
		}
		b.WriteString(words)
	}
	return b.String()
}

// quoteDepth counts the ">" at the beginning of a line.
func quoteDepth(line string) (depth int, words string) {
	for depth < len(line) && line[depth] == '>' {
		depth++
	}
	return depth, line[depth:]
}

// unstuffed takes off the blank that RFC 3676 4.4 puts before some lines.
func unstuffed(words string, quotes int) string {
	rest, ok := strings.CutPrefix(words, " ")
	if !ok || quotes == 0 && strings.HasPrefix(rest, ">") {
		return words
	}
	return rest
}

func quoteMarks(depth int) string {
	if depth == 0 {
		return ""
	}
	return strings.Repeat(">", depth) + " "
}
