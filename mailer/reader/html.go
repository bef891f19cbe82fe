package reader

import (
	"bytes"
	"strings"

	"golang.org/x/net/html"
)

// htmlText is the text that a reader of the HTML would see: scripts, styles and hidden
// elements are dropped, blocks end lines, white space is collapsed. It stops at max bytes.
func htmlText(source string, max int) string {
	t := htmlWalk{tokens: html.NewTokenizer(strings.NewReader(source))}
	for t.out.Len() < max && t.step() {
	}
	return tidy(t.out.String())
}

type htmlWalk struct {
	tokens *html.Tokenizer
	out    strings.Builder
	skip   string // the hidden element that we are in
	depth  int    // how many of its name are open
	pre    int
	space  bool // white space is owed before the next word
	para   bool // a paragraph is open, which the next one ends
}

// step reads one token; false says that none is left.
func (t *htmlWalk) step() bool {
	switch t.tokens.Next() {
	case html.ErrorToken:
		return false
	case html.TextToken:
		if t.skip == "" {
			t.text(t.tokens.Text())
		}
	case html.StartTagToken:
		name, attrs := t.tokens.TagName()
		t.open(string(name), attrs, false)
	case html.SelfClosingTagToken:
		name, attrs := t.tokens.TagName()
		t.open(string(name), attrs, true)
	case html.EndTagToken:
		name, _ := t.tokens.TagName()
		t.close(string(name))
	}
	return true
}

func (t *htmlWalk) open(name string, attrs, selfClosing bool) {
	if t.skip != "" {
		switch {
		case t.skip == "p" && blocks[name], name == "body":
			t.skip = "" // a block closes an open paragraph, the body closes the head
		case name == t.skip && !selfClosing:
			t.depth++
			return
		default:
			return
		}
	}
	void := selfClosing || voids[name]
	if !void && (unseen[name] || attrs && t.hidden()) {
		t.skip, t.depth = name, 1
		return
	}
	switch {
	case name == "br":
		t.newline()
	case name == "pre":
		t.pre++
		t.block()
	case name == "td" || name == "th":
		t.space = true
	case name == "p":
		t.block()
		if t.para {
			t.newline()
		}
		t.para = true
	case blocks[name]:
		t.block()
	}
}

func (t *htmlWalk) close(name string) {
	if t.skip != "" {
		if name == t.skip {
			if t.depth--; t.depth == 0 {
				t.skip = ""
			}
		}
		return
	}
	if name == "pre" && t.pre > 0 {
		t.pre--
	}
	t.para = t.para && name != "p"
	switch {
	case name == "p" || name == "table" || len(name) == 2 && name[0] == 'h' && name != "hr":
		t.block()
		t.newline()
	case blocks[name]:
		t.block()
	}
}

// block ends the line, if one is begun.
func (t *htmlWalk) block() {
	t.space = false
	if !t.atLineStart() {
		t.out.WriteByte('\n')
	}
}

func (t *htmlWalk) newline() {
	t.space = false
	t.out.WriteByte('\n')
}

func (t *htmlWalk) text(text []byte) {
	if t.pre > 0 {
		t.out.Write(text)
		return
	}
	for len(text) > 0 {
		i := bytes.IndexAny(text, " \t\r\n\f")
		if i == 0 {
			t.space, text = true, text[1:]
			continue
		}
		word := text
		if i > 0 {
			word = text[:i]
		}
		if t.space && !t.atLineStart() {
			t.out.WriteByte(' ')
		}
		t.space = false
		t.out.Write(word)
		text = text[len(word):]
	}
}

func (t *htmlWalk) atLineStart() bool {
	s := t.out.String()
	return s == "" || s[len(s)-1] == '\n'
}

// hidden reads the attributes of the open tag: does it hide what it holds?
func (t *htmlWalk) hidden() bool {
	for {
		key, value, more := t.tokens.TagAttr()
		switch string(key) {
		case "hidden":
			return true
		case "style":
			if hidingStyle(string(value)) {
				return true
			}
		}
		if !more {
			return false
		}
	}
}

// hidingStyle knows the ways in which mails hide text from the eye.
func hidingStyle(style string) bool {
	style = strings.ToLower(strings.Map(dropBlank, style))
	color, background := "", ""
	for rule := range strings.SplitSeq(style, ";") {
		name, value, _ := strings.Cut(rule, ":")
		value = strings.TrimSuffix(value, "!important")
		switch name {
		case "display":
			if value == "none" {
				return true
			}
		case "visibility":
			if value == "hidden" || value == "collapse" {
				return true
			}
		case "mso-hide":
			if value == "all" {
				return true
			}
		case "opacity", "font-size", "max-height", "max-width":
			if isZero(value) {
				return true
			}
		case "color":
			color = value
		case "background-color", "background":
			background = value
		}
	}
	return color != "" && color == background
}

func dropBlank(r rune) rune {
	if r <= ' ' {
		return -1
	}
	return r
}

// isZero also takes the hair's breadth of 1 px or less for nothing: "0.1px".
func isZero(value string) bool {
	value = strings.TrimRight(value, "abcdefghijklmnopqrstuvwxyz%")
	return value != "" && strings.Trim(value, "0.") == "" || strings.HasPrefix(value, "0.0")
}

var (
	voids = set("area base br col embed hr img input link meta param source track wbr")
	// unseen elements hold no text for the reader. A mail client runs no scripts, but none
	// of those that people use shows noscript either.
	unseen = set("script style head title template noscript iframe noembed noframes object" +
		" svg math select datalist")
	blocks = set("address article aside blockquote body center dd details dir div dl dt" +
		" fieldset figure footer form h1 h2 h3 h4 h5 h6 header hr html li main menu nav ol" +
		" p pre section summary table tbody tfoot thead tr ul")
)

func set(words string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		m[w] = true
	}
	return m
}

// tidy turns no-break spaces into spaces, drops blanks at line ends and keeps at most one
// empty line in a row.
func tidy(s string) string {
	s = strings.ReplaceAll(s, "\u00a0", " ")
	out := make([]byte, 0, len(s))
	empty := 2
	for line := range strings.SplitSeq(s, "\n") {
		line = strings.TrimRight(line, " \t\r")
		if strings.TrimLeft(line, " \t\u200b\u200c\u200d\ufeff") == "" {
			if empty++; empty > 1 {
				continue
			}
			line = ""
		} else {
			empty = 0
		}
		out = append(append(out, line...), '\n')
	}
	return strings.TrimRight(string(out), "\n")
}
