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
		"who is to get it":           "From: jane.roe@customer.example\nTo: the new address only",
		"a name that refuses":        "From: legal, who refuse <legal@customer.example>\nDate: 2.11.2026",
		"a date in words":            "From: jane.roe@customer.example\nDate: when legal agrees",
		"three labels, nothing else": "From: Bob\nTo: Jane\nSubject: not that one",
		"dashes and a remark":        "--- not what Bob wrote ---\nx",
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

// Whom somebody names after a label is another person, unless a date shows the block to be a mail's.
func TestAddressesAfterLabelsAreNamed(t *testing.T) {
	got := reply.FromPlain("CONFIRM\n\nFrom: bob@other.example\nTo: jane.roe@customer.example")
	if !reply.NamesOther(got.New, "jane.roe@customer.example") {
		t.Errorf("new text is %q", got.New)
	}
}

// What a mail client writes in few of its own words is still a block.
func TestBlocksWithLabelsThatNoListKnowsAreCut(t *testing.T) {
	for _, block := range []string{
		"De : Desk <desk@p.example>\nDate : lun. 2 nov. 2026 à 09:12\nObjet : x\nÀ : Anna\nPièce jointe : y",
		"Von: Desk <desk@p.example>\nGesendet: Montag, 2. November 2026 09:12\nAn: Anna\nBetreff: x\nWichtigkeit: Hoch",
		"From: No Reply <no-reply@p.example>\nSent: 2 Nov 2026\nTo: Anna\nSubject: confirm\n or do not",
		"From: Desk <desk@p.example>\nDate: 2 Nov 2026\nSubject: x",
		"From: desk@p.example\nDate: 2 Nov 2026",
	} {
		if got := reply.FromPlain("CONFIRM\n\n" + block + "\n\nNo: it was not."); got.New != "CONFIRM" {
			t.Errorf("%q: new text is %q", block, got.New)
		}
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
