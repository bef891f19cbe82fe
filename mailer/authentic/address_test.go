package authentic_test

import (
	"strings"
	"testing"

	"github.com/dsrd/dsrd/mailer/authentic"
)

func TestFoldAddress(t *testing.T) {
	for in, want := range map[string]string{
		"a@b.example":                     "a@b.example",
		"Anna.Admin+X@ACME.Example":       "anna.admin+x@acme.example",
		"o'neil_99-x@a-b.example":         "o'neil_99-x@a-b.example",
		"a@Bücher.example":                "a@xn--bcher-kva.example",
		"a@XN--BCHER-KVA.example":         "a@xn--bcher-kva.example",
		"a@localhost":                     "a@localhost",
		"":                                "",
		"a":                               "",
		"@b.example":                      "",
		"a@":                              "",
		"a@b@c.example":                   "",
		"a b@c.example":                   "",
		"a@b c.example":                   "",
		".a@b.example":                    "",
		"a.@b.example":                    "",
		`"a"@b.example`:                   "",
		"a(x)@b.example":                  "",
		"a@b.example\r\nBcc: x@y.example": "",
		"a\x00@b.example":                 "",
		"ä@b.example":                     "",
		"a@-b.example":                    "",
		"a@b-.example":                    "",
		"a@b..example":                    "",
		"a@b.example.":                    "",
		"a@[192.0.2.1]":                   "",
		"\u212a@b.example":                "", // the Kelvin sign folds to k
		"a@\u212a.example":                "",
		"a@ｂ.example":                     "",
		"a@b。example":                     "",
		"a@xn--a.example":                 "",
		"=?utf-8?q?a?=@b.example":         "",
		"a@" + strings.Repeat("b", 64) + ".example":  "",
		"a@" + strings.Repeat("b.", 124) + "example": "",
	} {
		got, err := authentic.FoldAddress(in)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: got %q, %v; want %q", in, got, err, want)
		}
		if err != nil && len(in) > 3 && strings.Contains(err.Error(), in) {
			t.Errorf("the error repeats the address: %v", err)
		}
	}
}

func TestFoldingTwiceIsFoldingOnce(t *testing.T) {
	for _, in := range []string{"A@B.Example", "x@Bücher.Example", "a@faß.example"} {
		once, err := authentic.FoldAddress(in)
		if err != nil {
			t.Fatal(err)
		}
		if twice, err := authentic.FoldAddress(once); twice != once || err != nil {
			t.Errorf("%q: got %q then %q (%v)", in, once, twice, err)
		}
	}
}
