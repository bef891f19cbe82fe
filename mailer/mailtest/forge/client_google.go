package forge

import "strings"

// gmail is what all of Google's clients have in common.
func (d *draft) gmail(open string, mark string) entity {
	quoted := d.quotedBold()
	intro := d.intro(d.t.gmail, d.who())
	words := each(d.typed, open, "</div>")
	if len(d.below) > 0 {
		words += `<br clear="all"><div><br></div>` + mark + `<div dir="ltr" class="gmail_signature" ` +
			`data-smartmail="gmail_signature"><div dir="ltr">` + strings.Join(escaped(d.below), "<br>") +
			"</div></div>"
	}
	body := d.order(`<div dir="ltr">`+words+"</div>",
		`<br><div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">`+
			strings.ReplaceAll(escaped([]string{intro})[0], "&lt;"+d.Desk+"&gt;",
				`&lt;<a href="mailto:`+d.Desk+`">`+d.Desk+"</a>&gt;")+
			`<br></div><blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;border-left:1px `+
			`solid rgb(204,204,204);padding-left:1ex"><u></u>`+
			renamed(d.html, "m_-"+digits(d.chance(18)))+"</blockquote></div>\n")
	c := coding{charset: "UTF-8", transfer: "quoted-printable"}
	if ascii(quoted + d.words() + intro) {
		c.transfer = ""
	}
	quoted, d.plain = d.plain, quoted
	plain := d.cited(wrap(intro, 76), "> ")
	d.plain = quoted
	html := coding{charset: "UTF-8", transfer: "quoted-printable"}
	return multi("alternative", "000000000000"+d.chance(16), "",
		text("text/plain", plain, c), text("text/html", body, html))
}

// quotedBold is our HTML as Gmail writes it in plain text.
func (d *draft) quotedBold() string { return wrap(flat(d.html, "*", "   - "), 76) }

func digits(hex string) string {
	return strings.Map(func(r rune) rune { return '0' + r%10 }, hex)
}

func gmailHead(d *draft) []string {
	return append(append([]string{"MIME-Version: 1.0"}, d.thread()...),
		d.from("UTF-8", "B"), d.date(1), "X-Gm-Features: "+d.chance(40),
		"Message-ID: <CA"+d.chance(40)+"@mail.gmail.com>",
		d.subject("Re: ", "UTF-8", "Q"), d.to())
}

func gmailWeb(d *draft) entity {
	return d.gmail("<div>", `<span class="gmail_signature_prefix">-- </span><br>`).under(gmailHead(d)...)
}

func gmailAndroid(d *draft) entity {
	return d.gmail(`<div dir="auto">`, "").under(gmailHead(d)...)
}

func gmailIOS(d *draft) entity {
	return d.gmail(`<div dir="auto">`, "-- <br>").under(gmailHead(d)...)
}

// gmailPlain is Gmail in "plain text mode".
func gmailPlain(d *draft) entity {
	intro := wrap(d.intro(d.t.gmail, d.named()), 76)
	return text("text/plain", d.cited(intro, "> "), coding{charset: "UTF-8",
		transfer: "quoted-printable"}).under(gmailHead(d)...)
}
