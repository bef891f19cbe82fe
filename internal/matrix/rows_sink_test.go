package matrix_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/internal/office"
	"github.com/dsrd/dsrd/internal/oracle"
	"github.com/dsrd/dsrd/internal/real"
)

// A sink is a row whose relay is Postfix's smtp-sink: another opinion than the Receiver's of what it
// is to refuse a mail. It keeps every mail that came to its end, whatever it said to that.
type sink struct {
	*world
	relay *real.Sink
	who   string // has asked
}

// newSink starts a row with a sink that fails as the options say, and lets somebody ask.
func newSink(t *testing.T, name string, options ...string) *sink {
	t.Helper()
	dir, err := real.Scratch()
	office.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	relay, err := real.StartSink(dir, options...)
	office.SkipMissing(t, err)
	t.Cleanup(func() { relay.Kill() }) // whichever runs then: it is started again
	s := &sink{world: row(t, name, office.Sink(relay.Port)), relay: relay}
	s.Serve()
	s.who = s.asks(1)[0]
	return s
}

// dumps are the mails that the sink was sent since it was started last.
func (s *sink) dumps() []real.Dumped {
	s.t.Helper()
	all, err := s.relay.Dumps()
	office.NoError(s.t, err)
	return all
}

// recovers lets the sink take everything from now on.
func (s *sink) recovers() {
	s.t.Helper()
	office.NoError(s.t, s.relay.Restart())
}

// judges lets the oracle look at what the sink has taken as if it lay in the mailboxes.
func (s *sink) judges(taken []real.Dumped) {
	s.t.Helper()
	if !s.quiet() {
		s.t.Error("it does not get quiet")
	}
	e := s.evidence()
	for _, d := range taken {
		for _, to := range d.To {
			e.Mailbox = append(e.Mailbox, oracle.Mail{Owner: to, Raw: []byte(d.Raw)})
		}
	}
	s.holds(oracle.Judge(e), oracle.Allowed{})
}

// waits waits until the letter has been refused, and the daemon knows that it is still to be sent.
func (s *sink) waits() {
	s.t.Helper()
	var last shown
	office.Until(s.t, "the letter waits", func() bool {
		last = s.states()[s.who]
		return len(last.Waiting) > 0 && last.Waiting[0].Note != ""
	})
	if slices.Contains(last.events(), "letter_sent") {
		s.t.Errorf("it was refused, and the history says %v", last.events())
	}
}

// TestSinkCloses, row 26: smtp-sink says 421 at each stage, and takes the mail later.
func TestSinkCloses(t *testing.T) {
	sinkRefuses(t, "r26sink", "-Q", "421 ", "CONNECT", "DATA", ".")
}

// TestSinkRefusesForNow, row 27: smtp-sink says 450 at each stage, and takes the mail later.
func TestSinkRefusesForNow(t *testing.T) {
	sinkRefuses(t, "r27sink", "-r", "450 ", "RCPT", ".")
}

// sinkRefuses lets the sink refuse with an option at each stage. What it was sent before it refused
// is the same, byte for byte, as what it takes.
func sinkRefuses(t *testing.T, name, option, code string, commands ...string) {
	t.Parallel()
	for n, command := range commands {
		t.Run(command, func(t *testing.T) {
			s := newSink(t, fmt.Sprint(name, n), option, command)
			s.waits()
			if note := s.states()[s.who].Waiting[0].Note; !strings.Contains(note, code) {
				t.Errorf("it waits for %q", note)
			}
			refused := s.dumps()
			if (len(refused) > 0) != (command == ".") {
				t.Errorf("the sink was sent %d mails", len(refused))
			}
			s.recovers()
			s.awaitSent(s.who)
			taken := s.dumps()
			if len(taken) != 1 {
				t.Fatalf("the sink has taken %d mails", len(taken))
			}
			for _, r := range refused {
				if written(r) != written(taken[0]) {
					t.Errorf("it was sent\n%s\nand then\n%s", r.Raw, taken[0].Raw)
				}
			}
			s.judges(taken)
		})
	}
}

// written is a mail without what the sink has put on top of it.
func written(d real.Dumped) string {
	_, text, _ := strings.Cut(d.Raw, "\r\nDate: ")
	return text
}

// TestSinkRefusesForGood, row 28: a person must look, and nothing is sent again.
func TestSinkRefusesForGood(t *testing.T) {
	t.Parallel()
	for stage, command := range map[string]string{"rcpt": "RCPT", "dot": "."} {
		t.Run(stage, func(t *testing.T) {
			s := newSink(t, "r28sink"+stage, "-B", "550 5.1.1 unknown user", "-f", command)
			if end := s.awaitEnd(s.who, "stuck"); end.Reason != "undeliverable" {
				t.Errorf("it is for %q", end.Reason)
			}
			tries := len(s.dumps())
			if want := map[string]int{".": 1}[command]; tries != want {
				t.Errorf("the sink was sent %d mails, not %d", tries, want)
			}
			s.recovers()
			s.Pass(time.Hour)
			s.of(s.who).Ends = []string{"stuck"}
			s.judges(nil)
			if n := len(s.dumps()); n != 0 {
				t.Errorf("it was sent again: %d times", n)
			}
		})
	}
}

// TestSinkHangsUp, row 30: smtp-sink takes a mail as a whole, and hangs up without a word. It may have
// kept it: the same mail is sent once more, and the history admits both.
func TestSinkHangsUp(t *testing.T) {
	s := newSink(t, "r30sink", "-q", ".")
	var first []real.Dumped
	office.Until(t, "a mail is lost", func() bool { first = s.dumps(); return len(first) > 0 })
	s.recovers()
	s.awaitSent(s.who)
	taken := append(first, s.dumps()...)
	if len(taken) != 2 || written(taken[0]) != written(taken[1]) {
		t.Fatalf("it was sent %d mails: %+v", len(taken), taken)
	}
	admitted := 0
	for _, h := range s.states()[s.who].History {
		if h.Event == "letter_sent" {
			admitted += h.Copies
		}
	}
	if admitted != 2 {
		t.Errorf("the history admits %d copies, and there are 2", admitted)
	}
	s.judges(taken)
}
