package authentic_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rsa"
	"strings"
	"sync"
	"testing"

	"github.com/dsrd/dsrd/mailer/authentic"
)

// The provider of these tests takes mail in at mx.provider.example, rewrites
// bodies, and hands the mail on within itself.
const (
	pinned = "mx.provider.example"
	inner  = "Received: from mx.provider.example (mx.provider.example [10.0.0.5])\r\n" +
		"\tby store.provider.example with ESMTP id 2; Mon, 2 Nov 2026 10:01:20 +0100\r\n"
	border = "Received: from out.sender.example (out.sender.example [203.0.113.7])\r\n" +
		"\tby mx.provider.example with ESMTPS id 1; Mon, 2 Nov 2026 10:01:10 +0100\r\n"
)

// good is what the provider says of anna's mail.
const good = "mx.provider.example; dkim=pass header.d=acme.example header.s=s1"

// evilKey is what someone has who has no key of acme's.
var evilKey = sync.OnceValue(func() *rsa.PrivateKey { return mustRSA(1024) })

// edEvilKey is the same for a fuzzing parent and its workers.
func edEvilKey() ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed([]byte("a key that evil.example has made"))
}

// signed is anna's mail as acme sent it; bogus the same with a signature in
// acme's name that acme did not make, which is what anyone can send.
var (
	signed = sync.OnceValue(func() string { return seal(rsaKey(), usual, letter(anna)) })
	bogus  = sync.OnceValue(func() string {
		return seal(rsaKey(), signedAs("evil.example"), seal(evilKey(), usual, letter(anna)))
	})
)

// rewritten is a mail after the provider made another body of it.
func rewritten(mail string) string {
	return strings.Replace(mail, "I confirm.", "<p>I confirm.</p>", 1)
}

func stampField(value string) string { return "Authentication-Results: " + value + "\r\n" }

// delivered is a mail as the provider leaves it in the mailbox.
func delivered(value, mail string) string {
	return inner + stampField(value) + border + rewritten(mail)
}

func verifyPinned(mail string) authentic.Verdict { return verifyPinnedTo(pinned, zone(), mail) }

func verifyPinnedTo(id string, r authentic.Resolver, mail string) authentic.Verdict {
	v := authentic.New(r, authentic.Options{AuthServID: id})
	return v.Verify(context.Background(), []byte(mail), arrived)
}

// wantStamped fails the test unless the pinned server's word proves the mail.
func wantStamped(t *testing.T, d authentic.Verdict) {
	t.Helper()
	wantPass(t, d)
	if d.Way != authentic.ByAuthenticationResults || d.DKIM[d.Proof].Domain != "acme.example" ||
		len(d.ReplayKeys()) == 0 {
		t.Fatalf("got way %q, proof %d, %d replay keys", d.Way, d.Proof, len(d.ReplayKeys()))
	}
}

// bOf is b= of the topmost signature of a mail.
func bOf(mail string) string {
	_, b, _ := strings.Cut(mail, "\r\n b=")
	b, _, _ = strings.Cut(b, "\r\n")
	return b
}
