package authentic_test

import (
	"context"
	"strings"
	"testing"

	"github.com/dsrd/dsrd/mailer/authentic"
)

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
