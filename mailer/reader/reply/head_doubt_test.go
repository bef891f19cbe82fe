package reply_test

import (
	"testing"

	"github.com/dsrd/dsrd/mailer/reader/reply"
)

// Somebody's own line above or below a quotation is not part of what mail clients write there.
func TestALineBesideAQuotationIsItsAuthors(t *testing.T) {
	const (
		german  = "Anna Admin <anna@acme.example> schrieb am 02.11.2026 um 09:12:\n> x"
		english = "On Mon, Nov 2, 2026 at 9:12 AM DSR Desk <desk@provider.example> wrote:\n> x"
	)
	for name, body := range map[string]string{
		"a line that begins with a digit":     "3 accounts, Bob's among them\n" + german,
		"a digit in the quotation's language": "2 Konten, auch das von Bob\n" + german,
		"a one-letter word for on":            "U sent 3 copies, Bob's among them\n" + german,
		"a short line with a word for on":     "U sent 3\n" + german,
		"a digit above a date in digits":      "3 accounts\n2026-11-02 09:12 Anna Admin <anna@acme.example> wrote:\n> x",
		"a year in a sentence":                "3 accounts since 2026, Bob's among them\nAnna wrote:\n> x",
		"a date that is a condition":          "On 2026-12-01, not before\n" + english,
		"a date that is none of a quotation":  "On 2026-12-01\n" + english,
		"two dates":                           "On 2026-12-01\nOn 2026-12-02\n" + english,
		"a day":                               "On Friday,\n" + english,
		"a refusal before a date":             "not before 2026-12-01\nAnna wrote:\n> x",
		"a refusal that ends with a name":     "but not what Bob wrote:\n> x",
		"a condition that ends with a name":   "if that is what Bob wrote:\n> x",
		"a refusal in the line with a date":   "not what Anna wrote on 2026-11-02:\n> x",
		"a refusal that names an address":     "but not what Bob <bob@other.example> wrote on 2026-11-02:\n> x",
		"a refusal over two lines":            "but not what Bob <bob@other.example>\nwrote on 2026-11-02:\n> x",
		"a refusal above a name":              "not for\nBob <bob@other.example>, 2 Nov 2026\nMon, 09:12 wrote:\n> x",
		"a label in the line of a quotation":  "Message du 02/11/26: non\n\nDe: Desk <desk@p.example>\nÀ: anna@acme.example\nObjet: x",
		"the same in German":                  "Original 02.11.26: nein\n\nVon: Desk <desk@p.example>\nAn: anna@acme.example\nBetreff: x",
	} {
		t.Run(name, func(t *testing.T) {
			for _, gap := range []string{"\n", "\n\n"} {
				got, why := reply.Decide(reply.FromPlain("CONFIRM"+gap+body), "")
				if got != reply.Unclear && got != reply.Reject {
					t.Errorf("%q: got %s (%s)", "CONFIRM"+gap+body, got, why)
				}
			}
		})
	}
}

// Whom somebody names above a quotation is no part of it.
func TestAnotherPersonAboveAQuotationIsNamed(t *testing.T) {
	for _, below := range []string{
		"Anna Admin schrieb am 02.11.2026 um 09:12:\n> x",
		"On Mon, Nov 2, 2026 at 9:12 AM Anna Admin wrote:\n> x",
		"Anna Admin <anna@acme.example> wrote:\n> x",
	} {
		for _, line := range []string{"Bob Roe <bob@other.example>", "<bob@other.example>"} {
			body := "CONFIRM\n" + line + "\n" + below
			if got := reply.FromPlain(body); !reply.NamesOther(got.New, "anna@acme.example") {
				t.Errorf("%q: new text is %q", body, got.New)
			}
		}
	}
}

// What names who wrote is a name, and no sentence about it.
func TestASentenceThatEndsLikeAnIntroductionIsItsAuthors(t *testing.T) {
	for name, body := range map[string]string{
		"beside a name":         "Bob's too, as Anna wrote:",
		"beside an address":     "Bob's too, as Anna <anna@acme.example> wrote:",
		"before a date":         "3 accounts, as Anna wrote on 2026-11-02:",
		"behind a word for on":  "On the 3 accounts please see what Anna wrote on 2026-11-02:",
		"behind a time":         "2026-11-02 09:12 GMT+1 is too early",
		"with an address alone": "please send Bob's data to <bob@other.example>:",
		"in German":             "auch die von Bob, wie Anna schrieb:",
	} {
		got, why := reply.Decide(reply.FromPlain("CONFIRM\n"+body+"\n> x"), "")
		if got == reply.Confirm {
			t.Errorf("%s: %q: got %s (%s)", name, body, got, why)
		}
	}
}
