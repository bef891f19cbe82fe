package forge

import "strings"

// decisionElsewhere: the word and the code are there, and the admin did not write the word
// as an answer.
func decisionElsewhere(p *plot) {
	quoted := p.Introduction() + p.Quoted()
	say := func(name, body string) { p.add(name, p.sealed(p.answer().say(body))) }
	say("only in the quotation", "\n"+p.Introduction()+"> CONFIRM\n>\n"+p.Quoted())
	say("only in a quotation of two", "\n"+p.Introduction()+"> > CONFIRM\n> >\n"+p.Quoted())
	say("nothing but the quotation", quoted)
	say("nothing but the quotation, without marks", p.Introduction()+p.Text)
	say("nothing but our text", p.Text)
	say("our text, and yes below", p.Text+"\n> CONFIRM\n")
	say("in the signature", "\n-- \nCONFIRM\n\n"+quoted)
	say("in the signature below a greeting", "Hello,\n\n-- \nCONFIRM\nAnna Admin\n\n"+quoted)
	say("in a disclaimer", "Who are you?\n\n________________\nCONFIRM\nThis mail is confidential.\n\n"+quoted)
	say("in a forwarded block", "See below.\n\n---------- Forwarded message ---------\nFrom: Eve <"+p.stranger+
		">\nDate: today\nSubject: x\nTo: Anna\n\nCONFIRM\n\n"+quoted)
	say("in a forwarded block, nothing above", "---------- Forwarded message ---------\nFrom: Eve <"+p.stranger+
		">\nSubject: x\n\nCONFIRM\n\n"+quoted)
	say("in what Outlook quotes",
		"\n-----Original Message-----\nFrom: Eve\nSent: today\nTo: Anna\nSubject: x\n\nCONFIRM\n\n"+
			quoted)
	say("in what Outlook forwards", "FYI\n\n________________________________\nFrom: Eve <"+p.stranger+
		">\nSent: today\nTo: Anna\nSubject: x\n\nCONFIRM\n\n"+quoted)
	say("below our line", "\n"+"##- Reply above this line -##\nCONFIRM\n\n"+quoted)
	say("below our line, quoted", "> ##- Reply above this line -##\n> CONFIRM\n\n"+quoted)
	say("in a link", "https://evil.example/CONFIRM\n\n"+quoted)
	say("in an address", "CONFIRM@evil.example\n\n"+quoted)
	say("in brackets of code", "```\nCONFIRM\n```\nwhat is this?\n\n"+quoted)
	for _, w := range []variant{
		{"a question", "CONFIRM?"}, {"not", "I do not CONFIRM"}, {"never", "I will never CONFIRM this"},
		{"both", "CONFIRM REJECT"},
		{"both in lines", "CONFIRM\nREJECT"}, {"a condition", "CONFIRM if the customer agrees"},
		{"later", "CONFIRM, but only from Monday on"},
		{"a report", "You asked me to write CONFIRM."},
		{"a quotation mark", "What does \"CONFIRM\" mean?"}, {"part of a word", "CONFIRMABLE"},
		{"a longer word", "CONFIRMATION"}, {"letters apart", "C O N F I R M E D ?"},
		{"yes and no", "yes and no"}, {"an instruction", "Please CONFIRM"},
		{"somebody else's", "Berta will CONFIRM"}, {"struck by hand", "-CONFIRM- no"}, {"right to left", "\u202eMRIFNOC"},
		{"overridden", "CONFIRM \u202eton"}, {"look-alike letters", "\u0421ONFIRM"},
		{"a smile", "\U0001f44d"}, {"nothing", ""}, {"a blank", " "}, {"a no-break space", "\u00a0"},
		{"zero width", "\u200b"},
		{"thanks", "Thanks!"}, {"received", "Received."}, {"who is it", "Who asks for this?"},
		{"another address", "CONFIRM for joe.roe@customer.example"},
		{"another address below", "CONFIRM\n\nFor joe.roe@customer.example only."},
		{"wait", "CONFIRM\nWait, no."},
		{"another address alone", "CONFIRM\n\njoe.roe@customer.example"},
		{"another address beside the right one", "CONFIRM\n\njane.roe@customer.example joe.roe@customer.example"},
		{"another address in brackets", "CONFIRM\n\n<joe.roe@customer.example>"},
		{"long below", "CONFIRM\n\n" + strings.Repeat("And another thing. ", 20)},
		{"German no", "CONFIRM\nNein, nicht."}, {"French condition", "CONFIRM\nmais pas encore"},
		{"Spanish no", "CONFIRM\nno lo haga"},
	} {
		say("words: "+w.name, p.Reply(w.value))
	}
	p.decisionInParts()
	p.decisionInPage()
}

// decisionInParts: the word stands in the header, or in a part that is not the answer.
func (p *plot) decisionInParts() {
	quoted := p.Introduction() + p.Quoted()
	p.add("in the subject alone", p.sealed(p.answer().set("Subject", "CONFIRM Re: "+p.SubjectLine).say(quoted)))
	p.add("in the subject, forwarded", p.sealed(p.answer().set("Subject", "Fwd: "+p.SubjectLine)))
	p.add("in an attachment", p.sealed(p.mixed("See the attachment.\n\n"+quoted,
		"Content-Type: text/plain\nContent-Disposition: attachment\n\nCONFIRM\n")))
	p.add("in a mail attached", p.sealed(p.mixed("See the attachment.\n\n"+quoted,
		"Content-Type: message/rfc822\n\nSubject: x\n\nCONFIRM\n")))
	p.add("in a file's name",
		p.sealed(p.mixed("\n"+quoted,
			"Content-Type: text/plain\nContent-Disposition: attachment; filename=\"CONFIRM\"\n\nx\n")))
	p.add("in a picture's name", p.sealed(p.mixed("\n"+quoted, "Content-Type: image/png; name=CONFIRM\n\nx\n")))
	p.add("in the preamble", p.sealed(p.answer().set("Content-Type", "multipart/mixed; boundary=b").say(
		"CONFIRM\n--b\nContent-Type: text/plain\n\n"+quoted+"\n--b--\n")))
	p.add("in the epilogue", p.sealed(p.answer().set("Content-Type", "multipart/mixed; boundary=b").say(
		"--b\nContent-Type: text/plain\n\n"+quoted+"\n--b--\nCONFIRM\n")))
}

// decisionInPage is the same in HTML.
func (p *plot) decisionInPage() {
	quote := "<blockquote>Code: " + p.Code + "</blockquote>"
	p.honest = p.sealed(p.page("<p>CONFIRM</p>" + quote))
	for _, h := range hiding {
		p.add("hidden in HTML: "+h.name, p.sealed(p.page(hide(h.value, "CONFIRM")+"\n"+quote)))
	}
	for _, h := range []variant{
		{"in a quotation", "<blockquote>CONFIRM</blockquote>"},
		{"in a citation", `<blockquote type="cite">CONFIRM</blockquote>`},
		{"in what Gmail quotes", `<div class="gmail_quote">CONFIRM</div>`},
		{"in a Gmail signature", `<div class="gmail_signature">CONFIRM</div>`},
		{"below our line", `<div id="dsrd-cut">##- Reply above this line -##</div><p>CONFIRM</p>`},
		{"in what Outlook quotes", `<div id="divRplyFwdMsg"><b>From:</b> Eve</div><p>CONFIRM</p>`},
		{"in a Thunderbird citation",
			`<div class="moz-cite-prefix">Eve wrote:</div><blockquote type="cite">CONFIRM</blockquote>`},
		{"in a forwarded block", `<div class="moz-forward-container">CONFIRM</div>`},
		{"in a signature of Thunderbird", `<div class="moz-signature">CONFIRM</div>`},
		{"reordered", `<bdo dir="rtl">MRIFNOC</bdo>`},
		{"reordered by style", `<p style="unicode-bidi:bidi-override;direction:rtl">MRIFNOC</p>`},
		{"not, hidden from readers of text",
			`<p>CONFIRM <img alt="not" src="cid:x"></p><p>I do not.</p>`},
		{"in a picture", `<img src="cid:CONFIRM">`},
		{"with a hidden not", `<p>CON<span style="display:none">not</span>FIRM? no</p>`},
	} {
		p.add("HTML: "+h.name, p.sealed(p.page(h.value+"\n"+quote)))
	}
}

// twoVersions: the plain text says one thing and the HTML another, and nobody knows which
// one the admin saw.
func twoVersions(p *plot) {
	page := func(words string) string {
		return "<p>" + words + "</p><blockquote>Code: " + p.Code + "</blockquote>\n"
	}
	both := func(text, html string) forgery {
		return p.answer().set("Content-Type", "multipart/alternative; boundary=b").say(
			"--b\nContent-Type: text/plain; charset=utf-8\n\n" + text +
				"\n--b\nContent-Type: text/html; charset=utf-8\n\n" + html + "--b--\n")
	}
	p.honest = p.sealed(both(p.Reply("CONFIRM"), page("CONFIRM")))
	for _, w := range []string{"REJECT", "I do not CONFIRM", "CONFIRM?", "Who is this?", "",
		"CONFIRM, but not now", "Thanks"} {
		p.add("text yes, HTML "+or(w, "nothing"), p.sealed(both(p.Reply("CONFIRM"), page(w))))
		if w != "REJECT" && w != "I do not CONFIRM" { // a no that stands in the text is the admin's no
			p.add("HTML yes, text "+or(w, "nothing"), p.sealed(both(p.Reply(w), page("CONFIRM"))))
		}
	}
	p.add("HTML yes in a quotation, text yes",
		p.sealed(both(p.Reply("CONFIRM"), "<blockquote>CONFIRM "+p.Code+"</blockquote>\n")))
	p.add("HTML yes out of sight, text yes",
		p.sealed(both(p.Reply("CONFIRM"), `<p style="display:none">CONFIRM</p>`+page("What?"))))
	p.add("HTML without a word, text yes", p.sealed(both(p.Reply("CONFIRM"), "<img src=\"cid:x\">\n")))
	p.add("two texts, no and yes", p.sealed(p.answer().set("Content-Type", "multipart/alternative; boundary=b").say(
		"--b\nContent-Type: text/plain\n\n"+p.Reply("What?")+"\n--b\nContent-Type: text/plain\n\n"+
			p.Reply("CONFIRM")+"\n--b--\n")))
	p.add("two parts, yes and no",
		p.sealed(p.mixed(p.Reply("CONFIRM"), "Content-Type: text/plain\n\nI take that back: REJECT\n")))
	p.add("two parts, a question and yes",
		p.sealed(p.mixed("What is this?\n", "Content-Type: text/plain\n\n"+p.Reply("CONFIRM")+"\n")))
	p.add("a calendar says no", p.sealed(p.answer().set("Content-Type", "multipart/alternative; boundary=b").say(
		"--b\nContent-Type: text/plain\n\n"+p.Reply("What?")+
			"\n--b\nContent-Type: text/calendar\n\nSUMMARY:CONFIRM "+p.Code+"\n\n--b--\n")))
	p.add("related, yes in the root",
		p.sealed(p.answer().set("Content-Type", "multipart/related; boundary=b; start=\"<2>\"").say(
			"--b\nContent-Type: text/html\nContent-ID: <1>\n\n"+page("What?")+
				"\n--b\nContent-Type: text/html\nContent-ID: <2>\n\n"+page("CONFIRM")+"\n--b--\n")))
	p.add("watch version says yes", p.sealed(p.answer().set("Content-Type", "multipart/alternative; boundary=b").say(
		"--b\nContent-Type: text/plain\n\n"+p.Reply("What?")+"\n--b\nContent-Type: text/watch-html\n\n"+
			page("CONFIRM")+"\n--b--\n")))
	p.add("amp says yes", p.sealed(p.answer().set("Content-Type", "multipart/alternative; boundary=b").say(
		"--b\nContent-Type: text/plain\n\n"+p.Reply("What?")+"\n--b\nContent-Type: text/x-amp-html\n\n"+
			page("CONFIRM")+"\n--b--\n")))
	p.add("in charsets that differ", p.sealed(p.answer().set("Content-Type", "multipart/alternative; boundary=b").say(
		"--b\nContent-Type: text/plain; charset=utf-7\n\n"+p.Reply("+AE4-o")+
			"\n--b\nContent-Type: text/html\n\n"+page("CONFIRM")+"\n--b--\n")))
}
