package authentic_test

import (
	"context"
	"strings"
	"testing"

	"github.com/dsrd/dsrd/mailer/authentic"
)

// BenchmarkStamp is what the second way costs, the failed first included.
func BenchmarkStamp(b *testing.B) {
	hostile := "mx.provider.example" + strings.Repeat("; dkim=pass header.d=acme.example header.b=AAAAAAAA", 100)
	many := strings.Repeat("DKIM-Signature: "+usual+"; bh=; b=AAAA\r\n", 900) + signed()
	for _, c := range []struct{ name, id, mail string }{
		{"provider", pinned, delivered(good, signed())},
		{"Microsoft 365", authentic.WithoutAuthServID,
			exchangeInner + stampField(exchangeStamp) + exchangeBorder + rewritten(signed())},
		{"100 results, 900 signatures", pinned, delivered(hostile, many)},
		{"nested comments", pinned, delivered(strings.Repeat("(a)", 5000)+good, signed())},
	} {
		b.Run(c.name, func(b *testing.B) {
			v := authentic.New(zone(), authentic.Options{AuthServID: c.id})
			raw := []byte(c.mail)
			b.ReportAllocs()
			for b.Loop() {
				v.Verify(context.Background(), raw, arrived)
			}
		})
	}
}

func BenchmarkVerify(b *testing.B) {
	big := letter(anna) + strings.Repeat("a line of an attachment in base64, or so it is\r\n", 20_000)
	for _, c := range []struct{ name, mail string }{
		{"rsa2048", seal(rsaKey(), usual, letter(anna))},
		{"ed25519", seal(edKey(), usualEd, letter(anna))},
		{"rsa2048, 1 MB", seal(rsaKey(), usual, big)},
		{"unsigned", letter(anna)},
	} {
		b.Run(c.name, func(b *testing.B) {
			v, raw := authentic.New(zone(), authentic.Options{}), []byte(c.mail)
			b.SetBytes(int64(len(raw)))
			b.ReportAllocs()
			for b.Loop() {
				v.Verify(context.Background(), raw, arrived)
			}
		})
	}
}
