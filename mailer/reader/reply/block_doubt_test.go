package reply_test

import (
	"testing"

	"github.com/dsrd/dsrd/mailer/reader/reply"
)

// A word before a colon is a label only where nobody could mean it.
func TestWordsBeforeAColonAreTheirAuthors(t *testing.T) {
	for name, body := range map[string]string{
		"no is from in Latvian":      "To: jane.roe@customer.example\nNo: bob.roe@customer.example",
		"no beside a date":           "No: jane.roe@customer.example, not yet\nDate: when legal agrees",
		"no below three labels":      "To: jane.roe@customer.example\nDate: today\nSubject: x\nNo: bob.roe@customer.example",
		"till is to in Swedish":      "From: jane.roe@customer.example\nTill: Friday\nDate: today",
		"original, and what to send": "Original:\nonly the orders, not the rest",
		"an original message":        "Original message:\nonly the orders",
		"original in German":         "Originalnachricht:\nnur die Bestellungen",
	} {
		t.Run(name, func(t *testing.T) {
			got, why := reply.Decide(reply.FromPlain("CONFIRM\n\n"+body), "")
			if got != reply.Unclear && got != reply.Reject {
				t.Errorf("%q: got %s (%s)", body, got, why)
			}
		})
	}
}

// Where a quotation stands below it, a colon is frame enough.
func TestTheWordsBeforeAQuotationNeedNoDashes(t *testing.T) {
	for name, below := range map[string]string{
		"quote marks":    "> earlier",
		"a header block": "From: Desk <desk@p.example>\nTo: anna@acme.example\nSubject: x\n\nearlier",
	} {
		got := reply.FromPlain("CONFIRM\n\nOriginal Message:\n" + below)
		if got.New != "CONFIRM" {
			t.Errorf("%s: new text is %q", name, got.New)
		}
	}
}
