package forge

import (
	"strings"
)

// coverage are signatures that leave out what must be signed, and what an attacker writes
// there.
func coverage(p *plot) {
	a := p.answer()
	for _, h := range []variant{
		{"without From", "To:Subject:Date:Message-ID:MIME-Version:Content-Type"},
		{"without Date", "From:To:Subject:Message-ID"}, {"without Message-ID", "From:To:Subject:Date"},
		{"only From", "From"}, {"only From and Date", "From:Date"}, {"only From and Message-ID", "From:Message-ID"},
		{"only what is not there", "X-None:X-Other"}, {"Sender for From", "Sender:Date:Message-ID"},
		{"Resent-Date for Date", "From:Resent-Date:Message-ID"}, {"From with a blank inside", "Fr om:Date:Message-ID"},
		{"From in quotes", `"From":Date:Message-ID`}, {"an empty name", "::"}, {"nothing", " "},
		{"a semicolon in it", "From%3BDate:Message-ID"}, {"commas for colons", "From,Date,Message-ID"},
		{"a wildcard", "*"}, {"From*", "From*:Date:Message-ID"},
	} {
		p.add(h.name, p.signed(a, h.value))
	}
	changes := []struct{ name, fields, old, new string }{
		{"From", "To:Subject:Date:Message-ID", "From: Anna Admin <" + p.colleague + ">",
			"From: Anna Admin <" + p.Admin + ">"},
		{"Date", "From:To:Subject:Message-ID", "Date: " + date(p.Sent.AddDate(0, -1, 0)), "Date: " + date(p.Now)},
		{"Message-ID", "From:To:Subject:Date", "Message-ID: <1@" + p.domain + ">", "Message-ID: <2@" + p.domain + ">"},
	}
	for _, c := range changes {
		name, value, _ := strings.Cut(c.old, ": ")
		raw := p.signed(a.set(name, value), c.fields)
		p.add(name+" changed where it is not signed", swap(raw, c.old, c.new))
		p.add(name+" added where it was signed as missing", over(p.signed(a.drop(name), Fields), c.new))
	}
	p.add("oversized", p.signed(a, strings.Repeat("X-None:", 401)+"From:Date:Message-ID"))
	p.add("of many kilobytes", p.signed(a, strings.Repeat("X-"+strings.Repeat("n", 500)+":", 600)+
		"From:Date:Message-ID"))
	twice := p.answer().top("From: <" + p.colleague + ">")
	p.add("From once, and two of them", p.signed(twice, "From:Date:Message-ID"))
	p.add("From twice, and two of them", p.signed(twice, "From:From:Date:Message-ID"))
	p.add("From three times, and two of them", p.signed(twice, "From:From:From:Date:Message-ID"))
	p.add("From oversigned, one more added", over(p.signed(a, "From:From:Date:Message-ID"), "From: <"+p.colleague+">"))
}

// tagChanges break the list of tags (RFC 6376 3.2), each where the signer signed it so.
func (p *plot) tagChanges() []variant {
	tags := Signing{Key: p.Key, At: p.Now}.tags()
	change := func(name, old, new string) variant { return variant{name, strings.Replace(tags, old, new, 1)} }
	out := []variant{
		change("no v=", "v=1; ", ""), change("v=2", "v=1", "v=2"), change("v=0.5", "v=1", "v=0.5"),
		change("v=1.0", "v=1", "v=1.0"),
		change("empty v=", "v=1", "v="), change("no a=", "a=ed25519-sha256; ", ""), change("no h=", "h="+Fields, "z=x"),
		change("no d=", "d="+p.domain+"; ", ""), change("no s=", "s="+p.Key.Selector+"; ", ""),
		change("no value", "v=1", "v=1; x"),
		change("an empty tag in the middle", "v=1; ", "v=1;; "), change("an empty tag in front", "v=1", "; v=1"),
		change("a capital D", "d=", "D="), change("a capital H", "h=", "H="), change("a digit in front",
			"v=1", "1v=1; v=1"),
		change("a dash in a name", "v=1", "x-y=1; v=1"), change("a NUL in a value", "v=1", "v=1; n=\x00"),
		change("8 bits in a value", "v=1", "v=1; n=\xe4"), change("a control byte", "v=1", "v=1; n=\x01"),
		change("commas for semicolons", "v=1; ", "v=1, "), change("in quotes", "v=1", `v="1"`),
		change("a comment", "v=1", "v=1 (x)"),
		change("an unknown query", "v=1", "v=1; q=https"), change("an empty query", "v=1", "v=1; q="),
		change("unknown canonicalization", "c=relaxed/relaxed", "c=nowsp/nowsp"),
		change("three canonicalizations", "c=relaxed/relaxed", "c=relaxed/relaxed/relaxed"),
		change("i= without an at", "v=1", "v=1; i=anna"), change("i= elsewhere", "v=1", "v=1; i=anna@"+evilDomain),
		change("i= of a longer domain", "v=1", "v=1; i=anna@x"+p.domain), change("i= empty", "v=1", "v=1; i="),
		change("t= in words", "t=", "t=now; n="), change("t= negative", "t=", "t=-"),
		change("t= of 13 digits", "t=", "t=000"),
		change("x= in words", "v=1", "v=1; x=never"), change("x= empty", "v=1", "v=1; x="),
		change("x= of 13 digits", "v=1", "v=1; x=9999999999999"),
	}
	for _, twice := range []variant{
		{"v", "1"}, {"a", "ed25519-sha256"}, {"c", "relaxed/relaxed"}, {"d", p.domain}, {"s", p.Key.Selector},
		{"h", Fields}, {"q", "dns/txt"}, {"d", evilDomain}, {"a", "rsa-sha1"}, {"h", "From"}, {"s", "t1"},
		{"c", "simple/simple"}, {"i", "@" + p.domain}, {"t", "1"},
	} {
		first := ""
		if twice.name == "q" || twice.name == "i" {
			first = "; " + twice.name + "=" + twice.value
		}
		out = append(out, variant{twice.name + "= twice, then " + clip(twice.value), tags + first +
			"; " + twice.name + "=" + twice.value})
	}
	return out
}

func clip(s string) string { return s[:min(len(s), 20)] }

func signatureTags(p *plot) {
	for _, c := range p.tagChanges() {
		p.add(c.name, seal(p.answer().raw(), p.Key, c.value))
	}
	genuine := p.sealed(p.answer())
	for _, c := range []struct{ name, old, new string }{
		{"b= twice", ";\r\n bh=", ";\r\n b=AAAA;\r\n bh="}, {"b= twice, the other last", ";\r\n b=", ";\r\n b=AAAA; b="},
		{"bh= twice", ";\r\n bh=", "; bh=AAAA;\r\n bh="}, {"b= empty", ";\r\n b=", ";\r\n b=; n="},
		{"b= with a bang", ";\r\n b=", ";\r\n b=!"}, {"bh= cut", ";\r\n bh=", ";\r\n bh=AA"},
		{"bh= of nothing", ";\r\n bh=", ";\r\n bh=; n="}, {"b= in the name", "DKIM-Signature:", "DKIM-Signature-b=:"},
		{"the field's name changed", "DKIM-Signature:", "X-DKIM-Signature:"},
		{"a blank in the name", "DKIM-Signature:", "DKIM- Signature:"},
		{"DomainKeys", "DKIM-Signature:", "DomainKey-Signature:"},
		{"a bare LF", ";\r\n b=", ";\n b="}, {"a bare CR", ";\r\n b=", ";\r b="},
	} {
		p.add(c.name, swap(genuine, c.old, c.new))
	}
	field := firstField(genuine)
	p.add("b= cut", over(genuine[len(field)+2:], field[:len(field)-8]))
	p.add("b= reversed", over(genuine[len(field)+2:], strings.Replace(field, " b=",
		" b="+field[len(field)-88:][44:], 1)))
	p.add("b= of zeros", over(genuine[len(field)+2:], field[:len(field)-88]+strings.Repeat("A", 86)+"=="))
}

// changed are mails that the admin did sign, with other words.
func changed(p *plot) {
	raw := func(words, canon string) []byte {
		return Sign(p.answer().say(p.Reply(words)).raw(), Signing{Key: p.Key, At: p.Now, Canon: canon})
	}
	for _, canon := range []string{"relaxed/relaxed", "simple/simple", "relaxed/simple", "simple/relaxed"} {
		p.honest = raw("CONFIRM", canon)
		no := raw("REJECT", canon)
		p.add("no made yes, "+canon, swap(no, "\r\n\r\nREJECT", "\r\n\r\nCONFIRM"))
		p.add("yes put above no, "+canon, swap(no, "\r\n\r\nREJECT", "\r\n\r\nCONFIRM\r\n\r\nREJECT"))
		p.add("no deleted, "+canon, swap(raw("CONFIRM\n\nREJECT", canon), "REJECT", ""))
		p.add("not deleted, "+canon, swap(raw("I do not CONFIRM", canon), "I do not CONFIRM", "CONFIRM"))
		p.add("blank put into a word, "+canon, swap(raw("notCONFIRM", canon), "notCONFIRM", "not\r\nCONFIRM"))
		p.add("lines joined, "+canon, swap(p.honest, "CONFIRM\r\n\r\nOn", "CONFIRM\r\nOn"))
		p.add("a line put in, "+canon, swap(p.honest, "\r\n\r\nCONFIRM", "\r\n\r\n\r\nCONFIRM"))
		p.add("a line put at the end, "+canon, append(raw("CONFIRM", canon), "\r\nx\r\n"...))
		p.add("case of the answer, "+canon, swap(raw("confirm", canon), "\r\n\r\nconfirm", "\r\n\r\nCONFIRM"))
		p.add("the customer, "+canon, []byte(strings.ReplaceAll(string(p.honest), p.Customer,
			"joe.roe@customer.example")))
		p.add("From's name, "+canon, swap(p.honest, "From: Anna Admin", "From: Anna Chief"))
		p.add("From's address, "+canon, swap(Sign(p.from("Berta <"+p.colleague+">").raw(),
			Signing{Key: p.Key, At: p.Now, Canon: canon}), "Berta <"+p.colleague, "Anna <"+p.Admin))
		p.add("Date, "+canon, swap(p.honest, "Date: "+date(p.Now), "Date: "+date(p.Now.Add(-60e9))))
		p.add("Message-ID, "+canon, swap(p.honest, "<a1@", "<a2@"))
	}
	p.honest = raw("CONFIRM", "simple/simple")
	p.add("simple: blanks in a field", swap(p.honest, "From: Anna Admin", "From:  Anna Admin"))
	p.add("simple: case of a field's name", swap(p.honest, "\r\nDate:", "\r\nDATE:"))
	p.add("simple: a field folded", swap(p.honest, "From: Anna Admin", "From: Anna\r\n Admin"))
	p.add("simple: blanks at a line's end", swap(p.honest, "CONFIRM\r\n", "CONFIRM \r\n"))
	p.add("relaxed: signed fields swapped", swap(raw("CONFIRM", ""), "Message-ID:", "Message-Id-Old:"))
}

// manySignatures are so many that the good one is not among those that are computed, or
// that a bad one is taken for it.
func manySignatures(p *plot) {
	var strange, ours []string
	for i := range 60 {
		k := NewKey(evilDomain, "s1", Ed25519)
		strange = append(strange,
			firstField(Sign(p.answer().raw(), Signing{Key: k, More: "n=" + strings.Repeat("x", i+1)})))
		bad := strings.Replace(strange[i], "d="+evilDomain, "d="+p.domain, 1)
		ours = append(ours, bad)
	}
	from := p.from("<" + p.colleague + ">")
	p.add("fifty of a stranger", over(p.answer().raw(), strange[:50]...))
	p.add("fifty with another's name", over(p.answer().raw(), ours[:50]...))
	p.add("fifty of both", over(over(p.answer().raw(), strange[:25]...), ours[:25]...))
	p.add("the good one is below twenty that fail", over(p.sealed(p.answer()), ours[:20]...))
	p.add("the good one is the sixth", over(p.sealed(p.answer()), ours[:5]...))
	p.add("the good one is under sixty of a stranger", over(p.sealed(p.answer()), strange...))
	p.add("the good one is a colleague's", over(p.answer().raw(), append(ours[:4:4], firstField(p.sealed(from)))...))
	p.add("a colleague's and a stranger's", over(p.answer().raw(), firstField(p.sealed(from)), strange[0]))
	p.add("one weak and one unaligned", over(p.by(p.evil, p.answer()),
		firstField(p.by(weakKeys(p.domain)[0], p.answer()))))
	p.add("one with l= and one without From", over(p.signed(p.answer(), "To:Date:Message-ID"),
		firstField(Sign(p.answer().raw(), Signing{Key: p.Key, Length: EmptyBody}))))
}

// pasted are genuine signatures of other mails.
func pasted(p *plot) {
	for _, other := range []struct {
		name string
		mail forgery
	}{
		{"an earlier mail of the admin", p.answer().set("Date", date(p.Now.AddDate(0, 0, -3))).say("Lunch at noon?\n")},
		{"the admin's question about it", p.answer().say(p.Reply("Is this genuine?"))},
		{"the admin's no", p.answer().say(p.Reply("REJECT"))},
		{"the admin's yes to something else", p.answer().set("Subject", "Re: lunch").say("CONFIRM\n")},
		{"a colleague's yes", p.from("<" + p.colleague + ">")},
		{"the admin's answer without the code", p.answer().say("CONFIRM\n")},
	} {
		genuine := p.sealed(other.mail)
		signature := firstField(genuine)
		p.add(other.name, over(p.answer().raw(), signature))
		p.add(other.name+", below", under(p.answer().raw(), signature))
		p.add(other.name+", beside the attacker's own", over(p.by(p.evil, p.answer()), signature))
		body := string(genuine[strings.Index(string(genuine), "\r\n\r\n")+4:])
		p.add(other.name+", with its header and our body", []byte(strings.Replace(string(genuine), "\r\n\r\n"+body,
			"\r\n\r\n"+crlf(p.answer().body), 1)))
	}
}
