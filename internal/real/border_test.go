package real_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/dsrd/dsrd/internal/office"
)

// A border that checks signatures, and then writes something under each mail.
const (
	border   = "mx.provider.example"
	received = "Received: from out.acme.example (out.acme.example [203.0.113.7])\r\n" +
		"\tby " + border + " with ESMTPS id 1; Mon, 2 Nov 2026 10:00:10 +0000\r\n"
	stamp = "Authentication-Results: " + border + "; dkim=pass header.d=acme.example header.s=mail\r\n"
	scan  = "\r\n-- \r\nScanned by provider.example\r\n"
)

// rewritten lets anna answer, and the border hand her mail to Dovecot with this head.
func rewritten(o *office.Office, head string) {
	o.T.Helper()
	l := office.Reply(o.Inbox(o.Anna())[0], o.Anna(), "CONFIRM")
	l.To = strings.Replace(l.To, "confirm-", "desk-", 1) // no Postfix is on the way that would
	office.NoError(o.T, o.Site.Store(l.From, l.To, head+o.Signed(l)+scan))
}

// TestAPinnedBordersWordCounts where a signature does not fit any more, and only on top of the mail.
func TestAPinnedBordersWordCounts(t *testing.T) {
	o, _ := asked(t, "border", func(s *office.Settings) { s.Mailbox = "    authserv_id: " + border + "\n" })
	for i, head := range []string{
		received,         // the border says nothing
		received + stamp, // the sender wrote it
		strings.Replace(stamp, "=pass", "=fail", 1) + received,
		strings.Replace(stamp, border, "mx.elsewhere.example", 1) + received,
	} {
		rewritten(o, head)
		r := o.AwaitEvents("held", i+1)
		if r.State != "awaiting_confirmation" || !slices.Contains(r.Rules(), "ack/authentic") {
			t.Errorf("the request is %s, held by %v", r.State, r.Rules())
		}
	}
	rewritten(o, stamp+received)
	o.AwaitState("completed")
	o.AwaitMail(o.Anna(), 3) // the confirmation, one word about what was held, the package
	o.Opens(o.Packages(o.Anna())[0])
}

// TestNobodysWordCountsWhereNoneIsPinned: the same mail is held.
func TestNobodysWordCountsWhereNoneIsPinned(t *testing.T) {
	o, _ := asked(t, "noborder")
	rewritten(o, stamp+received)
	r := o.AwaitEvents("held", 1)
	if r.State != "awaiting_confirmation" || !slices.Contains(r.Rules(), "ack/authentic") {
		t.Errorf("the request is %s, held by %v", r.State, r.Rules())
	}
	if mails := o.AwaitMail(o.Anna(), 2); len(mails) != 2 || office.CodeIn(mails[1]) != "" {
		t.Errorf("anna has %d mails, and needs one word about it, without a code", len(mails))
	}
}
