package app_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dsrd/dsrd/internal/admin"
	"github.com/dsrd/dsrd/internal/demo"
	"github.com/dsrd/dsrd/mailer/mailtest"
	"github.com/dsrd/dsrd/workflow"
	"github.com/google/go-cmp/cmp"
)

// TestFaultsOfAMailServer reads a mailbox with a fault for two hours, beside a good
// one: nobody is hammered, a person can understand what is said, and says it seldom.
func TestFaultsOfAMailServer(t *testing.T) {
	rules := func(rules ...mailtest.Rule) []mailtest.Rule { return rules }
	for _, k := range []struct {
		name  string
		rules []mailtest.Rule
		more  string // of the mailbox's configuration
		say   string
		never string // command that must not be heard
	}{
		{"it says goodbye", rules(mailtest.Rule{On: "GREETING", Say: []string{"* BYE too busy"}, Drop: true}),
			"", "too busy", "AUTHENTICATE"},
		{"it is no IMAP server", rules(mailtest.Rule{On: "GREETING", Say: []string{"HTTP/1.1 400 Bad Request"}, Drop: true}),
			"", "greeting", "AUTHENTICATE"},
		{"it hangs up after the login", rules(mailtest.Rule{On: "CAPABILITY", Drop: true}), "", "connection lost", ""},
		{"it refuses the login", rules(mailtest.Rule{On: "AUTHENTICATE", Say: []string{"TAG NO [AUTHENTICATIONFAILED] no"}}),
			"", "the server refused the login", ""},
		{"it does not offer TLS", rules(mailtest.Rule{On: "STARTTLS", Say: []string{"TAG BAD what?"}}), "    security: starttls\n", "STARTTLS", "AUTHENTICATE"},
		{"it does not open the folder", rules(mailtest.Rule{On: "SELECT INBOX", Say: []string{"TAG NO [SERVERBUG] broken index"}},
			mailtest.Rule{On: `LIST "" "*"`, Say: []string{`* LIST () "/" INBOX`, "TAG OK done"}}), "", "broken index", ""},
		{"it cannot search", rules(mailtest.Rule{On: "UID SEARCH", Say: []string{"TAG BAD never heard"}}), "", "never heard", ""},
	} {
		t.Run(k.name, func(t *testing.T) {
			p := used(t)
			s := script(t, "MOVE UIDPLUS IDLE", k.rules...)
			p.extraMailbox(t, s.Addr(), "")
			if k.more != "" {
				p.edit(t, "dsrd.yaml", "    security: none\n", k.more)
			}
			p.restart(t)
			must(t, p.App.Recognise(t.Context()))
			before := s.Asked("GREETING")
			for range 120 {
				_ = p.App.Scan(t.Context())
				p.Clock.Advance(time.Minute)
			}
			if n := s.Asked("GREETING") - before; n > 120 {
				t.Errorf("it was called %d times in two hours", n)
			}
			told := p.log.count(`msg=failing what="mailbox other"`)
			if told < 1 || told > 8 || !strings.Contains(p.log.String(), k.say) {
				t.Errorf("told %d times, want it to say %q:\n%s", told, k.say, p.log)
			}
			if k.never != "" && s.Asked(k.never) > 0 {
				t.Errorf("it was told %s", k.never)
			}
			p.askAbout(t, colleague)
			_ = p.App.Scan(t.Context())
			if all, err := p.Requests(t.Context()); err != nil || len(all) != 2 {
				t.Errorf("the good mailbox: %d requests, %v", len(all), err)
			}
		})
	}
}

func TestCertificateThatNobodyVouchesForIsRefused(t *testing.T) {
	p := newPlace(t)
	other, err := mailtest.NewCA()
	must(t, err)
	p.write(t, "ca2.pem", string(other.PEM()))
	p.edit(t, "dsrd.yaml", "    ca_file: ca.pem\nsmtp", "    ca_file: ca2.pem\nsmtp")
	p.restart(t)
	for range 60 {
		_ = p.App.Scan(t.Context())
		p.Clock.Advance(time.Minute)
	}
	if n := p.log.count("msg=failing"); n != 1 || p.log.count("certificate") == 0 || p.log.count("SHA-256") != 1 {
		t.Errorf("told %d times:\n%s", n, p.log)
	}
	for _, c := range p.Post.IMAP.Commands() {
		if strings.HasPrefix(c, "LOGIN") || strings.HasPrefix(c, "AUTH") {
			t.Errorf("it said %s to a stranger", c)
		}
	}
}

// TestFullAccountLosesNothing refuses to move and to write for an hour.
func TestFullAccountLosesNothing(t *testing.T) {
	var full atomic.Bool
	p := newPlace(t)
	p.repost(t, mailtest.PostConfig{Refuse: func(verb, _ string) error {
		if full.Load() && (verb == "MOVE" || verb == "COPY" || verb == "APPEND") {
			return errors.New("[OVERQUOTA] the account is full")
		}
		return nil
	}})
	must(t, p.Settle(t.Context()))
	must(t, p.App.Checkpoint(t.Context()))
	full.Store(true)
	p.ask(t)
	for range 60 {
		_ = p.App.Scan(t.Context())
		_, err := p.App.RunDue(t.Context())
		must(t, err)
		p.Clock.Advance(time.Minute)
	}
	p.only(t)
	if p.count(t, demo.Anna) != 1 || !strings.Contains(p.log.String(), "the account is full") ||
		p.log.count(`msg=failing what="mailbox dsr"`) > 2 {
		t.Errorf("anna was asked %d times, log:\n%s", p.count(t, demo.Anna), p.log)
	}
	if err := p.App.Checkpoint(t.Context()); err == nil || !strings.Contains(err.Error(), "full") {
		t.Errorf("the checkpoint: got %v", err)
	}
	full.Store(false)
	p.Clock.Advance(time.Hour)
	must(t, p.Settle(t.Context()))
	must(t, p.App.Checkpoint(t.Context()))
	if n := len(p.stored(t, "DSRD/Processed")); n != 1 || len(p.stored(t, "INBOX")) != 0 {
		t.Errorf("%d mails were moved, %d are left", n, len(p.stored(t, "INBOX")))
	}
}

// TestScanThatFailsBesideAWatchIsMadeUpFor lets a scan fail while the server goes on to
// announce mail.
func TestScanThatFailsBesideAWatchIsMadeUpFor(t *testing.T) {
	var full atomic.Bool
	p := ticking(t)
	p.repost(t, mailtest.PostConfig{Refuse: func(verb, _ string) error {
		if full.Load() && verb == "MOVE" {
			return errors.New("[OVERQUOTA] the account is full")
		}
		return nil
	}})
	p.edit(t, "dsrd.yaml", `scan: "@every 1h"`, `scan: "@every 1s"`)
	p.restart(t)
	r := run(t.Context(), p.App)
	within(t, 20*time.Second, "it idles", p.idling(1))
	full.Store(true)
	p.ask(t)
	within(t, 20*time.Second, "the scan fails", func() bool { return p.log.count("the account is full") > 0 })
	full.Store(false)
	within(t, 20*time.Second, "it is moved", func() bool { return len(p.stored(t, "DSRD/Processed")) == 1 })
	within(t, 20*time.Second, "it idles again", p.idling(2))
	r.finish(t)
}

func TestRenumberedMailboxMakesNoNewRequests(t *testing.T) {
	p := newPlace(t)
	p.edit(t, "dsrd.yaml", "    ca_file: ca.pem\nsmtp", "    ca_file: ca.pem\n    after: keep\nsmtp")
	p.restart(t)
	must(t, p.Settle(t.Context()))
	p.Clock.Advance(time.Minute)
	p.ask(t)
	p.askAbout(t, colleague)
	must(t, p.Settle(t.Context()))
	must(t, p.Post.IMAP.Renumber(demo.Desk, "INBOX"))
	p.Post.IMAP.Hangup()
	p.Clock.Advance(time.Hour)
	must(t, p.Settle(t.Context()))
	p.askAbout(t, "third.person@customer.example")
	must(t, p.Settle(t.Context()))
	all, err := p.Requests(t.Context())
	must(t, err)
	if len(all) != 3 || p.count(t, demo.Anna) != 3 {
		t.Errorf("%d requests, anna was asked %d times", len(all), p.count(t, demo.Anna))
	}
	if n := p.log.count("numbered the mailbox anew"); n != 1 {
		t.Errorf("it was told %d times", n)
	}
}

// TestOperatorsAreAnsweredWhileTheStartWaits has a mailbox that nobody can read, and
// none that vouches for the store.
func TestOperatorsAreAnsweredWhileTheStartWaits(t *testing.T) {
	p := asking(t)
	nobody, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	must(t, nobody.Close())
	port := p.Post.IMAP.Addr()
	p.edit(t, "dsrd.yaml", "port: "+port[strings.LastIndexByte(port, ':')+1:],
		"port: "+nobody.Addr().String()[len("127.0.0.1:"):])
	p.restart(t)
	r := run(t.Context(), p.App)
	client := p.operator()
	within(t, 20*time.Second, "it says what it waits for", func() bool {
		s, err := client.Status(context.Background())
		waits, _ := s["waits_for"].(string)
		return err == nil && strings.Contains(waits, "connection refused")
	})
	id := string(p.only(t).ID)
	if _, err = client.Do(t.Context(), id, "cancel", admin.Order{}); err == nil || !strings.Contains(err.Error(), "has not started yet") {
		t.Errorf("an order: got %v", err)
	}
	if v, err := client.Show(t.Context(), id); err != nil || v.State != workflow.AwaitingConfirmation {
		t.Errorf("a look: got %+v, %v", v, err)
	}
	before := p.records(t)[0]
	for _, verb := range []string{"replay", "ignore"} {
		_, err := client.Judge(t.Context(), before.Digest, verb)
		if err == nil || !strings.Contains(err.Error(), "has not started yet") {
			t.Errorf("%s: got %v", verb, err)
		}
	}
	if diff := cmp.Diff(before, p.records(t)[0]); diff != "" {
		t.Errorf("the record of the mail (-want +got):\n%s", diff)
	}
	_, err = client.Pause(t.Context(), "wait", 0)
	must(t, err)
	r.finish(t)
}

// TestMailsThatNeverComeStopNoRemindersForEver has two mails that the server never hands
// over, and no other that comes.
func TestMailsThatNeverComeStopNoRemindersForEver(t *testing.T) {
	p := newPlace(t)
	p.repost(t, mailtest.PostConfig{Withhold: func(folder string, uid uint32) error {
		if folder == "INBOX" && (uid == 2 || uid == 3) {
			return errors.New("input/output error")
		}
		return nil
	}})
	must(t, p.Settle(t.Context()))
	p.ask(t)
	must(t, p.Settle(t.Context()))
	for range 2 {
		must(t, p.Write(demo.Letter{From: demo.Joe, To: demo.Desk, SubjectLine: "x", Body: "x\n"}))
	}
	before := p.App.CompleteSince()
	for range 6 * 24 {
		p.Clock.Advance(time.Hour)
		_ = p.App.Scan(t.Context())
	}
	must(t, p.Settle(t.Context()))
	if r := p.only(t); !p.App.CompleteSince().After(before) || r.Reminded == 0 {
		t.Errorf("six days: complete %v, anna was reminded %d times", p.App.CompleteSince().After(before), r.Reminded)
	}
	if aside := p.records(t, workflow.MailQuarantined); len(aside) != 2 || p.log.count("mail put aside") != 2 {
		t.Errorf("got %+v", aside)
	}
}
