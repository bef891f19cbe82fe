package app_test

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/internal/app"
	"github.com/dsrd/dsrd/internal/demo"
	"github.com/dsrd/dsrd/mailer/mailtest"
	"github.com/dsrd/dsrd/store"
)

// ticking is a world whose clock goes, and whose schedule scans once an hour: what
// happens sooner was announced.
func ticking(t *testing.T, adapt ...func(*demo.Options)) *place {
	t.Helper()
	adapt = append(adapt, func(o *demo.Options) { o.Clock = demo.NewClock(time.Now) })
	p := newPlace(t, adapt...)
	p.edit(t, "dsrd.yaml", `scan: "@every 5s"`, `scan: "@every 1h"`)
	p.restart(t)
	return p
}

// extraMailbox adds a mailbox at a server that says what the test wants.
func (p *place) extraMailbox(t *testing.T, addr, more string) {
	t.Helper()
	host, port, err := net.SplitHostPort(addr)
	must(t, err)
	must(t, os.WriteFile(filepath.Join(p.Dir, "password2"), []byte("anything"), 0o600))
	p.edit(t, "dsrd.yaml", "smtp:\n", "  - name: other\n    address: "+other+"\n    host: "+host+
		"\n    port: "+port+"\n    security: none\n    user: other\n    password_file: password2\n"+
		more+"smtp:\n")
}

// script starts a scripted server.
func script(t *testing.T, caps string, rules ...mailtest.Rule) *mailtest.Script {
	t.Helper()
	s, err := mailtest.NewScript(caps, rules...)
	must(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// asked says whether Anna has been asked n times.
func (p *place) asked(n int) func() bool {
	return func() bool {
		mails, err := p.Inbox(demo.Anna)
		return err == nil && len(mails) == n
	}
}

// idling says whether the server of this world was asked n times to announce mail.
func (p *place) idling(n int) func() bool {
	return func() bool {
		asked := 0
		for _, c := range p.Post.IMAP.Commands() {
			if strings.HasPrefix(c, "IDLE") {
				asked++
			}
		}
		return asked == n
	}
}

func TestAnnouncedMailIsReadAtOnce(t *testing.T) {
	p := ticking(t)
	r := run(t.Context(), p.App)
	within(t, 20*time.Second, "it idles", p.idling(1))
	p.ask(t)
	within(t, 20*time.Second, "anna is asked", p.asked(1))
	r.finish(t)
}

func TestIdleThatIsOffIsNotAskedFor(t *testing.T) {
	p := ticking(t)
	p.edit(t, "dsrd.yaml", "    ca_file: ca.pem\nsmtp", "    ca_file: ca.pem\n    idle: false\nsmtp")
	p.restart(t)
	r := run(t.Context(), p.App)
	within(t, 20*time.Second, "it was read", func() bool { return !p.App.CompleteSince().IsZero() })
	p.ask(t)
	must(t, p.App.Scan(t.Context()))
	within(t, 20*time.Second, "anna is asked", p.asked(1))
	if !p.idling(0)() {
		t.Error("it idles")
	}
	r.finish(t)
}

func TestWatchThatBreaksComesBackAndIsToldOnce(t *testing.T) {
	t.Parallel()
	p := ticking(t)
	r := run(t.Context(), p.App)
	within(t, 20*time.Second, "it idles", p.idling(1))
	p.Post.IMAP.Hangup()
	within(t, 20*time.Second, "it idles again", p.idling(2))
	p.ask(t)
	within(t, 20*time.Second, "anna is asked", p.asked(1))
	within(t, 5*time.Second, "that is told", func() bool { return p.log.count("works again") >= 1 })
	// A scan that was under way tells it too, and then the watch may end untold.
	watch, scan := p.log.count(`msg=failing what="watch of mailbox dsr"`), p.log.count(`msg=failing what="mailbox dsr"`)
	if watch > 1 || scan > 1 || watch+scan == 0 {
		t.Errorf("it was told %d and %d times:\n%s", watch, scan, p.log)
	}
	r.finish(t)
}

// TestServerThatRefusesToIdleIsReadBySchedule lets IDLE be refused for ever.
func TestServerThatRefusesToIdleIsReadBySchedule(t *testing.T) {
	t.Parallel()
	p := used(t, func(o *demo.Options) { o.Clock = demo.NewClock(time.Now) })
	s := script(t, "MOVE UIDPLUS IDLE", mailtest.Rule{On: "IDLE", Say: []string{"TAG NO not today"}})
	p.extraMailbox(t, s.Addr(), "")
	p.edit(t, "dsrd.yaml", `scan: "@every 5s"`, `scan: "@every 1s"`)
	p.restart(t)
	r := run(t.Context(), p.App)
	within(t, 20*time.Second, "it is asked to idle", func() bool { return s.Asked("IDLE") > 0 })
	before := s.Asked("UID SEARCH")
	within(t, 20*time.Second, "it is read all the same", func() bool { return s.Asked("UID SEARCH") > before+2 })
	if n := s.Asked("IDLE"); n < 1 || n > 3 {
		t.Errorf("it was asked %d times to announce mail", n)
	}
	if n := p.log.count(`msg=failing what="watch of mailbox other"`); n != 1 {
		t.Errorf("it was told %d times:\n%s", n, p.log)
	}
	r.finish(t)
}

// TestHangingMailboxDelaysNoOther adds a mailbox whose server never opens its folder.
func TestHangingMailboxDelaysNoOther(t *testing.T) {
	t.Parallel()
	p := used(t, func(o *demo.Options) { o.Clock = demo.NewClock(time.Now) })
	s := script(t, "MOVE UIDPLUS IDLE", mailtest.Rule{On: "SELECT INBOX", Hang: true})
	p.extraMailbox(t, s.Addr(), "")
	p.restart(t)
	r := run(t.Context(), p.App)
	within(t, 20*time.Second, "it hangs", func() bool { return s.Asked("SELECT INBOX") > 0 })
	p.Clock.Advance(time.Minute)
	p.askAbout(t, colleague)
	within(t, 20*time.Second, "anna is asked", p.asked(2))
	if at := p.App.CompleteSince(); !at.IsZero() {
		t.Errorf("all mailboxes are said to be read since %s", at)
	}
	r.finish(t)
}

// TestMailboxThatShowsNoMarkerInTimeIsLookedAtLater starts beside a server that says
// nothing at all, when another mailbox vouches for the store.
func TestMailboxThatShowsNoMarkerInTimeIsLookedAtLater(t *testing.T) {
	t.Parallel()
	p := used(t)
	s := script(t, "MOVE UIDPLUS", mailtest.Rule{On: "GREETING", Hang: true})
	p.extraMailbox(t, s.Addr(), "")
	p.restart(t)
	soonest, stop := context.WithTimeout(t.Context(), 40*time.Second)
	defer stop()
	must(t, p.App.Recognise(soonest))
}

func TestReplicasTakeTurnsAndTellEachOther(t *testing.T) {
	p := newPlace(t)
	must(t, p.Settle(t.Context()))
	read := p.App.CompleteSince()
	o, err := p.Assembly()
	must(t, err)
	o.Owner = "the other"
	twin, err := app.New(t.Context(), o)
	must(t, err)
	defer twin.Close()
	s, err := store.Open(t.Context(), store.Config{
		URL: p.Config.Redis.URL, Embedded: true, Rand: neverRandom{}, Now: p.Clock.Now,
	})
	must(t, err)
	defer s.Close()
	p.Clock.Advance(time.Minute)
	_, err = s.Acquire(t.Context(), "mailbox/dsr", "a third", p.Clock.Now(), time.Minute)
	must(t, err)
	must(t, twin.Scan(t.Context()))
	if at := twin.CompleteSince(); !at.Equal(read) {
		t.Errorf("the other thinks that all was read at %s, want %s", at, read)
	}
}

func TestOneReplicaIdlesAndTheOtherTakesOver(t *testing.T) {
	t.Parallel()
	p := ticking(t)
	o, err := p.Assembly()
	must(t, err)
	o.Owner = "the other"
	o.Config.Console.Socket += "2"
	twin, err := app.New(t.Context(), o)
	must(t, err)
	defer twin.Close()
	first := run(t.Context(), p.App)
	within(t, 20*time.Second, "one idles", p.idling(1))
	second := run(t.Context(), twin)
	within(t, 20*time.Second, "the other runs", func() bool { return p.log.count("dsrd runs") == 2 })
	within(t, 20*time.Second, "the other knows what was read", func() bool {
		return twin.CompleteSince().Equal(p.App.CompleteSince())
	})
	if !p.idling(1)() {
		t.Error("both idle")
	}
	first.finish(t)
	within(t, 30*time.Second, "the other idles", p.idling(2))
	p.ask(t)
	within(t, 20*time.Second, "anna is asked", p.asked(1))
	second.finish(t)
}

func TestRefusedLoginIsNotHammered(t *testing.T) {
	p := used(t)
	s := script(t, "MOVE UIDPLUS IDLE",
		mailtest.Rule{On: "AUTHENTICATE", Say: []string{"TAG NO [AUTHENTICATIONFAILED] no"}})
	p.extraMailbox(t, s.Addr(), "")
	p.restart(t)
	begin := p.Clock.Now()
	for p.Clock.Now().Sub(begin) < 2*time.Hour {
		_ = p.App.Scan(t.Context())
		p.Clock.Advance(time.Minute)
	}
	// At 0, 1, 6, 21, 51, 81 and 111 minutes.
	if n := s.Asked("AUTHENTICATE"); n != 7 {
		t.Errorf("it knocked %d times in two hours", n)
	}
	if n := p.log.count(`msg=failing what="mailbox other"`); n != 2 {
		t.Errorf("it was told %d times, want twice (anew after an hour):\n%s", n, p.log)
	}
	if !errors.Is(p.App.Scan(t.Context()), nil) {
		t.Error("waiting is told as an error")
	}
}
