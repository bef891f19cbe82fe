package reply

import (
	"bytes"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// maxClimb bounds the search for the element that an end tag closes, so that tags that are never
// closed cannot make reading slow.
const maxClimb = 128

// maxOpen is how many elements may be open at a time; what stands behind so many is not read.
const maxOpen = 1 << 15

// htmlLines reads an HTML body as its lines, in one pass over its tags: no tree is built, so depth
// costs little. It reports whether it read all of it.
func htmlLines(s string) (lines []line, all bool) {
	r := reader{sheet: readSheets(s)}
	z := html.NewTokenizer(strings.NewReader(s))
	for {
		if len(r.stack) >= maxOpen {
			return r.finish(), false
		}
		switch z.Next() {
		case html.ErrorToken:
			return r.finish(), !r.lost && !r.unclosed()
		case html.CommentToken:
			r.lost = r.lost || !closedComment(string(z.Raw())) // some clients show the rest
		case html.TextToken:
			r.lost = r.lost || r.top().drawn && raw[r.top().atom] && bytes.ContainsRune(z.Raw(), '<')
			r.write(string(z.Text()))
		case html.StartTagToken, html.SelfClosingTagToken:
			r.open(z.Token())
		case html.EndTagToken:
			name, _ := z.TagName()
			r.close(atom.Lookup(name), string(name))
		}
	}
}

// closedComment reports a comment that ends where it says so (HTML 13.1.6), and not with the mail;
// of what is no comment but read as one, such as "<!if>", any end tells.
func closedComment(s string) bool {
	if !strings.HasPrefix(s, "<!--") || s == "<!-->" || s == "<!--->" {
		return strings.HasSuffix(s, ">")
	}
	return strings.HasSuffix(s, "-->") || strings.HasSuffix(s, "--!>")
}

// unclosed reports that the mail ends within an element that everything is the text of.
func (r *reader) unclosed() bool { return raw[r.top().atom] && r.top().unseen }

// A reader holds the lines so far, the one being written and the open elements.
type reader struct {
	sheet sheet
	lines []pending
	text  strings.Builder
	stack []element
	lost  bool // something was left out that another reader may show
}

// A pending line waits until it is known whether its Gmail containers are quotations.
type pending struct {
	line
	in *container
}

// A container is a div.gmail_quote. Gmail puts answers written between or below quotations into it
// as well, beside blockquote elements; without such elements all of it is a quotation.
type container struct {
	outer *container
	parts bool // has a blockquote within
}

// quoted is right for the outer ones too: a part of a container is a part of those around it.
func (c *container) quoted() bool { return c != nil && !c.parts }

// cite notes a blockquote in a container and in those around it.
func (c *container) cite() {
	for ; c != nil && !c.parts; c = c.outer {
		c.parts = true
	}
}

// An element is an open tag with all that it inherits.
type element struct {
	name   string
	atom   atom.Atom
	block  bool
	look   look
	quoted bool
	sign   bool
	pre    bool
	unseen bool
	other  bool // unseen here, and shown by some clients
	drawn  bool // within svg or math, where style is an element like others (HTML 13.2.6.5)
	in     *container
}

func (r *reader) top() element {
	if len(r.stack) == 0 {
		return element{look: paper}
	}
	return r.stack[len(r.stack)-1]
}

// write adds visible text to the line at hand.
func (r *reader) write(s string) {
	e := r.top()
	if e.unseen || e.look.hidden() {
		r.lost = r.lost || e.other && !e.look.hidden() && strings.TrimSpace(s) != ""
		return
	}
	if !e.pre {
		r.append(s)
		return
	}
	for i, part := range strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n") {
		if i > 0 {
			r.end()
		}
		r.text.WriteString(part)
	}
}

// append adds text with its white space collapsed.
func (r *reader) append(s string) {
	first, _ := utf8.DecodeRuneInString(s)
	last, _ := utf8.DecodeLastRuneInString(s)
	spaced := unicode.IsSpace(first)
	for i, w := range strings.Fields(s) {
		if i > 0 || spaced {
			r.space()
		}
		r.text.WriteString(w)
	}
	if unicode.IsSpace(last) || spaced {
		r.space()
	}
}

func (r *reader) space() {
	if s := r.text.String(); s != "" && s[len(s)-1] != ' ' {
		r.text.WriteByte(' ')
	}
}

// end finishes the line at hand, also an empty one; flush does only when something stands there.
func (r *reader) end() {
	e := r.top()
	l := newLine(r.text.String())
	r.text.Reset()
	l.solid = true
	l.quoted = l.quoted || e.quoted
	l.sign = e.sign
	r.lines = append(r.lines, pending{line: l, in: e.in})
}

func (r *reader) flush() {
	if strings.TrimSpace(r.text.String()) != "" {
		r.end()
		return
	}
	r.text.Reset()
}

// open handles a start tag.
func (r *reader) open(t html.Token) {
	m := readMarks(t)
	block := blocks[t.DataAtom]
	if block || m.shifts() {
		r.flush()
	}
	switch t.DataAtom {
	case atom.Br:
		r.end()
		return
	case atom.Td, atom.Th:
		r.space()
	case atom.Img:
		r.write(pictogram(t))
	}
	if m.cut {
		e := r.top()
		r.lines = append(r.lines, pending{line: line{cut: true, quoted: e.quoted}, in: e.in})
	}
	if voids[t.DataAtom] || t.Type == html.SelfClosingTagToken && t.DataAtom == 0 {
		return
	}
	r.impliedEnds(t.DataAtom, block)
	r.push(t, m, block)
}

// push opens an element, which inherits from the one that it stands in.
func (r *reader) push(t html.Token, m marks, block bool) {
	e := r.top()
	e.name, e.atom, e.block = t.Data, t.DataAtom, block
	e.look = e.look.with(t, r.sheet)
	e.quoted = e.quoted || m.quoted
	e.sign = e.sign || m.sign
	e.pre = e.pre || t.DataAtom == atom.Pre
	e.unseen = e.unseen || unseen[t.DataAtom] || strings.HasSuffix(t.Data, ":xml") || t.Data == "xml"
	e.other = e.other || fallback[t.DataAtom] || e.drawn && t.Data == "text"
	r.lost = r.lost || e.drawn && t.DataAtom == atom.Style
	e.drawn = e.drawn || t.DataAtom == atom.Svg || t.DataAtom == atom.Math
	if m.cite {
		e.in.cite()
	}
	if m.container {
		e.in = &container{outer: e.in}
	}
	r.stack = append(r.stack, e)
	if e.look.reordered && !r.before().look.reordered {
		r.text.WriteRune('\u202E')
	}
}

// before is the element around the innermost one.
func (r *reader) before() element {
	if len(r.stack) < 2 {
		return element{look: paper}
	}
	return r.stack[len(r.stack)-2]
}

// impliedEnds closes what the start of an element closes though no end tag says so: a paragraph
// before a block, a cell before a cell (HTML 13.1.2.4).
func (r *reader) impliedEnds(a atom.Atom, block bool) {
	ended := endedBy[a]
	if !block && ended == nil {
		return
	}
	for i := len(r.stack) - 1; i >= 0 && len(r.stack)-i <= maxClimb; i-- {
		e := r.stack[i]
		switch {
		case e.atom == atom.P && block, slices.Contains(ended, e.atom):
			r.leave(i)
		case e.atom == atom.Table || e.block && len(ended) == 0:
			return
		case (e.atom == atom.Ul || e.atom == atom.Ol) && a == atom.Li:
			return
		}
	}
}

// endedBy lists, a tag, the elements that it ends.
var endedBy = map[atom.Atom][]atom.Atom{
	atom.Li:    {atom.Li},
	atom.Dt:    {atom.Dt, atom.Dd},
	atom.Dd:    {atom.Dt, atom.Dd},
	atom.Td:    {atom.Td, atom.Th},
	atom.Th:    {atom.Td, atom.Th},
	atom.Tr:    {atom.Td, atom.Th, atom.Tr},
	atom.Tbody: {atom.Td, atom.Th, atom.Tr, atom.Thead, atom.Tbody},
	atom.Tfoot: {atom.Td, atom.Th, atom.Tr, atom.Thead, atom.Tbody},
}

// close handles an end tag: it closes the innermost element of that name and all within. The end
// of an inline element does not reach across a block (HTML 13.2.6.4.7).
func (r *reader) close(a atom.Atom, name string) {
	block := blocks[a]
	for i := len(r.stack) - 1; i >= 0 && len(r.stack)-i <= maxClimb; i-- {
		e := r.stack[i]
		if e.name == name {
			r.leave(i)
			return
		}
		if e.block && !block {
			return
		}
	}
}

// leave closes the open elements from the i-th on.
func (r *reader) leave(i int) {
	e, outer := r.stack[i], element{look: paper}
	if i > 0 {
		outer = r.stack[i-1]
	}
	if e.block || e.quoted != outer.quoted || e.sign != outer.sign || e.in != outer.in {
		r.flush()
	}
	r.stack = r.stack[:i]
	if e.name == "p" && !e.look.hidden() && !e.look.tight {
		r.end()
	}
}

// finish settles which containers are quotations.
func (r *reader) finish() []line {
	r.flush()
	out := make([]line, len(r.lines))
	for i, p := range r.lines {
		out[i] = p.line
		out[i].quoted = p.quoted || p.in.quoted()
	}
	return out
}

// pictogram is the picture that a mail client shows for a sign, as the sign.
func pictogram(t html.Token) string {
	for _, a := range t.Attr {
		if a.Key == "alt" && len(a.Val) <= 16 && !strings.ContainsFunc(a.Val, unicode.IsLetter) {
			return a.Val
		}
	}
	return ""
}

var blocks = set(atom.Address, atom.Article, atom.Aside, atom.Blockquote, atom.Body, atom.Center,
	atom.Dd, atom.Div, atom.Dl, atom.Dt, atom.Fieldset, atom.Footer, atom.Form, atom.H1, atom.H2,
	atom.H3, atom.H4, atom.H5, atom.H6, atom.Header, atom.Hr, atom.Html, atom.Li, atom.Main,
	atom.Ol, atom.P, atom.Pre, atom.Section, atom.Table, atom.Tbody, atom.Tr, atom.Ul)

var voids = set(atom.Area, atom.Base, atom.Br, atom.Col, atom.Embed, atom.Hr, atom.Img, atom.Input,
	atom.Link, atom.Meta, atom.Param, atom.Source, atom.Track, atom.Wbr)

// unseen are the elements whose text a mail client does not show, or shows struck out: what is
// struck out has been taken back.
var unseen = set(atom.Audio, atom.Canvas, atom.Datalist, atom.Del, atom.Iframe, atom.Math,
	atom.Noembed, atom.Noframes, atom.Noscript, atom.Object, atom.Option, atom.S, atom.Script,
	atom.Select, atom.Strike, atom.Style, atom.Svg, atom.Template, atom.Textarea, atom.Title,
	atom.Video)

// raw are the elements within which a tag is text (HTML 13.1.2), unless within svg or math.
var raw = set(atom.Iframe, atom.Noembed, atom.Noframes, atom.Noscript, atom.Script, atom.Style,
	atom.Textarea, atom.Title, atom.Xmp)

// fallback are the unseen elements whose text is shown where a client does not know or run them.
var fallback = set(atom.Audio, atom.Canvas, atom.Iframe, atom.Math, atom.Noembed, atom.Noframes,
	atom.Noscript, atom.Object, atom.Textarea, atom.Video)

func set(names ...atom.Atom) map[atom.Atom]bool {
	m := make(map[atom.Atom]bool, len(names))
	for _, n := range names {
		m[n] = true
	}
	return m
}
