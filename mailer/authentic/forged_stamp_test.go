package authentic_test

import (
	"strings"
	"testing"

	"github.com/dsrd/dsrd/mailer/authentic"
)

// Each value is what a careless server would write for a mail that evil.example
// signed and that also carries a signature in acme's name: what the sender
// chose stands in quotes, comments and values.
func TestTextThatTheSenderChoseGrantsNothing(t *testing.T) {
	const grant = "dkim=pass header.d=acme.example header.s=s1"
	const evil = "; dkim=pass header.d=evil.example header.s=s1"
	for name, value := range map[string]string{
		"quoted MAIL FROM": `spf=pass smtp.mailfrom="x;dmarc=pass header.from=bank.com a.b=c"@evil.example` + evil,
		"quoted MAIL FROM with dkim": `spf=pass smtp.mailfrom="x; ` + grant +
			` a.b=c"@evil.example` + evil,
		"escaped quote in MAIL FROM": `spf=pass smtp.mailfrom="x\"; ` + grant +
			`; a=b"@evil.example` + evil,
		"backslash before the end": `spf=pass smtp.mailfrom="x\\"; spf=none smtp.x="; ` + grant + `"` + evil,
		"comment":                  `spf=pass (domain of x; ` + grant + `; designates) smtp.mailfrom=evil.example` + evil,
		"comment ended between quotes": `spf=pass (domain of "a) ; ` + grant +
			` (b"@evil.example designates) smtp.mailfrom=evil.example` + evil,
		"comment ended between escaped quotes": `spf=pass (domain of "\"a) ; ` + grant +
			` (b\""@evil.example designates) smtp.mailfrom=evil.example` + evil,
		"comment ended by an escape":   `spf=pass (a \) ; ` + grant + `; b) smtp.mailfrom=evil.example` + evil,
		"comment in a comment":         `spf=pass (a (b) ; ` + grant + `; c) smtp.mailfrom=evil.example` + evil,
		"comment with an open quote":   `spf=pass (") ; ` + grant + evil,
		"comment that never ends":      `spf=pass (a ; ` + grant + evil,
		"comments nested without end":  `spf=pass ` + strings.Repeat("(", 9) + strings.Repeat(")", 9) + `; ` + grant,
		"quote that never ends":        `spf=pass smtp.mailfrom="a ; ` + grant + evil,
		"reason":                       `dkim=fail reason="bad; ` + grant + `" header.d=evil.example`,
		"reason that is not quoted":    `dkim=fail reason=bad ` + grant,
		"reason behind the properties": `spf=pass smtp.helo=x reason="y"; ` + grant,
		"selector with a space":        `dkim=pass header.d=evil.example header.s=s1 header.d=acme.example`,
		"selector before the identity": `dkim=pass header.i=@evil.example header.s=s1 header.d=acme.example`,
		"identity with a space":        `dkim=pass header.s=s1 header.i=x header.d=acme.example@evil.example`,
		"identity below another name":  `dkim=pass header.d=acme.example header.i=@notacme.example`,
		"MAIL FROM without quotes":     `spf=pass smtp.mailfrom=a b@evil.example; ` + grant,
		"two statements and no ;":      `spf=pass ` + grant,
		"two statements and no space":  `spf=pass smtp.x="a"dkim.x=b; ` + grant,
		"HELO with brackets":           `spf=pass smtp.helo=<x>; ` + grant,
		"property without a value":     `spf=pass smtp.mailfrom=; ` + grant,
		"property with two @":          `spf=pass smtp.mailfrom=a@b@c; ` + grant,
		"empty statement":              `spf=pass;; ` + grant,
		"not UTF-8":                    "spf=pass (\xff) smtp.helo=x; " + grant,
		"control character":            "spf=pass (\x01) smtp.helo=x; " + grant,
		"another method in its name":   "x-dkim=pass header.d=acme.example; dkim-adsp=pass header.d=acme.example; arc=pass header.d=acme.example",
		"x-method with a statement":    "x-a=pass dkim=pass; spf=pass header.d=acme.example",
	} {
		t.Run(name, func(t *testing.T) {
			d := verifyPinned(delivered("mx.provider.example; "+value, bogus()))
			wantRefused(t, d, authentic.Fail, "; ack/authentic: the ")
		})
	}
	// The same mail with the same words outside of quotes does pass: each of
	// the above is refused for how it says it.
	wantStamped(t, verifyPinned(delivered("mx.provider.example; "+grant+evil, bogus())))
}

// The mail is anna's, acme signed it and the provider rewrote it; the value is
// all that is wrong.
func TestStampsThatDoNotSayEnough(t *testing.T) {
	b := bOf(signed())
	for name, c := range map[string]struct{ value, reason string }{
		"two dmarc results":        {good + "; dmarc=pass header.from=acme.example; dmarc=pass header.from=acme.example", "two dmarc"},
		"two that conflict":        {good + "; dmarc=pass header.from=acme.example; dmarc=fail header.from=acme.example", "two dmarc"},
		"dmarc=fail":               {good + "; dmarc=fail header.from=acme.example", "dmarc=fail"},
		"dmarc of another From":    {good + "; dmarc=pass header.from=evil.example", "another From"},
		"dmarc of a longer From":   {good + "; dmarc=pass header.from=x.acme.example", "another From"},
		"pass and fail":            {good + "; dkim=fail header.d=acme.example header.s=s1", "two results"},
		"fail and pass":            {"mx.provider.example; dkim=fail header.d=acme.example; dkim=pass header.d=acme.example", "two results"},
		"pass and fail of nothing": {good + "; dkim=fail", "two results"},
		"pass and none":            {good + "; dkim=none", "two results"},
		"pass and a fail of its identity": {
			good + "; dkim=fail header.i=anna@acme.example", "two results"},
		"pass and temperror by b=": {good + "; dkim=temperror header.b=" + b[:8], "two results"},
		"version 2":                {"mx.provider.example 2; dkim=pass header.d=acme.example", "another version"},
		"version 1.0":              {"mx.provider.example 1.0; dkim=pass header.d=acme.example", "where ; belongs"},
		"method of version 2":      {"mx.provider.example; dkim/2=pass header.d=acme.example", "another version"},
		"no result":                {"mx.provider.example; none", "no dkim=pass"},
		"none and a result":        {"mx.provider.example; none; dkim=pass header.d=acme.example", "where = belongs"},
		"a result and none":        {good + "; none", "where = belongs"},
		"nothing but the id":       {"mx.provider.example", "no result"},
		"nothing but a ;":          {"mx.provider.example;", "no keyword"},
		"nothing":                  {"", "no value"},
		"two ; at the end":         {good + ";;", "no keyword"},
		"a word behind the id":     {"mx.provider.example x; dkim=pass header.d=acme.example", "where ; belongs"},
		"Yahoo's old from=":        {"mx.provider.example from=acme.example; dkim=pass header.d=acme.example", "where ; belongs"},
		"an id that goes on":       {"mx.provider.example.evil.example; dkim=pass header.d=acme.example", "not of the pinned"},
		"an id that begins before": {"evil-mx.provider.example; dkim=pass header.d=acme.example", "not of the pinned"},
		"an id with a slash":       {"mx.provider.example/x; dkim=pass header.d=acme.example", "where = belongs"},
		"an empty id":              {`""; dkim=pass header.d=acme.example`, "id is empty"},
		"no id":                    {"dkim=pass header.d=acme.example", "not of the pinned"},
		"bestguesspass":            {"mx.provider.example; dmarc=bestguesspass header.from=acme.example", "no dkim=pass"},
		"dkim=bestguesspass":       {"mx.provider.example; dkim=bestguesspass header.d=acme.example", "no dkim=pass"},
		"compauth":                 {"mx.provider.example; compauth=pass reason=100", "no dkim=pass"},
		"dmarc by SPF":             {"mx.provider.example; spf=pass smtp.mailfrom=acme.example; dmarc=pass header.from=acme.example", "no dkim=pass"},
		"no header.d":              {"mx.provider.example; dkim=pass", "no dkim=pass"},
		"header.i for header.d":    {"mx.provider.example; dkim=pass header.i=@acme.example header.s=s1", "no dkim=pass"},
		"body.d for header.d":      {"mx.provider.example; dkim=pass body.d=acme.example", "no dkim=pass"},
		"an address in header.d":   {"mx.provider.example; dkim=pass header.d=anna@acme.example", "no dkim=pass"},
		"another d":                {"mx.provider.example; dkim=pass header.d=evil.example header.s=s1", "no dkim=pass"},
		"a longer d":               {"mx.provider.example; dkim=pass header.d=acme.example.evil.example", "no dkim=pass"},
		"a public suffix":          {"mx.provider.example; dkim=pass header.d=example", "no dkim=pass"},
		"a d that did not sign":    {"mx.provider.example; dkim=pass header.d=mail.acme.example", "not in the mail"},
		"another s":                {"mx.provider.example; dkim=pass header.d=acme.example header.s=s2", "not in the mail"},
		"another b":                {good + " header.b=AAAAAAAA", "not in the mail"},
		"b in other case":          {good + " header.b=" + flipCase(b[:8]), "not in the mail"},
		"b and more":               {good + " header.b=\"" + b + "A\"", "not in the mail"},
		"a short b":                {good + " header.b=" + b[:7], "too short"},
		"an empty b":               {good + ` header.b=""`, "too short"},
		"i outside d":              {good + " header.i=@mail.example", "outside"},
		"folded over nothing":      {"mx.provider.example;\r\n \r\n dkim=pass header.d=acme.example", "misread"},
		"too many results":         {good + strings.Repeat("; a=b", 100), "too many results"},
		"too long":                 {good + " (" + strings.Repeat("a", 16<<10) + ")", "too long"},
	} {
		t.Run(name, func(t *testing.T) {
			wantRefused(t, verifyPinned(delivered(c.value, signed())), authentic.Fail, c.reason)
		})
	}
}

func flipCase(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z':
			return r - 32
		case 'A' <= r && r <= 'Z':
			return r + 32
		}
		return r
	}, s)
}

// The stamp says what the genuine one says; where it stands is what is wrong.
func TestStampsInTheWrongPlace(t *testing.T) {
	forged, failed := stampField(good), stampField("mx.provider.example; dkim=fail header.d=acme.example")
	for name, c := range map[string]struct{ head, reason string }{
		"alone, as the sender sends it":   {inner + border + forged, "from outside"},
		"alone, below a forged inner hop": {inner + border + inner + forged + border, "from outside"},
		"alone, with no Received":         {forged, "above no Received"},
		"alone, all Received above":       {inner + forged, "above no Received"},
		"below one of another server": {
			inner + stampField("filter.provider.example; spf=pass smtp.helo=x") + forged + border, "not of the pinned"},
		"below one that cannot be read": {inner + stampField("(") + forged + border, "open comment"},
		"below the genuine fail":        {inner + failed + border + forged, "second Authentication-Results"},
		"below the genuine none": {
			inner + stampField("mx.provider.example; none") + border + forged, "second Authentication-Results"},
		"below a genuine pass":             {inner + forged + border + forged, "second Authentication-Results"},
		"a fail below the pass":            {inner + forged + border + failed, "second Authentication-Results"},
		"an unreadable one below the pass": {inner + forged + border + stampField("mx.provider.example; x"), "second"},
		"one without an id that could be read": {
			inner + forged + border + stampField("(mx.provider.example"), "second Authentication-Results"},
		"dmarc below the pass": {
			inner + forged + border + stampField("MX.provider.example; dmarc=pass"), "second Authentication-Results"},
		"space before the colon": {
			inner + strings.Replace(forged, ":", " :", 1) + border, "misread"},
		"under another name": {
			inner + "X-" + forged + "ARC-" + forged + strings.Replace(forged, ":", "-Original:", 1) + border,
			"no Authentication-Results"},
		"a HELO of inside": {"Received: from [10.0.0.5] (evil.example [203.0.113.9])\r\n\tby " +
			"mx.provider.example with LMTP; x\r\n" + forged + border, "from outside"},
		"a HELO of by and id": {"Received: from by (id [203.0.113.9]) by mx.provider.example with LMTP\r\n" +
			forged + border, "from outside"},
		"a HELO of id": {"Received: from id [203.0.113.9] by mx.provider.example with LMTP\r\n" +
			forged + border, "from outside"},
		"a HELO of id and a bracket": {"Received: from id) [203.0.113.9] by mx (10.0.0.1) with ESMTP\r\n" +
			forged + border, "from outside"},
		"a name of id": {"Received: from x (id) 203.0.113.9 by mx (10.0.0.1) with ESMTP\r\n" +
			forged + border, "from outside"},
		"IPv6 from outside": {"Received: from x (x [IPv6:2001:db8::1]) by mx (10.0.0.1) with ESMTP\r\n" +
			forged + border, "from outside"},
		"with a port": {"Received: from x ([203.0.113.9:1025]) by mx (10.0.0.1) with ESMTP\r\n" +
			forged + border, "from outside"},
		"no address at all": {"Received: from LMTP by mx.provider.example with ESMTP (with LMTP)\r\n" +
			forged + border, "from outside"},
		"a HELO of with": {"Received: from with LMTP by mx.provider.example with ESMTP\r\n" +
			forged + border, "from outside"},
		"the network of another provider": {exchangeInner + forged + border, "from outside"},
	} {
		t.Run(name, func(t *testing.T) {
			wantRefused(t, verifyPinned(c.head+rewritten(signed())), authentic.Fail, c.reason)
		})
	}
	wantStamped(t, verifyPinned(inner+inner+forged+border+rewritten(signed())))
}

func TestForgedStampsOfMicrosoft365(t *testing.T) {
	genuine, failed := stampField(exchangeStamp),
		stampField("spf=none smtp.mailfrom=evil.example; dkim=none (message not signed) header.d=none")
	for name, c := range map[string]struct{ head, reason string }{
		"alone":                  {exchangeInner + exchangeBorder + genuine, "from outside"},
		"alone, with a Received": {exchangeInner + exchangeBorder + genuine + border, "from outside"},
		"below the genuine one":  {exchangeInner + failed + exchangeBorder + genuine, "second"},
		"sent from a rented machine": {exchangeInner + strings.Replace(exchangeBorder, "203.0.113.7",
			"2603:1030:5::7", 1) + genuine + border, "from outside"},
		"with an id": {exchangeInner + stampField("mx.outlook.com; "+exchangeStamp) + exchangeBorder,
			"not of the pinned"},
		"an id in the middle, as of old": {exchangeInner + stampField(
			"spf=pass smtp.helo=x; outlook.com; dkim=pass header.d=acme.example") + exchangeBorder, "= belongs"},
		"unaligned": {exchangeInner + stampField(strings.Replace(exchangeStamp,
			"header.d=acme.example", "header.d=acme.onmicrosoft.example", 1)) + exchangeBorder, "no dkim=pass"},
		"below one with an id": {exchangeInner + stampField("x.example; none") + genuine + exchangeBorder,
			"not of the pinned"},
		"unreadable below": {exchangeInner + genuine + exchangeBorder + stampField("dkim="), "second"},
	} {
		t.Run(name, func(t *testing.T) {
			d := verifyPinnedTo(authentic.WithoutAuthServID, zone(), c.head+rewritten(signed()))
			wantRefused(t, d, authentic.Fail, c.reason)
		})
	}
}

// The stamp is the provider's own, and says pass; the signature it is about is
// not one to rely on. Each is right for what it says before the rewriting.
func TestAStampDoesNotMakeUpForAWeakSignature(t *testing.T) {
	with := func(old, new string) string { return strings.Replace(usual, old, new, 1) }
	for name, c := range map[string]struct{ tags, reason string }{
		"l= of all the body":    {usual + "; l=1", "l= leaves"},
		"From not signed":       {with("h=From:", "h="), "From is not signed"},
		"Date not signed":       {with("Date:", ""), "date is not signed"},
		"Message-ID not signed": {with(":Message-ID", ""), "message-id is not signed"},
		"expired on arrival":    {usual + "; t=1; x=978307200", "expired"},
		"rsa-sha1":              {with("rsa-sha256", "rsa-sha1"), "rsa-sha1"},
		"no key":                {with("s=s1", "s=gone"), "publishes no key"},
		"tag twice":             {usual + "; s=s1", "s= occurs twice"},
		"no d=":                 {with("d=acme.example; ", ""), "d= is missing"},
		"i= elsewhere":          {usual + "; i=anna@evil.example", "outside d="},
	} {
		t.Run(name, func(t *testing.T) {
			mail := seal(rsaKey(), c.tags, letter(anna))
			d := verifyPinned(delivered("mx.provider.example; dkim=pass header.d=acme.example", mail))
			result := authentic.Fail
			if d.DKIM[0].Domain == "" { // nobody knows whose it is
				result = authentic.None
			}
			wantRefused(t, d, result, c.reason)
			// Nor where it was not rewritten.
			d = verifyPinned(inner + stampField("mx.provider.example; dkim=pass header.d=acme.example") +
				border + mail)
			wantRefused(t, d, result, c.reason)
		})
	}
}

func TestAStampDoesNotMakeUpForAWeakKey(t *testing.T) {
	record := rsaRecord(rsaKey())
	for name, c := range map[string]struct {
		txt    []string
		reason string
	}{
		"in test mode":  {[]string{record + "; t=y"}, "test mode"},
		"two keys":      {[]string{record, rsaRecord(shortKey())}, "several keys"},
		"revoked":       {[]string{"v=DKIM1; p="}, "revoked"},
		"for i= itself": {[]string{record + "; t=s"}, "i= to be d= itself"},
	} {
		z := zone()
		z["s1._domainkey.acme.example"] = c.txt
		mail := seal(rsaKey(), usual+"; i=anna@mail.acme.example", letter(anna))
		d := verifyPinnedTo(pinned, z, delivered(good, mail))
		wantRefused(t, d, authentic.Fail, c.reason)
		d = verifyPinnedTo(pinned, z, inner+stampField(good)+border+mail)
		if wantRefused(t, d, authentic.Fail, c.reason); t.Failed() {
			t.Fatal(name)
		}
	}
}

func TestOfTwoSignaturesThatAStampCouldMeanBothHaveToBeGood(t *testing.T) {
	cut := seal(rsaKey(), usual+"; l=1", letter(anna))
	added := seal(evilKey(), usual, cut) // on top, by whoever harvested the other
	value := "mx.provider.example; dkim=pass header.d=acme.example"
	d := verifyPinned(delivered(value, added))
	wantRefused(t, d, authentic.Fail, "vouched signature: l= leaves")
	// An unreadable one could be any.
	d = verifyPinned(delivered(value, "DKIM-Signature: d=acme.example;;\r\n"+signed()))
	wantRefused(t, d, authentic.Fail, "vouched signature: a tag without")
	// With b= it is clear.
	d = verifyPinned(delivered(value+" header.b=\""+bOf(added)+"\"", added))
	wantStamped(t, d)
	both := seal(edKey(), usualEd, signed())
	wantStamped(t, verifyPinned(delivered(value, both)))
}

func TestASignatureAboveTheStampWasNotSeenByTheServer(t *testing.T) {
	signature, rest, _ := strings.Cut(signed(), "\r\nFrom: ")
	mail := signature + "\r\n" + inner + stampField(good) + border + "From: " + rewritten(rest)
	wantRefused(t, verifyPinned(mail), authentic.Fail, "above the stamp")
}

func TestASignatureThatWasNotExaminedIsNotVouchedFor(t *testing.T) {
	mail := signed()
	for range 5 {
		mail = seal(edKey(), usualEd, mail)
	}
	d := verifyPinned(delivered(good, mail))
	wantRefused(t, d, authentic.Fail, "too many signatures")
}

func TestAStampGrantsNothingWhileALookUpFails(t *testing.T) {
	z := zone()
	z["s1._domainkey.acme.example"] = []string{"!temp"}
	d := verifyPinnedTo(pinned, z, delivered(good, signed()))
	wantRefused(t, d, authentic.TempError, "key look-up failed for now")

	z = zone()
	z["_dmarc.acme.example"] = []string{"!temp"}
	sub := seal(rsaKey(), signedAs("mail.acme.example"), letter(anna))
	value := "mx.provider.example; dkim=pass header.d=mail.acme.example header.s=s1"
	d = verifyPinnedTo(pinned, z, delivered(value, sub))
	wantRefused(t, d, authentic.TempError, "DMARC look-up failed for now")
	// The policy may be known later; that the other is missing does not matter.
	d = verifyPinnedTo(pinned, z, delivered(value+"; dkim=pass header.d=acme.example", sub))
	wantRefused(t, d, authentic.TempError, "DMARC look-up failed for now")
	if d := verifyPinned(delivered(value, sub)); d.Way != authentic.ByAuthenticationResults {
		t.Errorf("got way %q (%s)", d.Way, why(d))
	}
}

func TestStrictAlignmentBindsTheStampToo(t *testing.T) {
	mail := strings.ReplaceAll(letter(anna), "acme.example", "strict.example")
	value := "mx.provider.example; dkim=pass header.d=mail.strict.example"
	d := verifyPinned(delivered(value, seal(rsaKey(), signedAs("mail.strict.example"), mail)))
	wantRefused(t, d, authentic.Fail, "wants d= to be itself")
	value = "mx.provider.example; dkim=pass header.d=strict.example"
	d = verifyPinned(delivered(value, seal(rsaKey(), signedAs("strict.example"), mail)))
	if d.Way != authentic.ByAuthenticationResults {
		t.Errorf("got way %q (%s)", d.Way, why(d))
	}
}

func TestTheOtherRulesBindAStampedMailToo(t *testing.T) {
	for added, reason := range map[string]string{
		"From: mallory@evil.example\r\n":  "ack/from: 2 From fields",
		"Subject: x\r\n":                  "2 subject fields",
		"Content-Type: text/html\r\n":     "2 content-type fields",
		"Sender: a@b\r\nSender : a@b\r\n": "2 sender fields",
		"In-Reply-To : <x>\r\n":           "written to be misread",
	} {
		d := verifyPinned(delivered(good, added+signed()))
		wantRefused(t, d, authentic.Fail, reason)
		if d.Way != "" || d.Proof != -1 {
			t.Errorf("%s: got way %q, proof %d", added, d.Way, d.Proof)
		}
	}
	d := verifyPinned(delivered(good, letter(anna)))
	wantRefused(t, d, authentic.None, "not in the mail")
}
