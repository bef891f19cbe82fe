package forge

import "strings"

func appleHead(d *draft, mailer string) []string {
	return append([]string{
		"Mime-Version: 1.0 (Mac OS X Mail 16.0 \\(3826.700.81\\))",
		d.subject("Re: ", "utf-8", "Q"), d.from("utf-8", "Q"), d.date(1), "X-Mailer: " + mailer,
		"Message-Id: <" + strings.ToUpper(d.uuid()) + "@" + Domain(d.Admin) + ">", d.to(),
	}, d.thread()...)
}

// citedByApple has the introduction behind a mark too.
func (d *draft) citedByApple(intro string) string {
	if d.place == alone {
		return d.cited("", "> ")
	}
	keep := d.plain
	d.plain = intro + "\n\n" + d.plain
	defer func() { d.plain = keep }()
	return strings.TrimLeft(d.cited("", "> "), "\n")
}

// appleMac is Apple Mail on macOS.
func appleMac(d *draft) entity {
	intro := d.intro(d.t.apple, d.named())
	plain := text("text/plain", d.citedByApple(intro),
		coding{charset: "utf-8", transfer: "quoted-printable", bare: true})
	body := `<html><head><meta http-equiv="content-type" content="text/html; charset=utf-8"></head>` +
		`<body style="overflow-wrap: break-word; -webkit-nbsp-mode: space; line-break: after-white-space;">` +
		d.order(strings.Join(escaped(d.lines()), "<br>"),
			`<div><br><blockquote type="cite"><div>`+escaped([]string{intro})[0]+
				`</div><br class="Apple-interchange-newline"><div>`+d.html+"</div></blockquote></div><br>") +
		"</body></html>"
	html := text("text/html", body, coding{charset: "utf-8", transfer: "quoted-printable", bare: true})
	return multi("alternative", "Apple-Mail=_"+strings.ToUpper(d.uuid()), "", plain, html).
		under(appleHead(d, "Apple Mail (2.3826.700.81)")...)
}

// appleMacPlain is the same as it answers a plain mail.
func appleMacPlain(d *draft) entity {
	c := coding{charset: "utf-8", transfer: "quoted-printable", bare: true,
		shape: ";\n\tdelsp=yes;\n\tformat=flowed"}
	plain := d.citedByApple(d.intro(d.t.apple, d.who()))
	if ascii(plain) {
		c.charset, c.transfer = "us-ascii", "7bit"
	}
	return text("text/plain", spaced(plain), c).under(appleHead(d, "Apple Mail (2.3445.104.21)")...)
}

// spaced breaks long lines so that delsp=yes takes the space away again (RFC 3676 4.1).
func spaced(s string) string { return strings.ReplaceAll(flowed(s), " \n", "  \n") }

// iPhone is Mail on iOS.
func iPhone(d *draft) entity {
	d.below = append([]string{d.t.iphone}, d.below...)
	plain := text("text/plain", d.citedByApple(d.intro(d.t.apple, d.named())),
		coding{charset: "utf-8", transfer: "quoted-printable", bare: true})
	body := `<html><head><meta http-equiv="content-type" content="text/html; charset=utf-8"></head>` +
		`<body dir="auto">` + d.order(strings.Join(escaped(d.typed), "<br>")+
		`<br id="lineBreakAtBeginningOfSignature"><div dir="ltr">`+strings.Join(escaped(d.below), "<br>")+
		"</div>", `<div dir="ltr"><br><blockquote type="cite">`+
		escaped([]string{d.intro(d.t.apple, d.named())})[0]+"<br><br></blockquote></div>"+
		`<blockquote type="cite"><div dir="ltr">`+"\ufeff"+d.html+"</div></blockquote>") + "</body></html>"
	html := text("text/html", body, coding{charset: "utf-8", transfer: "quoted-printable", bare: true})
	return multi("alternative", "Apple-Mail-"+strings.ToUpper(d.uuid()), "", plain, html).
		under(append([]string{"Content-Transfer-Encoding: 7bit"}, appleHead(d, "iPhone Mail (22G86)")...)...)
}

// iPhonePlain sends the plain half alone.
func iPhonePlain(d *draft) entity {
	d.below = append([]string{d.t.iphone}, d.below...)
	return text("text/plain", d.citedByApple(d.intro(d.t.apple, d.who())),
		coding{charset: "utf-8", transfer: "quoted-printable", bare: true}).
		under(appleHead(d, "iPad Mail (21E236)")...)
}

// spark is Readdle's client on a Mac.
func spark(d *draft) entity {
	intro := d.intro(d.t.apple, d.named())
	body := "<html xmlns=\"http://www.w3.org/1999/xhtml\"><head><title></title></head><body>" +
		d.order(`<div name="messageBodySection"><div dir="auto">`+strings.Join(escaped(d.typed), "<br>")+
			`</div></div><div name="messageSignatureSection"><br>`+strings.Join(escaped(d.below), "<br>")+
			"</div>", `<div name="messageReplySection">`+escaped([]string{intro})[0]+
			`<br><blockquote type="cite" style="border-left-color: grey; border-left-width: thin; `+
			`border-left-style: solid; margin: 5px 5px;padding-left: 10px;">`+d.html+
			"</blockquote></div>") + "</body></html>"
	c := coding{charset: "utf-8", transfer: "quoted-printable"}
	return multi("alternative", "6907a"+d.chance(20), "", text("text/plain", d.cited(intro, "> "), c),
		text("text/html", body, c)).under(append([]string{d.date(1), d.from("utf-8", "Q"), d.to(),
		"Message-ID: <" + d.uuid() + "@Spark>", d.subject("Re: ", "utf-8", "Q"),
		"X-Readdle-Message-ID: " + d.uuid() + "@Spark", "MIME-Version: 1.0"}, d.thread()...)...)
}
