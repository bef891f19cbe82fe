package forge

import "strings"

// birdHead are Thunderbird's fields.
func birdHead(d *draft, agent string) []string {
	return []string{
		"Message-ID: <" + d.uuid() + "@" + Domain(d.Admin) + ">", d.date(1), "MIME-Version: 1.0",
		"User-Agent: " + agent, d.subject("Re: ", "UTF-8", "Q"), d.to(), "References: " + d.parent(),
		"Content-Language: " + d.t.code, d.from("UTF-8", "Q"), "In-Reply-To: " + d.parent(),
	}
}

// underDashes puts the line above a signature that RFC 3676 4.3 knows.
func (d *draft) underDashes() {
	if len(d.below) > 0 {
		d.below = append([]string{"-- "}, d.below...)
	}
}

// thunderbird writes plain text that flows.
func thunderbird(d *draft) entity {
	d.underDashes()
	plain := flowed(d.cited(d.intro(d.t.bird, "Provider"), "> "))
	c := coding{charset: "UTF-8", transfer: "8bit", bare: true, shape: "; format=flowed"}
	if ascii(plain) {
		c.transfer = "7bit"
	}
	return text("text/plain", plain, c).under(birdHead(d, "Mozilla Thunderbird")...)
}

// thunderbirdOld has the charset of its time.
func thunderbirdOld(d *draft) entity {
	d.underDashes()
	c := coding{charset: d.t.old, transfer: "8bit", bare: true, shape: "; format=flowed"}
	if d.t.old == "iso-2022-jp" || d.t.old == "us-ascii" {
		c.transfer = "7bit"
	}
	plain := flowed(d.cited(d.intro(d.t.bird, "Provider"), "> "))
	if !fits(plain, c.charset) {
		c.charset, c.transfer = "utf-8", "8bit"
	}
	return text("text/plain", plain, c).under(birdHead(d,
		"Mozilla/5.0 (Windows NT 10.0; rv:60.0) Gecko/20100101 Thunderbird/60.9.1")...)
}

// birdHTML is what Thunderbird writes to people who like HTML.
func (d *draft) birdHTML() string {
	words := strings.Join(escaped(d.typed), "<br>\n")
	if len(d.below) > 0 {
		words = "<p>" + words + "</p>" + `<div class="moz-signature">-- <br>` +
			strings.Join(escaped(d.below), "<br>") + "</div>"
	}
	intro := escaped([]string{d.intro(d.t.bird, "Provider")})[0]
	return `<!DOCTYPE html><html><head><meta http-equiv="Content-Type" ` +
		`content="text/html; charset=UTF-8"></head><body>` + d.order("<p>"+words+"</p>",
		`<div class="moz-cite-prefix">`+intro+`<br></div><blockquote type="cite" cite="mid:`+
			strings.Trim(d.MessageID, "<>")+`">`+d.html+"</blockquote><br>") + "</body></html>"
}

func thunderbirdHTML(d *draft) entity {
	return text("text/html", d.birdHTML(), coding{charset: "UTF-8", transfer: "8bit", bare: true}).
		under(birdHead(d, "Mozilla Thunderbird")...)
}

// k9 is K-9 Mail, and Thunderbird on Android.
func k9(d *draft) entity {
	d.below = append([]string{"-- "}, d.below...)
	if len(d.below) == 1 {
		d.below = append(d.below, d.t.android)
	}
	intro := d.intro(d.t.apple, d.named())
	return text("text/plain", d.cited(intro, ">"), coding{charset: "utf-8", transfer: "quoted-printable",
		bare: true, shape: ";\n format=flowed"}).under(append([]string{d.date(1), d.from("UTF-8", "Q"),
		d.to(), d.subject("Re: ", "UTF-8", "Q"), "User-Agent: K-9 Mail for Android",
		"Message-ID: <" + strings.ToUpper(d.uuid()) + "@" + Domain(d.Admin) + ">",
		"MIME-Version: 1.0"}, d.thread()...)...)
}

// mutt quotes as its users like it.
func mutt(d *draft) entity {
	d.underDashes()
	intro := d.intro("On {a}, {b} {DD}, {Y} at {t}:00AM +0100, {who} wrote:", "Provider")
	return text("text/plain", d.cited(intro, "> "), coding{charset: "utf-8", transfer: "8bit", bare: true}).
		under(d.date(1), d.from("utf-8", "Q"), d.to(), d.subject("Re: ", "utf-8", "Q"),
			"Message-ID: <20261102"+digits(d.chance(6))+".GA"+digits(d.chance(4))+"@"+Domain(d.Admin)+">",
			"References: "+d.parent(), "MIME-Version: 1.0", "Content-Disposition: inline",
			"In-Reply-To: "+d.parent())
}

// evolution is GNOME's, which sends both forms.
func evolution(d *draft) entity {
	d.underDashes()
	intro := d.intro("On {a}, {Y}-{MM}-{DD} at {t} +0000, {who} wrote:", "Provider")
	body := "<html><head></head><body>" + d.order(each(d.lines(), "<div>", "</div>"),
		"<div><br></div><div>"+intro+`</div><blockquote type="cite" style="margin:0 0 0 .8ex; border-left:`+
			`2px #729fcf solid;padding-left:1ex">`+d.html+"</blockquote>") + "</body></html>"
	c := coding{charset: "UTF-8", transfer: "quoted-printable"}
	return multi("alternative", "=-"+d.chance(20), "", text("text/plain", d.cited(intro, "> "), c),
		text("text/html", body, c)).under(append([]string{"Message-ID: <" + d.chance(40) + ".camel@" +
		Domain(d.Admin) + ">", d.subject("Re: ", "UTF-8", "Q"), d.from("UTF-8", "Q"), d.to(), d.date(1),
		"User-Agent: Evolution 3.52.3-0ubuntu1 ", "MIME-Version: 1.0"}, d.thread()...)...)
}

// roundcube is web mail of many small providers.
func roundcube(d *draft) entity {
	d.underDashes()
	intro := d.intro("On {Y}-{MM}-{DD} {t}, {who} wrote:", "Provider")
	if d.t.code == "de" {
		intro = d.intro("Am {Y}-{MM}-{DD} {t}, schrieb {who}:", d.who())
	}
	return text("text/plain", flowed(d.cited(intro, "> ")), coding{charset: "UTF-8",
		transfer: "quoted-printable", bare: true, shout: true, shape: ";\n format=flowed"}).
		under(append([]string{"MIME-Version: 1.0", d.date(1), d.from("UTF-8", "Q"), d.to(),
			d.subject("Re: ", "UTF-8", "Q"), "User-Agent: Roundcube Webmail/1.6.9",
			"Message-ID: <" + d.chance(32) + "@" + Domain(d.Admin) + ">", "X-Sender: " + d.Admin},
			d.thread()...)...)
}

// openExchange is the web mail of many European providers.
func openExchange(d *draft) entity {
	intro := d.intro("{who} hat am {DD}.{MM}.{Y} {t} CET geschrieben:", d.named())
	if d.t.code != "de" {
		intro = d.intro("On {DD}/{MM}/{Y} {t} CET {who} wrote:", d.named())
	}
	body := `<!doctype html><html><head><meta charset="UTF-8"></head><body>` + d.order(
		each(d.lines(), `<div class="default-style">`, "</div>"),
		`<blockquote type="cite"><div>`+escaped([]string{intro})[0]+"</div><div><br></div><div>"+d.html+
			"</div></blockquote>") + "</body></html>"
	c := coding{charset: "UTF-8", transfer: "quoted-printable", bare: true}
	return multi("alternative", "----=_Part_"+digits(d.chance(6))+"_"+digits(d.chance(9))+".1", "",
		text("text/plain", d.cited("> "+intro+"\n>", "> "), c), text("text/html", body, c)).
		under(append([]string{d.date(1), d.from("UTF-8", "Q"), d.to(), "Message-ID: <" +
			digits(d.chance(9)) + ".12." + digits(d.chance(13)) + "@appsuite." + Domain(d.Admin) + ">",
			d.subject("Re: ", "UTF-8", "Q"), "MIME-Version: 1.0", "X-Priority: 3", "Importance: Normal",
			"X-Mailer: Open-Xchange Mailer v8.34"}, d.thread()...)...)
}
