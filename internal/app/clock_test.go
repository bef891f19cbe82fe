package app_test

import (
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/internal/app"
	"github.com/dsrd/dsrd/internal/demo"
	"github.com/dsrd/dsrd/workflow"
)

// TestAReplicaWhoseClockIsAYearOffHarmsNobody lets it work first and alone, then beside a right
// one, which goes on when it ends: a year passes in no request, and nobody waits for it.
func TestAReplicaWhoseClockIsAYearOffHarmsNobody(t *testing.T) {
	t.Parallel()
	const year = 365 * 24 * time.Hour
	for name, ahead := range map[string]time.Duration{"ahead": year, "behind": -year} {
		t.Run(name, func(t *testing.T) {
			p := ticking(t, extra(brisk), func(o *demo.Options) { o.Slots = "@every 1s" })
			must(t, p.App.Close())
			right, _ := p.onReal(t)
			wrong := right
			config := *right.Config
			config.Console.Socket += "2"
			wrong.Config, wrong.Owner = &config, "the wrong one"
			wrong.Now = func() time.Time { return right.Now().Add(ahead) }

			b, err := app.Start(t.Context(), wrong)
			must(t, err)
			defer b.Close()
			running := run(t.Context(), b)
			within(t, 20*time.Second, "the wrong one reads the mailbox", p.idling(1))
			p.ask(t)
			within(t, 20*time.Second, "anna is asked", p.asked(1))
			if s := b.Readiness(t.Context()); s.Ready || !strings.Contains(strings.Join(s.Reasons, "\n"), "clock is not that of Redis") {
				t.Errorf("its clock is wrong, and it says %+v", s)
			}
			a, err := app.Start(t.Context(), right)
			must(t, err)
			p.App, p.Config = a, right.Config
			beside := run(t.Context(), a)
			within(t, 20*time.Second, "the right one is ready", func() bool { return a.Readiness(t.Context()).Ready })
			running.finish(t)
			p.orderly(t)

			must(t, p.Answer(demo.Anna, "CONFIRM"))
			within(t, 30*time.Second, "the package is sent", func() bool {
				all, err := p.Requests(t.Context()) // which may show it twice while it moves
				return err == nil && len(all) == 1 && all[0].State == workflow.Completed && p.asked(2)()
			})
			beside.finish(t)
		})
	}
}

// orderly looks whether the one request was born today and waits for the answer to its one letter.
func (p *place) orderly(t *testing.T) {
	t.Helper()
	r := p.only(t)
	if r.State != workflow.AwaitingConfirmation || r.Reminded+r.Escalated > 0 || !p.asked(1)() {
		t.Errorf("the request is %s (%s), %d times reminded, %d times escalated",
			r.State, r.Reason, r.Reminded, r.Escalated)
	}
	now := p.Clock.Now()
	if d := r.ReceivedAt.Sub(now).Abs(); d > time.Hour {
		t.Errorf("it is dated %s, by its writer's clock it is %s", r.ReceivedAt, now)
	}
	if r.Challenge == nil || r.Challenge.IssuedAt.Sub(now).Abs() > time.Hour {
		t.Errorf("its code is %+v, and it is %s", r.Challenge, now)
	}
}
