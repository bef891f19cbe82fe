package authentic_test

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"regexp"
	"strings"
	"testing"

	"github.com/dsrd/dsrd/mailer/authentic"
)

// FuzzFoldAddress: what is taken has one form, and that form is plain ASCII.
func FuzzFoldAddress(f *testing.F) {
	for _, s := range []string{
		anna, "Anna.Admin@ACME.example", "a@bücher.example", "a@xn--bcher-kva.example", `"a"@b.example`,
		"a@[127.0.0.1]", "a@b@c.example", "=?utf-8?q?a?=@b.example", "a(c)@b.example", "a@b.example.",
		"a@b..example", " a@b.example", "a@b.example\x00", "аnna.admin@acme.example", "a@ａｃｍｅ.example",
		"a@acme。example", strings.Repeat("a", 65) + "@b.example", "@", "",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, address string) {
		folded, err := authentic.FoldAddress(address)
		if err != nil {
			if folded != "" {
				t.Fatalf("an error, and %q", folded)
			}
			return
		}
		again, err := authentic.FoldAddress(folded)
		if err != nil || again != folded {
			t.Fatalf("%q folds into %q, and that into %q (%v)", address, folded, again, err)
		}
		if strings.Count(folded, "@") != 1 || len(folded) > 320 {
			t.Fatalf("%q folds into %q", address, folded)
		}
		for _, r := range folded {
			if r <= ' ' || r > '~' || r >= 'A' && r <= 'Z' || strings.ContainsRune(`"(),:;<>[\]`, r) {
				t.Fatalf("%q folds into %q, which holds %q", address, folded, r)
			}
		}
	})
}

// underTest is a key whose owner only tries it out (RFC 6376 3.6.1).
var underTest = regexp.MustCompile(`(?m)(?:^|;)t=(?:[^;]*:)?y(?:[:;]|$)`)

// FuzzKeyRecord: whatever stands in DNS in place of the key, only the key itself makes
// the signature good.
func FuzzKeyRecord(f *testing.F) {
	good := seal(edKey(), usualEd, letter(anna))
	key := base64.StdEncoding.EncodeToString(edKey().Public().(ed25519.PublicKey))
	other := ed25519.NewKeyFromSeed([]byte("another key, which signed nothing"[:32]))
	for _, s := range []string{
		edRecord(edKey()), edRecord(other), "v=DKIM1; k=ed25519; p=", "v=DKIM1; t=y; k=ed25519; p=" + key,
		"v=DKIM2; k=ed25519; p=" + key, "p=" + key + "; k=ed25519; s=other", "k=rsa; p=" + key, ";;", "p==",
		"v=DKIM1; k=ed25519; p=" + key + "; p=" + key, "v=DKIM1; h=sha1; k=ed25519; p=" + key, "",
		"v=DKIM1; k=ed25519; p=" + key[:10] + " \r\n " + key[10:], rsaRecord(shortKey()),
	} {
		f.Add(s, "")
	}
	f.Add("v=DKIM1; k=ed25519; p="+key[:20], key[20:])
	f.Add(edRecord(other), edRecord(edKey()))
	f.Fuzz(func(t *testing.T, record, more string) {
		z := zone()
		name := "ed._domainkey.acme.example"
		if z[name] == nil {
			t.Fatalf("the zone of the tests has no %s", name)
		}
		z[name] = []string{record}
		if more != "" {
			z[name] = []string{record, more}
		}
		d := authentic.New(z, authentic.Options{}).Verify(context.Background(), []byte(good), arrived)
		if !d.Confirmable() {
			return
		}
		squashed := strings.Join(strings.FieldsFunc(record+"\n"+more, func(r rune) bool {
			return r == ' ' || r == '\t' || r == '\r' || r == '\n'
		}), "")
		if !names(squashed, key) || underTest.MatchString(squashed) {
			t.Fatalf("passes with %q, %q", record, more)
		}
	})
}

// names reports whether the record holds the key. The last letter of its base64 has two
// bits too many, and whatever they are, the 32 octets are the same (RFC 4648 3.5).
func names(record, key string) bool {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	whole := strings.TrimRight(key, "=")
	front, last := whole[:len(whole)-1], strings.IndexByte(alphabet, whole[len(whole)-1])
	for spare := range 4 {
		if strings.Contains(record, "p="+front+alphabet[last+spare:last+spare+1]) {
			return true
		}
	}
	return false
}
