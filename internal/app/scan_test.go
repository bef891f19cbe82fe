package app_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/internal/app"
	"github.com/dsrd/dsrd/internal/demo"
	"github.com/dsrd/dsrd/mailer/inbox"
	"github.com/dsrd/dsrd/store"
	"github.com/dsrd/dsrd/workflow"
)

// other is the address of the second mailbox.
const other = "privacy@provider.example"

// second opens another account, and starts a dsrd that reads both with that
// password for it.
func (p *place) second(t *testing.T, password string) {
	t.Helper()
	must(t, p.Post.AddUser(other, "secret of "+other, state))
	must(t, os.WriteFile(filepath.Join(p.Dir, "password2"), []byte(password), 0o600))
	port := p.Post.IMAP.Addr()
	port = port[strings.LastIndexByte(port, ':')+1:]
	p.edit(t, "dsrd.yaml", "smtp:\n", "  - name: other\n    address: "+other+
		"\n    host: localhost\n    port: "+port+"\n    user: "+other+
		"\n    password_file: password2\n    ca_file: ca.pem\nsmtp:\n")
	p.restart(t)
}

func TestAllMailboxesMustHaveBeenRead(t *testing.T) {
	p := newPlace(t)
	p.second(t, "wrong")
	if err := p.App.Scan(t.Context()); !errors.Is(err, inbox.ErrAuth) || !strings.Contains(err.Error(), "mailbox other") {
		t.Errorf("got %v", err)
	}
	if at := p.App.CompleteSince(); !at.IsZero() {
		t.Errorf("a mailbox was never read, and all are said to be since %s", at)
	}
	p.edit(t, "password2", "wrong", "secret of "+other)
	p.Clock.Advance(time.Hour)
	both := p.Clock.Now()
	must(t, p.App.Scan(t.Context()))
	if at := p.App.CompleteSince(); !at.Equal(both) {
		t.Errorf("got %s, want %s", at, both)
	}
	p.edit(t, "password2", "secret", "a change")
	p.Post.IMAP.Hangup()
	p.Clock.Advance(time.Hour)
	for range 2 { // the first finds the connection gone, the next is refused
		_ = p.App.Scan(t.Context())
		p.Clock.Advance(time.Hour)
	}
	if at := p.App.CompleteSince(); !at.Equal(both) {
		t.Errorf("got %s, want the time when both had been read, %s", at, both)
	}
}

func TestOneFailingMailboxDoesNotStopTheOther(t *testing.T) {
	p := newPlace(t)
	p.second(t, "wrong")
	for range 3 {
		_ = p.App.Scan(t.Context())
		p.Clock.Advance(time.Hour - time.Second)
	}
	p.ask(t)
	p.Clock.Advance(20 * time.Minute)
	_ = p.App.Scan(t.Context())
	if r := p.only(t); r.TenantID != "acme" {
		t.Errorf("got %+v", r)
	}
}

// TestFailureIsToldOnce scans a folder that does not exist for half an hour.
func TestFailureIsToldOnce(t *testing.T) {
	p := newPlace(t)
	p.edit(t, "dsrd.yaml", "    ca_file: ca.pem\nsmtp", "    ca_file: ca.pem\n    folder: Requests\nsmtp")
	p.restart(t)
	for range 30 {
		if err := p.App.Scan(t.Context()); !errors.Is(err, inbox.ErrNoFolder) {
			t.Fatal(err)
		}
		p.Clock.Advance(time.Minute)
	}
	if n := p.log.count("msg=failing"); n != 1 {
		t.Errorf("it was told %d times", n)
	}
	p.Clock.Advance(time.Hour)
	_ = p.App.Scan(t.Context())
	if n := p.log.count("msg=failing"); n != 2 {
		t.Errorf("told %d times: after an hour it should be told again", n)
	}
}

func TestAnotherReplicasTurnIsNoError(t *testing.T) {
	p := newPlace(t)
	must(t, p.Settle(t.Context()))
	p.ask(t)
	s, err := store.Open(t.Context(), store.Config{
		URL: p.Config.Redis.URL, Embedded: true, Rand: neverRandom{}, Now: p.Clock.Now,
	})
	must(t, err)
	defer s.Close()
	p.Clock.Advance(time.Minute)
	before := p.App.CompleteSince()
	lease, err := s.Acquire(t.Context(), "mailbox/dsr", "somebody else", p.Clock.Now(), time.Minute)
	must(t, err)
	must(t, p.App.Scan(t.Context()))
	if all, err := p.Requests(t.Context()); err != nil || len(all) != 0 || !p.App.CompleteSince().Equal(before) {
		t.Errorf("it read the mailbox in another's turn: %d requests, %v", len(all), err)
	}
	must(t, s.Release(t.Context(), lease))
	must(t, p.App.Scan(t.Context()))
	p.only(t)
}

// neverRandom is chance for a store that needs none.
type neverRandom struct{}

func (neverRandom) Read(b []byte) (int, error) { return len(b), nil }

// TestTwoReplicasShareTheWork lets both scan and work at once: one request, one
// confirmation.
func TestTwoReplicasShareTheWork(t *testing.T) {
	p := newPlace(t)
	must(t, p.Settle(t.Context()))
	o, err := p.Assembly()
	must(t, err)
	o.Owner = "the other"
	twin, err := app.New(t.Context(), o)
	must(t, err)
	defer twin.Close()
	p.ask(t)
	done := make(chan error, 2)
	for _, a := range []*app.App{p.App, twin} {
		go func() {
			err := a.Scan(t.Context())
			if err == nil {
				_, err = a.RunDue(t.Context())
			}
			done <- err
		}()
	}
	must(t, <-done)
	must(t, <-done)
	must(t, p.Settle(t.Context()))
	if r := p.only(t); r.State != workflow.AwaitingConfirmation {
		t.Errorf("it is %s", r.State)
	}
	if mails, err := p.Inbox(demo.Anna); err != nil || len(mails) != 1 {
		t.Errorf("anna got %d mails, %v", len(mails), err)
	}
}

func TestDoubledSlotCompilesOnce(t *testing.T) {
	p := newPlace(t)
	must(t, p.Settle(t.Context()))
	p.ask(t)
	must(t, p.Settle(t.Context()))
	must(t, p.Answer(demo.Anna, "CONFIRM"))
	must(t, p.Settle(t.Context()))
	done := make(chan error, 3)
	for range 3 {
		go func() { done <- p.App.OpenSlot(t.Context()) }()
	}
	for range 3 {
		must(t, <-done)
	}
	must(t, p.Settle(t.Context()))
	must(t, p.App.OpenSlot(t.Context()))
	must(t, p.Settle(t.Context()))
	if r := p.only(t); r.State != workflow.Completed {
		t.Errorf("it is %s %s", r.State, r.Reason)
	}
	if mails, err := p.Inbox(demo.Anna); err != nil || len(mails) != 2 {
		t.Errorf("anna got %d mails, %v; want the confirmation and one package", len(mails), err)
	}
}
