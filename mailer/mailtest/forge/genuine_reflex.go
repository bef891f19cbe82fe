package forge

import "strings"

// Reflexes are what mail programs send in the admin's name, signed by the admin's domain and
// with the confirmation in them, while the admin answered nothing. None of them decides.
func Reflexes(s Scene) ([]Mail, Zone) {
	ways := providers(Domain(s.Admin))
	zone := Zone{}
	for _, p := range ways {
		zone.Publish(p.keys...)
	}
	en := tongues()["en"]
	var out []Mail
	for i, r := range reflexes() {
		d := s.draft(en, manner{}, 3000+i)
		p := ways[r.by]
		raw := p.sign(d, p, r.write(d).bytes())
		out = append(out, Mail{Name: r.name, Class: r.class, Raw: p.above(d, raw)})
	}
	return out, zone
}

type reflex struct {
	name, class, by string
	write           func(*draft) entity
}

func reflexes() []reflex {
	return []reflex{
		{"Gmail: a thumb", "reaction", "google", gmailReaction},
		{"Outlook: reacted to your message", "reaction", "exchange", outlookReaction},
		{"iOS: liked", "reaction", "icloud", tapback},
		{"Outlook: recall", "recall", "exchange", recall},
		{"Outlook: read receipt", "receipt", "exchange", readReceipt},
		{"Thunderbird: read receipt", "receipt", "exim", returnReceipt},
		{"Outlook: meeting accepted", "calendar", "exchange", accepted("Accepted: ", "ACCEPTED")},
		{"Google Calendar: accepted", "calendar", "google", accepted("Accepted: ", "ACCEPTED")},
		{"Outlook: meeting declined", "calendar", "exchange", accepted("Declined: ", "DECLINED")},
		{"Exchange: automatic reply", "away", "exchange", away},
		{"Gmail: vacation", "away", "google", vacation},
		{"Gmail: nothing written", "empty", "google", unwritten(gmailWeb)},
		{"Mail on iOS: nothing but its signature", "empty", "icloud", unwritten(iPhone)},
		{"Outlook on the web: nothing written", "empty", "exchange", unwritten(outlookWeb)},
		{"Thunderbird: nothing written", "empty", "exim", unwritten(thunderbird)},
		{"Outlook mobile: nothing but its signature", "empty", "exchange", unwritten(outlookMobile)},
	}
}

var plainText = coding{charset: "utf-8", transfer: "quoted-printable"}

// gmailReaction is the mail that Gmail sends to those whose programs know no reactions.
func gmailReaction(d *draft) entity {
	say := d.t.name + " reacted via Gmail"
	body := "<div>👍</div><div>" + say + "</div>" + d.html
	return multi("alternative", "000000000000"+d.chance(16), "",
		text("text/plain", "👍\n\n"+say+"\n\n"+d.marked("> ")+"\n", plainText),
		entity{head: []string{"Content-Type: text/vnd.google.email-reaction+json; charset=\"UTF-8\"",
			"Content-Transfer-Encoding: base64"}, body: base64Lines(`{"emoji":"👍","version":1}`)},
		text("text/html", body, plainText)).under(gmailHead(d)...)
}

func outlookReaction(d *draft) entity {
	return text("text/plain", d.t.name+" reacted to your message:\n\n👍\n\n"+
		strings.Join(d.labels("", ""), "\n")+"\n\n"+d.plain, plainText).under(exchangeHead(d, "utf-8")...)
}

func tapback(d *draft) entity {
	return text("text/plain", "Liked “"+d.SubjectLine+"”\n\n"+d.marked("> ")+"\n", plainText).
		under(appleHead(d, "iPhone Mail (22G86)")...)
}

func recall(d *draft) entity {
	d.SubjectLine = "Recall: " + d.SubjectLine
	return text("text/plain", d.t.name+" would like to recall the message, \""+d.SubjectLine+"\".\n\n"+
		d.plain, plainText).under(exchangeHead(d, "utf-8")...)
}

// readReceipt is RFC 8098.
func readReceipt(d *draft) entity {
	return multi("report", d.chance(20), " report-type=disposition-notification;",
		text("text/plain", "Your message was read.\n\n"+d.plain, plainText),
		entity{head: []string{"Content-Type: message/disposition-notification"}, body: "Final-Recipient: rfc822; " +
			d.Admin + "\nOriginal-Message-ID: " + d.parent() +
			"\nDisposition: automatic-action/MDN-sent-automatically; displayed\n"}).
		under(exchangeHead(d, "utf-8")...)
}

func returnReceipt(d *draft) entity {
	d.SubjectLine = "Return Receipt (displayed) - " + d.SubjectLine
	e := readReceipt(d)
	_, body := e.split()
	return body.under(birdHead(d, "Mozilla Thunderbird")...)
}

// accepted answers an invitation (RFC 6047 2.4) that a calendar made of the mail.
func accepted(prefix, status string) func(*draft) entity {
	return func(d *draft) entity {
		d.SubjectLine = prefix + d.SubjectLine
		return multi("alternative", d.chance(20), "",
			text("text/plain", "\n"+d.t.name+" has "+strings.ToLower(status)+" this invitation.\n\n"+d.plain,
				plainText),
			text("text/calendar", "BEGIN:VCALENDAR\nMETHOD:REPLY\nBEGIN:VEVENT\nATTENDEE;PARTSTAT="+status+
				":mailto:"+d.Admin+"\nSUMMARY:CONFIRM\nDESCRIPTION:"+d.Code+"\nEND:VEVENT\nEND:VCALENDAR\n",
				coding{charset: "utf-8", transfer: "7bit", shape: "; method=REPLY"})).
			under(exchangeHead(d, "utf-8")...)
	}
}

func away(d *draft) entity {
	d.SubjectLine = "Automatic reply: " + d.SubjectLine
	return text("text/plain", "I am away until Monday. Yes, I read my mail then.\n\n"+d.plain, plainText).
		under(append(exchangeHead(d, "utf-8"), "Auto-Submitted: auto-generated")...)
}

func vacation(d *draft) entity {
	return text("text/plain", "Confirmed\n\n"+d.marked("> ")+"\n", plainText).under(append(gmailHead(d),
		"Auto-Submitted: auto-replied", "Precedence: bulk", "X-Autoreply: yes")...)
}

// unwritten is an answer that was sent before anything was written.
func unwritten(write func(*draft) entity) func(*draft) entity {
	return func(d *draft) entity {
		d.typed = []string{""}
		return write(d)
	}
}
