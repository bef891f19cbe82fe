package mailer_test

import (
	"strings"
	"testing"

	"github.com/dsrd/dsrd/workflow"
)

// Providers that sign no Content-Type let others cut a mail into parts; what then stands
// outside of them is what its writer wrote.
func TestTextOutsideThePartsOfAnUnsignedTypeHolds(t *testing.T) {
	const unsigned = "From:To:Subject:Date:Message-ID"
	parts := func(s *scene) string {
		return "--b\n" + "Content-Type: text/plain\n\n" + s.yes().body + "\n--b--\n"
	}
	for name, c := range map[string]struct {
		fields, kind string
		body         func(*scene) string
		counts       bool
	}{
		"nothing outside":              {unsigned, "multipart/mixed; boundary=b", parts, true},
		"blank lines outside":          {unsigned, "multipart/mixed; boundary=b", func(s *scene) string { return "\n\n" + parts(s) + "\n \n" }, true},
		"what programs say":            {unsigned, "multipart/mixed; boundary=b", func(s *scene) string { return "This is a multi-part message in MIME format.\n" + parts(s) }, true},
		"no parts":                     {unsigned, "text/plain", func(s *scene) string { return s.yes().body }, true},
		"a text in front":              {unsigned, "multipart/mixed; boundary=b", func(s *scene) string { return "I refuse.\n" + parts(s) }, false},
		"a text behind":                {unsigned, "multipart/mixed; boundary=b", func(s *scene) string { return parts(s) + "I refuse.\n" }, false},
		"a text behind a blank":        {unsigned, "multipart/mixed; boundary=\"b\"", func(s *scene) string { return parts(s) + "\n\nI refuse.\n" }, false},
		"a text in front, type signed": {signedFields, "multipart/mixed; boundary=b", func(s *scene) string { return "I refuse.\n" + parts(s) }, true},
		"a long sermon of programs": {unsigned, "multipart/mixed; boundary=b", func(s *scene) string {
			return "This is a multi-part message in MIME format.\n" + strings.Repeat("I refuse. ", 40) + "\n" + parts(s)
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			rec := s.take(s.as(func(l *letter, sig *signature) {
				sig.fields = c.fields
				l.more += "Content-Type: " + c.kind + "\r\n"
				l.body = c.body(s)
			}))
			want := workflow.MailHeld
			if c.counts {
				want = workflow.MailAnswered
			}
			if rec.Outcome != want || !c.counts && rec.Rule != "ack/human" {
				t.Errorf("it came to %s by %q: %v", rec.Outcome, rec.Rule, s.rules(s.id))
			}
		})
	}
}
