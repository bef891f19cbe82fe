package app_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dsrd/dsrd/internal/app"
	"github.com/dsrd/dsrd/internal/demo"
	"github.com/dsrd/dsrd/internal/recovery"
	"github.com/dsrd/dsrd/workflow"
)

// state is where the marker lies.
const state = "DSRD/State"

// used is a place that has one request and a marker that knows of it.
func used(t *testing.T, adapt ...func(*demo.Options)) *place {
	t.Helper()
	p := newPlace(t, adapt...)
	must(t, p.App.Recognise(t.Context()))
	must(t, p.Settle(t.Context()))
	p.ask(t)
	must(t, p.Settle(t.Context()))
	must(t, p.App.Checkpoint(t.Context()))
	return p
}

func TestNormalRestartGoesOn(t *testing.T) {
	p := used(t)
	p.restart(t)
	must(t, p.App.Recognise(t.Context()))
	must(t, p.Answer(demo.Anna, "CONFIRM"))
	must(t, p.Settle(t.Context()))
	if r := p.only(t); r.State != workflow.Confirmed {
		t.Errorf("the request is %s", r.State)
	}
}

// asksFirst lets nothing be recovered unless a person says so.
func (p *place) asksFirst(t *testing.T) {
	t.Helper()
	p.edit(t, "dsrd.yaml", "redis:\n", "redis:\n  recovery: never\n")
}

// TestStoreThatForgotIsNotWorkedWith starts on three kinds of it: the daemon stays up, says
// why, and touches nothing.
func TestStoreThatForgotIsNotWorkedWith(t *testing.T) {
	for name, k := range map[string]struct {
		forget func(*testing.T, *place)
		want   string
	}{
		"an empty redis": {func(_ *testing.T, p *place) { p.Redis.FlushAll() }, "this one is empty"},
		"an empty redis, and the marker gone with it": {func(t *testing.T, p *place) {
			p.Clock.Advance(time.Minute) // what left is kept a little later
			must(t, p.Settle(t.Context()))
			p.Redis.FlushAll()
			must(t, p.Post.IMAP.Remove(demo.Desk, state))
		}, "a request that redis does not have"},
		"an older redis": {func(t *testing.T, p *place) {
			must(t, p.Redis.Set(counter(t, p), "1"))
		}, "partition 0 of redis stands at change 1"},
		"another installation's redis": {func(t *testing.T, p *place) {
			p.Redis.FlushAll()
			p.restart(t)
			must(t, p.Settle(t.Context()))
			p.Clock.Advance(time.Hour)
			p.ask(t)
			must(t, p.Settle(t.Context()))
		}, "knows another redis than this one"},
	} {
		t.Run(name, func(t *testing.T) {
			p := used(t)
			k.forget(t, p)
			p.asksFirst(t)
			must(t, p.App.Close())
			o, err := p.Assembly() // and not Start, which takes any Redis for the right one
			must(t, err)
			p.App, err = app.New(t.Context(), o)
			must(t, err)
			sent, keys := len(p.Post.SMTP.Accepted()), p.Redis.Keys()
			r := run(t.Context(), p.App)
			var waits string
			within(t, 10*time.Second, "it says what it waits for", func() bool {
				s, err := p.operator().Status(t.Context())
				waits, _ = s["waits_for"].(string)
				return err == nil && strings.Contains(waits, k.want)
			})
			if !strings.Contains(waits, "dsrd recover") || !strings.Contains(waits, "is redis.url right") {
				t.Errorf("it says no remedy: %s", waits)
			}
			if s := p.App.Readiness(t.Context()); s.Ready || !strings.Contains(strings.Join(s.Reasons, " "), "Redis lacks") {
				t.Errorf("it is ready: %+v", s)
			}
			p.ask(t)
			must(t, p.App.Checkpoint(t.Context()))
			r.finish(t)
			if p.log.count("dsrd runs") > 0 || len(p.Post.SMTP.Accepted()) != sent || len(p.stored(t, "INBOX")) != 1 {
				t.Error("it worked all the same")
			}
			if name != "an older redis" { // of ours all replicas are told
				if diff := cmp.Diff(keys, p.Redis.Keys()); diff != "" {
					t.Errorf("it wrote into a redis that is not ours (-before +after):\n%s", diff)
				}
			}
		})
	}
}

// TestNamesAreNotOldBecauseRedisIsNew: a store that was lost must not let an admin count who
// was only named yesterday.
func TestNamesAreNotOldBecauseRedisIsNew(t *testing.T) {
	p := used(t)
	p.Redis.FlushAll()
	must(t, p.App.Close())
	o, err := p.Assembly()
	must(t, err)
	p.App, err = app.New(t.Context(), o)
	must(t, err)
	err = p.App.Recognise(t.Context())
	var lost *app.Lost
	if !errors.As(err, &lost) || lost.Verdict != recovery.Empty {
		t.Errorf("got %v", err)
	}
	if keys := p.Redis.Keys(); len(keys) != 0 {
		t.Errorf("it wrote %v", keys)
	}
}

// counter is where the store counts its commits; a restored backup has a lower one.
func counter(t *testing.T, p *place) string {
	t.Helper()
	for _, key := range p.Redis.Keys() {
		if strings.HasSuffix(key, ":seq") {
			return key
		}
	}
	t.Fatalf("no counter among %v", p.Redis.Keys())
	return ""
}

// TestStoreThatIsLostWhileItRunsIsNoticed empties Redis under a daemon.
func TestStoreThatIsLostWhileItRunsIsNoticed(t *testing.T) {
	p := used(t, func(o *demo.Options) { o.Clock = demo.NewClock(time.Now) })
	p.asksFirst(t)
	p.restart(t)
	r := run(t.Context(), p.App)
	within(t, 5*time.Second, "it runs", func() bool { return p.log.count("dsrd runs") > 0 })
	within(t, 5*time.Second, "it is ready", func() bool { return p.App.Readiness(t.Context()).Ready })
	p.Redis.FlushAll()
	within(t, 5*time.Second, "it is noticed", func() bool {
		// by the next claim, or by the mark that is made at the start if that is later
		return strings.Contains(p.log.String(), "redis must not be worked with") &&
			p.scrape(t, p.App)["dsrd_redis_rollback_total"] == 1
	})
	must(t, p.App.Checkpoint(t.Context()))
	r.finish(t)
	p.restart(t)
	var lost *app.Lost
	if err := p.App.Recognise(t.Context()); !errors.As(err, &lost) {
		t.Errorf("got %v: the marker that knew more is gone", err)
	}
}

func TestForgedMarkerIsIgnoredWithAWarning(t *testing.T) {
	p := used(t)
	raw := string(p.stored(t, state)[0].Raw)
	forged := strings.Replace(raw, "X-Dsrd-Marker: ", "X-Dsrd-Marker: 00", 1)
	must(t, p.Post.IMAP.Deliver(demo.Desk, state, []byte(forged), start))
	p.restart(t)
	must(t, p.App.Recognise(t.Context()))
	if p.log.count("marker in mailbox dsr") != 1 {
		t.Errorf("nobody was told: %s", p.log)
	}
}

func TestCheckpointWritesOnlyWhenSomethingHappened(t *testing.T) {
	p := used(t)
	first := p.stored(t, state)
	for range 3 {
		must(t, p.App.Checkpoint(t.Context()))
		p.Clock.Advance(5 * time.Minute)
	}
	again := p.stored(t, state)
	if len(first) != 1 || len(again) != 1 || first[0].UID != again[0].UID {
		t.Fatalf("had %d markers, now %d; it was written anew", len(first), len(again))
	}
	must(t, p.Answer(demo.Anna, "CONFIRM"))
	must(t, p.Settle(t.Context()))
	must(t, p.App.Checkpoint(t.Context()))
	if now := p.stored(t, state); len(now) != 1 || now[0].UID == first[0].UID {
		t.Errorf("%d markers, the change is not in them", len(now))
	}
}

func TestFirstStartTouchesNothingOld(t *testing.T) {
	for name, k := range map[string]struct {
		extra    string
		requests int
		left     int // in the inbox
	}{
		"unless asked": {"", 0, 2},
		"and if asked": {"policy:\n  process_existing: true\n", 2, 0},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlace(t, extra(k.extra))
			p.ask(t)
			p.Clock.Advance(time.Second)
			p.askAbout(t, colleague)
			p.Clock.Advance(time.Second)
			must(t, p.App.Recognise(t.Context()))
			must(t, p.Settle(t.Context()))
			if all, err := p.Requests(t.Context()); err != nil || len(all) != k.requests {
				t.Errorf("%d requests, %v; want %d", len(all), err, k.requests)
			}
			inbox := p.stored(t, "INBOX")
			if len(inbox) != k.left {
				t.Errorf("%d mails lie in the inbox, want %d", len(inbox), k.left)
			}
			if n := p.log.count("mails from before the first start"); (n == 1) != (k.left > 0) {
				t.Errorf("told %d times that they are left alone", n)
			}
			for _, m := range inbox {
				if len(m.Flags) > 0 {
					t.Errorf("an old mail was marked: %v", m.Flags)
				}
			}
			p.Clock.Advance(time.Minute)
			p.askAbout(t, "third.person@customer.example")
			must(t, p.Settle(t.Context()))
			if all, err := p.Requests(t.Context()); err != nil || len(all) != k.requests+1 {
				t.Errorf("%d requests, %v; the new mail makes one more", len(all), err)
			}
		})
	}
}

// TestMailboxThatKnowsMoreAndCouldNotBeReadAtTheStart lets the first mailbox vouch
// for a store that the second one knows to be rolled back.
func TestMailboxThatKnowsMoreAndCouldNotBeReadAtTheStart(t *testing.T) {
	p := used(t)
	before, err := p.Redis.Get(counter(t, p))
	must(t, err)
	must(t, p.Answer(demo.Anna, "CONFIRM"))
	must(t, p.Settle(t.Context()))
	must(t, p.App.Checkpoint(t.Context()))
	later := p.stored(t, state)[0].Raw
	must(t, p.Post.IMAP.Remove(demo.Desk, state))
	must(t, p.Redis.Set(counter(t, p), before))
	p.restart(t)
	must(t, p.App.Checkpoint(t.Context()))

	p.second(t, "wrong")
	must(t, p.Post.IMAP.Deliver(other, state, later, start))
	must(t, p.App.Recognise(t.Context()))
	p.edit(t, "password2", "wrong", "secret of "+other)
	p.Clock.Advance(time.Hour)
	err = p.App.Scan(t.Context())
	var lost *app.Lost
	if !errors.As(err, &lost) || !strings.Contains(lost.Why, "mailbox other knows more") {
		t.Fatalf("got %v", err)
	}
	if p.App.CompleteSince().IsZero() == false {
		t.Error("the mailbox was read all the same")
	}
}
