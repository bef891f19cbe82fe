package matrix_test

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/internal/office"
	"github.com/dsrd/dsrd/internal/oracle"
)

// TestRow01ItDiesWhileItReads kills it from outside, in a read of its own that strace counts by the
// thread: when it has opened the mailbox, and has not taken on the mail that lies there.
func TestRow01ItDiesWhileItReads(t *testing.T) {
	w := row(t, "r01reads")
	plain := w.Program
	w.Serve().End() // what comes from now on is to be read
	w.relay.Plan(func(oracle.Stage) oracle.Reply { return oracle.Reply{Text: "451 4.3.0 later"} })
	wanted := size(3, 12)
	last, deaths, reads := "", 0, 110
	for tries := 0; deaths < wanted && tries < 10*wanted; tries++ {
		if last == "" {
			w.lies()
		}
		w.Program = plain
		switch last = w.diesReading(reads); last {
		case "": // it was quicker
			reads -= 7
		case "unopened":
			reads += 16
		default:
			t.Logf("read %d of a thread was its last, after %s", reads, last)
			deaths++
			reads++
		}
	}
	if deaths < wanted {
		t.Errorf("it died %d times where it should, not %d", deaths, wanted)
	}
	w.Program = plain
	w.relay.Plan(nil)
	w.Serve()
	w.Pass(time.Hour)
	for _, a := range w.asked {
		w.confirms(a.Customer)
	}
	w.judge(oracle.Allowed{})
	w.figure("%d SIGKILLs between the opening of a mailbox and the taking on of a mail: nothing lost", deaths)
}

// lies lets somebody ask, and waits until the mail lies where nobody reads it yet.
func (w *world) lies() {
	w.t.Helper()
	before := len(w.Inbox(w.Desk()))
	w.asks(1)
	office.Until(w.t, "the mail is there", func() bool { return len(w.Inbox(w.Desk())) > before })
}

// closed is what Dovecot says of a connection that somebody has left.
var closed = regexp.MustCompile(`Connection closed \(([A-Z ]+) `)

// diesReading starts the daemon, kills it in the n-th read of a thread, and gives what it had said to
// the mailbox last: "unopened" where that was no more than hello, "" where it has taken on the mail.
func (w *world) diesReading(n int) (last string) {
	w.t.Helper()
	w.traced("read", fmt.Sprintf("read:signal=KILL:when=%d", n), fmt.Sprintf("reads%d", len(w.Daemons)))
	log := filepath.Join(w.Site.Dir, "d", "dovecot.log")
	before := len(readFile(w.t, log))
	known := len(w.Store.Keys("*}:h:*"))
	d := w.ServeAs("dsrd.yaml", "dsrd.sock")
	taken := func() bool { return len(w.Store.Keys("*}:h:*")) > known }
	office.Until(w.t, "it has died, or taken on the mail", func() bool { return !d.Running() || taken() })
	if d.Running() {
		d.Kill()
	}
	if taken() {
		return ""
	}
	said := func() string { return readFile(w.t, log)[before:] }
	if !strings.Contains(said(), "Login: user=<"+w.Desk()+">") {
		return "unopened"
	}
	mine := func() []string {
		lines := strings.Join(office.Lines([]byte(said()), "imap("+w.Desk()+")"), "")
		return closed.FindStringSubmatch(lines)
	}
	office.Within(time.Second, func() bool { return mine() != nil })
	if m := mine(); m != nil && m[1] != "CAPABILITY" {
		return m[1]
	}
	return "unopened"
}
