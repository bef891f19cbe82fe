package authentic_test

import (
	"crypto"
	"net/mail"
	"strings"
	"testing"

	"github.com/dsrd/dsrd/mailer/authentic"
	"github.com/emersion/go-msgauth/dkim"
	"pgregory.net/rapid"
)

// A mail as the world sees it, From and the body, read by a third party.
func seen(t interface{ Fatal(...any) }, raw string) (from, text string) {
	m, err := mail.ReadMessage(strings.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ = strings.Cut(raw, "\r\n\r\n")
	return m.Header.Get("From"), relaxBody(text)
}

func genuine(t testing.TB) []string {
	tags := usual + "; t=1793610062; x=1793696462"
	return []string{
		seal(rsaKey(), tags, letter("Anna <"+anna+">")),
		seal(edKey(), usualEd+"; t=1793610062", letter(anna)),
		peerSign(t, letter("Anna <"+anna+">"), dkim.SignOptions{
			Domain: "acme.example", Selector: "s1", Signer: rsaKey(),
		}),
	}
}

func TestNoChangedByteLeavesAnotherMailProven(t *testing.T) {
	mails := genuine(t)
	rapid.Check(t, func(rt *rapid.T) {
		good := rapid.SampledFrom(mails).Draw(rt, "mail")
		at := rapid.IntRange(0, len(good)-1).Draw(rt, "at")
		b := []byte(good)
		b[at] = rapid.Byte().Draw(rt, "byte")
		d := verify(string(b))
		if !d.Confirmable() {
			return
		}
		from, text := seen(rt, good)
		if gotFrom, gotText := seen(rt, string(b)); gotText != text ||
			relaxHeader("", gotFrom) != relaxHeader("", from) || d.From != anna {
			rt.Fatalf("byte %d: a changed mail passes as %q", at, d.From)
		}
	})
}

func TestEveryChangedByteOfTheSignedPartsFails(t *testing.T) {
	for _, good := range genuine(t) {
		wantPass(t, verify(good))
		for at := strings.Index(good, "From:"); at < len(good); at++ {
			if c := good[at]; c <= ' ' || c == ':' {
				continue // white space may change where it is squashed
			}
			b := []byte(good)
			b[at] ^= 0x01
			unsigned := strings.Index(good, "Content-Type:") <= at && at < strings.Index(good, "\r\n\r\n")
			if d := verify(string(b)); d.Confirmable() && !unsigned {
				t.Errorf("byte %d, %q: still proven", at, good[at])
			}
		}
	}
}

func TestWhatIsPutInFrontNeverChangesWhoIsProven(t *testing.T) {
	good := genuine(t)[0]
	part := rapid.SampledFrom([]string{
		"From", "from", "Fr", "om", ":", " :", " ", "\t", "\r\n", "\n", "\r", "\x00", ",", "<", ">",
		"mallory@evil.example", anna, "\"", "(", ")", ";", "Sender: ", "Subject", "To: ",
		"X: ", "=?utf-8?q?", "?=",
	})
	rapid.Check(t, func(rt *rapid.T) {
		front := strings.Join(rapid.SliceOfN(part, 0, 12).Draw(rt, "front"), "")
		d := verify(front + good)
		if d.Result != authentic.Pass {
			return
		}
		m, err := mail.ReadMessage(strings.NewReader(front + good))
		if err != nil || d.From != anna || len(m.Header["From"]) != 1 || len(m.Header["Subject"]) != 1 {
			rt.Fatalf("front %q passes as %q", front, d.From)
		}
	})
}

// What an honest signer makes, however odd its white space, passes here and
// with go-msgauth: a disagreement would lock an administrator out.
func TestOddButHonestMailsPass(t *testing.T) {
	text := rapid.StringMatching(`([a-z ]|\t|\r\n){0,60}`)
	value := rapid.StringMatching(`[a-zA-Z \t=?;"]{0,20}(\r\n [a-z \t]{1,8}x){0,3}`)
	kind := rapid.SampledFrom(forms)
	rapid.Check(t, func(rt *rapid.T) {
		plain := "X-A: " + value.Draw(rt, "a") + "\r\nx-b:" + value.Draw(rt, "b") + "\r\n" +
			strings.Replace(letter(anna), "\r\n\r\n"+body, "\r\n\r\n"+text.Draw(rt, "body"), 1)
		o := dkim.SignOptions{
			Domain: "acme.example", Selector: "ed", Signer: crypto.Signer(edKey()),
			HeaderCanonicalization: kind.Draw(rt, "head"), BodyCanonicalization: kind.Draw(rt, "text"),
		}
		if d := verify(peerSign(t, plain, o)); !d.Confirmable() {
			rt.Fatalf("got %s (%s)", d.Result, why(d))
		}
	})
}
