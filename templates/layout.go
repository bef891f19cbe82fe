package templates

import (
	"strings"
	"unicode/utf8"
)

// lineWidth leaves room for the marks of two quotations in the 80 columns of a terminal.
const lineWidth = 76

// tidy removes the blank lines that conditions leave behind.
func tidy(s string) string {
	var out strings.Builder
	out.Grow(len(s))
	blank := true // nothing stands above the first line
	for line := range strings.Lines(s) {
		line = strings.TrimRight(line, " \t\r\n")
		if line == "" && blank {
			continue
		}
		blank = line == ""
		out.WriteString(line + "\n")
	}
	return strings.TrimRight(out.String(), "\n") + "\n"
}

// wrap breaks the lines that values made too long. Indented lines stay whole: they are commands.
func wrap(s string) string {
	var out strings.Builder
	for line := range strings.Lines(s) {
		if utf8.RuneCountInString(line) <= lineWidth+1 || strings.HasPrefix(line, " ") {
			out.WriteString(line)
			continue
		}
		fold(&out, line)
	}
	return out.String()
}

// fold writes one line as several; those of a list stay under their first word.
func fold(out *strings.Builder, line string) {
	indent := ""
	if strings.HasPrefix(line, "- ") {
		indent = "  "
	}
	width := 0
	for _, word := range strings.Fields(line) {
		n := utf8.RuneCountInString(word)
		switch {
		case width == 0:
		case width+1+n > lineWidth:
			out.WriteString("\n" + indent)
			width = len(indent)
		default:
			out.WriteString(" ")
			width++
		}
		out.WriteString(word)
		width += n
	}
	out.WriteString("\n")
}
