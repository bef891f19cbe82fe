package authentic_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/dsrd/dsrd/mailer/authentic"
)

// A mail that acme did sign, with something put around it by whoever got it.
// The plain signature leaves out what Exchange Online leaves out, so that RFC
// 6376 alone would let most of these pass.
func TestSignedMailWithSomethingAddedIsRefused(t *testing.T) {
	tags := strings.Replace(usual, usualHeaders,
		"From:Date:Subject:Message-ID:Content-Type:MIME-Version", 1)
	head, text, _ := strings.Cut(seal(rsaKey(), tags,
		"Cc: b@acme.example\r\nReply-To: b@acme.example\r\nSender: b@acme.example\r\n"+
			"In-Reply-To: <0@x>\r\nReferences: <0@x>\r\n"+
			"Content-Transfer-Encoding: 7bit\r\n"+letter(anna)), "\r\n\r\n")
	wantPass(t, verify(head+"\r\n\r\n"+text))
	for _, added := range []string{
		"From: mallory@evil.example", "Sender: m@evil.example", "Reply-To: m@evil.example",
		"To: m@evil.example", "Cc: m@evil.example", "Subject: CONFIRM", "SUBJECT: CONFIRM",
		"Subject : CONFIRM", "Date: Tue, 03 Nov 2026 10:00:00 +0000", "Message-ID: <2@evil.example>",
		"In-Reply-To: <9@x>", "References: <9@x>", "Content-Type: text/html",
		"Content-Transfer-Encoding: base64", "MIME-Version: 1.0", "Content-Type\t: multipart/mixed",
	} {
		name, _, _ := strings.Cut(added, ":")
		reason := "2 " + strings.TrimSpace(strings.ToLower(name)) + " fields"
		for _, mail := range []string{
			added + "\r\n" + head + "\r\n\r\n" + text,
			head + "\r\n" + added + "\r\n\r\n" + text,
		} {
			wantRefused(t, verify(mail), authentic.Fail, reason)
		}
	}
}

func TestAnUnsignedSecondInstanceFailsTheSignatureItself(t *testing.T) {
	for _, added := range []string{"Subject: x", "To: x@evil.example"} {
		d := verify(added + "\r\n" + seal(rsaKey(), usual, letter(anna)))
		if s := d.DKIM[0]; s.Result != authentic.Fail || !strings.Contains(s.Why, "was added") {
			t.Errorf("%s: got %s (%s), want fail", added, s.Result, s.Why)
		}
	}
}

func TestOnceOnlyFieldWrittenToBeMisreadIsRefused(t *testing.T) {
	for old, new := range map[string]string{
		"Subject:":                 "Subject :",
		"Content-Type: text/plain": "Content-Type:\r\n \r\n text/plain",
	} {
		mail := strings.Replace(letter(anna), old, new, 1)
		wantRefused(t, verify(seal(rsaKey(), usual, mail)), authentic.Fail, "misread")
	}
}

func TestAReplayThatLeavesOneSignatureOutIsRecognised(t *testing.T) {
	one := seal(rsaKey(), usual, letter(anna))
	both := seal(edKey(), usualEd, one)
	other := seal(rsaKey(), signedAs("evil.example"), both)
	kept := verify(other).ReplayKeys()
	if len(kept) != 2 {
		t.Fatalf("got %d replay keys, want those of the two aligned signatures", len(kept))
	}
	for _, k := range verify(one).ReplayKeys() {
		if !slices.Contains(kept, k) {
			t.Error("the mail with one signature counts as another mail")
		}
	}
}

// What nobody has to sign may be added: relays do it to every mail.
func TestTraceFieldsMayBeAdded(t *testing.T) {
	good := seal(rsaKey(), usual, letter(anna))
	for _, added := range []string{
		"Received: from x by y; Mon, 2 Nov 2026 10:01:09 +0100\r\n", "X-Spam: no\r\nX-Spam: no\r\n",
		"Delivered-To: desk@provider.example\r\n", "X-Empty:\r\n \r\n",
	} {
		wantPass(t, verify(added+good))
	}
}

// RFC 6376 5.4.2: of a field that occurs twice, h= means the lowest.
func TestRepeatedFieldsAreSignedFromTheBottomUp(t *testing.T) {
	mail := "X-A: one\r\nX-A: two\r\nX-A: three\r\n" + letter(anna)
	good := seal(rsaKey(), usual+":X-A:X-A", mail)
	wantPass(t, verify(good))
	wantPass(t, verify(strings.Replace(good, "X-A: one", "X-A: four", 1)))
	for _, old := range []string{"X-A: two", "X-A: three"} {
		d := verify(strings.Replace(good, old, "X-A: four", 1))
		wantRefused(t, d, authentic.Fail, "does not fit")
	}
}

func TestOversigningHoldsAgainstAddedFields(t *testing.T) {
	tags := strings.Replace(usual, usualHeaders, "From:From:Cc:"+usualHeaders[5:], 1)
	good := seal(rsaKey(), tags, letter(anna))
	wantPass(t, verify(good))
	d := verify("Cc: mallory@evil.example\r\n" + good)
	wantRefused(t, d, authentic.Fail, "does not fit")
}

func TestAuthenticationResultsOfAnyoneCountForNothing(t *testing.T) {
	for _, claim := range []string{
		"Authentication-Results: mx.provider.example; dkim=pass header.d=acme.example;\r\n" +
			" dmarc=pass header.from=acme.example",
		"ARC-Authentication-Results: i=1; mx.google.com; dkim=pass header.i=@acme.example",
		"Received-SPF: pass", "X-Google-DKIM-Signature: " + usual, "ARC-Seal: i=1; cv=pass",
	} {
		d := verify(claim + "\r\n" + letter(anna))
		wantRefused(t, d, authentic.None, "no signature of the From domain")
	}
}
