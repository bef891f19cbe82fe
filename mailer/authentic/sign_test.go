package authentic_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dsrd/dsrd/mailer/authentic"
	"github.com/emersion/go-msgauth/dkim"
)

// The RSA keys of all tests are made once a run; nothing depends on their value.
var (
	rsaKey   = sync.OnceValue(func() *rsa.PrivateKey { return mustRSA(2048) })
	shortKey = sync.OnceValue(func() *rsa.PrivateKey { return mustRSA(1024) })
	// This one is the same in all processes, or the seeds that a fuzzing parent
	// signs would not verify in its workers.
	edKey = sync.OnceValue(func() ed25519.PrivateKey {
		return ed25519.NewKeyFromSeed([]byte("a key that signs nothing of note"))
	})
)

func mustRSA(bits int) *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		panic(err)
	}
	return k
}

func rsaRecord(k *rsa.PrivateKey) string {
	der, err := x509.MarshalPKIXPublicKey(k.Public())
	if err != nil {
		panic(err)
	}
	return "v=DKIM1; k=rsa; p=" + base64.StdEncoding.EncodeToString(der)
}

func edRecord(k ed25519.PrivateKey) string {
	return "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(k.Public().(ed25519.PublicKey))
}

// zone is the world of the tests: acme signs, strict wants d= to be itself,
// evil signs properly for itself.
func zone() authentic.Zone {
	z := authentic.Zone{
		"_dmarc.acme.example":   {"v=DMARC1; p=none"},
		"_dmarc.strict.example": {"v=DMARC1; p=reject; adkim=s"},
	}
	for _, d := range []string{
		"acme.example", "mail.acme.example", "strict.example", "mail.strict.example",
		"evil.example", "example", "co.uk",
	} {
		z["s1._domainkey."+d] = []string{rsaRecord(rsaKey())}
		z["ed._domainkey."+d] = []string{edRecord(edKey())}
	}
	return z
}

// Times of the tests: the mail's date, and a minute later.
var (
	written = time.Date(2026, 11, 2, 9, 1, 2, 0, time.UTC)
	arrived = written.Add(time.Minute)
)

const body = "I confirm.\r\n\r\n> Code: 78a1b8-596e84\t end  \r\n\r\n"

// letter is a mail of the administrator; from is the whole From value.
func letter(from string) string {
	return "From: " + from + "\r\n" +
		"To: desk@provider.example\r\n" +
		"Subject: Re: please  confirm\r\n" +
		"Date: Mon, 02 Nov 2026 10:01:02 +0100\r\n" +
		"Message-ID: <1@acme.example>\r\n" +
		"MIME-Version: 1.0\r\n" +
		"Content-Type: text/plain\r\n\r\n" + body
}

const anna = "anna.admin@acme.example"

const usualHeaders = "From:To:Subject:Date:Message-ID:MIME-Version"

// usual are the tags of an honest signature of acme.
const (
	usual   = "v=1; a=rsa-sha256; c=relaxed/relaxed; d=acme.example; s=s1; h=" + usualHeaders
	usualEd = "v=1; a=ed25519-sha256; c=relaxed/relaxed; d=acme.example; s=ed; h=" + usualHeaders
)

// seal puts a DKIM-Signature with exactly these tags, bh= and b= on top. It is
// a signer of its own, relaxed/relaxed only, because go-msgauth's sets t= by
// itself and writes no l=.
func seal(key crypto.Signer, tags, mail string) string {
	head, text, _ := strings.Cut(mail, "\r\n\r\n")
	canon := relaxBody(text)
	if l := tagOf(tags, "l"); l != "" {
		canon = canon[:len(l)] // the tests write l= in unary: l=1 is one byte, l=111 three
	}
	bh := sha256.Sum256([]byte(canon))
	encode := base64.StdEncoding.EncodeToString
	field := "DKIM-Signature: " + tags + ";\r\n bh=" + encode(bh[:]) + ";\r\n b="
	hash := sha256.New()
	lines := unfolded(head)
	for _, name := range strings.Split(tagOf(tags, "h"), ":") {
		for i := len(lines) - 1; i >= 0; i-- {
			n, v, _ := strings.Cut(lines[i], ":")
			if strings.EqualFold(strings.TrimSpace(n), strings.TrimSpace(name)) {
				hash.Write([]byte(relaxHeader(n, v) + "\r\n"))
				lines = append(lines[:i:i], lines[i+1:]...)
				break
			}
		}
	}
	n, v, _ := strings.Cut(field, ":")
	hash.Write([]byte(relaxHeader(n, v)))
	opts := crypto.SignerOpts(crypto.SHA256)
	if _, ok := key.(ed25519.PrivateKey); ok {
		opts = crypto.Hash(0)
	}
	b, err := key.Sign(rand.Reader, hash.Sum(nil), opts)
	if err != nil {
		panic(err)
	}
	return field + encode(b) + "\r\n" + mail
}

func tagOf(tags, name string) string {
	for _, t := range strings.Split(tags, ";") {
		if n, v, _ := strings.Cut(t, "="); strings.TrimSpace(n) == name {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

func unfolded(head string) []string {
	head = regexp.MustCompile(`\r\n([ \t])`).ReplaceAllString(head, "$1")
	return strings.Split(head, "\r\n")
}

var blanks = regexp.MustCompile(`[ \t\r\n]+`)

func relaxHeader(name, value string) string {
	return strings.ToLower(strings.TrimSpace(name)) + ":" +
		strings.Trim(blanks.ReplaceAllString(value, " "), " ")
}

func relaxBody(text string) string {
	lines := strings.Split(text, "\r\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(blanks.ReplaceAllString(l, " "), " ")
	}
	text = strings.TrimRight(strings.Join(lines, "\r\n"), "\r\n")
	if text == "" {
		return ""
	}
	return text + "\r\n"
}

// forms are the two canonicalizations.
var forms = []dkim.Canonicalization{dkim.CanonicalizationSimple, dkim.CanonicalizationRelaxed}

// peerSign signs with go-msgauth.
func peerSign(tb testing.TB, mail string, o dkim.SignOptions) string {
	tb.Helper()
	var out bytes.Buffer
	if err := dkim.Sign(&out, strings.NewReader(mail), &o); err != nil {
		tb.Fatal(err)
	}
	return out.String()
}

func verify(mail string) authentic.Verdict { return verifyIn(zone(), mail, arrived) }

func verifyIn(r authentic.Resolver, mail string, at time.Time) authentic.Verdict {
	v := authentic.New(r, authentic.Options{})
	return v.Verify(context.Background(), []byte(mail), at)
}

// why is all that speaks against a mail, in one line.
func why(d authentic.Verdict) string {
	var all []string
	for _, f := range d.Failures {
		all = append(all, f.String())
	}
	return strings.Join(all, "; ")
}

// wantPass fails the test unless anna is proven to have written the mail.
func wantPass(t *testing.T, d authentic.Verdict) {
	t.Helper()
	if !d.Confirmable() || d.Result != authentic.Pass || d.From != anna {
		t.Fatalf("got %s from %q (%s), want pass", d.Result, d.From, why(d))
	}
}

// wantRefused fails the test unless the mail proves nothing, for this reason.
func wantRefused(t *testing.T, d authentic.Verdict, result authentic.Result, reason string) {
	t.Helper()
	if d.Confirmable() || d.Result != result || d.ReplayKeys() != nil {
		t.Errorf("got %s, confirmable %v, want %s", d.Result, d.Confirmable(), result)
	}
	if !strings.Contains(why(d), reason) {
		t.Errorf("got reasons %q, want %q among them", why(d), reason)
	}
}
