package forge

import "strings"

// onceFields may stand once (RFC 5322 3.6, RFC 2045), with what an attacker would add.
func (p *plot) onceFields() []variant {
	return []variant{
		{"From", "Berta <" + p.colleague + ">"}, {"Sender", "<" + p.stranger + ">"},
		{"Reply-To", "<" + p.stranger + ">"}, {"To", p.ReplyTo}, {"Cc", p.stranger},
		{"Subject", "CONFIRM " + p.Code + " " + p.SubjectLine}, {"Date", date(p.Now)},
		{"Message-ID", "<b2@" + evilDomain + ">"}, {"In-Reply-To", p.MessageID},
		{"References", p.MessageID}, {"Content-Type", "text/html"},
		{"Content-Transfer-Encoding", "8bit"}, {"MIME-Version", "1.0"},
	}
}

// full is the answer with each of those fields, so that one more is a second.
func (p *plot) full() forgery {
	return p.answer().set("Sender", "<"+p.Admin+">").set("Reply-To", "<"+p.Admin+">").
		set("Cc", "<"+p.colleague+">").set("Content-Transfer-Encoding", "8bit")
}

const allFields = "From:Sender:Reply-To:To:Cc:Subject:Date:Message-ID:In-Reply-To:References:" +
	"Content-Type:Content-Transfer-Encoding:MIME-Version"

// addedFields come to a genuine signed mail on its way: the signature still fits for those
// verifiers that take the lowest of a name.
func addedFields(p *plot) {
	p.honest = p.sealed(p.full())
	for _, f := range p.onceFields() {
		line := f.name + ": " + f.value
		for _, signed := range []variant{
			{"signed", allFields}, {"not signed", "From:Date:Message-ID"}, {"oversigned", allFields + ":" + f.name},
		} {
			genuine := p.signed(p.full(), signed.value)
			p.add(f.name+", "+signed.name+", on top", over(genuine, line))
			p.add(f.name+", "+signed.name+", below", under(genuine, line))
		}
		genuine := p.sealed(p.full())
		p.add(f.name+" with a blank before the colon", over(genuine, f.name+" : "+f.value))
		p.add(f.name+" between signature and mail", []byte(strings.Replace(string(genuine),
			"\r\nFrom: ", "\r\n"+line+"\r\nFrom: ", 1)))
	}
}

// doubledFields stood there twice when the mail was signed.
func doubledFields(p *plot) {
	for _, f := range p.onceFields()[1:] {
		twice := p.full().bottom(f.name + ": " + f.value)
		p.add(f.name+", both signed", p.signed(twice, allFields+":"+f.name))
		p.add(f.name+", one signed", p.signed(twice, allFields))
		p.add(f.name+", none signed", p.signed(twice, "From:Date:Message-ID"))
	}
	for _, f := range p.onceFields()[1:] {
		value := p.full().head[p.full().index(f.name)][len(f.name)+2:]
		misread := p.full().drop(f.name)
		p.add(f.name+" with a blank before its colon", p.sealed(misread.bottom(f.name+" : "+value)))
		p.add(f.name+" over an empty line", p.sealed(misread.bottom(f.name+": "+value+"\r\n \r\n x")))
	}
}

// injected are fields that came out of a value: a display name or subject with line ends in
// it, that some program wrote down as it was.
func injected(p *plot) {
	admin := "Anna <" + p.Admin + ">"
	for _, end := range []variant{
		{"CRLF", "\r\n"}, {"CR", "\r"}, {"LF", "\n"}, {"CRCRLF", "\r\r\n"}, {"LFCR", "\n\r"}, {"vertical tab", "\x0b"},
		{"form feed", "\x0c"}, {"next line", "\u0085"}, {"line separator", "\u2028"}, {"NUL", "\x00"},
	} {
		value := `"Berta` + end.value + "From: " + admin + end.value + `X: " <` + p.colleague + ">"
		p.add("out of a colleague's name, "+end.name, p.sealed(p.from(value)))
		p.add("out of a stranger's name, "+end.name, p.by(p.evil, p.from(
			`"Eve`+end.value+"From: "+admin+end.value+`X: " <`+p.stranger+">")))
		subject := "Re: " + p.SubjectLine + end.value + "From: " + admin
		p.add("out of the subject, "+end.name, p.sealed(p.from("<"+p.colleague+">").set("Subject", subject)))
		p.add("out of the recipient, "+end.name, p.sealed(p.from("<"+p.colleague+">").
			set("To", p.ReplyTo+end.value+"From: "+admin)))
	}
	for _, code := range []variant{{"percent", "%0d%0a"}, {"backslash", `\r\n`}, {"quoted-printable", "=0D=0A"},
		{"entity", "&#13;&#10;"}, {"encoded word", "=?utf-8?q?=0D=0A?="}} {
		p.add("written as "+code.name, p.sealed(p.from(
			`"Berta`+code.value+"From: "+p.Admin+code.value+`" <`+p.colleague+">")))
	}
}

// brokenHeader are headers that readers cut in different ways.
func brokenHeader(p *plot) {
	genuine := p.sealed(p.answer())
	for _, l := range []variant{
		{"a line without a colon", "hello"}, {"an empty name", ": x"}, {"a blank in the name", "X Note: x"},
		{"a NUL in a value", "X-Note: a\x00b"}, {"a bare CR in a value", "X-Note: a\rb"},
		{"a bare LF", "X-Note: a\nX-More: b"}, {"an 8-bit name", "X-N\xf6te: x"}, {"a UTF-8 name", "X-Nöte: x"},
		{"a NUL in a name", "X-\x00: x"}, {"only a NUL", "\x00"}, {"a line of DEL", "\x7f: x"},
		{"an mbox line", "From eve@evil.example Mon Nov  2 10:00:00 2026"},
		{"an escaped mbox line", ">From eve@evil.example Mon Nov  2 10:00:00 2026"},
		{"CR alone", "\r"}, {"CR before the end", "X-Note: a\r"},
	} {
		p.add(l.name+" on top", over(genuine, l.value))
		p.add(l.name+" below", under(genuine, l.value))
	}
	p.add("all signed fields end in LF", []byte(strings.Replace(
		strings.Replace(string(genuine), "\r\nTo:", "\nTo:", 1), "\r\nSubject:", "\nSubject:", 1)))
	for _, name := range []string{"From", "Date", "Message-ID", "Content-Type"} {
		p.add("LF before "+name, swap(genuine, "\r\n"+name+":", "\n"+name+":"))
		p.add("CR before "+name, swap(genuine, "\r\n"+name+":", "\r"+name+":"))
		p.add("an empty line with a CR before "+name, swap(genuine, "\r\n"+name+":", "\r\n\r\r\n"+name+":"))
		if name != "From" { // a fold of blanks below a field that nobody reads is no lie
			p.add("a blank line before "+name, swap(genuine, "\r\n"+name+":", "\r\n \r\n"+name+":"))
		}
	}
	p.add("the empty line is LF alone", swap(genuine, "\r\n\r\n", "\r\n\n"))
	p.add("the empty line has a blank", swap(genuine, "\r\n\r\n", "\r\n \r\n\r\n"))
	p.add("a thousand fields", over(genuine, strings.Split(strings.TrimSuffix(
		strings.Repeat("X-Note: x\n", 1001), "\n"), "\n")...))
	p.add("a quarter of a megabyte", over(genuine, "X-Note: "+strings.Repeat("x", 256<<10)))
}

// smuggled are the remains of SMTP smuggling (CVE-2023-51764 and its kin): a server before
// ours took one mail for two, or two for one.
func smuggled(p *plot) {
	inner := string(p.answer().raw())
	for _, end := range []variant{
		{"LF dot LF", "\n.\n"}, {"LF dot CRLF", "\n.\r\n"}, {"CRLF dot LF", "\r\n.\n"}, {"CR dot CR", "\r.\r"},
		{"CR dot CRLF", "\r.\r\n"}, {"CRLF dot CR", "\r\n.\r"}, {"NUL", "\r\n\x00.\r\n"}, {"dot", "\r\n.\r\n"},
		{"two dots", "\r\n..\r\n"},
	} {
		envelope := "MAIL FROM:<" + p.Admin + ">\r\nRCPT TO:<" + p.Desk + ">\r\nDATA\r\n"
		body := "hello" + end.value + envelope + inner
		outer := string(p.from("<" + p.stranger + ">").say("").raw())
		p.add(end.name+", whole session", Sign([]byte(outer+body), Signing{Key: p.evil, At: p.Now}))
		p.add(end.name+", only the mail", Sign([]byte(outer+"hello"+end.value+inner), Signing{Key: p.evil, At: p.Now}))
		p.add(end.name+", a colleague's", Sign([]byte(string(p.from("<"+p.colleague+">").say("").raw())+
			"hello"+end.value+inner), Signing{Key: p.Key, At: p.Now}))
	}
	p.add("the second mail, unsigned", p.answer().raw())
	p.add("the second mail with the first's signature", over(p.answer().raw(), firstField(p.by(p.evil,
		p.from("<"+p.stranger+">")))))
	p.add("a header in the body's place", []byte("\r\n"+inner))
	p.add("a mail in the preamble", p.by(p.evil, p.from("<"+p.stranger+">").set("Content-Type",
		"multipart/mixed; boundary=b").say(inner+"\n--b\nContent-Type: text/plain\n\nhello\n--b--\n")))
	p.add("a mail attached", p.by(p.evil, p.from("<"+p.stranger+">").set("Content-Type",
		"multipart/mixed; boundary=b").say("--b\nContent-Type: message/rfc822\n\n"+
		string(p.sealed(p.answer()))+"\n--b--\n")))
	p.add("a mail as the body", p.by(p.evil, p.from("<"+p.stranger+">").set("Content-Type", "message/rfc822").
		say(string(p.sealed(p.answer())))))
}

// firstField is the topmost field of a mail, without its last CRLF.
func firstField(raw []byte) string { return strings.TrimSuffix(fieldsOf(string(raw))[0], "\r\n") }

// truncated are mails of which the end is missing: what was cut off might have taken back
// what is left.
func truncated(p *plot) {
	genuine := string(p.sealed(p.answer()))
	body := strings.Index(genuine, "\r\n\r\n") + 4
	for _, at := range []struct {
		name string
		n    int
	}{
		{"in the middle of the signature", 60}, {"before From", strings.Index(genuine, "From: Anna")},
		{"within From", strings.Index(genuine, "From: Anna") + 12}, {"before Date", strings.Index(genuine, "\r\nDate:")},
		{"in the last field", body - 8}, {"before the empty line", body - 4}, {"in the empty line", body - 2},
		{"behind the header", body}, {"behind the answer", body + len("CONFIRM\r\n")},
		{"before the code", strings.Index(genuine, p.Code)}, {"within the code", strings.Index(genuine, p.Code) + 9},
		{"behind the code", strings.Index(genuine, p.Code) + len(p.Code)}, {"a line before the end", len(genuine) - 40},
	} {
		p.add(at.name, []byte(genuine[:at.n]))
	}
	cut := p.answer().set("Content-Type", "multipart/mixed; boundary=b").say("--b\nContent-Type: text/plain\n" +
		"Content-Transfer-Encoding: base64\n\n" + folded64(p.Reply("CONFIRM")) + "--b--\n")
	p.honest = p.sealed(cut)
	whole := string(p.honest)
	p.add("in the middle of base64", []byte(whole[:len(whole)-200]))
	p.unread()
	p.add("before the last boundary", []byte(whole[:len(whole)-9]))
}

// unread are mails of the admin of which nobody reads all: a no stands where reading ends.
func (p *plot) unread() {
	long := strings.Repeat("> "+strings.Repeat("x", 70)+"\n", 4000)
	p.add("behind a quotation longer than is read", p.sealed(p.answer().say(
		p.Reply("CONFIRM")+long+"\nI take that back: REJECT\n")))
	multi := p.answer().set("Content-Type", "multipart/mixed; boundary=b")
	yes := "--b\nContent-Type: text/plain\n\n" + p.Reply("CONFIRM") + "\n"
	no := "--b\nContent-Type: text/plain\n\nI take that back: REJECT\n--b--\n"
	empty := "--b\nContent-Type: application/octet-stream\n\n\n"
	p.add("behind more parts than are read", p.sealed(multi.say(yes+strings.Repeat(empty, 250)+no)))
	var open, end strings.Builder
	for i := range 40 {
		b := strings.Repeat("c", i+1)
		open.WriteString("--b" + b[1:] + "\nContent-Type: multipart/mixed; boundary=b" + b + "\n\n")
		end.WriteString("--b" + strings.Repeat("c", 40-i) + "--\n")
	}
	deep := "--b" + strings.Repeat("c", 40) + "\nContent-Type: text/plain\n\nI take that back: REJECT\n"
	p.add("deeper than is read", p.sealed(multi.say(yes+open.String()+deep+end.String()+"--b--\n")))
}
