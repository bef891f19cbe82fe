package forge

import (
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf16"
)

// unsignedType are the fields that a provider signs which does not sign how a body is to be
// read.
const unsignedType = "From:To:Subject:Date:Message-ID:In-Reply-To:References"

// reinterpreted are mails that the admin wrote and that say nothing clear: the unsigned
// fields about their body let them be read in another way.
func reinterpreted(p *plot) {
	p.honest = p.signed(p.answer(), unsignedType)
	p.plainAsParts()
	p.plainAsOther()
	p.partsAsOther()
	p.encodedAsOther()
}

// as is a genuine mail, signed with one Content-Type and encoding and delivered with others.
func (p *plot) as(name, body string, was, is [2]string) {
	d := p.answer().say(body)
	if was[0] != "" {
		d = d.set("Content-Type", was[0])
	}
	if was[1] != "" {
		d = d.set("Content-Transfer-Encoding", was[1])
	}
	raw := string(p.signed(d, unsignedType))
	head, rest, _ := strings.Cut(raw, "\r\n\r\n")
	var lines []string
	for _, f := range fieldsOf(head) {
		if n := nameOf(f); n != "content-type" && n != "content-transfer-encoding" {
			lines = append(lines, strings.TrimSuffix(f, "\r\n"))
		}
	}
	if is[0] != "" {
		lines = append(lines, "Content-Type: "+is[0])
	}
	if is[1] != "" {
		lines = append(lines, "Content-Transfer-Encoding: "+is[1])
	}
	p.add(name, []byte(strings.Join(lines, "\r\n")+"\r\n\r\n"+rest))
}

const plain = "text/plain; charset=utf-8"

// plainAsParts: a boundary lies in the text that the admin wrote or quoted, and hides all
// in front of it as a preamble and all behind it as an epilogue.
func (p *plot) plainAsParts() {
	yes := p.Reply("CONFIRM")
	for _, b := range []variant{
		{"the source of a mail", "--b\nContent-Type: text/plain\n\n" + yes + "\n--b--\n"},
		{"the source of a mail, without a header", "--b\n\n" + yes + "\n--b--\n"},
		{"the source of a mail that does not end", "--b\nContent-Type: text/plain\n\n" + yes},
		{"an HTML part", "--b\nContent-Type: text/html\n\n<p>CONFIRM</p><blockquote>" + p.Code +
			"</blockquote>\n--b--\n"},
		{"an attached mail", "--b\nContent-Type: message/rfc822\n\nSubject: x\n\n" + yes + "\n--b--\n"},
		{"a base64 part", "--b\nContent-Transfer-Encoding: base64\n\n" + folded64(yes) + "--b--\n"},
	} {
		body := "What is this? I was told to send it, and will not.\n\n" + b.value + "\nRegards, Anna\n"
		for _, kind := range []string{"mixed", "alternative", "related", "signed", "digest", "parallel",
			"x-unknown", "report"} {
			p.as(b.name+" as multipart/"+kind, body, [2]string{plain}, [2]string{"multipart/" + kind + "; boundary=b"})
		}
		p.as(b.name+", the boundary in quotes", body, [2]string{plain}, [2]string{`multipart/mixed; boundary="b"`})
		p.as(b.name+", two boundaries", body, [2]string{plain}, [2]string{`multipart/mixed; boundary=x; boundary=b`})
		p.as(b.name+", a boundary by RFC 2231", body, [2]string{plain},
			[2]string{`multipart/mixed; boundary*=us-ascii''b`})
		p.as(b.name+", a continued boundary", body, [2]string{plain},
			[2]string{`multipart/mixed; boundary*0=""; boundary*1=b`})
	}
	outlook := "I refuse to answer this.\n\n-----Original Message-----\nFrom: " + p.Desk +
		"\nSubject: " + p.SubjectLine +
		"\n\n" + strings.ReplaceAll(p.Text, "##- Reply above this line -##", "")
	p.as("the line above what Outlook quotes", outlook, [2]string{plain},
		[2]string{`multipart/mixed; boundary="---Original Message-----"`})
	p.as("the line above a signature", "I will not answer.\n--\nCONFIRM\n"+p.Code+"\n", [2]string{plain},
		[2]string{`multipart/mixed; boundary=""`})
	p.as("the line above a signature, a blank", "I will not answer.\n-- \n\nCONFIRM\n"+p.Code+"\n", [2]string{plain},
		[2]string{`multipart/mixed; boundary=" "`})
	p.as("a line of dashes", "I will not answer.\n----------\n\nCONFIRM\n"+p.Code+"\n----------\n", [2]string{plain},
		[2]string{`multipart/mixed; boundary="--------"`})
}

// plainAsOther: the same text by other rules.
func (p *plot) plainAsOther() {
	hm := p.Reply("<!-- They want me to write: -->\nCONFIRM\n<!-- Is that so? I will not. -->")
	for _, t := range []string{
		"text/html", "text/html; charset=utf-7", "text/richtext", "text/enriched", "text/x-web-markdown", "text/markdown",
		"text/calendar", "application/xhtml+xml", "message/rfc822", "message/partial; id=1; number=1; total=1",
		"message/external-body; access-type=URL; URL=\"http://evil.example/\"", "application/octet-stream", "text",
		"text/", "/plain", "multipart/mixed", "text/html, text/plain", "text/plain; format=flowed; delsp=yes", "",
	} {
		p.as("text as "+or(t, "nothing"), hm, [2]string{plain}, [2]string{t})
	}
	taken := p.Reply("CONFIRM") + "\n\nНет, это не моё решение. Не подтверждаю.\n"
	before := p.Reply("CONFIRM\n\nНет, подождите: не сейчас.")
	for _, c := range []string{
		"us-ascii", "iso-8859-1", "iso-8859-5", "windows-1252", "koi8-r", "utf-7", "utf-16", "utf-16le",
		"utf-32", "iso-2022-jp",
		"gb18030", "big5", "shift_jis", "euc-kr", "hz-gb-2312", "x-unknown", "utf-8; charset=us-ascii",
		"ibm037", "macintosh",
	} {
		p.as("a no below the quote in "+c, taken, [2]string{plain}, [2]string{"text/plain; charset=" + c})
		p.as("a no below the yes in "+c, before, [2]string{plain}, [2]string{"text/plain; charset=" + c})
	}
	utf7 := p.Reply("CONFIRM +AG4AbwB0- today\n\n+AEkAIAByAGUAZgB1AHMAZQ-")
	p.as("shifted text in UTF-7", utf7, [2]string{plain}, [2]string{"text/plain; charset=utf-7"})
	p.as("shifted text taken for itself", utf7, [2]string{"text/plain; charset=utf-7"}, [2]string{plain})
	p.as("UTF-16 taken for bytes", p.Reply("CONFIRM")+"\n"+utf16Of("I do not"),
		[2]string{"text/plain; charset=utf-16"}, [2]string{plain})
	for _, soft := range []variant{
		{"a soft line break", "CONFIRM=\n?"}, {"an encoded question mark", "CONFIRM=3F"},
		{"an encoded no", "CONFIRM =6E=6F=74"},
		{"an encoded mark of doubt", "CONFIRM=20=E2=9D=93"}, {"an encoded line", "CONFIRM=0A=0Abut not today"},
	} {
		p.as(soft.name+" taken for itself", p.Reply(soft.value), [2]string{plain, "quoted-printable"},
			[2]string{plain, "8bit"})
		p.as(soft.name+" without an encoding", p.Reply(soft.value),
			[2]string{plain, "quoted-printable"}, [2]string{plain})
		p.as(soft.name+" decoded", p.Reply("They say:\n"+soft.value), [2]string{plain, "8bit"},
			[2]string{plain, "quoted-printable"})
	}
}

func utf16Of(s string) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(s)) {
		b.WriteByte(byte(u >> 8))
		b.WriteByte(byte(u))
	}
	return b.String()
}

// partsAsOther: the admin asks, and has attached what was sent to them.
func (p *plot) partsAsOther() {
	const attached = "Content-Disposition: attachment; filename=strange.txt\n"
	mixed := func(kind, disposition string) string {
		return "--a\nContent-Type: text/plain; charset=utf-8\n\nIs the attached for me? I will not answer it.\n\n" +
			"--a\nContent-Type: " + kind + "\n" + disposition + "\n" + p.Reply("CONFIRM") + "\n--a--\n"
	}
	was := [2]string{"multipart/mixed; boundary=a"}
	for _, kind := range []string{"text/plain", "message/rfc822", "application/octet-stream", "text/html"} {
		body := mixed(kind, attached)
		for _, is := range []string{
			"multipart/alternative; boundary=a", "multipart/related; boundary=a", "multipart/digest; boundary=a",
			"multipart/signed; boundary=a", "multipart/report; boundary=a; report-type=x", "multipart/x; boundary=a",
			"text/plain", "text/html", "message/rfc822", "multipart/mixed; boundary=A", "multipart/mixed; boundary=\"a \"",
			"multipart/mixed; boundary=", "multipart/related; boundary=a; start=\"<2>\"",
		} {
			p.as("an attached "+kind+" as "+is, body, was, [2]string{is})
		}
	}
	nested := "--a\nContent-Type: text/plain\n\nI refuse.\n\n--a\n" +
		"Content-Type: multipart/mixed; boundary=b\n" + attached +
		"\n--b\nContent-Type: text/plain\n\n" + p.Reply("CONFIRM") + "\n--b--\n--a--\n"
	for _, is := range []string{"mixed; boundary=b", "alternative; boundary=b", "digest; boundary=b",
		"related; boundary=b"} {
		p.as("the inner of two as multipart/"+is, nested, was, [2]string{"multipart/" + is})
	}
	inner := "--a\nContent-Type: text/plain\n\nLook at this\n--a-b\nContent-Type: text/plain\n\n" +
		p.Reply("CONFIRM") + "\n--a-b--\n--a--\n"
	p.as("a boundary that begins with the other", inner, was, [2]string{"multipart/mixed; boundary=a-b"})
}

// encodedAsOther: a whole body in base64 is a file to one reader and an answer to another.
func (p *plot) encodedAsOther() {
	file := folded64(p.Reply("CONFIRM"))
	text := p.Reply("What does this say?\n\n" + base64.StdEncoding.EncodeToString([]byte("CONFIRM\n"+p.Code+"\n")))
	for _, e := range []string{"base64", "quoted-printable", "x-uuencode", "binary", "x-unknown",
		"7bit; x=base64", "BASE64 ", "base64, 8bit"} {
		p.as("text as "+e, text, [2]string{plain}, [2]string{plain, e})
		if !strings.EqualFold(strings.TrimSpace(e), "base64") { // nobody writes that by hand
			p.as("base64 that was text as "+e, file, [2]string{plain, "7bit"}, [2]string{plain, e})
		}
	}
	for i, mime := range []string{"", "MIME-Version: 0.9", "MIME-Version: 2.0 (x)"} {
		body := "--b\nContent-Type: text/plain\n\n" + p.Reply("CONFIRM") + "\n--b--\n"
		d := p.answer().drop("MIME-Version").set("Content-Type",
			"multipart/mixed; boundary=b").say("I refuse.\n" + body + "I mean it.\n")
		if mime != "" {
			d = d.bottom(mime)
		}
		p.add(fmt.Sprintf("without a version of MIME, %d", i), p.signed(d, unsignedType))
	}
}
