package reader

import "strings"

// enriched is the text of text/enriched (RFC 1896): a single line break is a blank, commands
// stand in angle brackets, "<<" is one bracket.
func enriched(source string) string {
	e := marked{source: strings.ReplaceAll(source, "\r", ""), doubled: true}
	return e.read()
}

// richtext is the text of text/richtext (RFC 1341 7.1.3), whose line breaks are commands.
func richtext(source string) string {
	e := marked{source: strings.ReplaceAll(source, "\r", "")}
	return e.read()
}

// marked goes through text with commands once.
type marked struct {
	source  string
	doubled bool // "<<" stands for a bracket, and n line breaks for n-1
	out     strings.Builder
	hidden  string // the command whose content is not shown
	nofill  int    // commands open in which line breaks count
}

func (e *marked) read() string {
	for e.source != "" {
		i := strings.IndexAny(e.source, "<\n")
		if i < 0 {
			e.write(e.source)
			break
		}
		e.write(e.source[:i])
		e.source = e.source[i:]
		if e.source[0] == '\n' {
			e.lineBreaks()
		} else {
			e.command()
		}
	}
	return e.out.String()
}

func (e *marked) write(s string) {
	if e.hidden == "" {
		e.out.WriteString(s)
	}
}

func (e *marked) lineBreaks() {
	rest := strings.TrimLeft(e.source, "\n")
	n := len(e.source) - len(rest)
	e.source = rest
	switch {
	case e.nofill > 0:
		e.write(strings.Repeat("\n", n))
	case e.doubled && n > 1:
		e.write(strings.Repeat("\n", n-1))
	default:
		e.write(" ")
	}
}

// longestCommand is what RFC 1896 allows a command to be, in bytes with its brackets.
const longestCommand = 62

func (e *marked) command() {
	if e.doubled && strings.HasPrefix(e.source, "<<") {
		e.write("<")
		e.source = e.source[2:]
		return
	}
	end := strings.IndexByte(e.source[:min(len(e.source), longestCommand)], '>')
	if end < 0 {
		e.write("<")
		e.source = e.source[1:]
		return
	}
	name := strings.ToLower(e.source[1:end])
	e.source = e.source[end+1:]
	e.obey(name)
}

// obey does what a command says of the text; most speak only of how it looks.
func (e *marked) obey(name string) {
	switch closed, closes := strings.CutPrefix(name, "/"); {
	case e.hidden != "":
		if closes && closed == e.hidden {
			e.hidden = ""
		}
	case name == "param", name == "comment":
		e.hidden = name
	case name == "nofill":
		e.nofill++
	case closes && closed == "nofill" && e.nofill > 0:
		e.nofill--
	case name == "lt":
		e.write("<")
	case name == "nl", name == "np", closes && closed == "paragraph":
		e.write("\n")
	}
}
