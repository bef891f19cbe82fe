package authentic_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/dsrd/dsrd/mailer/authentic"
)

func TestAMailThatItsProviderRewroteIsProvenByThePinnedStamp(t *testing.T) {
	mail := delivered(good, signed())
	d := verifyPinned(mail)
	wantStamped(t, d)
	if s := d.DKIM[d.Proof]; s.Result != authentic.Fail || s.Why != "the body was changed" {
		t.Errorf("got signature %s (%s), want the failure reported", s.Result, s.Why)
	}
	for _, id := range []string{"", "mx", "mx.provider", "provider.example", "mx.provider.example.",
		"mx.provider.example.evil.example", authentic.WithoutAuthServID} {
		wantRefused(t, verifyPinnedTo(id, zone(), mail), authentic.Fail, "body was changed")
	}
	wantStamped(t, verifyPinnedTo("MX.Provider.EXAMPLE", zone(), mail))
}

func TestWithoutAPinnedServerNoStampCounts(t *testing.T) {
	mail := exchangeInner + stampField(exchangeStamp) + exchangeBorder + rewritten(signed())
	wantStamped(t, verifyPinnedTo(authentic.WithoutAuthServID, zone(), mail))
	d := verifyPinnedTo("", zone(), mail)
	wantRefused(t, d, authentic.Fail, "body was changed")
	if len(d.Failures) != 1 {
		t.Errorf("got %q, want no word of a stamp", why(d))
	}
}

func TestAChangedHeaderIsMadeUpForAsAChangedBody(t *testing.T) {
	mail := inner + stampField(good) + border +
		strings.Replace(signed(), "please  confirm", "please do confirm", 1)
	d := verifyPinned(mail)
	wantStamped(t, d)
	if s := d.DKIM[d.Proof]; s.Why != "the signature does not fit the header" {
		t.Errorf("got %q", s.Why)
	}
}

func TestASignatureThatHoldsNeedsNoStamp(t *testing.T) {
	for _, value := range []string{good, "mx.provider.example; dkim=fail header.d=acme.example",
		"mx.provider.example; none", "(", "evil.example; dkim=fail header.d=acme.example"} {
		d := verifyPinned(inner + stampField(value) + border + signed())
		wantPass(t, d)
		if d.Way != authentic.ByDKIM {
			t.Errorf("%s: got way %q", value, d.Way)
		}
	}
	if d := verify(letter(anna)); d.Way != "" {
		t.Errorf("got way %q of a mail that is not proven", d.Way)
	}
}

// All aligned signatures are kept: the provider's stamp of a copy with one of
// them left out would name the other.
func TestReplayKeysOfARewrittenMail(t *testing.T) {
	both := seal(edKey(), usualEd, signed())
	kept := verifyPinned(delivered(good+"; dkim=pass header.d=acme.example header.s=ed", both))
	wantStamped(t, kept)
	again := verifyPinned(delivered(good, signed()))
	wantStamped(t, again)
	if len(kept.ReplayKeys()) != 2 || !slices.Contains(kept.ReplayKeys(), again.ReplayKeys()[0]) {
		t.Errorf("got %d keys, want those of both signatures", len(kept.ReplayKeys()))
	}
	half := verify(seal(evilKey(), usual, signed()))
	if wantPass(t, half); len(half.ReplayKeys()) != 1 {
		t.Errorf("got %d keys, want that of the signature that passes", len(half.ReplayKeys()))
	}
	untouched := verifyPinned(inner + stampField(good) + border + signed())
	if !slices.Equal(untouched.ReplayKeys(), again.ReplayKeys()) {
		t.Error("the mail counts as another one for having been rewritten")
	}
}

func TestSignedAtOfARewrittenMailIsTheSignatures(t *testing.T) {
	d := verifyPinned(delivered(good, seal(rsaKey(), usual+"; t=1793610062", letter(anna))))
	wantStamped(t, d)
	if d.SignedAt().Unix() != 1793610062 {
		t.Errorf("got %v", d.SignedAt())
	}
}

const exchangeInner = "Received: from AM0PR04MB0001.eurprd04.prod.outlook.com (::1) by\r\n" +
	" VI1PR04MB0002.eurprd04.prod.outlook.com with HTTPS; Mon, 2 Nov 2026 09:01:22 +0000\r\n" +
	"Received: from DB8PR09CA0003.eurprd09.prod.outlook.com (2603:10a6:10:a0::29) by\r\n" +
	" AM0PR04MB0001.eurprd04.prod.outlook.com (2603:10a6:208:d1::1) with Microsoft SMTP\r\n" +
	" Server (version=TLS1_2, cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id\r\n" +
	" 15.20.99.30; Mon, 2 Nov 2026 09:01:20 +0000\r\n"

const exchangeBorder = "Received: from out.sender.example (203.0.113.7) by\r\n" +
	" DB5EUR01FT012.mail.protection.outlook.com (10.13.58.150) with Microsoft SMTP\r\n" +
	" Server (version=TLS1_3, cipher=TLS_AES_256_GCM_SHA384) id 15.20.99.16 via\r\n" +
	" Frontend Transport; Mon, 2 Nov 2026 09:01:15 +0000\r\n"

const exchangeStamp = "spf=pass (sender IP is 203.0.113.7)\r\n smtp.mailfrom=acme.example;" +
	" dkim=pass (signature was verified)\r\n header.d=acme.example;dmarc=pass action=none\r\n" +
	" header.from=acme.example;compauth=pass reason=100"

// The forms in which large providers stamp, written by the grammar of RFC 8601
// and what each is known to add to it.
func TestGenuineStamps(t *testing.T) {
	b := bOf(signed())[:8]
	for name, c := range map[string]struct{ id, above, value, refused string }{
		"Microsoft 365": {authentic.WithoutAuthServID, exchangeInner, exchangeStamp, ""},
		"Microsoft 365, with a second signature": {authentic.WithoutAuthServID, exchangeInner,
			"spf=pass (sender IP is 203.0.113.7) smtp.mailfrom=acme.example; dkim=pass (signature was" +
				" verified) header.d=acme.example;dkim=fail (no key for signature)" +
				" header.d=acme.onmicrosoft.com;dmarc=pass action=none header.from=acme.example;" +
				"compauth=pass reason=100", ""},
		"Microsoft 365, no policy": {authentic.WithoutAuthServID, exchangeInner,
			"spf=none (sender IP is 203.0.113.7) smtp.mailfrom=acme.example; dkim=pass (signature was" +
				" verified) header.d=acme.example;dmarc=bestguesspass action=none" +
				" header.from=acme.example;compauth=pass reason=109", ""},
		"OpenDKIM": {pinned, inner, "mx.provider.example;\r\n\tdkim=pass (2048-bit key; unprotected)" +
			" header.d=acme.example header.i=@acme.example header.a=rsa-sha256 header.s=s1 header.b=\"" +
			b + "\";\r\n\tdkim-atps=neutral", ""},
		"OpenDMARC above OpenDKIM": {pinned, inner, "mx.provider.example; dmarc=pass (p=none dis=none)" +
			" header.from=acme.example\r\nAuthentication-Results: " + good, "second"},
		"rspamd": {pinned, inner, "mx.provider.example;\r\n\tdkim=pass header.d=acme.example header.s=s1" +
			" header.b=" + b + ";\r\n\tdkim=fail (\"body hash did not verify\") header.d=list.example" +
			" header.s=k header.b=AAAA/AAA;\r\n\tspf=pass (mx.provider.example: domain of" +
			" anna.admin@acme.example designates 203.0.113.7 as permitted sender)" +
			" smtp.mailfrom=anna.admin@acme.example;\r\n\tdmarc=pass (policy=none)" +
			" header.from=acme.example;\r\n\tarc=none", ""},
		"Fastmail": {pinned, inner, "mx.provider.example;\r\n    bimi=skipped (DMARC did not pass);\r\n" +
			"    arc=none (no signatures found);\r\n    dkim=pass (2048-bit rsa key sha256)" +
			" header.d=acme.example\r\n      header.i=@acme.example header.b=" + b +
			" header.a=rsa-sha256 header.s=s1\r\n      x-bits=2048;\r\n    dmarc=pass" +
			" policy.published-domain-policy=none\r\n      policy.applied-disposition=none" +
			" (p=none,d=none,d.eval=none)\r\n      policy.policy-from=p header.from=acme.example;\r\n" +
			"    iprev=pass smtp.remote-ip=2001:db8::7 (out.acme.example);\r\n    spf=pass" +
			" smtp.mailfrom=anna.admin@acme.example\r\n      smtp.helo=out.acme.example;\r\n" +
			"    x-me-sender=none;\r\n    x-return-mx=pass header.domain=acme.example" +
			" policy.is_org=yes\r\n      (MX Records found: mx.acme.example);\r\n    x-tls=pass" +
			" smtp.version=TLSv1.3 smtp.cipher=TLS_AES_256_GCM_SHA384\r\n      smtp.bits=256/256;\r\n" +
			"    x-vs=clean score=-100 state=0", ""},
		// These two name no d=; they do not rewrite either.
		"Gmail": {"mx.google.com", inner, "mx.google.com;\r\n       dkim=pass header.i=@acme.example" +
			" header.s=s1 header.b=" + b + ";\r\n       spf=pass (google.com: domain of" +
			" anna.admin@acme.example designates 203.0.113.7 as permitted sender)" +
			" smtp.mailfrom=anna.admin@acme.example;\r\n       dmarc=pass (p=NONE sp=NONE dis=NONE)" +
			" header.from=acme.example", "no dkim=pass"},
		"Yahoo": {"atlas.mail.example", inner, "atlas.mail.example;\r\n dkim=pass" +
			" header.i=@acme.example header.s=s1;\r\n spf=pass smtp.mailfrom=acme.example;\r\n" +
			" dmarc=pass(p=NONE,sp=NONE) header.from=acme.example;", "no dkim=pass"},
		"one ; at the end":        {pinned, inner, good + " ; ", ""},
		"the version":             {pinned, inner, "mx.provider.example 1; dkim/1 = pass header.d=acme.example", ""},
		"an id in other case":     {pinned, inner, "MX.Provider.Example; DKIM=Pass Header.D=ACME.example", ""},
		"an id in quotes":         {pinned, inner, `"mx.provider.example"; dkim=pass header.d="acme.example"`, ""},
		"comments all over":       {pinned, inner, "(a) mx.provider.example (b(c)) ; (d) dkim (e) = (f) pass (g) header (h) . d = acme.example (i)", ""},
		"a result without dmarc":  {pinned, inner, "mx.provider.example; dkim=pass header.d=acme.example", ""},
		"two results that agree":  {pinned, inner, good + "; dkim=pass header.d=acme.example header.i=@acme.example", ""},
		"the other one has no b=": {pinned, inner, good + "; dkim=fail header.d=acme.example header.s=s2", ""},
		"another one has no d=":   {pinned, inner, good + "; dkim=fail header.i=@list.example", ""},
		"a hundred results":       {pinned, inner, good + strings.Repeat("; a=b", 99), ""},
		"nothing above it":        {pinned, "", good, ""},
		"LMTP without an address": {pinned, "Received: from mx.provider.example\r\n\tby mx.provider.example" +
			" with LMTP\r\n\tid aB (envelope-from <a@acme.example>); Mon, 2 Nov 2026 10:01:20 +0100\r\n", good, ""},
	} {
		t.Run(name, func(t *testing.T) {
			below := border
			if c.id == authentic.WithoutAuthServID {
				below = exchangeBorder
			}
			mail := c.above + stampField(c.value) + below
			if d := verifyPinnedTo(c.id, zone(), mail+rewritten(signed())); c.refused == "" {
				wantStamped(t, d)
			} else {
				wantRefused(t, d, authentic.Fail, c.refused)
			}
			if d := verifyPinnedTo(c.id, zone(), mail+signed()); d.Way != authentic.ByDKIM {
				t.Errorf("untouched: got way %q (%s)", d.Way, why(d))
			}
		})
	}
}

// Exchange Online leaves a note of its own on what goes out; between two of its
// tenants both stand in the mail.
func TestANoteThatGrantsNothingMayStandBelow(t *testing.T) {
	for _, note := range []string{
		"dkim=none (message not signed)\r\n header.d=none;dmarc=none action=none header.from=acme.example;",
		"mta.sender.example from=acme.example; dkim=pass (ok)",
		"mx.sender.example; dkim=pass header.d=acme.example; dmarc=pass header.from=acme.example",
	} {
		mail := exchangeInner + stampField(exchangeStamp) + exchangeBorder + stampField(note) +
			rewritten(signed())
		wantStamped(t, verifyPinnedTo(authentic.WithoutAuthServID, zone(), mail))
	}
}

func TestTheUnderOwnReceivedStampOfAMilterProvesNothing(t *testing.T) {
	mail := border + stampField(good) + signed()
	if d := verifyPinned(mail); d.Way != authentic.ByDKIM {
		t.Errorf("untouched: got way %q (%s)", d.Way, why(d))
	}
	wantRefused(t, verifyPinned(rewritten(mail)), authentic.Fail, "from outside")
}
