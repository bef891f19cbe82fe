package reader_test

import (
	"testing"

	"github.com/dsrd/dsrd/mailer/reader"
)

// Whoever answers a notice is a person, and may ask; but what stands above it may be a program's.
func TestBesideTheWordsOfANoticeNothingIsDecided(t *testing.T) {
	const wrote = "On Monday, Desk wrote:\n"
	for name, tt := range map[string]struct {
		from, subject, text string
		want                reader.Decision
	}{
		"of an office":              {"admin", "Re: delivery failed, data of ann", "CONFIRM\n\n" + wrote + "> the letter could not be delivered", reader.Unclear},
		"of another":                {"info", "Re: rejected", "CONFIRM\n\n" + wrote + "> delayed", reader.Unclear},
		"as Postfix says":           {"anna", "Re: Undelivered Mail Returned to Sender", "CONFIRM\n\n" + wrote + "> This is the mail system at host mx", reader.Unclear},
		"in a refusal":              {"admin", "Re: rejected", "REJECT\n\n" + wrote + "> delayed", reader.Unclear},
		"in German":                 {"info", "Re: Unzustellbar", "CONFIRM\n\n" + wrote + "> Der Brief wurde nicht zugestellt", reader.Unclear},
		"in the subject line alone": {"info", "Re: rejected", "CONFIRM\n\n" + wrote + "> Please answer", reader.Confirm},
		"in the text alone":         {"info", "Re: data of ann", "CONFIRM\n\n" + wrote + "> delayed", reader.Confirm},
	} {
		t.Run(name, func(t *testing.T) {
			raw := "From: " + tt.from + "@acme.example\nSubject: " + tt.subject + "\n\n" + tt.text + "\n"
			m := reader.Read([]byte(raw), ours)
			if m.Class != reader.Human || m.Decision != tt.want ||
				(m.DecisionReason == "notice-words") != (tt.want == reader.Unclear) {
				t.Errorf("%s %v: %s, %s", m.Class, m.Reasons, m.Decision, m.DecisionReason)
			}
		})
	}
}
