package app_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/internal/admin"
	"github.com/dsrd/dsrd/internal/app"
	"github.com/dsrd/dsrd/internal/demo"
	"github.com/dsrd/dsrd/mailer/mailtest"
	"github.com/dsrd/dsrd/workflow"
)

// soon is how fast the end of a daemon must be, whatever it is doing.
const soon = time.Second

// finish stops a daemon and wants its end soon.
func (r *running) finish(t *testing.T) {
	t.Helper()
	began := time.Now()
	r.stop()
	select {
	case err := <-r.ended:
		if err != nil {
			t.Errorf("it ended with %v", err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("it does not end")
	}
	if d := time.Since(began); d > soon {
		t.Errorf("it took %s to end", d)
	}
}

func TestRunAnswersOperatorsAndLeavesNothing(t *testing.T) {
	p := newPlace(t)
	r := run(t.Context(), p.App)
	client := admin.NewClient(p.Config.Console.Socket)
	within(t, 5*time.Second, "it answers operators", func() bool {
		_, err := client.Status(t.Context())
		return err == nil
	})
	status, err := client.Status(t.Context())
	must(t, err)
	if status["accept_data_loss"] != false || len(status["failing"].(map[string]any)) != 0 {
		t.Errorf("got %v", status)
	}
	r.finish(t)
	if _, err := os.Stat(p.Config.Console.Socket); err == nil {
		t.Error("the socket is left behind")
	}
}

func TestSecondDaemonOnTheSameSocketIsRefused(t *testing.T) {
	p := newPlace(t)
	r := run(t.Context(), p.App)
	within(t, 5*time.Second, "it runs", func() bool { return p.log.count("dsrd runs") == 1 })
	o, err := p.Assembly()
	must(t, err)
	second, err := app.New(t.Context(), o)
	must(t, err)
	defer second.Close()
	if err := second.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "answers there already") {
		t.Errorf("got %v", err)
	}
	r.finish(t)
}

// TestEndDoesNotWaitForServersThatHang ends a daemon whose mail hangs in the middle. It gives it
// the grace, and no more.
func TestEndDoesNotWaitForServersThatHang(t *testing.T) {
	hanging := make(chan struct{}, 8)
	p := newPlace(t, func(o *demo.Options) {
		o.Hook = func(ctx context.Context, s mailtest.Stage, _ mailtest.Envelope) error {
			if s == mailtest.StageDot {
				hanging <- struct{}{}
				<-ctx.Done()
			}
			return nil
		}
	})
	must(t, p.Settle(t.Context()))
	p.ask(t)
	must(t, p.App.Close())
	o, err := p.Assembly()
	must(t, err)
	o.Ticker = func(d time.Duration) (<-chan time.Time, func()) {
		if d == time.Duration(p.Config.Timing.Grace) {
			d = soon / 10
		}
		return app.Ticker(d)
	}
	a, err := app.New(t.Context(), o)
	must(t, err)
	defer a.Close()
	r := run(t.Context(), a)
	select {
	case <-hanging:
	case <-time.After(10 * time.Second):
		t.Fatal("no mail was sent")
	}
	r.finish(t)
}

func TestEndDoesNotWaitForARedisThatIsGone(t *testing.T) {
	p := newPlace(t)
	r := run(t.Context(), p.App)
	within(t, 5*time.Second, "it runs", func() bool { return p.log.count("dsrd runs") == 1 })
	p.Redis.Close()
	within(t, 20*time.Second, "it is noticed", func() bool { return p.log.count("what=redis") > 0 })
	r.finish(t)
}

// TestRedisThatComesBackIsWorkedWith takes Redis away from a running daemon.
func TestRedisThatComesBackIsWorkedWith(t *testing.T) {
	p := newPlace(t)
	r := run(t.Context(), p.App)
	within(t, 5*time.Second, "it runs", func() bool { return p.log.count("dsrd runs") == 1 })
	within(t, 20*time.Second, "the mailbox is read", func() bool { return !p.App.CompleteSince().IsZero() })
	p.Redis.Close()
	within(t, 20*time.Second, "it is noticed", func() bool { return p.log.count("what=redis") > 0 })
	must(t, p.Redis.Restart())
	within(t, 20*time.Second, "it works again", func() bool { return p.log.count("works again") > 0 })
	p.ask(t)
	within(t, 20*time.Second, "anna is asked", func() bool {
		mails, err := p.Inbox(demo.Anna)
		return err == nil && len(mails) == 1
	})
	r.finish(t)
}

func TestPassThatNeverComesIsRefused(t *testing.T) {
	p := newPlace(t)
	p.edit(t, "dsrd.yaml", `scan: "@every 5s"`, `scan: "0 0 30 2 *"`)
	p.restart(t)
	err := p.App.Run(t.Context())
	if err == nil || !strings.Contains(err.Error(), "schedules.scan") {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(p.Config.Console.Socket); err == nil {
		t.Error("the socket is left behind")
	}
}

func TestReload(t *testing.T) {
	p := newPlace(t)
	must(t, p.Settle(t.Context()))
	whole, err := os.ReadFile(filepath.Join(p.Dir, "tenants.yaml"))
	must(t, err)
	p.edit(t, "tenants.yaml", "domains: [customer.example]", "domain: [customer.example]")
	if err := p.App.Reload(); err == nil || !strings.Contains(err.Error(), `did you mean "domains"`) {
		t.Errorf("got %v", err)
	}
	if p.log.count("the old ones stay in force") != 1 {
		t.Errorf("nobody was told: %s", p.log)
	}
	p.ask(t)
	must(t, p.Settle(t.Context()))
	if r := p.only(t); r.TenantID != "acme" {
		t.Errorf("the old registry is not in force: %s %s", r.State, r.Reason)
	}
	gone := strings.Replace(string(whole), "[customer.example]", "[somewhere.example]", 1)
	must(t, os.WriteFile(filepath.Join(p.Dir, "tenants.yaml"), []byte(gone), 0o600))
	must(t, p.App.Reload())
	p.Clock.Advance(time.Minute)
	p.ask(t)
	must(t, p.Settle(t.Context()))
	all, err := p.Requests(t.Context())
	must(t, err)
	unknown := 0
	for _, r := range all {
		if r.Reason == workflow.UnknownCustomer {
			unknown++
		}
	}
	if len(all) != 2 || unknown != 1 {
		t.Errorf("the new registry is not in force: %d requests, %d of unknown customers", len(all), unknown)
	}
}

// TestLogNamesNobody walks the whole procedure and looks for its people in the log.
func TestLogNamesNobody(t *testing.T) {
	p := newPlace(t)
	must(t, p.Settle(t.Context()))
	p.ask(t)
	must(t, p.Settle(t.Context()))
	must(t, p.Answer(demo.Anna, "CONFIRM"))
	must(t, p.Settle(t.Context()))
	must(t, p.Pass(t.Context(), 24*time.Hour))
	must(t, p.App.Report(t.Context()))
	must(t, p.App.Retain(t.Context()))
	if r := p.only(t); r.State != workflow.Completed || p.log.count("completed=1") != 1 {
		t.Fatalf("the request is %s, the log: %s", r.State, p.log)
	}
	for _, name := range []string{"jane", "anna", "My data", "customer.example"} {
		if strings.Contains(strings.ToLower(p.log.String()), strings.ToLower(name)) {
			t.Errorf("%q is in the log:\n%s", name, p.log)
		}
	}
}

// TestWholeProcedureOnARealRedis lets nothing but the daemon act: by the real clock,
// its schedules and a redis-server, which is killed in between.
func TestWholeProcedureOnARealRedis(t *testing.T) {
	p := newPlace(t, func(o *demo.Options) {
		o.Clock, o.Slots = demo.NewClock(time.Now), "@every 1s"
	})
	must(t, p.App.Close())
	p.edit(t, "dsrd.yaml", `scan: "@every 5s"`, `scan: "@every 1s"`+"\n  checkpoint: \"@every 1s\"")
	o, redis := p.onReal(t)
	a, err := app.Start(t.Context(), o)
	must(t, err)
	defer func() { a.Close() }()
	r := run(t.Context(), a)
	client := admin.NewClient(o.Config.Console.Socket)
	state := func() workflow.State {
		page, err := client.List(t.Context(), nil, 10, "")
		if err != nil || len(page.Requests) != 1 {
			return ""
		}
		return page.Requests[0].State
	}
	within(t, 20*time.Second, "the mailbox is read", func() bool { return !a.CompleteSince().IsZero() })
	p.ask(t)
	within(t, 20*time.Second, "anna is asked", func() bool {
		mails, err := p.Inbox(demo.Anna)
		return err == nil && len(mails) == 1 && state() == workflow.AwaitingConfirmation
	})
	r.finish(t)
	must(t, a.Close())
	redis.Kill() // what was confirmed must be on the disk
	redis.Start(t)

	o.Owner = "the next run"
	a, err = app.Start(t.Context(), o)
	must(t, err)
	r = run(t.Context(), a)
	must(t, p.Answer(demo.Anna, "CONFIRM"))
	within(t, 30*time.Second, "the package is sent", func() bool { return state() == workflow.Completed })
	mail, err := p.Latest(demo.Anna)
	must(t, err)
	opened, err := p.Open(mail)
	must(t, err)
	if !opened.Report.OK() {
		t.Errorf("the package: %v", opened.Report.Lines)
	}
	r.finish(t)
	if n := p.log.count("level=ERROR"); n != 0 {
		t.Errorf("%d errors:\n%s", n, p.log)
	}
}
