package real_test

import (
	"slices"
	"strings"
	"testing"
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
func (o *office) rewritten(head string) {
	o.t.Helper()
	l := reply(o.inbox(o.anna())[0], o.anna(), "CONFIRM")
	l.to = strings.Replace(l.to, "confirm-", "desk-", 1) // no Postfix is on the way that would
	noError(o.t, o.site.store(l.from, l.to, head+o.signed(l)+scan))
}

// TestAPinnedBordersWordCounts where a signature does not fit any more, and only on top of the mail.
func TestAPinnedBordersWordCounts(t *testing.T) {
	o, _ := asked(t, "border", func(s *settings) { s.mailbox = "    authserv_id: " + border + "\n" })
	for i, head := range []string{
		received,         // the border says nothing
		received + stamp, // the sender wrote it
		strings.Replace(stamp, "=pass", "=fail", 1) + received,
		strings.Replace(stamp, border, "mx.elsewhere.example", 1) + received,
	} {
		o.rewritten(head)
		r := o.awaitEvents("held", i+1)
		if r.State != "awaiting_confirmation" || !slices.Contains(r.rules(), "ack/authentic") {
			t.Errorf("the request is %s, held by %v", r.State, r.rules())
		}
	}
	o.rewritten(stamp + received)
	o.awaitState("completed")
	o.awaitMail(o.anna(), 3) // the confirmation, one word about what was held, the package
	o.opens(o.packages(o.anna())[0])
}

// TestNobodysWordCountsWhereNoneIsPinned: the same mail is held.
func TestNobodysWordCountsWhereNoneIsPinned(t *testing.T) {
	o, _ := asked(t, "noborder")
	o.rewritten(stamp + received)
	r := o.awaitEvents("held", 1)
	if r.State != "awaiting_confirmation" || !slices.Contains(r.rules(), "ack/authentic") {
		t.Errorf("the request is %s, held by %v", r.State, r.rules())
	}
	if mails := o.awaitMail(o.anna(), 2); len(mails) != 2 || codeIn(mails[1]) != "" {
		t.Errorf("anna has %d mails, and needs one word about it, without a code", len(mails))
	}
}
