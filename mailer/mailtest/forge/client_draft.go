package forge

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"html"
	"strings"
	"time"
)

// draft is an answer before a client has written it down.
type draft struct {
	Scene
	t     *tongue
	n     int      // its number, from which all that has to differ is made
	typed []string // what the admin wrote, a line each
	below []string // the signature that the client adds, a line each
	after []string // what a gateway of the admin's company puts under it all
	place place
	plain string // the confirmation as the client quotes it
	html  string // the same, as what stands in its body
}

// place says where the words stand.
type place int

const (
	above place = iota
	beneath
	among // between the quoted lines, in front of the one with the code
	alone // nothing is quoted
)

// chance is hex digits that belong to this answer.
func (d *draft) chance(n int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s|%d|%s", d.Admin, d.n, d.t.code))
	return strings.Repeat(hex.EncodeToString(sum[:]), 2)[:n]
}

// uuid has the shape of one.
func (d *draft) uuid() string {
	c := d.chance(32)
	return c[:8] + "-" + c[8:12] + "-4" + c[13:16] + "-a" + c[17:20] + "-" + c[20:32]
}

func (d *draft) parent() string { return "<" + strings.Trim(d.MessageID, "<>") + ">" }

// thread is References and In-Reply-To.
func (d *draft) thread() []string {
	return []string{"References: " + d.parent(), "In-Reply-To: " + d.parent()}
}

func (d *draft) from(charset, how string) string {
	name := word(d.t.name, charset, how)
	return "From: " + name + " <" + d.Admin + ">"
}

func (d *draft) to() string { return "To: " + d.ReplyTo }

func (d *draft) subject(prefix, charset, how string) string {
	return "Subject: " + word(prefix+d.SubjectLine, charset, how)
}

// date is the Date field in a time zone so many hours east.
func (d *draft) date(east int) string {
	zone := time.FixedZone("", east*3600)
	return "Date: " + d.Now.Add(-time.Duration(d.n%50)*time.Second).In(zone).Format(time.RFC1123Z)
}

// who is the writer of the confirmation, as clients name one without a display name.
func (d *draft) who() string { return "<" + d.Desk + ">" }

// named is the same with a display name in front.
func (d *draft) named() string { return "Provider " + d.who() }

// intro is the line above the quotation.
func (d *draft) intro(sentence, who string) string {
	return d.t.on(sentence, who, d.Sent.Add(time.Hour))
}

// labels are the lines that Outlook puts above a quotation, each label between the marks.
func (d *draft) labels(open, shut string) []string {
	when := d.t.on("{A}, {D}. {B} {Y} {t}", "", d.Sent.Add(time.Hour))
	if d.t.code == "en" {
		when = d.t.on("{A}, {B} {D}, {Y} 10:00 AM", "", d.Sent)
	}
	values := []string{d.named(), when, d.Admin, d.SubjectLine}
	var out []string
	for i, v := range values {
		out = append(out, open+d.t.label(i)+":"+shut+" "+v)
	}
	return out
}

// words is what the admin wrote with the signature under it.
func (d *draft) words() string { return strings.Join(d.lines(), "\n") }

func (d *draft) lines() []string {
	if len(d.below) == 0 {
		return d.typed
	}
	return append(append(append([]string{}, d.typed...), ""), d.below...)
}

// marked is the confirmation with a mark in front of every line.
func (d *draft) marked(mark string) string { return prefix(d.plain, mark) }

func prefix(text, mark string) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(mark+l, " ")
	}
	return strings.Join(lines, "\n")
}

// cited puts words and quotation together as plain text, in the place where the words are.
func (d *draft) cited(intro, mark string) string {
	quoted := d.marked(mark)
	tail := ""
	if len(d.after) > 0 {
		tail = "\n\n" + strings.Join(d.after, "\n")
	}
	switch d.place {
	case alone:
		return d.words() + tail + "\n"
	case beneath:
		return intro + "\n" + quoted + "\n\n" + d.words() + tail + "\n"
	case among:
		top, rest, ok := strings.Cut(quoted, "\n"+strings.TrimRight(mark, " ")+"\n")
		if ok {
			return intro + "\n" + top + "\n\n" + d.words() + "\n\n" + rest + tail + "\n"
		}
	}
	return d.words() + "\n\n" + intro + "\n" + quoted + tail + "\n"
}

// tail is what the gateway adds, as HTML.
func (d *draft) tail() string {
	if len(d.after) == 0 {
		return ""
	}
	return "<br><div><p>" + strings.Join(escaped(d.after), "<br>") + "</p></div>"
}

func escaped(lines []string) []string {
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = html.EscapeString(l)
	}
	return out
}

// each wraps every line of text into an element; an empty one holds a break.
func each(lines []string, open, shut string) string {
	var b strings.Builder
	for _, l := range escaped(lines) {
		if l == "" {
			l = "<br>"
		}
		b.WriteString(open + l + shut)
	}
	return b.String()
}

// order is words and quotation as HTML, in the place where the words are.
func (d *draft) order(words, quotation string) string {
	switch d.place {
	case alone:
		return words + d.tail()
	case beneath:
		return quotation + words + d.tail()
	}
	return words + quotation + d.tail()
}
