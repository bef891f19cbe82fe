package forge

import (
	"fmt"
	"strings"
	"time"
)

// bodyLength are l= in all places (RFC 6376 8.2): what stands beyond it nobody signed.
func bodyLength(p *plot) {
	a := p.answer()
	whole := len(canonicalBody(crlf(a.body), true))
	sign := func(d forgery, n int, canon string) []byte {
		return Sign(d.raw(), Signing{Key: p.Key, At: p.Now, Length: n, Canon: canon})
	}
	for _, canon := range []string{"relaxed/relaxed", "simple/simple", "relaxed/simple"} {
		hm := a.say("hm\n")
		p.add("nothing signed, another body, "+canon, swap(sign(hm, EmptyBody, canon), "\r\n\r\nhm\r\n",
			"\r\n\r\n"+crlf(a.body)))
		p.add("nothing signed, "+canon, sign(a, EmptyBody, canon))
		p.add("one byte signed, "+canon, sign(a, 1, canon))
		p.add("the answer signed, the code appended, "+canon, append(sign(a.say("CONFIRM\n"), 9, canon),
			"\r\n"+crlf(p.Introduction()+p.Quoted())...))
		p.add("the answer signed, the code there, "+canon, sign(a, 9, canon))
		p.add("all signed, "+canon, sign(a, whole, canon))
		p.add("all signed, and more appended, "+canon, append(sign(a, whole, canon), "\r\nand to eve, too\r\n"...))
		p.add("all but one byte signed, "+canon, sign(a, whole-1, canon))
	}
	for _, l := range []variant{
		{"longer than the body", fmt.Sprint(whole + 100)}, {"negative", "-1"}, {"not a number", "x"}, {"empty", ""},
		{"with leading zeros", "0000000000000000000000000" + fmt.Sprint(whole)},
		{"beyond 64 bits", "99999999999999999999"},
		{"hexadecimal", "0x10"}, {"with a sign", "+" + fmt.Sprint(whole)}, {"with a blank", "1 0"},
		{"all of it, zeros in front", "000" + fmt.Sprint(whole)},
	} {
		s := Signing{Key: p.Key, At: p.Now, More: "l=" + l.value}
		p.add(l.name, Sign(a.raw(), s))
	}
	parts := a.set("Content-Type", "multipart/mixed; boundary=b")
	shown := "--b\nContent-Type: text/plain\n\n" + p.Reply("hm") + "--b--\n"
	added := "--b\nContent-Type: text/plain\n\n" + p.Reply("CONFIRM") + "--b--\n"
	p.add("another part behind the last", append(sign(parts.say(shown), len(crlf(shown)), ""), crlf(added)...))
	p.add("another part in front, where nothing is signed", sign(parts.say(added+shown), EmptyBody, ""))
}

// weakKey are keys that others than their owner can sign with.
func weakKey(p *plot) {
	for _, k := range weakKeys(p.domain) {
		p.add(string(k.Kind), p.by(k, p.answer()))
		p.add(string(k.Kind)+" beside a stranger's good one", over(p.by(k, p.answer()),
			firstField(p.by(p.evil, p.answer()))))
		old := strings.Replace(Signing{Key: k, At: p.Now}.tags(), "rsa-sha256", "rsa-sha1", 1)
		p.add(string(k.Kind)+" with SHA-1", seal(p.answer().raw(), k, old))
		p.add(string(k.Kind)+", simple", Sign(p.answer().raw(), Signing{Key: k, At: p.Now, Canon: "simple/simple"}))
	}
	strong := NewKey(p.domain, "old", RSA1024)
	p.honest = p.by(strong, p.answer())
	tags := Signing{Key: strong, At: p.Now}.tags()
	p.add("SHA-1 with 1024 bits", seal(p.answer().raw(), strong, strings.Replace(tags, "rsa-sha256", "rsa-sha1", 1)))
	p.add("called SHA-1, made with SHA-256", []byte(strings.Replace(string(p.honest), "rsa-sha256", "rsa-sha1", 1)))
	p.add("called SHA-256, made with SHA-1", swap(seal(p.answer().raw(), strong,
		strings.Replace(tags, "rsa-sha256", "rsa-sha1", 1)), "rsa-sha1", "rsa-sha256"))
	for _, a := range []string{"rsa", "sha256", "none", "ed25519-sha1", "rsa-md5", "dsa-sha256",
		"hmac-sha256", "rsa-sha512"} {
		p.add("a="+a, swap(p.honest, "a=rsa-sha256", "a="+a))
	}
}

// weakKeys are those that anybody can compute, published by the admin's domain.
func weakKeys(domain string) []Key {
	return []Key{NewKey(domain, "w512", RSA512), NewKey(domain, "w768", RSA768)}
}

// records are TXT records by which a key does not speak for the admin's mail; %p is its
// p=, %e the attacker's.
var records = []struct {
	name, selector string
	text           []string
	more           string // tags of the signature
}{
	{"test mode", "t1", []string{"v=DKIM1; k=ed25519; t=y; p=%p"}, ""},
	{"test mode and strict", "t2", []string{"v=DKIM1; k=ed25519; t=y:s; p=%p"}, ""},
	{"strict and test mode", "t3", []string{"v=DKIM1; k=ed25519; t=s:y; p=%p"}, ""},
	{"test mode among unknown flags", "t4", []string{"v=DKIM1; k=ed25519; t=x:y:z; p=%p"}, ""},
	{"test mode with blanks", "t5", []string{"v=DKIM1; k=ed25519; t= y ; p=%p"}, ""},
	{"strict, i= below the domain", "t6", []string{"v=DKIM1; k=ed25519; t=s; p=%p"}, "i=anna@guests.%d"},
	{"strict, i= a host of the domain", "t7", []string{"v=DKIM1; k=ed25519; t=s; p=%p"}, "i=@mail.%d"},
	{"revoked", "r1", []string{"v=DKIM1; k=ed25519; p="}, ""},
	{"revoked, with blanks", "r2", []string{"v=DKIM1; k=ed25519; p= ;"}, ""},
	{"without a key", "r3", []string{"v=DKIM1; k=ed25519"}, ""},
	{"revoked and not", "r4", []string{"v=DKIM1; k=ed25519; p=", "v=DKIM1; k=ed25519; p=%p"}, ""},
	{"of another service", "s2", []string{"v=DKIM1; k=ed25519; s=tlsrpt; p=%p"}, ""},
	{"of other services", "s3", []string{"v=DKIM1; k=ed25519; s=im:web; p=%p"}, ""},
	{"for another hash", "h1", []string{"v=DKIM1; k=ed25519; h=sha1; p=%p"}, ""},
	{"for other hashes", "h2", []string{"v=DKIM1; k=ed25519; h=sha1:sha512; p=%p"}, ""},
	{"of another kind", "k1", []string{"v=DKIM1; k=rsa; p=%p"}, ""},
	{"of no kind", "k2", []string{"v=DKIM1; p=%p"}, ""},
	{"of an unknown kind", "k3", []string{"v=DKIM1; k=x25519; p=%p"}, ""},
	{"of version 2", "v2", []string{"v=DKIM2; k=ed25519; p=%p"}, ""},
	{"the version not first", "v3", []string{"k=ed25519; v=DKIM1; p=%p"}, ""},
	{"the version twice", "v4", []string{"v=DKIM1; v=DKIM1; k=ed25519; p=%p"}, ""},
	{"two keys in one record", "p2", []string{"v=DKIM1; k=ed25519; p=%e; p=%p"}, ""},
	{"two records, the attacker's first", "p3", []string{"v=DKIM1; k=ed25519; p=%e", "v=DKIM1; k=ed25519; p=%p"}, ""},
	{"two records, the attacker's last", "p4", []string{"v=DKIM1; k=ed25519; p=%p", "v=DKIM1; k=ed25519; p=%e"}, ""},
	{"two records, one revoked", "p5", []string{"v=DKIM1; k=ed25519; p=%p", "v=DKIM1; k=ed25519; t=y; p=%p"}, ""},
	{"for another mailbox", "g1", []string{"v=DKIM1; k=ed25519; g=newsletter; p=%p"}, ""},
	{"for other mailboxes", "g2", []string{"v=DKIM1; k=ed25519; g=news*; p=%p"}, ""},
	{"not base64", "b1", []string{"v=DKIM1; k=ed25519; p=!%p"}, ""},
	{"too short", "b2", []string{"v=DKIM1; k=ed25519; p=AAAA"}, ""},
	{"the attacker's own", "e1", []string{"v=DKIM1; k=ed25519; p=%e"}, ""},
	{"an SPF record", "x1", []string{"v=spf1 +all"}, ""},
	{"empty", "x2", []string{""}, ""},
	{"no list of tags", "x3", []string{"%p"}, ""},
}

func (p *plot) publishRecords() {
	p.zone.Publish(weakKeys(p.domain)...)
	p.zone.Publish(NewKey(p.domain, "old", RSA1024))
	for _, r := range records {
		k := NewKey(p.domain, r.selector, Ed25519)
		fill := strings.NewReplacer("%p", k.public(), "%e", p.evil.public())
		for _, text := range r.text {
			p.zone[k.Name()] = append(p.zone[k.Name()], fill.Replace(text))
		}
	}
}

func keyRecord(p *plot) {
	for _, r := range records {
		k := NewKey(p.domain, r.selector, Ed25519)
		more := strings.ReplaceAll(r.more, "%d", p.domain)
		p.add(r.name, Sign(p.answer().raw(), Signing{Key: k, At: p.Now, More: more}))
	}
	gone := NewKey(p.domain, "gone", Ed25519)
	p.add("none published", p.by(gone, p.answer()))
	p.add("published by the attacker under another selector", p.by(NewKey(p.domain, "s1.evil", Ed25519), p.answer()))
}

// alignment are good signatures of somebody who may not speak for the admin's domain.
func alignment(p *plot) {
	for _, d := range append(strangeDomains(p.domain), evilDomain) {
		k := NewKey(d, "s1", Ed25519)
		p.add("d="+d, p.by(k, p.answer()))
		p.add("d="+d+", for the admin's mailbox", Sign(p.answer().raw(),
			Signing{Key: k, At: p.Now, More: "i=anna@" + d}))
	}
	for _, d := range []variant{
		{"with a dot at the end", p.domain + "."}, {"of a NUL", p.domain + "\x00." + evilDomain},
		{"with a comment", p.domain + "(" + evilDomain + ")"}, {"in quotes", `"` + p.domain + `"`},
		{"with a bracket", p.domain + "(." + evilDomain}, {"with a quote", p.domain + "'." + evilDomain},
		{"two of them", p.domain + ":" + evilDomain}, {"a U-label", "\u0430cme.example"},
		{"empty", ""}, {"the suffix", "example"}, {"a wildcard", "*." + p.domain}, {"with an at", "@" + p.domain},
	} {
		tags := strings.Replace(Signing{Key: p.evil, At: p.Now}.tags(), "d="+evilDomain, "d="+d.value, 1)
		p.add("d= "+d.name, seal(p.answer().raw(), p.evil, tags))
	}
	for _, s := range []variant{
		{"a NUL", "s1._domainkey." + evilDomain + ".\x00.x"}, {"a whole name", "s1._domainkey." + evilDomain + "."},
		{"two dots", "s1._domainkey." + evilDomain + ".."}, {"a hash", "s1._domainkey." + evilDomain + "#"},
		{"a slash", "../" + evilDomain + "/s1"}, {"a blank", "s1 " + evilDomain},
	} {
		tags := strings.Replace(Signing{Key: p.evil, At: p.Now}.tags(), "d="+evilDomain+"; s=s1",
			"d="+p.domain+"; s="+s.value, 1)
		p.add("s= with "+s.name, seal(p.answer().raw(), p.evil, tags))
	}
	tags := Signing{Key: p.evil, At: p.Now}.tags()
	p.add("called the admin's, made with the attacker's key", seal(p.answer().raw(), p.evil,
		strings.Replace(tags, "d="+evilDomain, "d="+p.domain, 1)))
	p.add("i= of the admin, d= of the attacker", Sign(p.answer().raw(),
		Signing{Key: p.evil, At: p.Now, More: "i=" + p.Admin}))
	p.add("not signed", p.answer().raw())
	p.add("signed twice by strangers", Sign(p.by(p.evil, p.answer()),
		Signing{Key: NewKey("x"+p.domain, "s1", Ed25519)}))
}

// times are answers from another time: before they were asked for, after their end, or
// without a moment that can be trusted.
func times(p *plot) {
	early := p.Sent.Add(-11 * time.Minute)
	sign := func(d forgery, at, expires time.Time) []byte {
		return Sign(d.raw(), Signing{Key: p.Key, At: at, Expires: expires})
	}
	p.add("expired", sign(p.answer(), p.Now.Add(-time.Hour), p.Now.Add(-time.Minute)))
	p.add("expired long ago", sign(p.answer(), time.Time{}, p.Sent.AddDate(-3, 0, 0)))
	p.add("expires before it was signed", sign(p.answer(), p.Now, p.Now.Add(-time.Hour)))
	p.add("expires when it was signed", sign(p.answer(), p.Now, p.Now))
	p.add("signed before it was asked for", sign(p.answer(), early, time.Time{}))
	p.add("signed a year ago", sign(p.answer(), p.Now.AddDate(-1, 0, 0), time.Time{}))
	p.add("signed in 1970", sign(p.answer(), time.Unix(1, 0), time.Time{}))
	p.add("signed in a year", sign(p.answer(), p.Now.AddDate(1, 0, 0), time.Time{}))
	p.add("signed in two days", sign(p.answer(), p.Now.Add(48*time.Hour), time.Time{}))
	p.add("signed in a thousand years", sign(p.answer(), time.Unix(1<<35, 0), time.Time{}))
	for _, d := range []variant{
		{"before it was asked for", date(early)}, {"a year ago", date(p.Now.AddDate(-1, 0, 0))},
		{"an hour ago by its zone", p.Sent.Add(-11 * time.Minute).Format("Mon, 02 Jan 2006 15:04:05 +0000")},
		{"in the future by its zone alone", p.Now.Add(-14 * time.Hour).Format("Mon, 02 Jan 2006 15:04:05 +0000")},
		{"without a zone", p.Now.Format("Mon, 02 Jan 2006 15:04:05")},
		{"a named zone", p.Now.Format("Mon, 02 Jan 2006 15:04:05 EST")},
		{"a military zone", p.Now.Format("Mon, 02 Jan 2006 15:04:05 A")},
		{"a year of two digits", p.Now.Format("Mon, 02 Jan 06 15:04:05 -0700")},
		{"ISO", p.Now.Format(time.RFC3339)}, {"a number", fmt.Sprint(p.Now.Unix())}, {"empty", ""}, {"words", "now"},
		{"two dates", date(p.Now) + ", " + date(early)}, {"a date in a comment", "(" + date(p.Now) + ") " + date(early)},
		{"a comment inside", strings.Replace(date(p.Now), " ", " (x) ", 1)},
		{"the 31st of February", "Tue, 31 Feb 2027 10:00:00 +0000"},
		{"hour 25", "Mon, 02 Nov 2026 25:00:00 +0000"},
		{"an encoded word", "=?utf-8?q?" + strings.ReplaceAll(date(p.Now), " ", "_") + "?="},
		{"a NUL behind", date(p.Now) + "\x00"}, {"text behind", date(p.Now) + " or so"},
		{"folded over an empty line", date(p.Now) + "\r\n \r\n x"},
		{"full-width digits", strings.Replace(date(p.Now), "2026", "\uff12\uff10\uff12\uff16", 1)},
	} {
		p.add("Date "+d.name, sign(p.answer().set("Date", d.value), p.Now, time.Time{}))
	}
	p.add("no Date", sign(p.answer().drop("Date"), p.Now, time.Time{}))
	p.add("a good Date on top of an old one", p.sealed(p.answer().set("Date", date(early)).top("Date: "+date(p.Now))))
	old := p.signed(p.answer().set("Date", date(early)), "From:To:Subject:Message-ID")
	p.add("an unsigned Date set right", swap(old, "Date: "+date(early), "Date: "+date(p.Now)))
	p.add("only Resent-Date and Received are of today",
		over(sign(p.answer().set("Date", date(early)), p.Now, time.Time{}),
			"Resent-Date: "+date(p.Now), "Received: from a by b; "+date(p.Now)))
}
