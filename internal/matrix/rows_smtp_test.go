package matrix_test

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dsrd/dsrd/internal/faulty"
	"github.com/dsrd/dsrd/internal/office"
	"github.com/dsrd/dsrd/internal/oracle"
)

// TestRow25NoRelay: nobody listens, nobody answers, the name is unknown. Letters wait, readiness and
// the log say so after an hour and a day, and all leave when the relay is back.
func TestRow25NoRelay(t *testing.T) {
	w := row(t, "r25")
	p, err := faulty.Listen(fmt.Sprintf("127.0.0.1:%d", w.relay.Port()))
	office.NoError(t, err)
	t.Cleanup(p.Close)
	w.Replace("dsrd.yaml", office.Port(w.relay.Port()), office.Port(p.Port()))
	p.Set(faulty.Refuse())
	d := w.Serve()
	all := w.asks(2)
	d.Await("msg=failing what=relay")
	since := func() int { return strings.Count(d.Said(), "msg=failing what=relay") }
	for _, wait := range []time.Duration{time.Hour, 23 * time.Hour} {
		before := since()
		w.Pass(wait + time.Minute)
		w.Passing(time.Minute, fmt.Sprintf("it is told of again after %s", wait), func() bool { return since() > before })
	}
	if why := w.awaitReady(false); !strings.Contains(why, "waited") {
		t.Errorf("readiness says: %s", why)
	}
	if n := w.metric("dsrd_outbox_oldest_seconds", ""); n < (24 * time.Hour).Seconds() {
		t.Errorf("dsrd_outbox_oldest_seconds is %v", n)
	}
	p.Set(faulty.Swallow())
	w.Pass(10 * time.Minute)
	all = append(all, w.asks(1)...)
	p.Set(faulty.Pass())
	w.Passing(10*time.Minute, "all letters leave", func() bool { return len(w.letters()) == 3 })
	w.awaitReady(true)
	w.confirms(all...)
	w.judge(oracle.Allowed{})
}

// TestRow25FiveDays without a relay end in front of a person, who may send again.
func TestRow25FiveDays(t *testing.T) {
	w := row(t, "r25days")
	l, err := net.Listen("tcp", "127.0.0.1:0") // a port where nobody will listen
	office.NoError(t, err)
	l.Close()
	w.Replace("dsrd.yaml", office.Port(w.relay.Port()), office.Port(l.Addr().(*net.TCPAddr).Port))
	w.Replace("dsrd.yaml", "first: 1s, longest: 2s", "first: 12h, longest: 24h")
	d := w.Serve()
	c := w.asks(1)[0]
	d.Await("msg=failing what=relay")
	w.Passing(20*time.Hour, "a person must look", func() bool { s := w.states()[c].State; return s == "stuck" || s == "needs_review" })
	s := w.states()[c]
	if !slices.Contains(s.events(), "letter_failed") {
		t.Errorf("it is %s for %q after %v", s.State, s.Reason, s.events())
	}
	w.of(c).Ends = []string{"stuck", "needs_review"}
	w.judge(oracle.Allowed{})
}

// TestRow26TheServiceCloses says 421 at each stage, once each, and takes the mail then.
func TestRow26TheServiceCloses(t *testing.T) {
	refusedThenTaken(t, "r26", "421 4.3.2 closing", "CONNECT", "EHLO", "MAIL", "RCPT", "DATA", ".")
}

// TestRow27RefusedForNow says 450, 451 and 452, and gets the same bytes again.
func TestRow27RefusedForNow(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"450 4.2.0 greylisted", "451 4.3.0 local error", "452 4.2.2 full"} {
		t.Run(code[:3], func(t *testing.T) {
			d := refusedThenTaken(t, "r27x"+code[:3], code, "MAIL", "RCPT", "DATA", ".")
			if strings.Contains(d.Said(), "level=ERROR") {
				t.Error("a greylist is no error")
			}
		})
	}
}

// refusedThenTaken refuses at the first time of each stage, for both letters of a request.
func refusedThenTaken(t *testing.T, name, reply string, stages ...string) *office.Daemon {
	t.Helper()
	w := row(t, name)
	w.relay.Plan(func(s oracle.Stage) oracle.Reply {
		if at := slices.Index(stages, s.Name); at >= 0 && s.N == 1 {
			return oracle.Reply{Text: reply}
		}
		return oracle.Reply{}
	})
	d := w.Serve()
	all := w.asks(2)
	w.Passing(time.Minute, "the letters are taken", func() bool { return len(w.letters()) == 2 })
	w.confirms(all...)
	w.judge(oracle.Allowed{})
	return d
}

// TestRow28RefusedForGood ends what the mail was for in front of a person, without another try.
func TestRow28RefusedForGood(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ reply, stage string }{
		{"550 5.1.1 unknown user", "RCPT"}, {"553 5.1.3 bad address", "RCPT"}, {"554 5.7.1 refused", "."},
	} {
		t.Run(c.reply[:3], func(t *testing.T) {
			w := row(t, "r28x"+c.reply[:3])
			w.relay.Plan(func(s oracle.Stage) oracle.Reply {
				if s.Name == c.stage {
					return oracle.Reply{Text: c.reply}
				}
				return oracle.Reply{}
			})
			w.Serve()
			who := w.asks(1)[0]
			s := w.awaitEnd(who, "stuck")
			if s.Reason != "undeliverable" {
				t.Errorf("it is for %q", s.Reason)
			}
			tries := len(w.relay.Received())
			w.Pass(time.Hour)
			w.of(who).Ends = []string{"stuck"}
			w.judge(oracle.Allowed{})
			if again := len(w.relay.Received()); again != tries {
				t.Errorf("it is tried again: %d times, after %d", again, tries)
			}
		})
	}
}

// TestRow29TooLarge never cuts a package: a person finds a larger relay.
func TestRow29TooLarge(t *testing.T) {
	w := row(t, "r29", func(c *office.Settings) { c.Submit = c.Ports.Small })
	d := w.Serve()
	w.notes(office.Jane).Requester = w.Jane()
	w.Ask(office.Jane)
	w.confirms(office.Jane)
	if s := w.awaitEnd(office.Jane, "stuck"); s.Reason != "too_large" {
		t.Errorf("it is for %q", s.Reason)
	}
	if n := len(w.Inbox(w.Anna())); n != 1 {
		t.Errorf("anna has %d mails", n)
	}
	d.End()
	w.Replace("dsrd.yaml", office.Port(w.Settings.Ports.Small), office.Port(w.Settings.Ports.Submit))
	w.Serve()
	w.Order("retry", w.states()[office.Jane].ID)
	w.judge(oracle.Allowed{})
	w.Opens(w.Packages(w.Anna())[0])
}

// TestRow32AnErrorAfterTheEnd is said to whoever has been answered 250: the mail was taken.
func TestRow32AnErrorAfterTheEnd(t *testing.T) {
	w := row(t, "r32")
	w.relay.Plan(func(s oracle.Stage) oracle.Reply {
		switch {
		case s.Name == "RSET" || s.Name == "NOOP":
			return oracle.Reply{Text: "500 5.5.2 what?"}
		case s.Name == "QUIT":
			return oracle.Reply{Cut: true}
		}
		return oracle.Reply{}
	})
	w.Serve()
	w.confirms(w.asks(3)...)
	w.judge(oracle.Allowed{})
}

// TestRow34ALaterReport: Postfix finds out that nobody has that name, which a person must hear of;
// that a mail is late is no reason to do anything, and confirms nothing.
func TestRow34ALaterReport(t *testing.T) {
	t.Parallel()
	t.Run("bounced", func(t *testing.T) {
		w := row(t, "r34", throughPostfix, func(c *office.Settings) { c.Anna = "gone-r34@acme.example" })
		w.Serve()
		c := w.asks(1)[0]
		if s := w.awaitEnd(c, "stuck"); s.Reason != "undeliverable" || !slices.Contains(s.events(), "bounced") {
			t.Errorf("it is for %q: %v", s.Reason, s.events())
		}
		w.of(c).Ends = []string{"stuck"}
		if !w.quiet() { // the letter is still to be kept
			t.Error("it does not get quiet")
		}
		v := w.verdictOf()
		if v.Wrong+v.Stuck+v.Duplicates != 0 || v.Lost != 1 { // nobody has the letter, which is what it is about
			t.Errorf("the oracle finds %+v", v)
		}
	})
	t.Run("delayed", func(t *testing.T) {
		w := row(t, "r34late")
		d := w.Serve()
		c := w.asks(1)[0]
		w.awaitAsked(c)
		sent := w.relay.Received()[0]
		report := fmt.Sprintf(delayed, sent.From, w.Now().Format(time.RFC1123Z), w.Anna(), sent.MessageID)
		office.NoError(t, w.Site.Deliver("", sent.From, strings.ReplaceAll(report, "\n", "\r\n")))
		office.Until(t, "the report is read", func() bool { return w.processed(w.Desk()) == 2 })
		if s := w.states()[c]; s.State != "awaiting_confirmation" || slices.Contains(s.events(), "acknowledged") {
			t.Errorf("it is %s after %v", s.State, s.events())
		}
		w.confirms(c)
		w.judge(oracle.Allowed{})
		_ = d
	})
}

// delayed is a report that a mail could not be delivered yet (RFC 3464).
const delayed = `From: Mail Delivery System <MAILER-DAEMON@mx.acme.example>
To: %[1]s
Subject: Delayed Mail (still being retried): CONFIRM
Date: %[2]s
Message-ID: <delayed-%[1]s>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="=_b"

--=_b
Content-Type: text/plain

CONFIRM

--=_b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.acme.example

Final-Recipient: rfc822; %[3]s
Action: delayed
Status: 4.4.1

--=_b
Content-Type: text/rfc822-headers

Message-ID: %[4]s

--=_b--
`

// TestRow30AcceptedAndTheReplyIsLost: each letter is taken, and the line is cut instead of saying so.
// It is sent once more, byte for byte, and the history admits it.
func TestRow30AcceptedAndTheReplyIsLost(t *testing.T) {
	w := row(t, "r30")
	w.relay.Plan(func(s oracle.Stage) oracle.Reply { return oracle.Reply{Cut: s.Name == "." && s.Seen == 1} })
	w.Serve()
	all := w.asks(3)
	w.awaitSent(all...) // an answer would prove that the first copy came, and nothing would be sent again
	w.confirms(all...)
	v := w.judge(oracle.Allowed{Duplicates: 2 * len(all)})
	if v.Duplicates != 2*len(all) {
		t.Errorf("%d letters were taken twice, of %d whose first reply was lost", v.Duplicates, 2*len(all))
	}
	if n := w.lastMetric("dsrd_ambiguous_total", ""); n < float64(2*len(all)) {
		t.Errorf("dsrd_ambiguous_total is %v", n)
	}
}

// TestRow30AnsweredBeforeItIsSentAgain: the answer to a mail whose reply was lost proves that it came,
// and nothing is sent again. The history says that it may have left, and a copy is kept.
func TestRow30AnsweredBeforeItIsSentAgain(t *testing.T) {
	w := row(t, "r30answer")
	w.Replace("dsrd.yaml", "ambiguous: 2s", "ambiguous: 10s")
	var lost atomic.Bool
	w.relay.Plan(func(s oracle.Stage) oracle.Reply {
		return oracle.Reply{Cut: s.Name == "." && lost.CompareAndSwap(false, true)}
	})
	w.Serve()
	all := w.asks(1)
	w.awaitAsked(all...)
	w.confirms(all...)
	w.awaitEnd(all[0], "completed")
	w.judge(oracle.Allowed{})
	told := false
	for _, h := range w.last[all[0]].History {
		told = told || h.Event == "effect_dropped" && h.Copies == 1
	}
	if !told {
		t.Errorf("nobody is told that the first letter left: %v", w.last[all[0]].History)
	}
	if n := len(w.mailsIn(w.Desk(), "DSRD.Sent")); n != 2 {
		t.Errorf("%d copies of 2 letters are kept", n)
	}
}

// TestAcceptedReplyLost counts what comes of many letters whose reply is lost: at most two copies.
func TestAcceptedReplyLost(t *testing.T) {
	w := row(t, "lost")
	w.relay.Plan(func(s oracle.Stage) oracle.Reply { return oracle.Reply{Cut: s.Name == "." && s.Seen == 1} })
	w.Serve()
	all := w.asks(size(10, 100))
	w.awaitSent(all...)
	w.confirms(all...)
	v := w.judge(oracle.Allowed{Duplicates: 2 * len(all)})
	copies := map[string]int{}
	for _, r := range w.relay.Received() {
		if r.Accepted() {
			copies[r.MessageID]++
		}
	}
	for id, n := range copies {
		if n != 2 {
			t.Errorf("%s was taken %d times", id, n)
		}
	}
	t.Logf("figure: %d letters accepted whose reply was lost: each sent twice, %d lost, %d unlike, %d unnoticed",
		len(copies), v.Lost, v.Unlike, v.Unnoticed)
}

// TestRow31TheReplyIsLate: the relay takes its time at the dot, longer than a claim lasts. It is waited
// for, and one mail leaves.
func TestRow31TheReplyIsLate(t *testing.T) {
	w := row(t, "r31")
	w.relay.Plan(func(s oracle.Stage) oracle.Reply {
		if s.Name == "." {
			return oracle.Reply{After: 4 * time.Second}
		}
		return oracle.Reply{}
	})
	w.replicas(2)
	w.confirms(w.asks(2)...)
	w.judge(oracle.Allowed{})
}
