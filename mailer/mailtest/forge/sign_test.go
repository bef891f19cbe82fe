package forge_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/mailer/mailtest/forge"
	"github.com/emersion/go-msgauth/dkim"
)

const letter = "From: Anna <anna@acme.example>\r\nTo:  desk@provider.example\r\n" +
	"Subject: two\r\n  lines\r\nDate: Mon, 02 Nov 2026 10:01:02 +0100\r\n" +
	"Message-ID: <1@acme.example>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\n" +
	"CONFIRM \t \r\n\r\n> Code:   1\r\n\r\n\r\n"

// judged is what another implementation says of the topmost signature.
func judged(raw []byte, zone forge.Zone) error {
	found, err := dkim.VerifyWithOptions(bytes.NewReader(raw), &dkim.VerifyOptions{
		LookupTXT: func(name string) ([]string, error) { return zone[name], nil },
	})
	if err != nil {
		return err
	}
	if len(found) != 1 {
		return errors.New("not one signature")
	}
	return found[0].Err
}

func TestSignaturesAreWhatAnotherImplementationVerifies(t *testing.T) {
	at := time.Unix(1, 0)
	for _, kind := range []forge.Kind{forge.Ed25519, forge.RSA1024, forge.RSA2048} {
		key, zone := forge.NewKey("acme.example", "s1", kind), forge.Zone{}
		zone.Publish(key)
		for name, s := range map[string]forge.Signing{
			"relaxed": {}, "simple": {Canon: "simple/simple"}, "mixed": {Canon: "simple/relaxed"},
			"dated":      {At: at},
			"oversigned": {Fields: "From:From:To:Subject"}, "for a mailbox": {More: "i=anna@acme.example"},
		} {
			s.Key = key
			raw := forge.Sign([]byte(letter), s)
			if err := judged(raw, zone); err != nil {
				t.Errorf("%s, %s: %v", kind, name, err)
			}
			changed := bytes.Replace(raw, []byte("From: Anna"), []byte("From: Eve"), 1)
			if err := judged(changed, zone); err == nil {
				t.Errorf("%s, %s: a change is not seen", kind, name)
			}
		}
	}
}

// The other implementation refuses l= before it computes anything: a refusal that names it
// is all there is to see.
func TestLengthsAreWritten(t *testing.T) {
	key, zone := forge.NewKey("acme.example", "s1", forge.Ed25519), forge.Zone{}
	zone.Publish(key)
	for length, tag := range map[int]string{forge.EmptyBody: "; l=0;", 4: "; l=4;", 0: ""} {
		raw := forge.Sign([]byte(letter), forge.Signing{Key: key, Length: length})
		if got := bytes.Contains(raw, []byte("; l=")); got != (tag != "") || !bytes.Contains(raw, []byte(tag)) {
			t.Errorf("length %d: want %q in %s", length, tag, raw[:200])
		}
		if err := judged(raw, zone); (err != nil) != (tag != "") {
			t.Errorf("length %d: %v", length, err)
		}
	}
}

func TestWeakKeysSignToo(t *testing.T) {
	for _, kind := range []forge.Kind{forge.RSA768, forge.RSA512} {
		key, zone := forge.NewKey("acme.example", "s1", kind), forge.Zone{}
		zone.Publish(key)
		err := judged(forge.Sign([]byte(letter), forge.Signing{Key: key}), zone)
		if err == nil || !strings.Contains(err.Error(), "key is too short") {
			t.Errorf("%s: got %v", kind, err)
		}
	}
}

func TestAKeyIsTheSameEachTimeAndAnotherForEachDomain(t *testing.T) {
	for _, kind := range []forge.Kind{forge.Ed25519, forge.RSA512} {
		a, again := forge.NewKey("a.example", "s1", kind), forge.NewKey("a.example", "s1", kind)
		if a.Record() != again.Record() {
			t.Errorf("%s: two keys of one name", kind)
		}
		for _, other := range []forge.Key{
			forge.NewKey("b.example", "s1", kind), forge.NewKey("a.example", "s2", kind),
		} {
			if other.Record() == a.Record() {
				t.Errorf("%s: %v has the key of %v", kind, other, a)
			}
		}
	}
}
