package forge

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// withoutCode is an answer of the admin in which no code stands where it counts.
func (p *plot) withoutCode() forgery { return p.answer().say("CONFIRM\n") }

// page is an answer in HTML.
func (p *plot) page(html string) forgery {
	return p.answer().set("Content-Type", "text/html; charset=utf-8").say(html)
}

// codeInHeader: a signature over the body says nothing of what stands in a header, and
// whoever writes to the admin can make a program put it there.
func codeInHeader(p *plot) {
	code := "Code: " + p.Code
	for _, f := range []string{
		"Subject", "In-Reply-To", "References", "Thread-Topic", "Thread-Index", "X-Code", "Comments", "Keywords", "To",
		"Cc", "Reply-To", "Message-ID", "Content-Description", "Content-ID", "X-Original-Subject", "List-Unsubscribe-X",
		"DKIM-Signature-X", "Received", "Return-Path", "User-Agent", "Organization", "X-Face", "Content-Type",
	} {
		value := code
		switch f {
		case "To":
			value = p.ReplyTo + ", \"" + code + "\" <" + p.Desk + ">"
		case "Cc", "Reply-To":
			value = "\"" + code + "\" <" + p.Admin + ">"
		case "In-Reply-To", "References", "Message-ID", "Content-ID", "Return-Path":
			value = "<" + p.Code + "@" + p.domain + ">"
		case "Subject":
			value = "Re: " + p.SubjectLine + " " + code
		case "Content-Type":
			value = "text/plain; charset=utf-8; name=\"" + code + "\""
		}
		p.add("in "+f, p.signed(p.withoutCode().set(f, value), Fields+":"+f))
		p.add("in "+f+", not signed", p.signed(p.withoutCode().set(f, value), "From:Date:Message-ID"))
	}
	p.add("in the display name", p.sealed(p.withoutCode().set("From", `"`+code+`" <`+p.Admin+">")))
	p.add("in the signature", Sign(p.withoutCode().raw(), Signing{Key: p.Key, More: "z=" + p.Code}))
	p.add("in the whole subject, the answer too",
		p.sealed(p.answer().set("Subject", "CONFIRM "+p.Code+" "+p.SubjectLine).say("\n")))
	p.add("in an encoded word",
		p.sealed(p.withoutCode().set("Subject", "=?utf-8?B?"+base64Of(p.SubjectLine+" "+code)+"?=")))
	part := func(more string) []byte {
		return p.sealed(p.answer().set("Content-Type", "multipart/mixed; boundary=b").say(
			"--b\nContent-Type: text/plain\n" + more + "\n\nCONFIRM\n--b--\n"))
	}
	for _, h := range []string{
		"Subject: " + code, "Content-Description: " + code, "X-Code: " + code, "Content-ID: <" + p.Code + ">",
		"Content-Location: " + p.Code, "Content-Disposition: inline; filename=\"" + code + "\"", code,
	} {
		p.add("in a part's "+clip(h), part(h))
	}
}

// hiding are ways to put text into a page where nobody sees it; %s is the text.
var hiding = []variant{
	{"display", `<div style="display:none">%s</div>`}, {"display in capitals", `<div STYLE="DISPLAY : NONE">%s</div>`},
	{"display by a comment", `<div style="dis/**/play:none">%s</div><div style="display:/**/none">%s</div>`},
	{"display important", `<span style="color:red;display:none !important">%s</span>`},
	{"visibility", `<div style="visibility:hidden">%s</div>`},
	{"collapse", `<div style="visibility:collapse">%s</div>`},
	{"no size", `<span style="font-size:0">%s</span>`}, {"no size in px", `<span style="font-size:0px">%s</span>`},
	{"a size of one", `<span style="font-size:1px">%s</span>`},
	{"little size", `<span style="font-size:0.01em">%s</span>`},
	{"a percent", `<span style="font-size:1%">%s</span>`}, {"short font", `<span style="font:0/0 a">%s</span>`},
	{"white on white", `<div style="background-color:#ffffff;color:#ffffff">%s</div>`},
	{"white by name", `<div style="color:white">%s</div>`},
	{"white by font", `<font color="#fefefe">%s</font>`},
	{"white by rgb", `<span style="color:rgb(255,255,255)">%s</span>`},
	{"transparent", `<span style="color:transparent">%s</span>`},
	{"clear", `<span style="color:rgba(0,0,0,0)">%s</span>`},
	{"clear by hsla", `<span style="color:hsla(0,0%,0%,0)">%s</span>`},
	{"eight digits", `<span style="color:#00000000">%s</span>`},
	{"opacity", `<div style="opacity:0">%s</div>`}, {"filter", `<div style="filter:alpha(opacity=0)">%s</div>`},
	{"off the left", `<div style="position:absolute;left:-9999px">%s</div>`},
	{"off the top", `<div style="position:absolute;top:-9999px">%s</div>`},
	{"indented away", `<div style="text-indent:-9999px">%s</div>`},
	{"margin", `<div style="margin-left:-9999px">%s</div>`},
	{"no height", `<div style="height:0;overflow:hidden">%s</div>`},
	{"no width", `<div style="width:0;overflow:hidden">%s</div>`},
	{"no greatest height", `<div style="max-height:0;overflow:hidden">%s</div>`},
	{"clipped", `<div style="clip:rect(0,0,0,0);position:absolute">%s</div>`},
	{"clip path", `<div style="clip-path:inset(100%)">%s</div>`},
	{"scaled", `<div style="transform:scale(0)">%s</div>`},
	{"hidden attribute", `<div hidden>%s</div>`}, {"hidden until found", `<div hidden="until-found">%s</div>`},
	{"mso-hide", `<span style="mso-hide:all">%s</span>`},
	{"a class", `<style>.x{display:none}</style><div class="x">%s</div>`},
	{"an id", `<style>#x{display:none}</style><div id="x">%s</div>`},
	{"an element", `<style>span{display:none}</style><span>%s</span>`},
	{"title", `<title>%s</title>`}, {"style", `<style>%s</style>`}, {"script", `<script>%s</script>`},
	{"a comment", `<!-- %s -->`},
	{"a conditional comment", `<!--[if mso]>%s<![endif]-->`}, {"a declaration", `<!DOCTYPE %s>`},
	{"an instruction", `<?x %s ?>`},
	{"template", `<template>%s</template>`}, {"noscript", `<noscript>%s</noscript>`},
	{"noframes", `<noframes>%s</noframes>`},
	{"iframe", `<iframe>%s</iframe>`}, {"object", `<object>%s</object>`},
	{"textarea", `<textarea hidden>%s</textarea>`},
	{"select", `<select><option>%s</option></select>`}, {"datalist", `<datalist><option>%s</option></datalist>`},
	{"svg", `<svg><title>%s</title></svg>`}, {"math", `<math><annotation>%s</annotation></math>`},
	{"audio", `<audio>%s</audio>`},
	{"video", `<video>%s</video>`}, {"canvas", `<canvas>%s</canvas>`}, {"dialog", `<dialog>%s</dialog>`},
	{"details", `<details><summary>x</summary>%s</details>`},
	{"an attribute", `<p data-code="%s">x</p>`}, {"a title attribute", `<p title="%s">x</p>`},
	{"alt", `<img alt="%s" src="cid:x">`}, {"a link", `<a href="mailto:x?body=%s">x</a>`},
	{"meta", `<meta name="description" content="%s">`},
	{"an input", `<input type="hidden" value="%s">`}, {"a placeholder", `<input placeholder="%s">`},
	{"aria-label", `<p aria-label="%s">x</p>`},
	{"generated", `<style>p:before{content:"%s"}</style><p>x</p>`}, {"struck", `<s>%s</s>`},
	{"deleted", `<del>%s</del>`},
	{"line through", `<span style="text-decoration:line-through">%s</span>`},
	{"behind the page", `<div style="position:absolute;z-index:-1;display:none">%s</div>`},
}

func hide(form, text string) string { return strings.ReplaceAll(form, "%s", text) }

// shownHiding are those whose text the code may be read from: it is struck out or lies in
// what a click opens, and was not made invisible.
var shownHiding = map[string]bool{"struck": true, "deleted": true, "line through": true, "details": true}

// codeOutOfSight: the code stands in the body, and no reader of the answer sees it there.
func codeOutOfSight(p *plot) {
	p.honest = p.sealed(p.page("<p>CONFIRM</p><blockquote>Code: " + p.Code + "</blockquote>"))
	for _, h := range hiding {
		if !shownHiding[h.name] {
			p.add("hidden in HTML: "+h.name,
				p.sealed(p.page("<p>CONFIRM</p>\n"+hide(h.value, "Code: "+p.Code)+"\n<p>Anna</p>")))
		}
	}
	for _, part := range []variant{
		{"a text attached", "Content-Type: text/plain\nContent-Disposition: attachment\n\nCode: %s\n"},
		{"a text attached by name", "Content-Type: text/plain; name=code.txt\n\nCode: %s\n"},
		{"a mail attached", "Content-Type: message/rfc822\n\nSubject: x\n\nCode: %s\n"},
		{"a mail in base64", "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nU3ViamVjdDogeAoK %s\n"},
		{"a calendar", "Content-Type: text/calendar\n\nDESCRIPTION:Code: %s\n"},
		{"a table", "Content-Type: text/csv\n\nCode: %s\n"},
		{"a card", "Content-Type: text/vcard\n\nNOTE:Code: %s\n"},
		{"a header's text", "Content-Type: text/rfc822-headers\n\nSubject: Code: %s\n"},
		{"a file", "Content-Type: application/octet-stream\n\nCode: %s\n"},
		{"a picture", "Content-Type: image/png\n\nCode: %s\n"},
		{"JSON", "Content-Type: application/json\n\n{\"code\":\"%s\"}\n"},
		{"XML", "Content-Type: text/xml\n\n<code>%s</code>\n"},
		{"a delivery status", "Content-Type: message/delivery-status\n\nX-Code: Code: %s\n"},
		{"a key", "Content-Type: application/pgp-keys\n\nCode: %s\n"},
		{"a signature", "Content-Type: application/pgp-signature\n\nCode: %s\n"},
		{"external",
			"Content-Type: message/external-body; access-type=x\n\nContent-Type: text/plain\n\nCode: %s\n"},
		{"partial", "Content-Type: message/partial; id=1; number=1\n\nCode: %s\n"},
		{"rich text", "Content-Type: text/rtf\n\n{\\rtf Code: %s}\n"},
		{"enriched text", "Content-Type: text/enriched\n\nCode: %s\n"},
		{"text of an unknown kind", "Content-Type: text/x-note\n\nCode: %s\n"},
		{"enriched text, quoted", "Content-Type: text/enriched\n\n> Code: %s\n"},
		{"text of an unknown kind, quoted", "Content-Type: text/x-note\n\n> Code: %s\n"},
	} {
		p.add("in "+part.name, p.sealed(p.mixed("CONFIRM\n", strings.ReplaceAll(part.value, "%s", p.Code))))
	}
	multi := p.answer().set("Content-Type", "multipart/mixed; boundary=b")
	one := "--b\nContent-Type: text/plain\n\nCONFIRM\n"
	p.add("in the preamble", p.sealed(multi.say("Code: "+p.Code+"\n"+one+"--b--\n")))
	p.add("in the epilogue", p.sealed(multi.say(one+"--b--\nCode: "+p.Code+"\n")))
	p.add("behind a boundary that ends",
		p.sealed(multi.say(one+"--b--\n--b\nContent-Type: text/plain\n\nCode: "+p.Code+"\n--b--\n")))
	p.add("behind the boundary on its line",
		p.sealed(multi.say("--b Code: "+p.Code+"\nContent-Type: text/plain\n\nCONFIRM\n--b--\n")))
	p.add("in base64 that is not decoded", p.sealed(p.answer().say("CONFIRM\n\n"+base64Of("Code: "+p.Code)+"\n")))
	p.add("far beyond what is read",
		p.sealed(p.answer().say("CONFIRM\n"+strings.Repeat("\n"+strings.Repeat("x", 70), 5000)+"\n"+
			p.Code+"\n")))
}

// mixed is a text with one more part.
func (p *plot) mixed(text, part string) forgery {
	return p.answer().set("Content-Type", "multipart/mixed; boundary=b").say(
		"--b\nContent-Type: text/plain; charset=utf-8\n\n" + text + "\n--b\n" + part + "\n--b--\n")
}

// otherCodes are codes that open nothing, or something else.
func otherCodes(p *plot) {
	for _, name := range slices.Sorted(maps.Keys(p.Others)) {
		code := p.Others[name]
		quoted := strings.ReplaceAll(p.Reply("CONFIRM"), p.Code, code)
		p.add(name+", quoted", p.sealed(p.answer().say(quoted)))
		p.add(name+", typed", p.sealed(p.answer().say("CONFIRM\n\n"+code+"\n")))
		p.add(name+", in HTML", p.sealed(p.page("<p>CONFIRM</p><blockquote>"+code+"</blockquote>")))
		p.add(name+", the live one in the subject",
			p.sealed(p.answer().say(quoted).set("Subject", "Re: "+p.SubjectLine+" "+p.Code)))
	}
	c := strings.ReplaceAll(p.Code, "-", "")
	next := func(i int) string { // another letter at one place
		l := byte('a')
		if c[i] == 'a' {
			l = 'b'
		}
		return c[:i] + string(l) + c[i+1:]
	}
	for i := range len(c) {
		p.add(fmt.Sprintf("a typing error, letter %d", i+1), p.sealed(p.answer().say("CONFIRM\n\n"+next(i)+"\n")))
	}
	for _, w := range []variant{
		{"a letter short", c[:25]}, {"a letter long", c + "a"}, {"a letter in front", "a" + c},
		{"the first half", c[:13]},
		{"twice half", c[:13] + c[:13]}, {"backwards", reversed(c)}, {"rotated", c[1:] + c[:1]},
		{"halves swapped", c[13:] + c[:13]},
		{"nothing but a", strings.Repeat("a", 26)}, {"empty", ""}, {"a wildcard", "*"},
		{"a pattern", ".*"}, {"percent", "%"},
		{"masked", c[:5] + strings.Repeat("x", 21)}, {"full-width", fullWidth(c)},
		{"Cyrillic", strings.NewReplacer("a", "\u0430",
			"e", "\u0435", "o", "\u043e", "c", "\u0441", "p", "\u0440", "x", "\u0445", "y", "\u0443", "i",
			"\u0456").Replace(c + "\u0430")},
		{"one group missing", c[:20]},
		{"in words", "the code from your mail"}, {"a hash", "6f1ed002ab5595859014ebf0951522d9"},
		{"the reference", p.SubjectLine}, {"the id", p.MessageID},
	} {
		p.add(w.name, p.sealed(p.answer().say("CONFIRM\n\n"+w.value+"\n")))
	}
}

func reversed(s string) string {
	b := []byte(s)
	slices.Reverse(b)
	return string(b)
}

func fullWidth(s string) string {
	return strings.Map(func(r rune) rune { return r + 0xfee0 }, s)
}
