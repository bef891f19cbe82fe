package inbox_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dsrd/dsrd/mailer/inbox"
	"github.com/dsrd/dsrd/mailer/mailtest"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		if n := tally.cases.Load(); n > 0 {
			fmt.Fprintf(os.Stdout, "figure: scripted IMAP cases %d, mails lost %d\n", n, tally.lost.Load())
		}
		os.Exit(code)
	}))
}

const (
	user   = "desk"
	secret = "correct horse"
	inBox  = "INBOX"
)

var noon = time.Date(2026, time.May, 4, 12, 0, 0, 0, time.UTC)

// clock is a clock that stands until it is moved.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// memory keeps cursors in a map.
type memory struct {
	mu      sync.Mutex
	cursors map[string]inbox.Cursor
}

func (m *memory) Cursor(_ context.Context, mailbox string) (inbox.Cursor, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.cursors[mailbox], nil
}

func (m *memory) SaveCursor(_ context.Context, mailbox string, c inbox.Cursor) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.cursors == nil {
		m.cursors = map[string]inbox.Cursor{}
	}
	m.cursors[mailbox] = c
	return nil
}

// begun is a memory of an account whose first start was before all mail.
func begun(validity uint32) *memory {
	return &memory{cursors: map[string]inbox.Cursor{"desk/INBOX": {
		Known: true, UIDValidity: validity, Baseline: 1, Since: noon.Add(-24 * time.Hour),
	}}}
}

// desk collects what a box hands out and answers as the test wants.
type desk struct {
	mu     sync.Mutex
	mails  []inbox.Mail
	answer func(inbox.Mail) (inbox.Disposition, error)
}

func (d *desk) handle(_ context.Context, m inbox.Mail) (inbox.Disposition, error) {
	d.mu.Lock()
	d.mails = append(d.mails, m)
	answer := d.answer
	d.mu.Unlock()
	if answer == nil {
		return inbox.Done, nil
	}
	return answer(m)
}

// subjects lists the subject lines of what was handed out, in order.
func (d *desk) subjects() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	var lines []string
	for _, m := range d.mails {
		line, _, _ := strings.Cut(string(m.Raw), "\r\n")
		lines = append(lines, strings.TrimPrefix(line, "Subject: "))
	}
	return lines
}

// world is a box, its server and everything around them.
type world struct {
	t      *testing.T
	server *mailtest.IMAP
	clock  *clock
	memory *memory
	desk   *desk
	config inbox.Config
	box    *inbox.Box
}

// newWorld starts a TLS server and a box in front of it. change may alter both configurations.
func newWorld(t *testing.T, change func(*mailtest.IMAPConfig, *inbox.Config)) *world {
	t.Helper()
	w := &world{t: t, clock: &clock{now: noon}, memory: begun(1), desk: &desk{}}
	ca, err := mailtest.NewCA()
	if err != nil {
		t.Fatal(err)
	}
	secure, err := ca.Server("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	server := mailtest.IMAPConfig{TLS: secure, Now: w.clock.Now}
	w.config = inbox.Config{
		Name: "desk", TLSConfig: ca.Client(), Credential: password(secret), Now: w.clock.Now,
		Random: rand.Reader, MarkerKey: []byte(strings.Repeat("k", 32)), MaxLogins: 100,
	}
	if change != nil {
		change(&server, &w.config)
	}
	if w.server, err = mailtest.NewIMAP(server); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.server.Close() })
	w.config.Addr = w.server.Addr()
	if err := w.server.AddUser(user, secret); err != nil {
		t.Fatal(err)
	}
	w.restart()
	return w
}

// restart replaces the box by a new one, as a new process would.
func (w *world) restart() {
	w.t.Helper()
	box, err := inbox.New(w.config, w.memory, w.desk.handle)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { box.Close(w.t.Context()) })
	w.box = box
}

func password(p string) inbox.Credential {
	return func(context.Context, bool) (inbox.Login, error) {
		return inbox.Login{User: user, Password: p}, nil
	}
}

// deliver puts mails with these subject lines into the INBOX, a minute apart.
func (w *world) deliver(subjects ...string) {
	w.t.Helper()
	for _, s := range subjects {
		w.clock.add(time.Minute)
		w.put(inBox, s, w.clock.Now())
	}
}

func (w *world) put(folder, subject string, at time.Time) {
	w.t.Helper()
	if err := w.server.Deliver(user, folder, letter(subject), at); err != nil {
		w.t.Fatal(err)
	}
}

func letter(subject string) []byte {
	return []byte("Subject: " + subject + "\r\nMessage-ID: <" + subject + "@x.test>\r\n\r\nHello\r\n")
}

// scan scans and expects no error.
func (w *world) scan() inbox.Report {
	w.t.Helper()
	report, err := w.box.Scan(w.t.Context())
	if err != nil {
		w.t.Fatalf("scan: %v", err)
	}
	return report
}

// holds describes a folder: the subject line of each mail with its flags.
func (w *world) holds(folder string) []string {
	w.t.Helper()
	stored, err := w.server.Stored(user, folder)
	if err != nil {
		w.t.Fatal(err)
	}
	lines := []string{}
	for _, m := range stored {
		line, _, _ := strings.Cut(string(m.Raw), "\r\n")
		line = strings.TrimPrefix(line, "Subject: ")
		for _, f := range []string{`\seen`, `\deleted`, "$dsrddone", "$dsrdquarantine"} {
			if m.Has(f) {
				line += " " + f
			}
		}
		lines = append(lines, line)
	}
	return lines
}

// asked counts the commands of a kind that the server saw.
func (w *world) asked(verb string) int {
	n := 0
	for _, c := range w.server.Commands() {
		if strings.HasPrefix(c, verb+" ") {
			n++
		}
	}
	return n
}

var errHandler = errors.New("the store is away")

func numbered(n int) []string {
	var names []string
	for i := range n {
		names = append(names, fmt.Sprintf("mail-%03d", i+1))
	}
	return names
}
