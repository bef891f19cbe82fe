package app

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/internal/telemetry"
	"github.com/dsrd/dsrd/mailer/inbox"
	"github.com/dsrd/dsrd/store"
	"github.com/dsrd/dsrd/workflow"
)

// clinic is a health with its log and a clock to move.
type clinic struct {
	*health
	log  strings.Builder
	time time.Time
}

func newClinic() *clinic {
	c := &clinic{time: time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)}
	c.health = newHealth(telemetry.NewLog(&c.log, telemetry.Text, slog.LevelInfo),
		func() time.Time { return c.time })
	return c
}

func (c *clinic) lines() int { return strings.Count(c.log.String(), "\n") }

func TestFailuresAreToldWhenTheyAreNews(t *testing.T) {
	c := newClinic()
	steps := []struct {
		name string
		do   func()
		want int // lines after it
	}{
		{"good from the start", func() { c.good("scan") }, 0},
		{"begins", func() { c.bad("scan", errors.New("read tcp 127.0.0.1:4711: reset")) }, 1},
		{"again", func() { c.bad("scan", errors.New("read tcp 127.0.0.1:4711: reset")) }, 1},
		{"with another port", func() { c.bad("scan", errors.New("read tcp 127.0.0.1:4712: reset")) }, 1},
		{"changes", func() { c.bad("scan", errors.New("login refused")) }, 2},
		{"changes back", func() { c.bad("scan", errors.New("read tcp 127.0.0.1:4711: reset")) }, 2},
		{"another begins", func() { c.bad("export", errors.New("login refused")) }, 3},
		{"lasts", func() { c.time = c.time.Add(sayAgain); c.bad("export", errors.New("login refused")) }, 4},
		{"ends", func() { c.good("scan") }, 5},
		{"goes on", func() { c.good("scan") }, 5},
		{"begins anew", func() { c.bad("scan", errors.New("login refused")) }, 6},
	}
	for _, s := range steps {
		s.do()
		if c.lines() != s.want {
			t.Fatalf("%s: %d lines, want %d:\n%s", s.name, c.lines(), s.want, c.log.String())
		}
	}
}

func TestFailuresNameNobody(t *testing.T) {
	c := newClinic()
	c.bad("mailbox dsr", errors.New("NO no mailbox jane.canary@customer.example"))
	if strings.Contains(c.log.String(), "canary") || c.lines() != 1 {
		t.Error(c.log.String())
	}
}

// TestMailThatFailsAtEveryScanIsToldOnce scans ten times over two mails of which
// one never works; then somebody takes it away.
func TestMailThatFailsAtEveryScanIsToldOnce(t *testing.T) {
	c := newClinic()
	a := &App{health: c.health, options: Options{Log: c.health.log}}
	dsr, other := &mailbox{app: a, name: "dsr"}, &mailbox{app: a, name: "other"}
	bad := inbox.Failure{Folder: "INBOX", UID: 7, Err: fmt.Errorf("handle mail 0123: no")}
	for range 10 {
		dsr.tell(inbox.Report{Complete: false, Failed: 1, Failures: []inbox.Failure{bad}})
	}
	if c.lines() != 1 || !strings.Contains(c.log.String(), "uid 7") {
		t.Errorf("got:\n%s", c.log.String())
	}
	dsr.tell(inbox.Report{Complete: false}) // it did not come as far as that mail
	other.tell(inbox.Report{Complete: true})
	if c.lines() != 1 {
		t.Errorf("got:\n%s", c.log.String())
	}
	dsr.tell(inbox.Report{Complete: true})
	if c.lines() != 2 || !strings.Contains(c.log.String(), "works again") {
		t.Errorf("got:\n%s", c.log.String())
	}
}

func TestANearlyFullAccountIsSpokenOf(t *testing.T) {
	c := newClinic()
	m := &mailbox{name: "dsr", app: &App{health: c.health}}
	for _, k := range []struct {
		name  string
		quota inbox.Quota
		says  string
		full  bool
	}{
		{"no limit", inbox.Quota{}, "", false},
		{"half full", inbox.Quota{Resource: "STORAGE", Used: 50, Limit: 100}, "", false},
		{"nearly full", inbox.Quota{Resource: "STORAGE", Used: 90, Limit: 100}, "90 % of its STORAGE", true},
		{"a server that does not say it now", inbox.Quota{}, "", true},
		{"over it", inbox.Quota{Resource: "MESSAGE", Used: 120, Limit: 100}, "120 % of its MESSAGE", true},
		{"room again", inbox.Quota{Resource: "STORAGE", Used: 10, Limit: 100}, "works again", false},
	} {
		before := c.log.Len()
		m.tellOfQuota(k.quota)
		said := c.log.String()[before:]
		if _, full := c.list()["quota of mailbox dsr"]; full != k.full || k.says == "" != (said == "") || !strings.Contains(said, k.says) {
			t.Errorf("%s: failing %v, said %q", k.name, full, said)
		}
	}
}

// A disk that takes nothing makes letters wait, and nobody's letter has failed: it must be told
// of all the same.
func TestADiskThatTakesNothingIsToldOf(t *testing.T) {
	c := newClinic()
	o := observer{telemetry.Observer{Log: c.health.log}, c.health}
	full := &store.DiskFault{Doing: "write blob file", Cause: errors.New("no space left on device")}
	for range 3 {
		o.Failed(workflow.Task{}, fmt.Errorf("carry it: %w", full))
	}
	o.Failed(workflow.Task{}, errors.New("redis is away")) // which others tell of
	if got := c.log.String(); c.lines() != 1 || !strings.Contains(got, "no space left on device") ||
		!strings.Contains(got, "delivery.blob_dir") {
		t.Errorf("told: %s", got)
	}
	o.Committed(workflow.Change{Done: "x.1"})
	if len(c.list()) != 0 {
		t.Errorf("still failing: %v", c.list())
	}
}
