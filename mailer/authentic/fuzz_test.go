package authentic_test

import (
	"context"
	"maps"
	"net/mail"
	"slices"
	"strings"
	"testing"

	"github.com/dsrd/dsrd/mailer/authentic"
	"github.com/emersion/go-msgauth/dkim"
)

// FuzzFrom: a From value that is taken is one address in one form, and the
// standard library reads the same one.
func FuzzFrom(f *testing.F) {
	for _, s := range []string{
		anna, "Anna <" + anna + ">", `"a\"b" <a@b.example>`, "a@b.example, c@d.example",
		"g: a@b.example;",
		"<@x.example:a@b.example>", "a@b.example (c)", "=?utf-8?Q?a?= <a@b.example>",
		"<a@xn--bcher-kva.example>",
		"\r\n a@b.example", "Änna <a@b.example>", "a@b.example\x00",
		"<a@b.example>,<c@d.example>", `"a"@b.example`,
	} {
		f.Add(s)
	}
	v := authentic.New(authentic.Zone{}, authentic.Options{})
	f.Fuzz(func(t *testing.T, value string) {
		raw := "From: " + value + "\r\nSubject: x\r\n\r\nbody\r\n"
		d := v.Verify(context.Background(), []byte(raw), arrived)
		if d.Result == authentic.Pass {
			t.Fatal("an unsigned mail passes")
		}
		if d.From == "" {
			return
		}
		if folded, err := authentic.FoldAddress(d.From); err != nil || folded != d.From {
			t.Fatalf("From %q is not in its own form", d.From)
		}
		m, err := mail.ReadMessage(strings.NewReader(raw))
		if err != nil || len(m.Header["From"]) != 1 {
			t.Fatalf("From %q of a mail that net/mail reads otherwise (%v)", d.From, err)
		}
		if !strings.Contains(strings.ToLower(m.Header.Get("From")), d.From) {
			t.Fatalf("From %q does not stand in the field", d.From)
		}
	})
}

// FuzzSignatureHeader: no text in place of the signature makes a mail pass,
// but one that is the signature, folded otherwise.
func FuzzSignatureHeader(f *testing.F) {
	good := seal(edKey(), usualEd, letter(anna))
	at := strings.Index(good, "From:")
	digest := verify(good).ReplayKeys()
	field := strings.TrimSuffix(strings.TrimPrefix(good[:at], "DKIM-Signature:"), "\r\n")
	f.Add(field)
	for _, s := range []string{
		usual, usual + "; l=1; bh=; b=", "v=1", ";;", "b=;b=", "=", "v=1; v=1",
		usual + "; t=1; x=0; i=@x; q=dns/txt",
		field + ";", field + "; l=0", "\r\n " + field, "\x00" + field,
		strings.ReplaceAll(field, ";", " ; "),
	} {
		f.Add(s)
	}
	v := authentic.New(zone(), authentic.Options{})
	f.Fuzz(func(t *testing.T, value string) {
		raw := "DKIM-Signature:" + value + "\r\n" + good[at:]
		d := v.Verify(context.Background(), []byte(raw), arrived)
		if d.Confirmable() && (d.From != anna || !slices.Equal(d.ReplayKeys(), digest)) {
			t.Fatalf("passes as %q with signature %q", d.From, d.ReplayKeys())
		}
	})
}

// FuzzVerify: whatever the bytes, the verdict is coherent.
func FuzzVerify(f *testing.F) {
	simple := dkim.SignOptions{Domain: "acme.example", Selector: "ed", Signer: edKey()}
	for _, m := range []string{
		seal(edKey(), usualEd, letter(anna)), peerSign(f, letter(anna), simple),
	} {
		f.Add([]byte(m))
		f.Add([]byte(strings.ReplaceAll(m, "\r\n", "\n")))
		f.Add([]byte("From: x@evil.example\r\n" + m))
	}
	f.Add([]byte(lines(rfc8463)))
	f.Add([]byte(lines(rfc6376)))
	f.Add([]byte("\r\n"))
	f.Add([]byte("From: a@b.example"))
	f.Add([]byte(" \nFrom: a@b.example\r\n\r\n"))
	z := zone()
	maps.Copy(z, rfcZone)
	_, game, _ := strings.Cut(lines(dinner), "\r\n\r\n")
	v := authentic.New(z, authentic.Options{})
	f.Fuzz(func(t *testing.T, raw []byte) {
		d := v.Verify(context.Background(), raw, arrived)
		switch d.Result {
		case authentic.Pass:
			if d.Proof < 0 || d.From == "" || len(d.Failures) > 0 || !d.DKIM[d.Proof].Aligned {
				t.Fatalf("an incoherent pass: %+v", d)
			}
			wire := string(raw)
			if !strings.Contains(wire, "\r\n") {
				wire = lines(wire)
			}
			if _, text := seen(t, wire); text != relaxBody(body) && text != relaxBody(game) {
				t.Fatalf("another body passes: %q", text)
			}
		case authentic.Fail, authentic.None, authentic.TempError:
			if len(d.Failures) == 0 || d.Proof != -1 || d.Confirmable() {
				t.Fatalf("a refusal without a reason: %+v", d)
			}
		default:
			t.Fatalf("result %q", d.Result)
		}
	})
}
