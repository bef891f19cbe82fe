package app_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dsrd/dsrd/internal/admin"
	"github.com/dsrd/dsrd/internal/app"
	"github.com/dsrd/dsrd/internal/demo"
	"github.com/dsrd/dsrd/mailer/mailtest"
	"github.com/dsrd/dsrd/store"
	"github.com/dsrd/dsrd/workflow"
)

// records are what the store remembers of mails.
func (p *place) records(t *testing.T, outcomes ...workflow.Outcomes) []workflow.MailRecord {
	t.Helper()
	s, err := store.Open(t.Context(), store.Config{
		URL: p.Config.Redis.URL, Embedded: true, Rand: neverRandom{}, Now: p.Clock.Now,
	})
	must(t, err)
	defer s.Close()
	all, _, err := s.Mails(t.Context(), store.Query{Outcomes: outcomes, Limit: 100})
	must(t, err)
	return all
}

// TestReplayedMailIsJudgedAgain has a limit that a request exceeds; with a higher one
// an operator lets the mail be judged again.
func TestReplayedMailIsJudgedAgain(t *testing.T) {
	p := newPlace(t)
	p.edit(t, "dsrd.yaml", "    ca_file: ca.pem\nsmtp", "    ca_file: ca.pem\n    max_bytes: 1KiB\nsmtp")
	p.restart(t)
	must(t, p.Settle(t.Context()))
	must(t, p.Write(demo.Letter{From: demo.Jane, To: demo.Desk, SubjectLine: "My data", Body: "Please send me " +
		"the data you hold about jane.roe@customer.example.\n" + strings.Repeat("Thank you.\n", 200)}))
	must(t, p.Settle(t.Context()))
	aside := p.records(t, workflow.MailQuarantined)
	if len(aside) != 1 || len(p.stored(t, "DSRD/Quarantine")) != 1 {
		t.Fatalf("got %+v", aside)
	}
	p.edit(t, "dsrd.yaml", "    max_bytes: 1KiB\n", "")
	p.restart(t)
	must(t, p.Settle(t.Context()))
	must(t, p.App.ReplayMail(t.Context(), aside[0].Digest[:8], "operator:jo"))
	if all, err := p.Requests(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("it was judged without a scan: %d, %v", len(all), err)
	}
	must(t, p.Settle(t.Context()))
	p.only(t)
	ignored := p.records(t, workflow.MailIgnored)
	if len(ignored) != 1 || ignored[0].By != "operator:jo" || len(p.records(t, "")) != 0 {
		t.Errorf("got %+v", p.records(t))
	}
}

func TestReplayOfAMailThatIsGoneIsRefused(t *testing.T) {
	p := newPlace(t)
	must(t, p.Settle(t.Context()))
	p.ask(t)
	must(t, p.Settle(t.Context()))
	digest := p.records(t)[0].Digest
	must(t, p.Post.IMAP.Flag(demo.Desk, "DSRD/Processed", 1, `\Deleted`))
	err := p.App.ReplayMail(t.Context(), digest, "operator:jo")
	if !errors.Is(err, workflow.Refused) || !strings.Contains(err.Error(), "not in mailbox dsr") {
		t.Errorf("got %v", err)
	}
	if rec := p.records(t)[0]; rec.Outcome != workflow.MailStarted || len(rec.Requests) != 1 {
		t.Errorf("the record became %+v", rec)
	}
	if err := p.App.ReplayMail(t.Context(), "0123456789", "operator:jo"); !errors.Is(err, workflow.NotFound) {
		t.Errorf("a mail that nobody knows: got %v", err)
	}
}

func TestOperatorsReplayReachesTheMailbox(t *testing.T) {
	p := ticking(t)
	r := run(t.Context(), p.App)
	within(t, 20*time.Second, "it idles", p.idling(1))
	p.ask(t)
	within(t, 20*time.Second, "anna is asked", p.asked(1))
	within(t, 20*time.Second, "it is moved away", func() bool { return len(p.stored(t, "DSRD/Processed")) == 1 })
	digest := p.records(t)[0].Digest
	must(t, p.replay(t.Context(), digest))
	within(t, 20*time.Second, "it is judged again", func() bool {
		all := p.records(t)
		return len(all) == 1 && all[0].Outcome != "" && all[0].By != ""
	})
	p.only(t)
	r.finish(t)
}

// replay is an operator's order.
func (p *place) replay(ctx context.Context, digest string) error {
	_, err := admin.NewClient(p.Config.Console.Socket).Judge(ctx, digest, "replay")
	return err
}

// TestMailThatNeverComesHoldsUpNobody withholds a body for hours and then hands it
// over.
func TestMailThatNeverComesHoldsUpNobody(t *testing.T) {
	var withhold atomic.Bool
	p := newPlace(t)
	p.repost(t, mailtest.PostConfig{Withhold: func(folder string, uid uint32) error {
		if withhold.Load() && folder == "INBOX" && uid == 2 {
			return errors.New("input/output error")
		}
		return nil
	}})
	must(t, p.Settle(t.Context()))
	must(t, p.Write(demo.Letter{From: demo.Joe, To: demo.Desk, SubjectLine: "My data",
		Body: "Please send me the data you hold about joe.bloggs@buyer.example.\n"}))
	must(t, p.Settle(t.Context()))
	withhold.Store(true)
	p.ask(t)
	p.Clock.Advance(time.Minute)
	before := p.App.CompleteSince()
	for range 2 {
		must(t, p.App.Scan(t.Context()))
		p.Clock.Advance(10 * time.Minute)
	}
	if !p.App.CompleteSince().Equal(before) || p.log.count(`msg=failing what="mail dsr/INBOX uid 2"`) != 1 {
		t.Errorf("it was not told of:\n%s", p.log)
	}
	must(t, p.Settle(t.Context()))
	if !p.App.CompleteSince().Equal(p.Clock.Now()) {
		t.Error("the mailbox is never read to its end")
	}
	aside := p.records(t, workflow.MailQuarantined)
	if len(aside) != 1 || aside[0].Rule != "missing" || p.log.count("mail put aside") != 1 || p.log.count("works again") != 0 {
		t.Fatalf("got %+v, log:\n%s", aside, p.log)
	}
	if mails := p.stored(t, "INBOX"); len(mails) != 1 || !mails[0].Has("$DsrdQuarantine") {
		t.Errorf("got %+v", mails)
	}
	withhold.Store(false)
	must(t, p.App.ReplayMail(t.Context(), aside[0].Digest, "operator:jo"))
	must(t, p.Settle(t.Context()))
	all, err := p.Requests(t.Context())
	must(t, err)
	if len(all) != 2 || len(p.records(t, "")) != 0 {
		t.Errorf("got %d requests, %d mails under way", len(all), len(p.records(t, "")))
	}
}

// repost gives the world another post office, with the accounts that tests need.
func (p *place) repost(t *testing.T, c mailtest.PostConfig) {
	t.Helper()
	must(t, p.App.Close())
	before := p.Post
	c.Host, c.Now = "mail.provider.example", p.Clock.Now
	post, err := mailtest.NewPost(c)
	must(t, err)
	p.Post = post
	for _, who := range []string{demo.Desk, demo.Anna, demo.Bob, demo.Secretary, demo.Records} {
		must(t, post.AddUser(who, "secret of "+who))
	}
	post.Alias("confirm@provider.example", demo.Desk)
	post.Alias("bounce@provider.example", demo.Desk)
	port := func(addr string) string { return addr[strings.LastIndexByte(addr, ':')+1:] }
	p.edit(t, "dsrd.yaml", "port: "+port(before.IMAP.Addr()), "port: "+port(post.IMAP.Addr()))
	p.edit(t, "dsrd.yaml", "port: "+port(before.SMTP.Addr()), "port: "+port(post.SMTP.Addr()))
	must(t, before.Close())
	p.write(t, "ca.pem", string(post.CA.PEM()))
	must(t, p.Start(t.Context()))
}

// TestReplayIsForTheReplicaThatReadsTheMailbox: that one remembers mails that it let lie,
// and would pass by what another brings back.
func TestReplayIsForTheReplicaThatReadsTheMailbox(t *testing.T) {
	p := ticking(t)
	p.edit(t, "dsrd.yaml", "    ca_file: ca.pem\nsmtp", "    ca_file: ca.pem\n    after: keep\nsmtp")
	p.restart(t)
	r := run(t.Context(), p.App)
	within(t, 20*time.Second, "it idles", p.idling(1))
	p.ask(t)
	within(t, 20*time.Second, "anna is asked", p.asked(1))
	o, err := p.Assembly()
	must(t, err)
	o.Owner = "another replica"
	replica, err := app.New(t.Context(), o)
	must(t, err)
	defer replica.Close()
	within(t, 20*time.Second, "the mail has its outcome", func() bool {
		all := p.records(t)
		return len(all) > 0 && all[0].Outcome != ""
	})
	before := p.records(t)[0]
	err = replica.ReplayMail(t.Context(), before.Digest, "operator:jo")
	if !errors.Is(err, workflow.Conflict) || !strings.Contains(err.Error(), "another dsrd reads mailbox dsr") ||
		!strings.Contains(err.Error(), "(demo)") {
		t.Errorf("got %v", err)
	}
	if after := p.records(t)[0]; after.Outcome != before.Outcome || after.By != "" {
		t.Errorf("the record became %+v", after)
	}
	must(t, p.App.ReplayMail(t.Context(), before.Digest, "operator:jo"))
	within(t, 20*time.Second, "it is judged again", func() bool {
		all := p.records(t) // none while its place in the list changes
		return len(all) > 0 && all[0].Outcome != "" && all[0].By != ""
	})
	r.finish(t)
	must(t, replica.ReplayMail(t.Context(), before.Digest, "operator:jo")) // nobody reads it
}
