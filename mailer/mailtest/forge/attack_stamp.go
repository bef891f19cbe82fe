package forge

import (
	"fmt"
	"strings"
)

// Border is the server with which the provider takes mail in, as a test pins it.
const Border = "mx.provider.example"

// NoName is the authserv-id of a provider whose stamps have none.
const NoName = "topmost-no-authserv-id"

// What the provider's servers put on top: the outer one, and one that the mail reached from it.
func hops(p Scene) (inner, border string) {
	inner = "Received: from " + Border + " (" + Border +
		" [10.0.0.5])\r\n\tby store.provider.example with ESMTP id 2; " +
		p.Now.Format("Mon, 02 Jan 2006 15:04:05 -0700")
	border = "Received: from out." + Domain(p.Admin) + " (out." + Domain(p.Admin) +
		" [203.0.113.7])\r\n\tby " + Border +
		" with ESMTPS id 1; " + p.Now.Format("Mon, 02 Jan 2006 15:04:05 -0700")
	return inner, border
}

// Deliver is a mail as the provider's mailbox holds it: with what its border says of it, as
// the value of an Authentication-Results field, and its hops. No stamp if that is empty.
func Deliver(s Scene, stamp string, raw []byte) []byte {
	inner, border := hops(s)
	if stamp == "" {
		return over(raw, inner, border)
	}
	return over(raw, inner, "Authentication-Results: "+stamp, border)
}

// resultForms are what Authentication-Results can say for the admin's domain; %d is that.
var resultForms = []variant{
	{"dkim", "dkim=pass header.d=%d"}, {"dkim and selector", "dkim=pass header.d=%d header.s=s1"},
	{"dkim by identity", "dkim=pass header.i=@%d"}, {"dmarc", "dmarc=pass header.from=%d"},
	{"all", "spf=pass smtp.mailfrom=%d; dkim=pass header.d=%d; dmarc=pass header.from=%d"},
	{"arc", "arc=pass; dkim=pass header.d=%d"}, {"auth", "auth=pass smtp.auth=anna; dkim=pass header.d=%d"},
	{"compauth", "compauth=pass reason=100; dkim=pass header.d=%d"},
}

// forgedResults stand in the mail when it leaves the attacker, whoever pins whom.
func forgedResults(p *plot) {
	evil, colleague := p.answer().raw(), p.from("Berta <"+p.colleague+">")
	for _, r := range resultForms {
		says := strings.ReplaceAll(r.value, "%d", p.domain)
		for _, id := range []string{Border, strings.ToUpper(Border), "provider.example", p.domain, "mx.google.com"} {
			p.add(r.name+" by "+id+", not signed", over(evil, "Authentication-Results: "+id+"; "+says))
		}
		p.add(r.name+" without a name", over(evil, "Authentication-Results: "+says))
		p.add(r.name+", signed by the attacker",
			p.by(p.evil, p.answer().top("Authentication-Results: "+Border+"; "+says)))
		p.add(r.name+", for a colleague", p.sealed(colleague.top("Authentication-Results: "+Border+"; "+says)))
		p.add(r.name+" with the attacker's hops", over(evil, "Received: from a (a [10.0.0.1]) by "+
			Border+" with ESMTP; "+date(p.Now),
			"Authentication-Results: "+Border+"; "+says, "Received: from b (b [203.0.113.9]) by "+Border+
				" with ESMTPS; "+date(p.Now)))
	}
	for _, name := range []string{
		"Authentication-Results ", "authentication-results", "X-Authentication-Results",
		"Authentication-Results-Original",
		"Received-SPF", "X-DKIM-Result", "DKIM-Filter", "X-Spam-Status", "DMARC-Filter", "X-Google-DKIM-Signature",
		"X-MS-Exchange-Authentication-Results", "X-MS-Exchange-Organization-AuthSource", "Authentication-Results\x00",
	} {
		p.add("in "+name, over(evil, name+": "+Border+"; dkim=pass header.d="+p.domain))
	}
}

func forgedARC(p *plot) {
	for _, sealer := range []string{p.domain, evilDomain, "google.com", Border, "microsoft.com"} {
		for _, cv := range []string{"none", "pass"} {
			set := []string{
				"ARC-Seal: i=1; a=rsa-sha256; t=1; cv=" + cv + "; d=" + sealer + "; s=s1; b=AAAA",
				"ARC-Message-Signature: i=1; a=rsa-sha256; c=relaxed/relaxed; d=" + sealer +
					"; s=s1; h=From; bh=AAAA; b=AAAA",
				"ARC-Authentication-Results: i=1; " + Border + "; dkim=pass header.d=" + p.domain +
					"; dmarc=pass header.from=" + p.domain,
			}
			p.add("sealed by "+sealer+", cv="+cv, over(p.answer().raw(), set...))
			p.add("sealed by "+sealer+", cv="+cv+", with a result of it", over(over(p.answer().raw(), set...),
				"Authentication-Results: "+Border+"; arc=pass (i=1 dkim=pass header.d="+p.domain+")"))
			real := strings.Replace(firstField(p.sealed(p.answer().say("x"))), "DKIM-Signature: v=1;",
				"ARC-Message-Signature: i=1;", 1)
			p.add("sealed by "+sealer+", cv="+cv+", signed by the attacker",
				over(p.by(p.evil, p.answer()), append(set, real)...))
		}
	}
	genuine := string(p.sealed(p.answer()))
	p.add("the genuine signature as ARC-Message-Signature",
		[]byte(strings.Replace(genuine, "DKIM-Signature: v=1;", "ARC-Message-Signature: i=1;", 1)))
}

// rewritten is the admin's answer after the provider put a line under it: the signature no
// longer fits, and only the border's word is left.
func (p *plot) rewritten(raw []byte) []byte {
	return append(raw, "\r\n-- \r\nScanned by provider.example\r\n"...)
}

// injections are what a sender can write into the border's own, genuine stamp: %s is a
// result for the admin's domain.
var injections = []variant{
	{"quoted mailfrom", `%b; spf=pass smtp.mailfrom="x;%s"@evil.example; dkim=none`},
	{"quoted mailfrom with a quote", `%b; spf=pass smtp.mailfrom="x\";%s"@evil.example; dkim=none`},
	{"bare mailfrom", `%b; spf=pass smtp.mailfrom=x;%s a.b=c@evil.example; dkim=none`},
	{"helo", `%b; spf=pass smtp.helo=x;%s; dkim=none (no signature)`},
	{"comment", `%b; spf=pass (x;%s) smtp.mailfrom=evil.example; dkim=none`},
	{"comment that closes", `%b; spf=pass (x); %s) smtp.mailfrom=evil.example; dkim=none`},
	{"nested comment", `%b; spf=pass ((x);%s) smtp.mailfrom=evil.example; dkim=none`},
	{"comment that does not close", `%b; spf=pass (; %s`},
	{"reason", `%b; dkim=fail reason="x; %s" header.d=evil.example`},
	{"reason that closes", `%b; dkim=fail reason="x"; %s" header.d=evil.example`},
	{"reason without quotes", `%b; dkim=fail reason=x;%s header.d=evil.example`},
	{"identity", `%b; dkim=pass header.d=evil.example header.i="@evil.example;%s"`},
	{"domain with a bracket", `%b; dkim=pass header.d=%d(.evil.example`},
	{"domain with a bracket that closes", `%b; dkim=pass header.d=%d(.evil.example)`},
	{"domain with a quote", `%b; dkim=pass header.d="%d".evil.example`},
	{"domain with a quote that does not close", `%b; dkim=pass header.d=%d".evil.example`},
	{"domain with a NUL", "%b; dkim=pass header.d=%d\x00.evil.example"},
	{"domain with an apostrophe", `%b; dkim=pass header.d=%d'.evil.example`},
	{"domain behind a semicolon", `%b; dkim=pass header.d=evil.example;header.d=%d`},
	{"domain twice", `%b; dkim=pass header.d=evil.example header.d=%d`},
	{"selector", `%b; dkim=pass header.d=evil.example header.s="x;%s"`},
	{"two results of dkim", `%b; dkim=fail header.d=%d header.s=s1; %s`},
	{"two results of dkim, the pass first", `%b; %s; dkim=fail header.d=%d`},
	{"two results of dmarc", `%b; dmarc=fail header.from=%d; %s; dmarc=pass header.from=%d`},
	{"dmarc fails", `%b; %s; dmarc=fail header.from=%d`},
	{"dmarc of another", `%b; %s; dmarc=pass header.from=evil.example`},
	{"dmarc alone", `%b; dmarc=pass header.from=%d`},
	{"spf alone", `%b; spf=pass smtp.mailfrom=%d; dmarc=pass header.from=%d`},
	{"dkim of nobody", `%b; dkim=pass`}, {"dkim by From", `%b; dkim=pass header.from=%d`},
	{"dkim by identity alone", `%b; dkim=pass header.i=@%d`},
	{"dkim of a stranger", `%b; dkim=pass header.d=evil.example header.s=s1`},
	{"dkim of a sub-domain", `%b; dkim=pass header.d=mail.%d header.s=s1`},
	{"dkim of another selector", `%b; dkim=pass header.d=%d header.s=s9`},
	{"dkim of other bytes", `%b; dkim=pass header.d=%d header.b=AAAAAAAA`},
	{"dkim of few bytes", `%b; dkim=pass header.d=%d header.b=A`},
	{"dkim with another identity", `%b; dkim=pass header.d=%d header.i=@evil.example`},
	{"dkim policy", `%b; dkim=policy header.d=%d`}, {"dkim neutral", `%b; dkim=neutral header.d=%d`},
	{"dkim temperror", `%b; dkim=temperror header.d=%d`}, {"dkim passes in words", `%b; dkim=passed header.d=%d`},
	{"dkim-adsp", `%b; dkim-adsp=pass header.d=%d`}, {"domainkeys", `%b; domainkeys=pass header.d=%d`},
	{"x-dkim", `%b; x-dkim=pass header.d=%d`}, {"arc alone", `%b; arc=pass (dkim=pass header.d=%d)`},
	{"none", `%b; none`}, {"nothing", `%b;`}, {"version 2", `%b 2; %s`},
	{"method version 2", `%b; dkim/2=pass header.d=%d`},
	{"a name in quotes", `"%b;x"; %s`}, {"a longer name", `%b.evil.example; %s`},
	{"a name in a comment", `evil.example (%b); %s`},
	{"two names", `evil.example %b; %s`}, {"no name", `%s`}, {"no semicolon", `%b %s`}, {"a comma", `%b, %s`},
	{"a NUL behind the name", "%b\x00; %s"}, {"an empty line", "%b; spf=none\r\n \r\n %s"},
}

// stamps are mails whose body no longer fits, in a mailbox whose provider is pinned.
func stamps(p *plot) {
	p.stamped = Border
	says := "dkim=pass header.d=" + p.domain + " header.s=" + p.Key.Selector
	good := Border + "; " + says
	genuine := p.rewritten(p.sealed(p.answer()))
	p.honest = Deliver(p.Scene, good, genuine)
	fill := strings.NewReplacer("%b", Border, "%s", says, "%d", p.domain)
	for _, i := range injections {
		p.add("injected: "+i.name, Deliver(p.Scene, fill.Replace(i.value), genuine))
	}
	inner, border := hops(p.Scene)
	field := "Authentication-Results: " + good
	none := "Authentication-Results: " + Border + "; dkim=none"
	outer := "Received: from relay.evil.example (relay [203.0.113.9]) by " + Border + " with ESMTPS; " + date(p.Now)
	submitted := "Received: from anna (laptop [10.0.0.9]) by " + Border + " with ESMTPSA; " + date(p.Now)
	for _, place := range []struct {
		name  string
		lines []string
	}{
		{"below the border", []string{inner, border, field}},
		{"below the border, none above", []string{inner, none, border, field}},
		{"below the border, the same above", []string{inner, field, border, field}},
		{"below the border, in other case", []string{inner, field, border,
			strings.Replace(field, Border, strings.ToUpper(Border), 1)}},
		{"below the border, not to be read", []string{inner, field, border, field + "; ("}},
		{"without any hop", []string{field}}, {"on top of a stranger's hop", []string{outer, field, border}},
		{"below a submission", []string{submitted, field, border}},
		{"under another server's", []string{inner, "Authentication-Results: mx.other.example; dkim=none", field, border}},
		{"under one without a name", []string{inner, "Authentication-Results: dkim=none", field, border}},
		{"under one that cannot be read", []string{inner, "Authentication-Results: (", field, border}},
		{"with a blank before its colon", []string{inner, "Authentication-Results : " + good, border}},
		{"not there", []string{inner, border}},
		{"in the border's hop", []string{inner, border + "\r\n\t(" + field + ")"}},
		{"below a hop over SMTP of its own",
			[]string{"Received: from x (x [198.51.100.1]) by y with ESMTP; " + date(p.Now), field,
				border}},
		{"below a hop without an address", []string{"Received: from x by y with SMTP; " + date(p.Now), field, border}},
	} {
		p.add(place.name, over(genuine, place.lines...))
	}
	stampedWeak(p, good)
}

// stampedWeak are mails that a border would pass, and whose signature proves nothing.
func stampedWeak(p *plot, good string) {
	put := func(name string, raw []byte) { p.add(name, Deliver(p.Scene, good, p.rewritten(raw))) }
	a := p.answer()
	put("nothing signed", a.raw())
	put("signed by a stranger", p.by(p.evil, a))
	put("a colleague", p.sealed(p.from("<"+p.colleague+">")))
	put("a stranger", p.by(p.evil, p.from("<"+p.stranger+">")))
	put("with l=", Sign(a.raw(), Signing{Key: p.Key, Length: 9}))
	put("with l=0", Sign(a.raw(), Signing{Key: p.Key, Length: EmptyBody}))
	p.add("with l=, changed where it signs", Deliver(p.Scene, good, swap(
		Sign(a.raw(), Signing{Key: p.Key, Length: 9}), "CONFIRM\r\n", "CONFIRM.\r\n")))
	put("From alone is signed", p.signed(a, "From"))
	put("Date is not signed", p.signed(a, "From:Message-ID"))
	put("Message-ID is not signed", p.signed(a, "From:Date"))
	put("two From", p.sealed(a.top("From: <"+p.colleague+">")))
	put("two Subjects", p.sealed(a.top("Subject: x")))
	put("two Dates", p.sealed(a.top("Date: "+date(p.Now))))
	put("a Subject added", over(p.sealed(a), "Subject: x"))
	put("a Content-Type added", over(p.sealed(a), "Content-Type: text/html"))
	put("expired", Sign(a.raw(), Signing{Key: p.Key, Expires: p.Now.Add(-60e9)}))
	put("signed before it was asked for", Sign(a.raw(), Signing{Key: p.Key, At: p.Sent.AddDate(0, 0, -1)}))
	put("dated before it was asked for", p.sealed(a.set("Date", date(p.Sent.AddDate(0, 0, -1)))))
	put("no Date", p.sealed(a.drop("Date")))
	put("two signatures, one with l=", over(p.sealed(a), firstField(Sign(a.raw(), Signing{Key: p.Key, Length: 9}))))
	put("signed with SHA-1", seal(a.raw(), NewKey(p.domain, "old", RSA1024),
		strings.Replace(Signing{Key: NewKey(p.domain, "old", RSA1024)}.tags(), "rsa-sha256", "rsa-sha1", 1)))
	put("a display name", p.by(p.evil, p.from(`"`+p.Admin+`" <`+p.stranger+">")))
	for i, k := range append(weakKeys(p.domain), NewKey(p.domain, "t1", Ed25519), NewKey(p.domain, "r1", Ed25519),
		NewKey(p.domain, "s2", Ed25519), NewKey(p.domain, "g1", Ed25519), NewKey(p.domain, "p3", Ed25519)) {
		stamp := fmt.Sprintf("%s; dkim=pass header.d=%s header.s=%s", Border, p.domain, k.Selector)
		p.add(fmt.Sprintf("a worthless key, %d", i+1), Deliver(p.Scene, stamp, p.rewritten(p.by(k, a))))
	}
	other := NewKey("mail."+p.domain, "s1", Ed25519)
	p.add("a sub-domain that may not", Deliver(p.Scene, Border+"; dkim=pass header.d=mail."+p.domain+" header.s=s1",
		p.rewritten(p.by(other, a))))
	exact := NewKey(p.domain, "t6", Ed25519)
	p.add("a key for the domain itself, i= below it", Deliver(p.Scene, Border+"; dkim=pass header.d="+
		p.domain+" header.s=t6",
		p.rewritten(Sign(a.raw(), Signing{Key: exact, More: "i=anna@guests." + p.domain}))))
	p.add("the signature above the stamp", over(Deliver(p.Scene, good, p.rewritten(a.raw())),
		firstField(p.sealed(a.say("x")))))
	for _, class := range []string{"Auto-Submitted: auto-replied", "X-Autoreply: yes", "Precedence: auto_reply"} {
		p.add("an automatic answer, "+class, Deliver(p.Scene, good, p.rewritten(over(p.sealed(a), class))))
	}
	p.class = "stamp, another code"
	p.add("changed by the rewriting", Deliver(p.Scene, good, p.rewritten(
		[]byte(strings.ReplaceAll(string(p.sealed(a)), p.Code, p.Others["other request"])))))
	p.add("no code left",
		Deliver(p.Scene, good,
			p.rewritten([]byte(strings.ReplaceAll(string(p.sealed(a)), p.Code, "")))))
}

// namelessStamps are those where the provider is Microsoft 365, whose stamps have no name.
func namelessStamps(p *plot) {
	p.stamped = NoName
	says := "dkim=pass (signature was verified) header.d=" + p.domain
	genuine := p.rewritten(p.sealed(p.answer()))
	p.honest = Deliver(p.Scene, says, genuine)
	inner, border := hops(p.Scene)
	field := "Authentication-Results: " + says
	azure := "Received: from x (2603:1030::5) by y (2603:1030::6) with ESMTPS; " + date(p.Now)
	p.add("below the border", over(genuine, inner, border, field))
	p.add("below the border, none above", over(genuine, inner, "Authentication-Results: dkim=none", border, field))
	p.add("below the border, the same above", over(genuine, inner, field, border, field))
	p.add("a machine rented from the provider", over(genuine, azure, field, border))
	p.add("no hop", over(genuine, field))
	p.add("with a name", Deliver(p.Scene, Border+"; "+says, genuine))
	p.add("under one with a name", over(genuine, inner, "Authentication-Results: "+Border+"; dkim=none", field, border))
	p.add("spf alone", Deliver(p.Scene, "spf=pass smtp.mailfrom="+p.domain+
		"; dmarc=pass action=none header.from="+p.domain, genuine))
	p.add("compauth alone",
		Deliver(p.Scene, "compauth=pass reason=100; dmarc=bestguesspass header.from="+p.domain,
			genuine))
	p.add("dmarc fails", Deliver(p.Scene, says+"; dmarc=fail action=oreject header.from="+p.domain, genuine))
	p.add("two dmarc", Deliver(p.Scene, says+"; dmarc=pass header.from="+p.domain+
		"; dmarc=pass header.from="+p.domain, genuine))
	p.add("dkim of its own domain", Deliver(p.Scene, "dkim=pass header.d=acme.onmicrosoft.com", genuine))
	for _, i := range []variant{
		{"quoted mailfrom", `spf=pass smtp.mailfrom="x;` + says + `"@evil.example; dkim=none`},
		{"comment", `spf=pass (x; ` + says + `) smtp.mailfrom=evil.example; dkim=none`},
		{"reason", `dkim=fail reason="x; ` + says + `"`},
		{"comment that does not close", `spf=pass (x; ` + says + ``},
	} {
		value := i.value
		if i.name == "comment that does not close" {
			value = "spf=pass (x (; " + says
		}
		p.add("injected: "+i.name, Deliver(p.Scene, value, genuine))
	}
	p.add("a colleague", Deliver(p.Scene, says, p.rewritten(p.sealed(p.from("<"+p.colleague+">")))))
	p.add("with l=", Deliver(p.Scene, says, p.rewritten(Sign(p.answer().raw(), Signing{Key: p.Key, Length: 9}))))
}
