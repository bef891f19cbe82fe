package reader_test

import (
	"testing"

	"github.com/dsrd/dsrd/mailer/reader"
)

func FuzzRead(f *testing.F) {
	for name, m := range samples {
		if name != large {
			f.Add(m)
		}
	}
	for _, l := range lines {
		f.Add([]byte(l + "\n\n" + l))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		holds(t, reader.Read(raw, reader.Options{BouncePrefix: "bounce+", Own: []string{"a@b.example"}}))
	})
}
