package forge

import "strings"

const wordHead = `<html xmlns:v="urn:schemas-microsoft-com:vml" ` +
	`xmlns:o="urn:schemas-microsoft-com:office:office" xmlns="http://www.w3.org/TR/REC-html40"><head>` +
	`<meta http-equiv=Content-Type content="text/html; charset=CHARSET"><meta name=Generator ` +
	`content="Microsoft Word 15 (filtered medium)"><style><!--
/* Font Definitions */
@font-face
	{font-family:Calibri;}
/* Style Definitions */
p.MsoNormal, li.MsoNormal, div.MsoNormal
	{margin:0cm;
	font-size:11.0pt;
	font-family:"Calibri",sans-serif;}
span.E-MailFormatvorlage20
	{mso-style-type:personal-reply;
	color:windowtext;}
.MsoChpDefault
	{mso-style-type:export-only;
	font-size:10.0pt;}
@page WordSection1
	{size:612.0pt 792.0pt;
	margin:70.85pt 70.85pt 2.0cm 70.85pt;}
div.WordSection1
	{page:WordSection1;}
--></style></head><body lang=DE link="#0563C1" vlink="#954F72" style='word-wrap:break-word'>` +
	"<div class=WordSection1>"

// msoLines are paragraphs as Word writes them.
func msoLines(lines []string) string {
	var b strings.Builder
	for _, l := range escaped(lines) {
		if l == "" {
			l = "&nbsp;"
		}
		b.WriteString(`<p class=MsoNormal><span style='mso-fareast-language:EN-US'>` + l +
			"<o:p></o:p></span></p>\n")
	}
	return b.String()
}

// word is an answer of Outlook classic as HTML.
func (d *draft) word() string {
	head := strings.Join(d.labels("<b>", "</b>"), "<br>")
	head = strings.ReplaceAll(head, "<"+d.Desk+">", "&lt;"+d.Desk+"&gt;")
	return wordHead + d.order(msoLines(d.lines())+"<p class=MsoNormal><o:p>&nbsp;</o:p></p>",
		`<div><div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm'>`+
			"<p class=MsoNormal>"+head+"<o:p></o:p></p></div></div><p class=MsoNormal><o:p>&nbsp;</o:p></p>"+
			d.html) + "</div></body></html>"
}

// exchangePlain is the plain half that Exchange makes of it.
func (d *draft) exchangePlain(rule string) string {
	keep := d.plain
	d.plain = flat(d.html, "", "  *   ")
	defer func() { d.plain = keep }()
	d.plain = strings.ReplaceAll(d.plain, d.Customer, d.Customer+"<mailto:"+d.Customer+">")
	return d.cited(rule+strings.Join(d.labels("", ""), "\n")+"\n", "")
}

// outlookHead are Outlook's own fields without Exchange.
func outlookHead(d *draft, charset string) []string {
	return append([]string{
		`From: "` + word(d.t.name, charset, "Q") + `" <` + d.Admin + ">", "To: <" + d.ReplyTo + ">",
		"References: " + d.parent(), "In-Reply-To: " + d.parent(), d.subject(d.t.reply, charset, "Q"),
		d.date(1), "Message-ID: <00" + d.chance(4) + "01dc4b$" + d.chance(8) + "$" + d.chance(16) + "@" +
			Domain(d.Admin) + ">", "MIME-Version: 1.0",
	}, "X-Mailer: Microsoft Outlook 16.0", "Content-Language: "+d.t.code,
		"Thread-Index: AQ"+d.chance(30)+"==")
}

// outlookClassic sends through somebody's own server.
func outlookClassic(d *draft) entity {
	c := coding{charset: "utf-8", transfer: "quoted-printable"}
	if fits(d.words()+d.plain, d.t.old) && d.t.old != "iso-2022-jp" {
		c.charset = d.t.old
	}
	plain := text("text/plain", d.exchangePlain(""), c)
	html := text("text/html", strings.Replace(d.word(), "CHARSET", c.charset, 1), c)
	body := multi("alternative", "----=_NextPart_000_"+strings.ToUpper(d.chance(16)), "", plain, html)
	return body.under(outlookHead(d, c.charset)...)
}

// outlookLogo has a picture in the signature.
func outlookLogo(d *draft) entity {
	c := coding{charset: "utf-8", transfer: "base64"}
	id := "image001.gif@01DC4B" + strings.ToUpper(d.chance(8))
	html := strings.Replace(d.word(), "<p class=MsoNormal><o:p>&nbsp;</o:p></p>",
		`<p class=MsoNormal><img width=120 height=40 src="cid:`+id+`" alt="Acme"><o:p></o:p></p>`, 1)
	both := multi("alternative", "----=_NextPart_001_"+strings.ToUpper(d.chance(16)), "",
		text("text/plain", d.exchangePlain(""), c), text("text/html", html, c))
	return multi("related", "----=_NextPart_000_"+strings.ToUpper(d.chance(16)),
		` type="multipart/alternative";`, both, picture(id)).under(outlookHead(d, c.charset)...)
}

// outlookPlain answers a mail that it shows as plain text.
func outlookPlain(d *draft) entity {
	intro := "-----" + d.t.orig + "-----\n" + strings.Join(d.labels("", ""), "\n") + "\n"
	c := coding{charset: "utf-8", transfer: "base64"}
	if fits(d.words()+d.plain+intro, d.t.old) {
		c = coding{charset: d.t.old, transfer: "8bit"}
		if d.t.old == "iso-2022-jp" || d.t.old == "us-ascii" {
			c.transfer = "7bit"
		}
	}
	return text("text/plain", d.cited(intro, ""), c).under(outlookHead(d, c.charset)...)
}

// exchangeHead are the fields that Exchange Online writes.
func exchangeHead(d *draft, charset string) []string {
	host := strings.ToUpper(d.chance(10)) + ".eurprd01.prod.outlook.com"
	return []string{
		d.from(charset, "B"), `To: "` + d.ReplyTo + `"` + "\n\t<" + d.ReplyTo + ">",
		d.subject(d.t.reply, charset, "B"), "Thread-Topic: " + word(d.SubjectLine, charset, "B"),
		"Thread-Index: AQ" + d.chance(30) + "==", d.date(0),
		"Message-ID:\n <" + strings.ToUpper(d.chance(24)) + "@" + host + ">",
		"References: " + d.parent(), "In-Reply-To: " + d.parent(),
		"Accept-Language: en-US, " + d.t.code, "Content-Language: en-US",
		"X-MS-Has-Attach:", "X-MS-TNEF-Correlator:", "msip_labels:",
		"x-ms-publictraffictype: Email", "x-ms-exchange-senderadcheck: 1", "x-ms-reactions: allow",
		"X-Auto-Response-Suppress: DR, OOF, AutoReply", "MIME-Version: 1.0",
		"X-OriginatorOrg: " + Domain(d.Admin),
	}
}

const owaHead = `<html><head>
<meta http-equiv="Content-Type" content="text/html; charset=utf-8">
<style type="text/css" style="display:none;"> P {margin-top:0;margin-bottom:0;} </style>
</head><body dir="ltr">
`

const proof = `<div class="elementToProof" style="font-family: Aptos, Calibri, sans-serif; ` +
	`font-size: 12pt; color: rgb(0, 0, 0);">`

// replyHead is the header block of Outlook on the web.
func (d *draft) replyHead() string {
	head := strings.Join(d.labels("<b>", "</b>"), "<br>\n")
	head = strings.ReplaceAll(head, "<"+d.Desk+">", "&lt;"+d.Desk+"&gt;")
	return `<hr style="display: inline-block; width: 98%;"><div id="divRplyFwdMsg" dir="ltr">` +
		`<span style="font-family: Calibri, sans-serif; font-size: 11pt; color: rgb(0, 0, 0);">` + head +
		"</span><div>&nbsp;</div></div>\n"
}

// outlookWeb is Outlook on the web, and the new Outlook for Windows.
func outlookWeb(d *draft) entity {
	words := each(d.typed, proof, "</div>\n")
	if len(d.below) > 0 {
		words += `<div id="Signature">` + each(d.below, `<p style="margin: 0px;">`, "</p>") + "</div>\n"
	}
	body := owaHead + d.order(words,
		`<div id="appendonsend"></div>`+d.replyHead()+renamed(d.html, "x_")) + "\n</body></html>"
	return d.exchange(body, "________________________________\n")
}

// exchange is both halves as Exchange Online sends them.
func (d *draft) exchange(body, rule string) entity {
	c := coding{charset: "utf-8", transfer: "base64"}
	plain := d.exchangePlain(rule)
	if fits(plain, "iso-8859-1") && d.n%2 == 0 {
		c = coding{charset: "iso-8859-1", transfer: "quoted-printable"}
		body = strings.Replace(body, "charset=utf-8", "charset=iso-8859-1", 1)
	}
	return multi("alternative", "_000_"+strings.ToUpper(d.chance(24))+"prod_", "",
		text("text/plain", plain, c), text("text/html", body, c)).under(exchangeHead(d, "utf-8")...)
}

// outlookMobile is Outlook for iOS and Android.
func outlookMobile(d *draft) entity {
	d.below = append([]string{d.t.outlook}, d.below...)
	words := each(d.typed, `<div dir="ltr">`, "</div>\n") +
		`<div id="ms-outlook-mobile-body-separator-line" dir="ltr"><br></div>` +
		`<div id="ms-outlook-mobile-signature" dir="ltr">` +
		each(d.below, `<a href="https://aka.ms/o0ukef">`, "</a>") + "</div>\n"
	quotation := `<div id="mail-editor-reference-message-container" dir="ltr">` + d.replyHead() +
		renamed(d.html, "x_") + "</div>"
	return d.exchange(owaHead+d.order(words, quotation)+"</body></html>",
		"________________________________\n")
}

// windowsMail is the mail program that came with Windows 10.
func windowsMail(d *draft) entity {
	html := strings.Replace(d.word(), "CHARSET", "utf-8", 1)
	c := coding{charset: "utf-8", transfer: "quoted-printable"}
	return multi("alternative", "_"+strings.ToUpper(d.uuid())+"_", "",
		text("text/plain", d.exchangePlain(""), c), text("text/html", html, c)).under(
		append([]string{"MIME-Version: 1.0", d.to(), d.from("utf-8", "Q"),
			d.subject(d.t.reply, "utf-8", "Q"), d.date(1), "Importance: normal", "X-Priority: 3",
			"Message-ID: <" + d.chance(32) + "@" + Domain(d.Admin) + ">"}, d.thread()...)...)
}

// tnef carries Outlook's own form of the mail along, which nobody else can read.
func tnef(d *draft) entity {
	e := outlookPlain(d)
	outer, body := e.split()
	return multi("mixed", "----=_NextPart_000_"+strings.ToUpper(d.chance(16)), "", body, entity{
		head: []string{`Content-Type: application/ms-tnef; name="winmail.dat"`,
			"Content-Transfer-Encoding: base64", `Content-Disposition: attachment; filename="winmail.dat"`},
		body: noise(d, 800),
	}).under(outer...)
}

// stub has a plain half that only asks for a program which shows HTML.
func stub(d *draft) entity {
	c := coding{charset: "utf-8", transfer: "quoted-printable"}
	html := strings.Replace(d.word(), "CHARSET", "utf-8", 1)
	return multi("alternative", "_-"+d.chance(24), "", text("text/plain",
		"This mail is written in HTML. Please use a program that shows HTML.\n", c),
		text("text/html", html, c)).under(outlookHead(d, c.charset)...)
}

// blackberry went through a server that wraps for small screens.
func blackberry(d *draft) entity {
	intro := "-----" + d.t.orig + "-----\n" + strings.Join(d.labels("", ""), "\n")
	keep := d.plain
	d.plain = narrow(d.plain, 34)
	defer func() { d.plain = keep }()
	c := coding{charset: "Windows-1252", transfer: "base64"}
	if !fits(d.words()+d.plain, c.charset) {
		c.charset = "utf-8"
	}
	return text("text/plain", d.cited(intro, ""), c).
		under(append([]string{"Message-ID: <" + digits(d.chance(10)) + "-" + d.chance(6) + "@b12." +
			Domain(d.Admin) + ">", "X-rim-org-msg-ref-id: " + digits(d.chance(9)), d.to(),
			d.subject("Re: ", "Windows-1252", "Q"), d.from("Windows-1252", "B"), d.date(0),
			"MIME-Version: 1.0", "X-Priority: Normal", "Sensitivity: Normal"}, d.thread()...)...)
}
