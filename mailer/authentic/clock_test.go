package authentic_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/mailer/authentic"
)

func TestExpiryIsJudgedAtArrival(t *testing.T) {
	// The first is long gone by any clock, the second far away: neither
	// matters, only the mail's arrival does.
	for _, expires := range []time.Time{
		time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2090, 1, 1, 0, 0, 0, 0, time.UTC),
	} {
		mail := seal(rsaKey(), fmt.Sprintf("%s; x=%d", usual, expires.Unix()), letter(anna))
		wantPass(t, verifyIn(zone(), mail, expires.Add(-time.Hour)))
		wantPass(t, verifyIn(zone(), mail, expires))
		d := verifyIn(zone(), mail, expires.Add(time.Second))
		wantRefused(t, d, authentic.Fail, "expired on arrival")
		wantRefused(t, verifyIn(zone(), mail, time.Time{}), authentic.Fail, "expired on arrival")
	}
}

func TestAnExpiredSignatureStillHasToFit(t *testing.T) {
	mail := seal(rsaKey(), usual+"; x=978307200", letter(anna))
	bad := strings.Replace(mail, "I confirm", "I refuse", 1)
	wantRefused(t, verifyIn(zone(), bad, time.Unix(978300000, 0)), authentic.Fail, "body was changed")
}

func TestDateIsReadStrictly(t *testing.T) {
	for value, want := range map[string]string{
		"Mon, 02 Nov 2026 10:01:02 +0100":            "2026-11-02T09:01:02Z",
		"2 Nov 2026 10:01 +0100":                     "2026-11-02T09:01:00Z",
		"Mon,  2 Nov 2026\r\n 10:01:02 GMT":          "2026-11-02T10:01:02Z",
		"Mon, 02 Nov 2026 10:01:02 -0800 (PST)":      "2026-11-02T18:01:02Z",
		"Mon, 02 Nov 2026 10:01:02 PST":              "",
		"Mon, 02 Nov 2026 10:01:02":                  "",
		"Mon, 02 Nov 26 10:01:02 +0100":              "",
		"Mon, 32 Nov 2026 10:01:02 +0100":            "",
		"Mon, 02 Nov 2026 25:01:02 +0100":            "",
		"2026-11-02T10:01:02Z":                       "",
		"Mon, 02 Nov 2026 10:01:02 +0100 tail":       "",
		"(x) Mon, 02 Nov 2026 10:01:02 +0100":        "",
		"":                                           "",
		"Mon, 02 Nov 2026 10:01:02 +0100\r\n \r\n x": "",
	} {
		mail := strings.Replace(letter(anna), "Mon, 02 Nov 2026 10:01:02 +0100", value, 1)
		got := verify(mail).Date
		if want == "" && !got.IsZero() || want != "" && got.UTC().Format(time.RFC3339) != want {
			t.Errorf("%q: got %v, want %q", value, got, want)
		}
	}
	if got := verify("Date: Mon, 02 Nov 2026 10:01:02 +0100\r\n" + letter(anna)).Date; !got.IsZero() {
		t.Errorf("two Date fields: got %v, want none", got)
	}
}
