package authentic_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/dsrd/dsrd/mailer/authentic"
)

// grants is what a forger wants to be read.
const grants = "mx.provider.example; dkim=pass header.d=acme.example header.s=s1"

// Of a mail with a signature that acme never made, the border said that it fails.
// Whatever its sender put below the border, it stays so.
func TestASenderCannotOutdoTheBordersWord(t *testing.T) {
	forged := stampField(grants)
	many := strings.Repeat(stampField("mx.other.example; none"), 300)
	for name, below := range map[string]string{
		"once":                      forged,
		"a hundred times":           strings.Repeat(forged, 100),
		"in capitals":               "AUTHENTICATION-RESULTS: " + strings.ToUpper(grants) + "\r\n",
		"folded in each place":      "Authentication-Results:\r\n mx.provider.example\r\n\t;\r\n dkim=pass\r\n header.d=acme.example\r\n",
		"with a forged hop on top":  inner + forged + border,
		"with the border's own hop": border + forged + border,
		"an inner hop, no address":  "Received: by store.provider.example with LMTP id 3\r\n" + forged,
		"below 300 of others":       many + forged,
		"with the version":          stampField(strings.Replace(grants, ";", " 1;", 1)),
		"its id quoted":             stampField(strings.Replace(grants, "mx.provider.example", `"mx.provider.example"`, 1)),
		"its id escaped":            stampField(strings.Replace(grants, "mx.provider.example", `"mx.provider\.example"`, 1)),
		"its id in a comment":       stampField("(mx.provider.example) " + grants),
		"without an id":             stampField("dkim=pass header.d=acme.example"),
		"as another field":          "Received: x\r\nX-A: y\r\n" + forged,
		"as ARC":                    "ARC-Authentication-Results: i=1; " + grants + "\r\nARC-Seal: i=1; cv=pass; d=provider.example\r\n",
		"as what it was before":     "X-Original-" + forged + "Original-" + forged + "Old-" + forged,
		"with white space":          strings.Replace(forged, ":", " \t:", 1),
		"with a dot":                strings.Replace(forged, "Results", "Results.", 1),
		"with a hyphen more":        strings.Replace(forged, "-", "--", 1),
		"with a letter of Unicode":  strings.Replace(forged, "k", "\u212a", 1),
		"behind a line of blanks":   "X-A: b\r\n \r\n" + forged,
		"behind a bare line end":    "X-A: b\n" + forged,
		"behind a bare return":      "X-A: b\r" + forged,
		"behind a NUL":              "X-A: b\x00\r\n" + forged,
		"behind a line of no name":  ": b\r\n" + forged,
		"in the body":               "\r\n" + forged,
		"a megabyte of it":          "Authentication-Results: " + grants + " (" + strings.Repeat("a", 1<<20) + ")\r\n",
		"a megabyte in front":       "X-A: " + strings.Repeat("a", 1<<20) + "\r\n" + forged,
		"a megabyte of folds":       "X-A:" + strings.Repeat("\r\n a", 1<<18) + "\r\n" + forged,
		"a megabyte of comments":    "Authentication-Results: " + strings.Repeat("(", 1<<20) + grants + "\r\n",
		"a thousand fields":         strings.Repeat("X-A: b\r\n", 1000) + forged,
	} {
		t.Run(name, func(t *testing.T) {
			for said, word := range map[string]string{
				"failed":  stampField("mx.provider.example; dkim=fail header.d=acme.example; dkim=pass header.d=evil.example"),
				"no word": stampField("mx.provider.example; none"),
				"nothing": "", // a border that stamps nothing that day
			} {
				d := verifyPinned(inner + word + border + below + bogus())
				if d.Confirmable() || d.Way != "" || d.Proof != -1 || len(d.Failures) == 0 {
					t.Errorf("the border said %s: way %q, proof %d (%s)", said, d.Way, d.Proof, why(d))
				}
			}
		})
	}
	d := verifyPinned(inner + forged + border + bogus())
	wantStamped(t, d) // it is the place alone that tells them apart
}

// The border's own stamp, on a mail that acme signed and the provider rewrote: what
// it says is not what would prove the mail.
func TestWhatLooksLikeAPassIsNone(t *testing.T) {
	b := bOf(signed())
	for name, value := range map[string]string{
		"a signer with a bracket":         "mx.provider.example; dkim=pass header.d=acme.example(.evil.example)",
		"a signer in quotes with one":     "mx.provider.example; dkim=pass header.d=\"acme.example\"(.evil.example)",
		"the pass is a comment":           "mx.provider.example; dkim=fail (dkim=pass) header.d=acme.example",
		"the result is a comment":         "mx.provider.example; dkim=(pass) header.d=acme.example",
		"the domain is a comment":         "mx.provider.example; dkim=pass (header.d=acme.example)",
		"of evil, acme in a comment":      "mx.provider.example; dkim=pass (header.d=acme.example) header.d=evil.example",
		"of evil, acme behind a comment":  "mx.provider.example; dkim=pass header.d=evil.example(;) ;dkim=none header.d=acme.example",
		"of evil, acme in the reason":     `mx.provider.example; dkim=pass reason="header.d=acme.example" header.d=evil.example`,
		"of evil, acme as selector":       "mx.provider.example; dkim=pass header.d=evil.example header.s=acme.example",
		"of evil, acme below it":          "mx.provider.example; dkim=pass header.d=acme.example.evil.example",
		"of acme, in Cyrillic":            "mx.provider.example; dkim=pass header.d=\u0430cme.example",
		"of acme, in wide letters":        "mx.provider.example; dkim=pass header.d=acme\uff0eexample",
		"of acme, with an escape":         `mx.provider.example; dkim=pass header.d="acme\.example".evil.example`,
		"of acme, with a blank":           "mx.provider.example; dkim=pass header.d=acme. example",
		"of acme, policy":                 "mx.provider.example; dkim=pass policy.d=acme.example",
		"of acme, smtp":                   "mx.provider.example; dkim=pass smtp.mailfrom=acme.example",
		"of acme, another header":         "mx.provider.example; dkim=pass header.from=acme.example",
		"of acme, no property":            "mx.provider.example; dkim=pass acme.example",
		"of acme, said twice":             "mx.provider.example; dkim=pass header.d=acme.example header.d=acme.example",
		"of acme, d in two spellings":     "mx.provider.example; dkim=pass header.d=evil.example Header.D=acme.example",
		"of acme, arc":                    "mx.provider.example; arc=pass header.d=acme.example",
		"of acme, domainkeys":             "mx.provider.example; domainkeys=pass header.d=acme.example",
		"of acme, dkim-atps":              "mx.provider.example; dkim-atps=pass header.d=acme.example",
		"policy, neutral":                 "mx.provider.example; dkim=policy header.d=acme.example; dkim=neutral header.d=acme.example",
		"softfail":                        "mx.provider.example; dkim=softfail header.d=acme.example",
		"permerror":                       "mx.provider.example; dkim=permerror header.d=acme.example",
		"passed":                          "mx.provider.example; dkim=passed header.d=acme.example",
		"pass, hyphened":                  "mx.provider.example; dkim=pass- header.d=acme.example",
		"pass in quotes":                  `mx.provider.example; dkim="pass" header.d=acme.example`,
		"pass of version 0":               "mx.provider.example; dkim/0=pass header.d=acme.example",
		"pass of version 01":              "mx.provider.example; dkim/01=pass header.d=acme.example",
		"field of version 0":              "mx.provider.example 0; dkim=pass header.d=acme.example",
		"field of two versions":           "mx.provider.example 1 1; dkim=pass header.d=acme.example",
		"field of an unspaced version":    "mx.provider.example1; dkim=pass header.d=acme.example",
		"another selector":                "mx.provider.example; dkim=pass header.d=acme.example header.s=s1.s2",
		"another signature":               "mx.provider.example; dkim=pass header.d=acme.example header.b=" + strings.Repeat("A", 12),
		"the end of the signature":        "mx.provider.example; dkim=pass header.d=acme.example header.b=\"" + b[8:] + "\"",
		"seven letters of the signature":  "mx.provider.example; dkim=pass header.d=acme.example header.b=\"" + b[:7] + "\"",
		"pass, then temperror":            good + "; dkim=temperror header.d=acme.example",
		"temperror, then pass":            "mx.provider.example; dkim=temperror header.d=acme.example; dkim=pass header.d=acme.example",
		"pass, then a fail of the domain": good + "; dkim=fail header.i=@acme.example",
		"pass, dmarc of two":              good + "; dmarc=pass header.from=acme.example; dmarc=none",
		"pass, dmarc of another":          good + "; dmarc=pass header.from=anna@evil.example",
		"spf and dmarc":                   "mx.provider.example; spf=pass smtp.mailfrom=anna.admin@acme.example; dmarc=pass header.from=acme.example",
		"nothing but spaces":              "mx.provider.example;   \t ",
		"a ; in the id":                   "mx.provider.example;mx.provider.example; dkim=pass header.d=acme.example",
		"two fields in one":               "mx.provider.example; none\r\n Authentication-Results: " + grants,
		"a quote over two results":        `mx.provider.example; spf=pass reason="x; dkim=pass header.d=acme.example`,
		"a bracket over two results":      "mx.provider.example; spf=pass (x; dkim=pass header.d=acme.example",
		"a bracket that closes only":      "mx.provider.example; spf=pass ) ; dkim=pass header.d=acme.example",
		"a backslash outside":             `mx.provider.example; spf=pass \; dkim=pass header.d=acme.example`,
		"an = too many":                   "mx.provider.example; dkim==pass header.d=acme.example",
		"an = too few":                    "mx.provider.example; dkim pass header.d=acme.example",
		"a comma":                         "mx.provider.example; spf=pass, dkim=pass header.d=acme.example",
		"a property, then a reason":       `mx.provider.example; dkim=pass header.d=acme.example reason="x"`,
		"a method in the properties":      "mx.provider.example; spf=pass dkim.pass=x dkim=pass header.d=acme.example",
	} {
		t.Run(name, func(t *testing.T) {
			d := verifyPinned(delivered(value, signed()))
			if d.Confirmable() || d.Way != "" {
				t.Errorf("it counts, by %q", d.Way)
			}
		})
	}
	wantStamped(t, verifyPinned(delivered(good, signed())))
}

// The signature that the stamp vouches for has to be one that would have proven the
// mail before it was rewritten.
func TestTheVouchedSignatureHasToProveAll(t *testing.T) {
	fields := []string{"From", "Date", "Message-ID"}
	for _, gone := range fields {
		h := strings.Replace(":"+usualHeaders+":", ":"+gone+":", ":", 1)
		tags := strings.Replace(usual, "h="+usualHeaders, "h="+strings.Trim(h, ":"), 1)
		d := verifyPinned(delivered(good, seal(rsaKey(), tags, letter(anna))))
		wantRefused(t, d, authentic.Fail, "not signed")
	}
	for _, length := range []string{"1", "11"} {
		d := verifyPinned(delivered(good, seal(rsaKey(), usual+"; l="+length, letter(anna))))
		wantRefused(t, d, authentic.Fail, "l= leaves")
	}
}

// Somebody with an account at the provider hands a mail over by logging in: no server
// judges it, some hide the client's address, and the forged stamp stays on top.
func TestAStampBelowASubmissionIsTheSendersOwn(t *testing.T) {
	const hop = "Received: from webmail.provider.example (localhost [127.0.0.1])\r\n" +
		"\tby mx.provider.example with %s id 9; Mon, 2 Nov 2026 10:01:10 +0100\r\n"
	for _, protocol := range []string{"ESMTPA", "ESMTPSA", "esmtpsa", "LMTPSA", "UTF8SMTPSA", "SMTPSA", "UTF8SMTPA"} {
		head := fmt.Sprintf(hop, protocol) + stampField(grants) + inner
		wantRefused(t, verifyPinned(head+bogus()), authentic.Fail, "from outside")
		wantRefused(t, verifyPinned(inner+head+bogus()), authentic.Fail, "from outside")
	}
	for _, protocol := range []string{"ESMTP", "ESMTPS", "SMTP", "LMTP", "LMTPS"} {
		wantStamped(t, verifyPinned(fmt.Sprintf(hop, protocol)+stampField(good)+border+rewritten(signed())))
	}
}

// FuzzBelowTheBorder: whatever a sender writes into the header, the border's word on
// a signature that acme never made stands, and without one there is none.
func FuzzBelowTheBorder(f *testing.F) {
	for _, s := range []string{
		"", stampField(grants), inner + stampField(grants) + border, "X-A: b\n" + stampField(grants),
		"Received: by a with LMTP\r\n" + stampField(grants), "\r\n" + stampField(grants), " " + stampField(grants),
		"From: anna.admin@acme.example\r\n", "DKIM-Signature: v=1; d=acme.example; s=ed\r\n",
	} {
		f.Add(s)
	}
	mail := seal(edEvilKey(), usualEd, letter(anna))
	v := authentic.New(zone(), authentic.Options{AuthServID: pinned})
	exchange := authentic.New(zone(), authentic.Options{AuthServID: authentic.WithoutAuthServID})
	failed := stampField("mx.provider.example; dkim=fail header.d=acme.example")
	f.Fuzz(func(t *testing.T, below string) {
		for _, above := range []string{inner + border, inner + failed + border, border} {
			d := v.Verify(context.Background(), []byte(above+below+mail), arrived)
			if d.Confirmable() || d.Way != "" {
				t.Fatalf("it passes by %q below %q", d.Way, above)
			}
		}
		d := exchange.Verify(context.Background(), []byte(exchangeInner+exchangeBorder+below+mail), arrived)
		if d.Confirmable() || d.Way != "" {
			t.Fatalf("it passes by %q without a name", d.Way)
		}
	})
}
