package reader

import (
	"slices"
	"strings"

	"github.com/dsrd/dsrd/mailer/reader/parts"
)

// A piece is one stretch of the body: as plain text, as HTML, or as both.
type piece struct {
	plain, html string // html is its source
	shown       string // the text to read, whichever it came from
	isHTML      bool   // shown came from html
}

// A body is what of the tree is text to read; the rest is attachments.
type body struct {
	literal   bool // nothing is mended: the mail is taken at its word
	max       int  // bytes of text that are still considered
	pieces    []piece
	others    []*parts.Part
	truncated bool
	odd       []string
}

func readBody(root *parts.Part, max int, literal bool) body {
	b := body{max: max, literal: literal}
	b.pieces = b.collect(root, "", 0)
	for i := range b.pieces {
		b.show(&b.pieces[i])
	}
	return b
}

// collect follows RFC 8621 4.1.4 in what it takes for text and what for an attachment.
func (b *body) collect(p *parts.Part, parent string, index int) []piece {
	if !p.IsMultipart() {
		return b.leaf(p, parent, index)
	}
	switch p.Type {
	case "multipart/alternative":
		return b.alternative(p)
	case "multipart/related", "multipart/signed", "multipart/report", "multipart/encrypted":
		main := b.mainOf(p)
		for i, c := range p.Children {
			if i != main && !isSeal(p, c) {
				b.keep(c)
			}
		}
		return b.collect(p.Children[main], p.Type, 0)
	}
	var out []piece
	for i, c := range p.Children {
		out = append(out, b.collect(c, p.Type, i)...)
	}
	return out
}

// mainOf is the place of the child that is to be read: of multipart/related the root, or the
// first text where that is none, as if an image came before the text that shows it.
func (b *body) mainOf(p *parts.Part) int {
	if b.literal || p.Type != "multipart/related" {
		return 0
	}
	main := slices.Index(p.Children, p.RootOfRelated())
	for i := range p.Children {
		c := p.Children[(main+i)%len(p.Children)]
		if c.IsMultipart() || c.IsText() {
			return (main + i) % len(p.Children)
		}
	}
	return main
}

// isSeal knows the signature of a signed mail (RFC 1847 2.1). It says who wrote, not what, and
// nobody attached it.
func isSeal(parent, p *parts.Part) bool {
	switch p.Type {
	case "application/pgp-signature", "application/pkcs7-signature",
		"application/x-pkcs7-signature":
		return parent.Type == "multipart/signed"
	}
	return false
}

// keep files a part that is never text, with all below it.
func (b *body) keep(p *parts.Part) {
	p.Each(func(q *parts.Part) bool {
		if !q.IsMultipart() {
			b.others = append(b.others, q)
		}
		return true
	})
}

func (b *body) leaf(p *parts.Part, parent string, index int) []piece {
	if !isShown(p, index) && (b.literal || !isShownToo(p, index)) {
		b.others = append(b.others, p)
		return nil
	}
	if isFile(p, parent, index) {
		b.others = append(b.others, p)
	}
	text, whole := b.read(p)
	if !whole {
		b.truncated = true
		b.odd = append(b.odd, "text-cut")
	}
	b.max -= min(b.max, len(text))
	if p.Type == "text/html" || p.Type == xhtml {
		return []piece{{html: text}}
	}
	return []piece{{plain: clean(text)}}
}

// read decodes a text, and undoes the forms of plain text that are made for machines.
func (b *body) read(p *parts.Part) (text string, whole bool) {
	if b.literal {
		return p.TextAsDeclared(b.max)
	}
	text, whole = p.Text(b.max)
	if !whole && p.IsBare() {
		b.others = append(b.others, p) // what the transfer encoding hides may be anything
	}
	switch {
	case p.Type == "text/enriched":
		text = enriched(text)
	case p.Type == "text/richtext":
		text = richtext(text)
	case p.Type == "text/plain":
		var files []*parts.Part
		text, files = filesIn(text)
		b.others = append(b.others, files...)
		if p.Flowed {
			text = unflow(strings.ReplaceAll(text, "\r\n", "\n"), p.DelSp)
		}
	}
	return text, whole
}

const xhtml = "application/xhtml+xml"

// isShown says whether a mail client would show the part as text.
func isShown(p *parts.Part, index int) bool {
	switch {
	case p.Disposition == "attachment":
		return false
	case p.Name != "" && index > 0:
		return false
	case !p.IsText():
		return false
	}
	switch p.Type {
	case "text/calendar", "text/csv", "text/vcard", "text/x-vcard", "text/directory",
		"text/rfc822-headers", "text/x-amp-html", "text/css", "text/javascript", "text/xml",
		"text/x-patch", "text/x-diff", "text/rtf":
		return false
	}
	return true
}

// isShownToo knows text that is read by no word of the standards, and still is what people
// see: HTML by its other name, and files of text that their sender wants shown in place.
func isShownToo(p *parts.Part, index int) bool {
	switch p.Type {
	case xhtml:
		return p.Disposition != "attachment" && (p.Name == "" || index == 0)
	case "text/plain", "text/html":
		return p.Disposition == "inline"
	}
	return false
}

// isFile says whether a text that is shown counts as an attachment as well: people look for
// whatever has a name, and for what few programs can show (RFC 2046 4.1.4).
func isFile(p *parts.Part, parent string, index int) bool {
	return index > 0 && p.Name != "" ||
		isOtherText(p) && parent != "" && parent != "multipart/alternative"
}

// alternative joins the versions of one text (RFC 2046 5.1.4) into one piece.
func (b *body) alternative(p *parts.Part) []piece {
	var one piece
	var more []piece
	var html []string
	for i, c := range p.Children {
		hadHTML := html != nil
		for _, got := range b.collect(c, p.Type, i) {
			switch {
			case got.html != "" && html == nil:
				html = []string{got.html}
			case got.html == "" && strings.TrimSpace(one.plain) == "":
				one.plain = got.plain
			case got.html != "" && !hadHTML && !b.literal:
				html = append(html, got.html) // one version, cut by the images between
			case isOtherText(c):
				b.others = append(b.others, c) // not shown, so that it is listed at least
			default:
				more = append(more, got)
			}
		}
	}
	one.html = strings.Join(html, "\n")
	if more != nil && one.plain == "" && one.html == "" {
		return more
	}
	return append([]piece{one}, b.saysMore(one, more)...)
}

// saysMore are the further texts of an alternative that are no version of the first: some
// programs put all that they have into one.
func (b *body) saysMore(one piece, more []piece) (out []piece) {
	if b.literal {
		return nil
	}
	const enough = 10 // each is compared with all before it
	said := one.plain
	for _, p := range more[:min(len(more), enough)] {
		if p.html == "" && strings.TrimSpace(p.plain) != "" && !says(said, p.plain) {
			out = append(out, p)
			said += p.plain
		}
	}
	return out
}

// isOtherText knows the versions of a text that few programs can show.
func isOtherText(p *parts.Part) bool {
	return p.IsText() && p.Type != "text/plain" && p.Type != "text/html"
}

// show decides which version is read: the plain one, unless it is empty or only says that
// the mail is written in HTML.
func (b *body) show(p *piece) {
	p.shown = p.plain
	if p.html == "" || strings.TrimSpace(p.plain) != "" && !mayBeStub(p.plain) {
		return
	}
	text := clean(htmlText(p.html, maxTextFromHTML))
	if strings.TrimSpace(p.plain) == "" || len(text) > 10*len(p.plain) ||
		asksForViewer(p.plain) && !says(text, p.plain) {
		p.shown, p.isHTML = text, true
	}
}

// asksForViewer knows the stubs that tell their reader what to do.
func asksForViewer(plain string) bool {
	plain = strings.ToLower(plain)
	return strings.Contains(plain, "please") || strings.Contains(plain, "view this")
}

// says reports whether a text says, somewhere, all that another one does.
func says(text, other string) bool {
	return strings.Contains(strings.Join(strings.Fields(text), ""), strings.Join(strings.Fields(other), ""))
}

// maxTextFromHTML bounds what is taken out of one HTML part, in bytes.
const maxTextFromHTML = 256 << 10

// mayBeStub knows texts like "please use an HTML viewer": short, and about that.
func mayBeStub(plain string) bool {
	plain = strings.TrimSpace(plain)
	if len(plain) > 600 || strings.Count(plain, "\n") >= 3 {
		return false
	}
	plain = strings.ToLower(plain)
	for _, word := range []string{"html", "browser", "mime", "view this"} {
		if strings.Contains(plain, word) {
			return true
		}
	}
	return false
}

// text is everything shown, in the order of the mail.
func (b *body) text() string {
	if len(b.pieces) == 1 {
		return b.pieces[0].shown
	}
	var all []string
	for _, p := range b.pieces {
		if strings.TrimSpace(p.shown) != "" {
			all = append(all, strings.TrimRight(p.shown, "\n"))
		}
	}
	return strings.Join(all, "\n\n")
}

// html is the source of the HTML when nothing but HTML was shown, else "".
func (b *body) html() string {
	var all []string
	for _, p := range b.pieces {
		if !p.isHTML && strings.TrimSpace(p.shown) != "" {
			return ""
		}
		if p.isHTML {
			all = append(all, p.html)
		}
	}
	return strings.Join(all, "\n")
}

// unshownHTML is the source of the HTML that said the same beside the plain text that was
// taken, or ought to have.
func (b *body) unshownHTML() string {
	var all []string
	for _, p := range b.pieces {
		if p.html != "" && !p.isHTML {
			all = append(all, p.html)
		}
	}
	return strings.Join(all, "\n")
}
