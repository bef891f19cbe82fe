package forge

import "strings"

// proton writes as proton.me does, with the field that tells its complaints department
// which customer wrote.
func proton(d *draft) entity {
	intro := d.intro("On {A}, {B} {D}nd, {Y} at {T}, {who} wrote:", d.named())
	if d.t.code != "en" {
		intro = d.intro(d.t.gmail, d.named())
	}
	d.below = append([]string{"Sent with Proton Mail secure email."}, d.below...)
	font := `<div style="font-family: Arial, sans-serif; font-size: 14px;">`
	body := d.order(each(d.typed, font, "</div>")+
		`<div class="protonmail_signature_block" style="font-family: Arial, sans-serif;">`+
		`<div class="protonmail_signature_block-proton">`+strings.Join(escaped(d.below), "<br>")+"</div></div>",
		`<div class="protonmail_quote">`+escaped([]string{intro})[0]+
			`<br><blockquote class="protonmail_quote" type="cite">`+d.html+"</blockquote><br></div>")
	c := coding{charset: "utf-8", transfer: "quoted-printable", bare: true}
	return multi("alternative", "b1=_"+d.chance(40), "", text("text/plain", d.cited(intro+"\n", "> "), c),
		text("text/html", body, c)).under(append([]string{d.date(0), d.to(), d.from("utf-8", "Q"),
		d.subject("Re: ", "utf-8", "Q"), "Message-ID: <" + d.chance(60) + "=@" + Domain(d.Admin) + ">"},
		append(d.thread(), "Feedback-ID: "+digits(d.chance(8))+":user:proton",
			"X-Pm-Message-ID: "+d.chance(40), "MIME-Version: 1.0")...)...)
}

// yahoo quotes without marks in plain text.
func yahoo(d *draft) entity {
	intro := d.intro("On {A}, {B} {D}, {Y} at 10:00:00 AM GMT+1, {who} wrote:", d.named())
	if d.t.code != "en" {
		intro = d.intro(d.t.gmail, d.named())
	}
	body := "<html><head></head><body>" + d.order(`<div class="ydp`+d.chance(8)+
		`yahoo-style-wrap" style="font-family:Helvetica Neue, sans-serif;font-size:13px;">`+
		each(d.lines(), `<div dir="ltr" data-setdir="false">`, "</div>")+"</div><div><br></div>",
		`<div id="yahoo_quoted_`+digits(d.chance(10))+`" class="yahoo_quoted"><div style="color:#26282a;">`+
			"<div>"+escaped([]string{intro})[0]+"</div><div><br></div><div><br></div><div>"+
			renamed(d.html, "yiv"+digits(d.chance(10)))+"</div></div></div>") + "</body></html>"
	c := coding{charset: "UTF-8", transfer: "quoted-printable", bare: true}
	return multi("alternative", "----=_Part_"+digits(d.chance(7))+"_"+digits(d.chance(10)), "",
		text("text/plain", " "+d.cited("    "+intro+"  \n", " "), c), text("text/html", body, c)).
		under(append([]string{d.date(0), d.from("UTF-8", "Q"), d.to(), "Message-ID: <" +
			digits(d.chance(9)) + "." + digits(d.chance(7)) + "." + digits(d.chance(13)) + "@mail.yahoo.com>",
			d.subject("Re: ", "UTF-8", "Q"), "MIME-Version: 1.0",
			"X-Mailer: WebService/1.1.24652 YMailNovation"}, d.thread()...)...)
}

// zimbra has a block of fields, each line ending in a space.
func zimbra(d *draft) entity {
	rows := d.labels("", "")
	plain := d.cited("\n"+strings.Join(rows, " \n")+" \n", "")
	body := `<html><body><div style="font-family: arial, helvetica, sans-serif; font-size: 12pt">` +
		d.order(each(d.lines(), "<div>", "</div>"),
			`<div><br></div><hr id="zwchr" data-marker="__DIVIDER__"><div data-marker="__HEADERS__">`+
				strings.Join(escaped(rows), "<br>")+
				`</div><div><br></div><div data-marker="__QUOTED_TEXT__">`+d.html+"</div>") + "</div></body></html>"
	c := coding{charset: "utf-8", transfer: "quoted-printable", bare: true}
	return multi("alternative", "=_"+d.uuid(), "", text("text/plain", plain, c),
		text("text/html", body, c)).under(append([]string{d.date(1), d.from("utf-8", "Q"),
		"To: confirm <" + d.ReplyTo + ">", "Message-ID: <" + digits(d.chance(10)) + ".1.1.JavaMail.zimbra@" +
			Domain(d.Admin) + ">", d.subject("Re: ", "utf-8", "Q"), "MIME-Version: 1.0",
		"X-Mailer: Zimbra 9.0.0_GA_4583 (ZimbraWebClient - GC142 (Win)/9.0.0_GA_4583)",
		"Thread-Topic: " + word(d.SubjectLine, "utf-8", "Q"), "Thread-Index: " + d.chance(30)},
		d.thread()...)...)
}

// notes is HCL Notes.
func notes(d *draft) entity {
	rows := d.labels("", "")
	for i, r := range rows {
		rows[i] = strings.Replace(r, ":", ":"+strings.Repeat(" ", 8), 1)
	}
	plain := d.cited("\n\n\n"+strings.Join(rows, "\n")+"\n\n\n", "")
	grey := `<font size=1 color=#5f5f5f face="sans-serif">`
	body := d.order(each(d.lines(), `<font size=2 face="sans-serif">`, "</font><br>"),
		"<br><br><br>"+each(rows, grey, "</font><br>")+"<hr noshade><br><br><br>"+d.html) + "<BR>"
	c := coding{charset: "UTF-8", transfer: "quoted-printable"}
	if fits(plain, d.t.old) {
		c.charset = strings.ToUpper(d.t.old)
	}
	return multi("alternative", "=_alternative 0036D8C6C1258D"+strings.ToUpper(d.chance(2)), "",
		text("text/plain", plain, c), text("text/html", body, c)).under(append([]string{
		"MIME-Version: 1.0", d.subject("Antwort: "[:9*min(1, strings.Count(d.t.code, "de"))]+
			"Re: "[4*min(1, strings.Count(d.t.code, "de")):], "ISO-8859-1", "Q"), d.from("UTF-8", "B"), d.to(),
		d.date(1), "Message-ID: <OF" + strings.ToUpper(d.chance(8)) + ".36D8C6C1-ONC1258D00." +
			"0036D8C6@" + Domain(d.Admin) + ">", "X-Mailer: HCL Notes Release 12.0.2 November 17, 2022",
		"X-MIMETrack: Serialize by Router on MAIL01/ACME at 02.11.2026 10:58:12"}, d.thread()...)...)
}

// emClient writes the block of fields without colons.
func emClient(d *draft) entity {
	at := d.intro("{DD}/{MM}/{Y} {t}:00", "")
	rows := []string{"------ " + d.t.orig + " ------", d.t.label(0) + ` "Provider" ` + d.who(),
		d.t.label(2) + " " + d.Admin, "Date " + at, d.t.label(3) + " " + d.SubjectLine}
	body := `<!DOCTYPE html><html><head><style id="css_styles">blockquote.cite { margin-left: 5px; }` +
		"</style></head><body>" + d.order(each(d.lines(), "<div>", "</div>"),
		"<div><br></div>"+each(rows, "<div>", "</div>")+`<div><br></div><div id="x`+d.chance(8)+
			`"><blockquote class="cite" type="cite" cite="mid:1">`+d.html+"</blockquote></div>") + "</body></html>"
	c := coding{charset: "utf-8", transfer: "quoted-printable", bare: true}
	plain := c
	plain.shape = "; format=flowed"
	return multi("alternative", "------=_MB"+strings.ToUpper(d.uuid()), "",
		text("text/plain", d.cited(strings.Join(rows, "\n")+"\n", ""), plain), text("text/html", body, c)).
		under(append([]string{d.from("utf-8", "Q"), d.to(), d.subject("Re[2]: ", "utf-8", "Q"), d.date(1),
			"Message-Id: <em" + d.uuid() + "@" + d.chance(8) + ".com>", "Reply-To: " + d.Admin,
			"User-Agent: eM_Client/10.1.4417.0", "Mime-Version: 1.0"}, d.thread()...)...)
}

// gmx is the web mail of GMX and web.de, which sends HTML alone.
func gmx(d *draft) entity {
	rows := d.labels("<b>", "</b>")
	for i := range rows {
		rows[i] = strings.ReplaceAll(rows[i], "<"+d.Desk+">", "&lt;"+d.Desk+"&gt;")
	}
	body := `<html><head></head><body><div style="font-family: Verdana;font-size: 12.0px;">` + d.order(
		each(d.lines(), "<div>", "</div>"), `<div>&nbsp;<div name="quote" style="margin:10px 5px 5px 10px; `+
			`padding: 10px 0 10px 10px; border-left:2px solid #C3D9E5; word-wrap: break-word;">`+
			`<div style="margin:0 0 10px 0;">`+strings.Join(rows, "<br/>\n")+
			`</div><div name="quoted-content">`+d.html+"</div></div></div>") + "</div></body></html>"
	return text("text/html", body, coding{charset: "UTF-8", transfer: "quoted-printable", bare: true}).
		under(append([]string{"MIME-Version: 1.0", "Message-ID: <trinity-" + d.uuid() + "-" +
			digits(d.chance(13)) + "@3c-app-gmx-bap42>", d.from("UTF-8", "Q"), d.to(),
			d.subject("Aw: ", "UTF-8", "Q"), d.date(1), "Importance: normal", "Sensitivity: Normal",
			"X-Priority: 3", "X-Provags-ID: V03:K1:" + d.chance(60), "X-UI-Message-Type: mail"},
			d.thread()...)...)
}

// qq is Tencent's web mail.
func qq(d *draft) entity {
	rows := d.labels("<b>", "</b>&nbsp;")
	for i := range rows {
		rows[i] = "<div>" + strings.ReplaceAll(rows[i], d.who(), "&lt;"+d.Desk+"&gt;") + ";</div>"
	}
	line := "------------------&nbsp;" + d.t.orig + "&nbsp;------------------"
	body := `<meta http-equiv="Content-Type" content="text/html; charset=GB18030">` + d.order(
		each(d.lines(), "<div>", "</div>"), `<div><br></div><div style="font-size: 12px;font-family: `+
			`Arial Narrow;padding:2px 0 2px 0;">`+line+`</div><div style="font-size: 12px;background:#efefef;`+
			`padding:8px;">`+strings.Join(rows, "")+"</div><div><br></div>"+d.html)
	c := coding{charset: "gb18030", transfer: "base64"}
	plain := d.cited("\n\n\n"+strings.ReplaceAll(line, "&nbsp;", " ")+"\n"+
		strings.Join(d.labels("", ""), "\n")+"\n\n", "")
	return multi("alternative", "----=_NextPart_"+strings.ToUpper(d.chance(8))+"_0", "",
		text("text/plain", plain, c), text("text/html", body, c)).under(append([]string{
		"X-QQ-SSF: 00000000000000F0", "X-QQ-mid: webmail" + digits(d.chance(10)),
		d.from("gb18030", "B"), d.to(), d.subject("回复: ", "gb18030", "B"), "Mime-Version: 1.0",
		d.date(8), "X-Priority: 3", "Message-ID: <tencent_" + strings.ToUpper(d.chance(40)) + "@qq.com>",
		"X-QQ-MIME: TCMime 1.0 by Tencent", "X-Mailer: QQMail 2.x"}, d.thread()...)...)
}

// netease is the web mail of 163.com.
func netease(d *draft) entity {
	intro := d.intro(`At {Y}-{MM}-{DD} {t}:00, "Provider" {who} wrote:`, d.who())
	body := `<div style="line-height:1.7;color:#000000;font-size:14px;font-family:Arial">` + d.order(
		each(d.lines(), "<div>", "</div>"), "<br><p>"+escaped([]string{intro})[0]+
			`</p><blockquote id="isReplyContent" style="PADDING-LEFT: 1ex; MARGIN: 0px 0px 0px 0.8ex; `+
			`BORDER-LEFT: #ccc 1px solid">`+d.html+"</blockquote>") + "</div>"
	c := coding{charset: "GBK", transfer: "base64", bare: true}
	if !fits(d.words()+d.plain, "gb2312") {
		c.charset = "UTF-8"
	}
	c.charset = strings.Replace(c.charset, "GBK", "gb2312", 1)
	return multi("alternative", "----=_Part_"+digits(d.chance(6))+"_"+digits(d.chance(9)), "",
		text("text/plain", d.cited(intro, ">"), c), text("text/html", body, c)).under(append([]string{
		d.date(8), d.from("UTF-8", "B"), d.to(), d.subject("Re:", "UTF-8", "B"), "X-Priority: 3",
		"X-Mailer: Coremail Webmail Server Version 2024.2-cmXT5", "MIME-Version: 1.0",
		"X-Originating-IP: [203.0.113.99]", "X-Coremail-Locale: zh_CN",
		"Message-ID: <" + d.chance(8) + ".5a1b.19" + d.chance(8) + ".Coremail.admin@" + Domain(d.Admin) + ">",
	}, d.thread()...)...)
}

// samsung is Samsung's mail program for Android.
func samsung(d *draft) entity {
	d.below = append([]string{d.t.android}, d.below...)
	head := "-------- " + d.t.orig + " --------"
	rows := append([]string{head}, d.labels("", " ")...)
	body := "<html><head><meta http-equiv=\"Content-Type\" content=\"text/html; charset=utf-8\"></head><body>" +
		d.order(each(d.typed, `<div dir="auto">`, "</div>")+`<div dir="auto"><br></div>`+
			`<div id="composer_signature" dir="auto"><div style="font-size:85%;color:#575757" dir="auto">`+
			strings.Join(escaped(d.below), "<br>")+"</div></div>",
			`<div dir="auto"><br></div><div align="left" dir="auto" style="font-size:100%;color:#000000">`+
				each(rows, "<div>", "</div>")+"<div><br></div></div>"+d.html) + "</body></html>"
	c := coding{charset: "utf-8", transfer: "base64"}
	return multi("alternative", "--_com.samsung.android.email_"+digits(d.chance(16)), "",
		text("text/plain", d.cited(strings.Join(rows, "\n"), ""), c), text("text/html", body, c)).
		under(append([]string{d.date(1), d.subject("Re: ", "UTF-8", "B"), "Message-ID: <" +
			d.chance(16) + "." + digits(d.chance(13)) + "@email.android.com>", "Importance: normal",
			d.from("UTF-8", "B"), d.to(), "MIME-Version: 1.0"}, d.thread()...)...)
}
