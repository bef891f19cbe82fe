package authentic_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/mailer/authentic"
)

// Each mail is made to cost its reader dearly. The bounds are wide, for slow
// machines; without limits these run for minutes or take gigabytes.
func TestHostileMailIsCheap(t *testing.T) {
	good := seal(rsaKey(), usual, letter(anna))
	sig := good[:strings.Index(good, "From:")]
	manyNames := "DKIM-Signature: " + usual + strings.Repeat(":x", 50_000) + "; bh=; b=\r\n"
	stamp := "mx.provider.example; dkim=pass header.d=acme.example"
	results := strings.Repeat("; dkim=pass header.d=acme.example header.b=AAAAAAAA", 98)
	for name, mail := range map[string]string{
		"900 stamps":               strings.Repeat(stampField(stamp), 900) + good,
		"stamp of comments":        delivered(strings.Repeat("(", 200_000), good),
		"stamp of quotes":          delivered(strings.Repeat(`"`, 16_000), good),
		"stamp of 99 results":      delivered(stamp+results, strings.Repeat(sig, 300)+good),
		"Received of brackets":     "Received: " + strings.Repeat("([", 100_000) + "\r\n" + delivered(stamp, good),
		"1 MB of one field":        "X: " + strings.Repeat("a", 1<<20) + "\r\n" + good,
		"1 MB of folds":            "X:" + strings.Repeat("\r\n a", 250_000) + "\r\n" + good,
		"10,000 fields":            strings.Repeat("X: y\r\n", 10_000) + good,
		"10,000 signatures":        strings.Repeat(sig, 10_000) + good,
		"300 signatures":           strings.Repeat(sig, 300) + good,
		"950 short signatures":     strings.Repeat("DKIM-Signature: d=acme.example\r\n", 950) + good,
		"50,000 names in h=":       manyNames + good,
		"50,000 tags":              "DKIM-Signature: " + strings.Repeat("a=b;", 50_000) + "\r\n" + good,
		"100 kB From":              letter(strings.Repeat("a, ", 30_000) + anna),
		"From of quotes":           letter(strings.Repeat(`"`, 100_000) + anna),
		"From of backslashes":      letter(`"` + strings.Repeat(`\`, 100_000) + anna),
		"no header end":            strings.Repeat("X: y\r\n", 900),
		"body of line ends":        good + strings.Repeat("\r\n", 2_000_000),
		"body of white space":      good + strings.Repeat(" ", 4<<20),
		"header of CR":             strings.Repeat("\r", 1<<20),
		"header of LF behind CRLF": "X: y\r\n " + strings.Repeat("\n ", 1<<19),
	} {
		t.Run(name, func(t *testing.T) {
			raw := []byte(mail)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			begun := time.Now()
			v := authentic.New(zone(), authentic.Options{AuthServID: pinned})
			d := v.Verify(context.Background(), raw, arrived)
			took := time.Since(begun)
			runtime.ReadMemStats(&after)
			if took > 2*time.Second {
				t.Errorf("took %v", took)
			}
			if n := after.TotalAlloc - before.TotalAlloc; n > 64<<20+4*uint64(len(raw)) {
				t.Errorf("allocated %d bytes for a mail of %d", n, len(raw))
			}
			if len(d.DKIM) > 5 || len(d.Failures) > 5 || len(why(d)) > 1000 {
				t.Errorf("a verdict of %d signatures and %d bytes", len(d.DKIM), len(why(d)))
			}
		})
	}
}

func TestTheWritersSignatureIsFoundBelowThoseOfRelays(t *testing.T) {
	mail := seal(rsaKey(), usual, letter(anna))
	for range 8 {
		mail = seal(rsaKey(), signedAs("evil.example"), mail)
	}
	d := verify(mail)
	wantPass(t, d)
	if len(d.DKIM) != 5 || d.Unchecked != 4 || d.DKIM[d.Proof].Domain != "acme.example" {
		t.Errorf("got %d signatures, %d unchecked, proof %d", len(d.DKIM), d.Unchecked, d.Proof)
	}
}

func TestTooManySignaturesAboveAreNotAPass(t *testing.T) {
	mail := seal(rsaKey(), usual, letter(anna))
	for i := range 30 {
		mail = fmt.Sprintf("DKIM-Signature: v=1; n=%d\r\n", i) + mail
	}
	wantRefused(t, verify(mail), authentic.Fail, "too many signatures")
}

func TestAHeaderOverTheLimitsIsNotComputedOn(t *testing.T) {
	good := seal(rsaKey(), usual, letter(anna))
	fields := strings.Count(good[:strings.Index(good, "\r\n\r\n")], "\r\n") + 1 - 2 // two folds
	wantPass(t, verify(strings.Repeat("X: y\r\n", 1000-fields)+good))
	for _, mail := range []string{
		strings.Repeat("X: y\r\n", 1001-fields) + good,
		"X: " + strings.Repeat("a", 256<<10) + "\r\n" + good,
	} {
		d := verify(mail)
		wantRefused(t, d, authentic.Fail, "over 256 KiB or 1000 fields")
		if len(d.DKIM) != 0 {
			t.Errorf("%d signatures were computed", len(d.DKIM))
		}
	}
}
