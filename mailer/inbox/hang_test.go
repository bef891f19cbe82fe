package inbox_test

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/mailer/inbox"
	"github.com/dsrd/dsrd/mailer/mailtest"
)

// quick makes silence short: real time, because the network has no other.
func quick(c *inbox.Config) { c.Timeouts.Silence = 100 * time.Millisecond }

// drip says one byte at a time for as long as anybody listens.
func drip(w io.Writer) {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for range tick.C {
		if _, err := io.WriteString(w, "x"); err != nil {
			return
		}
	}
}

// stages are all commands that a scan with every chore says.
var stages = []string{
	"GREETING", "AUTHENTICATE", "CAPABILITY", "NAMESPACE", "LIST", "CREATE", "SUBSCRIBE", "SELECT",
	"UID SEARCH", "UID FETCH 1:2 (UID RFC822.SIZE", "UID FETCH 1:2 (UID BODY", "UID FETCH 1:2 (UID INTERNALDATE",
	"UID STORE", "UID MOVE", "UID COPY", "GETQUOTAROOT",
}

// At whatever command a server stops: the scan comes to an end, nothing is marked that was not handed
// out, and the next scans read what is left, with a login for each break and no more.
func TestWhereverAServerStopsTheNextScansReadEverything(t *testing.T) {
	for name, stop := range map[string]struct {
		rule   mailtest.Rule
		change func(*inbox.Config)
	}{
		"it is silent":          {mailtest.Rule{Hang: true}, quick},
		"it hangs up":           {mailtest.Rule{Drop: true}, nil},
		"it resets":             {mailtest.Rule{Reset: true}, nil},
		"it says BYE":           {mailtest.Rule{Say: []string{"* BYE [UNAVAILABLE] back soon"}, Drop: true}, nil},
		"it says BYE and hangs": {mailtest.Rule{Say: []string{"* BYE"}, Hang: true}, quick},
		"it ends in the middle of a line": {mailtest.Rule{
			Pour: func(w io.Writer) { _, _ = io.WriteString(w, "* 1 FET") }, Drop: true,
		}, nil},
		"it speaks HTTP": {mailtest.Rule{Say: []string{"HTTP/1.1 400 Bad Request", "", "<p>"}, Drop: true}, nil},
		"it says a byte at a time": {mailtest.Rule{Pour: drip}, func(c *inbox.Config) {
			d := 150 * time.Millisecond
			c.Timeouts = inbox.Timeouts{Login: d, Search: d, Header: d, Body: d, Store: d}
		}},
	} {
		for _, stage := range stages {
			t.Run(name+" at "+stage, func(t *testing.T) {
				t.Parallel()
				f := newFolder(1, 2)
				rule := stop.rule
				rule.On, rule.Times = stage, 1
				rules := []mailtest.Rule{rule,
					{On: "CAPABILITY", Say: []string{"* CAPABILITY IMAP4rev1 AUTH=PLAIN MOVE UIDPLUS NAMESPACE QUOTA", "TAG OK x"}},
					{On: "NAMESPACE", Say: []string{`* NAMESPACE (("" "/")) NIL NIL`, "TAG OK x"}},
					{On: "LIST", Say: []string{"TAG OK nothing"}},
					{On: "GETQUOTAROOT", Say: []string{`* QUOTAROOT INBOX ""`, `* QUOTA "" (STORAGE 1 10)`, "TAG OK x"}},
				}
				w := newFaked(t, f, stop.change, rules...)
				w.desk.answer = func(m inbox.Mail) (inbox.Disposition, error) {
					if m.UID == 2 {
						return inbox.Quarantine, nil
					}
					return inbox.Done, nil
				}
				for range 10 {
					_, _ = w.box.Scan(t.Context())
					w.clock.add(2 * time.Minute)
				}
				if w.Asked(stage) < 1 {
					t.Fatal("it was never asked")
				}
				r := w.scans(t)
				if !r.Complete || f.moved[1] != "DSRD/Processed" || f.marks[2] != "$DsrdQuarantine" || f.copied[2] == 0 {
					t.Errorf("got %+v, moved %v, marked %v, copied %v; want everything done", r, f.moved, f.marks, f.copied)
				}
				whole, _ := w.handed()
				if whole[1] != 1 || whole[2] != 1 {
					t.Errorf("handed out %v, want each once", whole)
				}
				if n := w.Asked("AUTHENTICATE"); n > 3 {
					t.Errorf("got %d logins, want 3 at most", n)
				}
			})
		}
	}
}

// A peer that vanished: its network takes everything and gives nothing back, not even an end.
func TestAHalfOpenConnectionIsLeft(t *testing.T) {
	s := newFaked(t, newFolder(1, 2), nil)
	gate := newGate(t, s.Addr())
	config := inbox.Config{
		Name: "desk", Addr: gate.Addr().String(), TLS: inbox.TLSNone, Credential: password(secret),
		Now: s.clock.Now, Random: half{}, Timeouts: inbox.Timeouts{Silence: 50 * time.Millisecond},
	}
	box, err := inbox.New(config, s.memory, s.desk.handle)
	if err != nil {
		t.Fatal(err)
	}
	defer box.Close(context.Background())
	if _, err := box.Scan(t.Context()); err != nil {
		t.Fatal(err)
	}
	gate.freeze()
	s.folder.change(func(f *folder) { f.uids = append(f.uids, 3) })
	if r, err := box.Scan(t.Context()); err != nil || r.Handled != 1 {
		t.Errorf("got %+v, %v; want the mail read on a new connection", r, err)
	}
}

// gate passes bytes on until it is frozen: then those connections lie there, open and silent.
type gate struct {
	net.Listener
	frozen chan chan struct{}
}

func newGate(t *testing.T, to string) *gate {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g := &gate{Listener: l, frozen: make(chan chan struct{})}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			here, err := l.Accept()
			if err != nil {
				return
			}
			there, err := net.Dial("tcp", to)
			if err != nil {
				return
			}
			t.Cleanup(func() { _, _ = here.Close(), there.Close() })
			go g.pass(here, there, nil)
			go g.pass(there, here, g.frozen)
		}
	}()
	t.Cleanup(func() {
		_ = l.Close()
		<-done
	})
	return g
}

// pass copies; once it is told to freeze, it swallows.
func (g *gate) pass(from, to net.Conn, frozen chan chan struct{}) {
	buffer, swallow := make([]byte, 4096), false
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		select {
		case told := <-frozen:
			swallow = true
			close(told)
		default:
		}
		if !swallow {
			_, _ = to.Write(buffer[:n])
		}
	}
}

// freeze makes the connection that answers next swallow its answer.
func (g *gate) freeze() { go func() { g.frozen <- make(chan struct{}) }() }

// What a server says before TLS is nobody's word: nothing of it is believed, and no secret is said.
func TestNothingBeforeTLSIsBelieved(t *testing.T) {
	many := strings.Repeat("* OK still here\r\n", 1000)
	pour := func(text string) func(io.Writer) {
		return func(w io.Writer) { _, _ = io.WriteString(w, text) }
	}
	for name, rule := range map[string]mailtest.Rule{
		"PREAUTH":                 {On: "GREETING", Say: []string{"* PREAUTH welcome"}},
		"BYE":                     {On: "GREETING", Say: []string{"* BYE full"}, Drop: true},
		"a greeting without end":  {On: "GREETING", Pour: endless("x")},
		"no greeting":             {On: "GREETING", Hang: true},
		"NO":                      {On: "STARTTLS", Say: []string{"TAG NO not here"}},
		"BAD":                     {On: "STARTTLS", Say: []string{"TAG BAD what"}},
		"another tag":             {On: "STARTTLS", Say: []string{"T1 OK go"}, Hang: true},
		"silence":                 {On: "STARTTLS", Hang: true},
		"a hangup":                {On: "STARTTLS", Drop: true},
		"OK without a line's end": {On: "STARTTLS", Pour: pour("S1 OK go"), Drop: true},
		"OK with half of it":      {On: "STARTTLS", Pour: pour("S1 OK go\rS1 OK go"), Drop: true},
		"lines without end":       {On: "STARTTLS", Pour: pour(many), Hang: true},
		"a line without end":      {On: "STARTTLS", Pour: endless("x")},
		"a login slipped in after it": {On: "STARTTLS", Say: []string{
			"TAG OK go", "* CAPABILITY IMAP4rev1 AUTH=PLAIN", "T1 OK done", "T2 OK welcome",
		}, Hang: true},
		"no TLS after it": {On: "STARTTLS", Say: []string{"TAG OK go"}, Hang: true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newFaked(t, newFolder(1), func(c *inbox.Config) {
				quick(c)
				c.TLS = inbox.TLSStart
				c.Timeouts.Dial = 500 * time.Millisecond
			}, rule)
			_, err := w.box.Scan(t.Context())
			if !errors.Is(err, inbox.ErrLost) || len(w.desk.mails) != 0 {
				t.Errorf("got %v, want ErrLost", err)
			}
			for _, c := range w.Commands() {
				if strings.Contains(c, "AUTHENTICATE") || strings.Contains(c, "LOGIN") {
					t.Errorf("said %q in plain text", c)
				}
			}
		})
	}
}

// endless writes the same text until nobody listens.
func endless(text string) func(io.Writer) {
	chunk := strings.Repeat(text, 1+(64<<10)/len(text))
	return func(w io.Writer) {
		for {
			if _, err := io.WriteString(w, chunk); err != nil {
				return
			}
		}
	}
}

func TestALoginThatIsDisabledIsNotTried(t *testing.T) {
	w := newFaked(t, newFolder(1), nil,
		mailtest.Rule{On: "GREETING", Say: []string{"* OK [CAPABILITY IMAP4rev1 LOGINDISABLED] x"}})
	if _, err := w.box.Scan(t.Context()); !errors.Is(err, inbox.ErrAuth) {
		t.Errorf("got %v, want ErrAuth", err)
	}
	if n := w.Asked("LOGIN") + w.Asked("AUTHENTICATE"); n != 0 {
		t.Errorf("the password was said %d times", n)
	}
}

// PREAUTH over TLS, or on loopback, is a login that the server made by other means.
func TestAGreetingWithPREAUTHNeedsNoLogin(t *testing.T) {
	w := newFaked(t, newFolder(1), nil, mailtest.Rule{On: "GREETING", Say: []string{"* PREAUTH welcome"}})
	if r := w.scans(t); r.Handled != 1 || w.Asked("AUTHENTICATE") != 0 {
		t.Errorf("got %+v, %d logins", r, w.Asked("AUTHENTICATE"))
	}
}

// Capabilities may be others after the login: MOVE that is not offered any more is not used.
func TestCapabilitiesAreThoseAfterTheLogin(t *testing.T) {
	w := newFaked(t, newFolder(1), nil,
		mailtest.Rule{On: "CAPABILITY", Say: []string{"* CAPABILITY IMAP4rev1 UIDPLUS", "TAG OK x"}})
	if r := w.scans(t); r.Handled != 1 || w.Asked("UID MOVE") != 0 || w.Asked("UID COPY 1 ") != 1 {
		t.Errorf("got %+v, %q; want a copy and no MOVE", r, w.Commands())
	}
	if w.Asked("EXPUNGE") != 0 || w.Asked("UID EXPUNGE 1") != 1 {
		t.Error("want the UID alone expunged")
	}
}
