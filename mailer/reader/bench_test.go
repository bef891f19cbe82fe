package reader_test

import (
	"testing"

	"github.com/dsrd/dsrd/mailer/mailtest/forge"
	"github.com/dsrd/dsrd/mailer/reader"
)

// samples are a desk's mails, by name; nobody verifies their signatures here.
var samples = func() map[string][]byte {
	all := map[string][]byte{}
	for _, m := range forge.Desk(forge.NewKey("acme.example", "s1", forge.Ed25519)) {
		all[m.Name] = m.Raw
	}
	return all
}()

// large is the sample that is too large to be mutated at any speed.
const large = "attachment of 200 KB"

func BenchmarkRead(b *testing.B) {
	for name, raw := range samples {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(raw)))
			b.ReportAllocs()
			for b.Loop() {
				reader.Read(raw, reader.Options{})
			}
		})
	}
}
