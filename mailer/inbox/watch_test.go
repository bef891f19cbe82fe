package inbox_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/mailer/inbox"
	"github.com/dsrd/dsrd/mailer/mailtest"
	"github.com/google/go-cmp/cmp"
)

// alarm is a timer that the test rings.
type alarm struct {
	after time.Duration
	ring  func()
}

// watching is a Watch that runs, and what can be seen of it.
type watching struct {
	t      *testing.T
	clock  *clock
	alarms chan alarm    // each timer that it sets
	wakes  chan struct{} // each call of wake
	told   chan error    // each call of Config.Watching
	cancel context.CancelFunc
	ended  chan error
}

// observe makes a configuration observable.
func observe(t *testing.T, c *inbox.Config, k *clock) *watching {
	w := &watching{
		t: t, clock: k, alarms: make(chan alarm, 100), wakes: make(chan struct{}, 100),
		told: make(chan error, 100), ended: make(chan error, 1),
	}
	c.Now, c.Random = k.Now, half{}
	c.Watching = func(err error) { w.told <- err }
	c.Alarm = func(d time.Duration) (<-chan time.Time, func() bool) {
		rings := make(chan time.Time, 1)
		w.alarms <- alarm{d, func() {
			k.add(d)
			rings <- k.Now()
		}}
		return rings, func() bool { return true }
	}
	return w
}

func (w *watching) start(box *inbox.Box) {
	ctx, cancel := context.WithCancel(context.Background())
	w.cancel = cancel
	go func() { w.ended <- box.Watch(ctx, func() { w.wakes <- struct{}{} }) }()
	w.t.Cleanup(cancel)
}

// next takes the next of something, or fails when it does not come.
func next[T any](t *testing.T, from <-chan T, what string) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(10 * time.Second):
		t.Fatalf("%s did not come", what)
		panic("unreachable")
	}
}

// rings lets the next timer run out, which must be the wanted one.
func (w *watching) rings(want time.Duration) {
	w.t.Helper()
	a := next(w.t, w.alarms, "a timer")
	if a.after != want {
		w.t.Fatalf("got a timer of %v, want %v", a.after, want)
	}
	a.ring()
}

// idles expects a new connection to idle.
func (w *watching) idles() {
	w.t.Helper()
	next(w.t, w.wakes, "the wake-up of a new connection")
	if err := next(w.t, w.told, "the beginning of IDLE"); err != nil {
		w.t.Fatalf("got %v, want it to idle", err)
	}
}

// breaks expects the connection to end.
func (w *watching) breaks(class error) {
	w.t.Helper()
	if err := next(w.t, w.told, "the end of IDLE"); !errors.Is(err, class) {
		w.t.Fatalf("got %v, want %v", err, class)
	}
}

// flashes expects a new connection that breaks at once: IDLE may have begun before that, or not.
func (w *watching) flashes() error {
	w.t.Helper()
	next(w.t, w.wakes, "the wake-up of a new connection")
	err := next(w.t, w.told, "the beginning or the end of IDLE")
	if err == nil {
		next(w.t, w.alarms, "a slice")
		err = next(w.t, w.told, "the end of IDLE")
	}
	if err == nil {
		w.t.Fatal("got no reason for the end of IDLE")
	}
	return err
}

// ends ends the watching and expects it to say so.
func (w *watching) ends() {
	w.t.Helper()
	w.cancel()
	if err := next(w.t, w.ended, "the end of Watch"); !errors.Is(err, context.Canceled) {
		w.t.Errorf("got %v, want the context's error", err)
	}
}

const slice = 5 * time.Minute

// watchScript watches a scripted server.
func watchScript(
	t *testing.T, change func(*inbox.Config), rules ...mailtest.Rule,
) (*scripted, *watching) {
	t.Helper()
	var w *watching
	s := newScriptedServer(t, "IDLE", func(c *inbox.Config) {
		c.MaxLogins = 100
		w = observe(t, c, &clock{now: noon})
		if change != nil {
			change(c)
		}
	}, 0, rules...)
	w.start(s.box)
	return s, w
}

func TestAMailThatArrivesWakes(t *testing.T) {
	var w *watching
	k := &clock{now: noon}
	world := newWorld(t, func(_ *mailtest.IMAPConfig, c *inbox.Config) { w = observe(t, c, k) })
	w.start(world.box)
	w.idles()
	for _, name := range []string{"one", "two"} {
		world.deliver(name)
		next(t, w.wakes, "the wake-up for mail "+name)
	}
	if report := world.scan(); report.Handled != 2 {
		t.Errorf("got %+v, want both handled while watching goes on", report)
	}
	if err := world.box.Watch(t.Context(), func() {}); err == nil || errors.Is(err, context.Canceled) {
		t.Errorf("a second Watch: got %v, want a refusal", err)
	}
	w.ends()
}

func TestASliceEndsWithDoneAndNoop(t *testing.T) {
	s, w := watchScript(t, nil)
	w.idles()
	w.rings(slice)
	w.rings(slice)
	next(t, w.alarms, "the third slice")
	w.ends()
	// go-imap asks for capabilities once more, whenever it comes to it.
	said := slices.DeleteFunc(s.Commands(), func(c string) bool { return c == "CAPABILITY" })
	said = said[slices.Index(said, "IDLE")-1:]
	want := []string{
		`EXAMINE INBOX`, "IDLE", "HEARD DONE", "NOOP", "IDLE", "HEARD DONE", "NOOP", "IDLE",
	}
	if diff := cmp.Diff(want, said[:min(len(want), len(said))]); diff != "" {
		t.Errorf("said (-want +got):\n%s", diff)
	}
	if len(w.wakes) != 0 || len(w.told) != 0 {
		t.Errorf("got %d wake-ups and %d reports for nothing", len(w.wakes), len(w.told))
	}
}

func TestMailThatIsAnnouncedAtAnyMomentWakes(t *testing.T) {
	for _, c := range []struct {
		name string
		rule mailtest.Rule
	}{
		{"right after the beginning of IDLE", mailtest.Rule{
			On: "IDLE", Say: []string{"+ idling", "* 1 EXISTS", "HEAR", "TAG OK done"}, Times: 1,
		}},
		{"before IDLE is acknowledged", mailtest.Rule{
			On: "IDLE", Say: []string{"* 1 EXISTS", "+ idling", "HEAR", "TAG OK done"}, Times: 1,
		}},
		{"between DONE and its answer", mailtest.Rule{
			On: "IDLE", Say: []string{"+ idling", "HEAR", "* 1 EXISTS", "TAG OK done"}, Times: 1,
		}},
		{"with the NOOP", mailtest.Rule{On: "NOOP", Say: []string{"* 1 EXISTS", "TAG OK done"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, w := watchScript(t, nil, c.rule)
			w.idles()
			w.rings(slice)
			next(t, w.wakes, "the wake-up")
			w.ends()
		})
	}
}

func TestWhateverBreaksTheIdlingItIsMadeAgain(t *testing.T) {
	// DONE has a limit of its own, which is not that of any silence.
	quick := func(c *inbox.Config) { c.Timeouts.Done, c.Timeouts.Silence = 50*time.Millisecond, 0 }
	silent := func(c *inbox.Config) { c.Timeouts.Silence = 300 * time.Millisecond }
	for _, c := range []struct {
		name string
		rule mailtest.Rule
		runs bool // the slice has to run out before anything is noticed
	}{
		{"BYE", mailtest.Rule{
			On: "IDLE", Say: []string{"+ idling", "* BYE desk@x.test was here too long"}, Drop: true,
		}, false},
		{"a hangup without a word", mailtest.Rule{
			On: "IDLE", Say: []string{"+ idling"}, Drop: true,
		}, false},
		{"something that is no IMAP", mailtest.Rule{
			On: "IDLE", Say: []string{"+ idling", "*** desk@x.test ***"}, Drop: true,
		}, false},
		{"a peer that vanished, and never answers DONE", mailtest.Rule{
			On: "IDLE", Say: []string{"+ idling"}, Hang: true,
		}, true},
		{"DONE answered with NO", mailtest.Rule{
			On: "IDLE", Say: []string{"+ idling", "HEAR", "TAG NO not done"},
		}, true},
		{"an IDLE that the server ended by itself", mailtest.Rule{
			On: "IDLE", Say: []string{"+ idling", "TAG OK enough"},
		}, true},
		{"an IDLE that is never acknowledged", mailtest.Rule{On: "IDLE", Hang: true}, false},
		{"an IDLE that is refused", mailtest.Rule{
			On: "IDLE", Say: []string{"TAG NO desk@x.test has too many"},
		}, false},
		{"no answer to NOOP", mailtest.Rule{On: "NOOP", Hang: true}, true},
		{"a folder that cannot be opened", mailtest.Rule{
			On: "EXAMINE", Say: []string{"TAG NO [NONEXISTENT] where"},
		}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.rule.Times = 1
			limits := silent
			if c.rule.On == "IDLE" && c.runs {
				limits = quick
			}
			s, w := watchScript(t, limits, c.rule)
			var err error
			switch {
			case c.runs:
				w.idles()
				w.rings(slice)
				err = next(t, w.told, "the end of IDLE")
			case c.rule.On == "EXAMINE":
				err = next(t, w.told, "why it does not idle")
			default:
				err = w.flashes()
			}
			if err == nil || strings.Contains(err.Error(), "desk@x.test") {
				t.Errorf("got %v, want the reason without an address", err)
			}
			w.rings(time.Second) // half of the first pause
			w.idles()
			w.ends()
			if n := s.Asked("AUTHENTICATE"); n != 2 {
				t.Errorf("got %d logins, want 2", n)
			}
		})
	}
}

func TestWatchingComesBackSlowerUntilASliceWasWhole(t *testing.T) {
	bye := []string{"+ idling", "* BYE full"}
	_, w := watchScript(t, nil,
		mailtest.Rule{On: "IDLE", Say: bye, Drop: true, Times: 3},
		mailtest.Rule{On: "IDLE", Say: []string{"+ idling", "HEAR", "TAG OK done"}, Times: 1},
		mailtest.Rule{On: "IDLE", Say: bye, Drop: true, Times: 1},
	)
	for _, pause := range []time.Duration{1, 2, 4} { // letting us in is no success
		if err := w.flashes(); !errors.Is(err, inbox.ErrLost) {
			t.Fatalf("got %v, want ErrLost", err)
		}
		w.rings(pause * time.Second)
	}
	w.idles()
	w.rings(slice)
	next(t, w.alarms, "the second slice")
	w.breaks(inbox.ErrLost)
	w.rings(time.Second)
	w.idles()
	w.ends()
}

func TestWatchingKeepsToTheLoginBudget(t *testing.T) {
	_, w := watchScript(t, func(c *inbox.Config) { c.MaxLogins = 2 },
		mailtest.Rule{On: "IDLE", Say: []string{"+ idling"}, Drop: true, Times: 2})
	_ = w.flashes()
	w.rings(time.Second)
	_ = w.flashes()
	w.rings(2*time.Minute - time.Second) // two minutes after the first login
	w.idles()
	w.ends()
}

func TestWatchingGoesOnAfterARefusedLogin(t *testing.T) {
	_, w := watchScript(t, nil, mailtest.Rule{
		On: "AUTHENTICATE", Say: []string{"TAG NO [AUTHENTICATIONFAILED] who"}, Times: 5,
	})
	for _, pause := range []time.Duration{1, 5, 15, 30, 30} {
		w.breaks(inbox.ErrAuth)
		w.rings(pause * time.Minute)
	}
	w.idles()
	w.ends()
}

func TestAServerWithoutIdleIsNotWatched(t *testing.T) {
	var w *watching
	s := newScriptedServer(t, "MOVE", func(c *inbox.Config) {
		w = observe(t, c, &clock{now: noon})
	}, 0)
	w.start(s.box)
	if err := next(t, w.ended, "the end of Watch"); err != nil {
		t.Errorf("got %v, want nil", err)
	}
	if s.Asked("IDLE") != 0 || s.Asked("LOGOUT") != 1 || len(w.wakes) != 0 || len(w.told) != 0 {
		t.Errorf("got %q, %d wake-ups; want a login and a LOGOUT alone", s.Commands(), len(w.wakes))
	}
}

func TestWatchingEndsWithItsContextAtAnyMoment(t *testing.T) {
	for _, c := range []struct {
		name  string
		rules []mailtest.Rule
		until func(*scripted, *watching)
	}{
		{"while it idles", nil, func(_ *scripted, w *watching) { w.idles() }},
		{"in a pause", []mailtest.Rule{{On: "IDLE", Say: []string{"+ idling"}, Drop: true}},
			func(_ *scripted, w *watching) { _ = w.flashes() }},
		{"while it waits for the end of IDLE",
			[]mailtest.Rule{{On: "IDLE", Say: []string{"+ idling"}, Hang: true}},
			func(_ *scripted, w *watching) {
				w.idles()
				w.rings(slice)
			}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, w := watchScript(t, func(c *inbox.Config) { c.Timeouts = inbox.Timeouts{} }, c.rules...)
			c.until(s, w)
			w.ends()
		})
	}
}

func TestAnIdleThatIsTooLongIsRefused(t *testing.T) {
	c := inbox.Config{
		Name: "desk", Addr: "127.0.0.1:993", Credential: password(secret),
		Now: (&clock{}).Now, Random: half{},
	}
	for _, d := range []time.Duration{-1, 29 * time.Minute} {
		c.IdleSlice = d
		if _, err := inbox.New(c, &memory{}, (&desk{}).handle); err == nil {
			t.Errorf("%v: got no error", d)
		}
	}
}

func TestTheSystemsTimerEndsASlice(t *testing.T) {
	noops := make(chan struct{}, 100)
	s := newScriptedServer(t, "IDLE", func(c *inbox.Config) {
		c.IdleSlice = time.Millisecond
	}, 0, mailtest.Rule{On: "NOOP", Say: []string{"* 1 EXISTS", "TAG OK done"}})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- s.box.Watch(ctx, func() {
			select {
			case noops <- struct{}{}:
			default:
			}
		})
	}()
	for i := range 3 {
		next(t, noops, fmt.Sprintf("wake-up %d", i+1))
	}
	cancel()
	next(t, ended, "the end of Watch")
}
