package engine_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dsrd/dsrd/workflow"
	"github.com/dsrd/dsrd/workflow/engine"
)

// rests makes every pause of the worker end at once, after the hook; other ticks are the bench's.
func (b *bench) rests(hook func()) {
	b.worker.Tick = func(d time.Duration) (<-chan time.Time, func()) {
		if d >= time.Second {
			return b.ticks, func() {}
		}
		hook()
		now := make(chan time.Time, 1)
		now <- start
		return now, func() {}
	}
}

// accepted carries letters that the relay accepts, and counts them.
func (b *bench) accepted(kind workflow.EffectType, e workflow.Event) *int {
	n := 0
	b.worker.Carriers[kind] = carrier(
		func(context.Context, workflow.Request, workflow.Task) (workflow.Outcome, error) {
			n++
			return workflow.Outcome{Event: e, Left: true}, nil
		})
	return &n
}

// counted notes which copies the worker counts.
func (b *bench) counted() *[]string {
	var causes []string
	b.worker.Twice = func(_ workflow.Task, cause string) { causes = append(causes, cause) }
	return &causes
}

func (b *bench) last() workflow.Entry { return b.ledger.entries[len(b.ledger.entries)-1] }

func TestAcceptedLetterIsRecordedWhenTheStoreComesBack(t *testing.T) {
	for name, c := range map[string]struct {
		err   error
		times int
		left  bool
		want  int // letters recorded
	}{
		"after a long outage":           {fmt.Errorf("commit: %w", workflow.Unavailable), 500, true, 1},
		"after a recovery":              {workflow.Outdated, 50, true, 1},
		"after a lost reply":            {errDown, 3, true, 1},
		"not where it never will":       {errDown, 500, true, 0},
		"nor as a task of another kind": {errDown, 3, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			b := setUp(t)
			down := c.times
			b.ledger.away = func(_ context.Context, call string) error {
				if call == "commit" && down > 0 {
					down--
					return c.err
				}
				return nil
			}
			b.rests(func() {})
			sent := 0
			b.worker.Carriers[workflow.SendConfirmation] = carrier(
				func(context.Context, workflow.Request, workflow.Task) (workflow.Outcome, error) {
					sent++
					e := workflow.Event{Type: workflow.LetterSent}
					return workflow.Outcome{Event: e, Left: c.left}, nil
				})
			b.runDue(t, b.ledger.tasks[0])
			r := b.load(t, id)
			if got := len(b.ledger.done); got != c.want || sent != 1 || r.AskedAt.IsZero() != (c.want == 0) {
				t.Errorf("recorded %d, sent %d, asked at %s", got, sent, r.AskedAt)
			}
			if want := 1 - c.want; len(b.watcher.failed) != want {
				t.Errorf("failures %v, want %d", b.watcher.failed, want)
			}
		})
	}
}

func TestEndOfTheGraceEndsTheRecording(t *testing.T) {
	b := setUp(t)
	b.accepted(workflow.SendConfirmation, workflow.Event{Type: workflow.LetterSent})
	ctx, stop := context.WithCancel(context.Background())
	b.ledger.away = func(_ context.Context, call string) error {
		if call == "commit" {
			stop()
			return workflow.Unavailable
		}
		return nil
	}
	var graces []time.Duration
	b.worker.Waits.Grace = 7 * time.Second
	b.worker.Tick = func(d time.Duration) (<-chan time.Time, func()) {
		if d < time.Second || d == 5*time.Second {
			return nil, func() {} // nothing but the end wakes it
		}
		graces = append(graces, d)
		now := make(chan time.Time, 1)
		now <- start
		return now, func() {}
	}
	if _, err := b.worker.RunDue(ctx); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]time.Duration{7 * time.Second, 2 * time.Second}, graces); diff != "" {
		t.Error(diff)
	}
	if len(b.ledger.done) != 0 {
		t.Error("recorded")
	}
}

func TestLetterThatMayHaveLeftTwiceSaysSo(t *testing.T) {
	for name, c := range map[string]struct {
		perhaps, copies, want int
		causes                []string
	}{
		"once":                                {0, 0, 0, nil},
		"once, said":                          {0, 1, 0, nil},
		"a worker died when it may have left": {1, 0, 2, []string{"crash"}},
		"two workers died":                    {2, 0, 3, []string{"crash", "crash"}},
		"the relay's answer was lost":         {0, 2, 2, []string{"ambiguous"}},
		"both":                                {1, 2, 3, []string{"ambiguous", "crash"}},
	} {
		t.Run(name, func(t *testing.T) {
			b := setUp(t)
			causes := b.counted()
			b.accepted(workflow.SendConfirmation,
				workflow.Event{Type: workflow.LetterSent, Copies: c.copies})
			order := b.ledger.tasks[0]
			order.Perhaps = c.perhaps
			b.runDue(t, order)
			if got := b.last().Event.Copies; got != c.want {
				t.Errorf("%d copies, want %d", got, c.want)
			}
			if diff := cmp.Diff(c.causes, *causes); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A worker that was asleep learns that the letter left when somebody else has the task.
func TestFencedWorkerSaysWhatHasHappened(t *testing.T) {
	b := setUp(t)
	causes := b.counted()
	b.accepted(workflow.SendConfirmation, workflow.Event{Type: workflow.LetterSent})
	b.ledger.fenced = true
	b.runDue(t, b.ledger.tasks[0])
	e := b.last().Event
	if e.Type != workflow.LetterSent || e.Copies != 2 || len(b.ledger.done) != 1 {
		t.Errorf("got %+v, done %v", e, b.ledger.done)
	}
	if diff := cmp.Diff([]string{"fenced"}, *causes); diff != "" || len(b.watcher.failed) != 0 {
		t.Error(diff, b.watcher.failed)
	}
}

func TestFencedWorkerDoesNothingElse(t *testing.T) {
	b := setUp(t)
	b.ledger.fenced = true
	b.worker.Carriers[workflow.SendConfirmation] = carrier(
		func(context.Context, workflow.Request, workflow.Task) (workflow.Outcome, error) {
			return workflow.Outcome{Event: workflow.Event{Type: workflow.LetterFailed}}, nil
		})
	b.runDue(t, b.ledger.tasks[0])
	if r := b.load(t, id); r.State != workflow.AwaitingConfirmation || len(b.ledger.done) != 0 {
		t.Errorf("%s, done %v", r.State, b.ledger.done)
	}
}

// Whoever comes second finds that the event is written down. The first did not count those
// who had the task before the second.
func TestSecondOfTwoCountsThoseBeforeIt(t *testing.T) {
	for perhaps, want := range map[int][]int{0: {0}, 1: {0, 2}, 2: {0, 3}} {
		b := setUp(t)
		causes := b.counted()
		order := b.ledger.tasks[0]
		order.Perhaps = perhaps
		b.worker.Carriers[workflow.SendConfirmation] = carrier(
			func(context.Context, workflow.Request, workflow.Task) (workflow.Outcome, error) {
				e := workflow.Event{Type: workflow.LetterSent, Effect: order.Effect.ID,
					Order: order.Effect.Type, Op: string(order.Effect.ID) + ":letter_sent"}
				b.step(t, e) // the other's, meanwhile
				e.Keep = true
				return workflow.Outcome{Event: e, Left: true}, nil
			})
		b.runDue(t, order)
		var copies []int
		for _, e := range b.ledger.entries {
			if e.Event.Type == workflow.LetterSent {
				copies = append(copies, e.Event.Copies)
			}
		}
		if diff := cmp.Diff(want, copies); diff != "" || len(*causes) != perhaps {
			t.Errorf("perhaps %d: counted %v: %s", perhaps, *causes, diff)
		}
		if len(b.ledger.done) != 1 || b.last().Event.Keep {
			t.Errorf("perhaps %d: done %v, copies kept: %v", perhaps, b.ledger.done, b.last().Event.Keep)
		}
	}
}

// That a letter failed for good is a person's to look at, whoever says so first.
func TestSecondWhoSaysThatALetterFailedAddsNothing(t *testing.T) {
	b := setUp(t)
	order := b.ledger.tasks[0]
	order.Perhaps = 1
	b.worker.Carriers[workflow.SendConfirmation] = carrier(
		func(context.Context, workflow.Request, workflow.Task) (workflow.Outcome, error) {
			e := workflow.Event{Type: workflow.LetterFailed, Effect: order.Effect.ID,
				Order: order.Effect.Type, Op: string(order.Effect.ID) + ":letter_failed"}
			b.step(t, e)
			return workflow.Outcome{Event: e, Left: true}, nil
		})
	before := len(b.ledger.entries)
	b.runDue(t, order)
	if got := b.ledger.entries[before:]; len(got) != 1 {
		t.Errorf("the history says %+v", got)
	}
}

// deliver brings the bench's request to where its package is to be sent.
func (b *bench) deliver(t *testing.T) workflow.Task {
	t.Helper()
	for _, e := range []workflow.Event{
		{Type: workflow.CodeIssued, Challenge: &workflow.Challenge{
			Admin: "anna@acme.example", CodeHash: "h", Number: b.load(t, id).Codes + 1}},
		{Type: workflow.LetterSent, Order: workflow.SendConfirmation},
		{Type: workflow.Acknowledged, Admin: "anna@acme.example", Arrived: b.now,
			Number: b.load(t, id).Codes + 1},
		{Type: workflow.SlotOpened},
		{Type: workflow.PackageBuilt, Package: &workflow.Package{Blob: "package"}},
	} {
		e.Op = fmt.Sprintf("op:%s:%d", e.Type, b.load(t, id).Version)
		b.step(t, e)
	}
	return b.ledger.tasks[len(b.ledger.tasks)-1]
}

func TestPackageThatNobodyWaitedForAnyMoreIsWrittenDown(t *testing.T) {
	b := setUp(t)
	order := b.deliver(t)
	b.worker.Carriers[workflow.SendPackage] = carrier(
		func(context.Context, workflow.Request, workflow.Task) (workflow.Outcome, error) {
			b.step(t, workflow.Event{Type: workflow.OperatorCancelled, Op: "op:cancel"})
			b.ledger.tasks = nil // but for what follows
			return workflow.Outcome{Event: workflow.Event{Type: workflow.PackageSent}, Left: true}, nil
		})
	b.runDue(t, order)
	e := b.last().Event
	if e.Type != workflow.LetterSent || e.Order != workflow.SendPackage || e.Effect != order.Effect.ID {
		t.Errorf("the history says %+v", e)
	}
	if r := b.load(t, id); r.State != workflow.Cancelled || len(b.ledger.done) != 1 {
		t.Errorf("%s, done %v", r.State, b.ledger.done)
	}
}

// The package for an admin who was replaced left so late, or was written down so late, that the
// next one is on its way.
func TestOldPackageDoesNotEndWhatWaitsForTheNewOne(t *testing.T) {
	for name, c := range map[string]struct {
		old, fenced bool
		want        workflow.State
	}{
		"an old one, of a worker that slept": {true, true, workflow.Delivering},
		"an old one, of one that did not":    {true, false, workflow.Delivering},
		"the newest, of a worker that slept": {false, true, workflow.Completed},
	} {
		t.Run(name, func(t *testing.T) {
			b := setUp(t)
			order := b.deliver(t)
			b.worker.Carriers[workflow.SendPackage] = carrier(
				func(context.Context, workflow.Request, workflow.Task) (workflow.Outcome, error) {
					if c.old {
						b.step(t, workflow.Event{Type: workflow.AdminChanged, Op: "op:admin"})
						b.deliver(t)
						b.ledger.tasks = nil
					}
					b.ledger.fenced = c.fenced
					e := workflow.Event{Type: workflow.PackageSent}
					return workflow.Outcome{Event: e, Left: true}, nil
				})
			b.runDue(t, order)
			if r := b.load(t, id); r.State != c.want || b.last().Event.Order != workflow.SendPackage {
				t.Errorf("%s by %+v, want %s", r.State, b.last().Event, c.want)
			}
			if len(b.ledger.done) != 1 || b.ledger.done[0] != order.Effect.ID {
				t.Errorf("done %v", b.ledger.done)
			}
		})
	}
}

// A store that is away for longer than a claim lasts hands the task out again, to the same
// worker as well. The letter is sent once.
func TestTaskThatComesToTheSameWorkerAgainIsNotDoneTwice(t *testing.T) {
	b := setUp(t)
	causes := b.counted()
	sent := b.accepted(workflow.SendConfirmation, workflow.Event{Type: workflow.LetterSent})
	order := b.ledger.tasks[0]
	b.ledger.tasks = []workflow.Task{order}
	ctx, end := context.WithCancel(context.Background())
	wake := make(chan struct{})
	b.ledger.away = func(_ context.Context, call string) error {
		if call != "commit" {
			return nil
		}
		b.ledger.mu.Lock()
		again := b.ledger.claims == 1
		if again {
			b.ledger.tasks = []workflow.Task{order}
		}
		b.ledger.mu.Unlock()
		if again {
			wake <- struct{}{} // and it claims
			wake <- struct{}{} // and it has
			return workflow.Unavailable
		}
		return nil
	}
	stale := &only{ledger: b.ledger, claim: 2}
	b.engine.Store = stale
	b.rests(func() {})
	ended := make(chan error)
	go func() { ended <- b.worker.Run(ctx, wake) }()
	for b.load(t, id).AskedAt.IsZero() {
		wake <- struct{}{}
	}
	end()
	if err := <-ended; err != nil || *sent != 1 || len(b.watcher.failed) != 0 {
		t.Errorf("%v, sent %d, failed %v", err, *sent, b.watcher.failed)
	}
	if b.last().Event.Copies != 0 || len(*causes) != 0 {
		t.Errorf("%d copies, %v", b.last().Event.Copies, *causes)
	}
}

// only takes what is done under one claim, or none.
type only struct {
	*ledger
	claim int64
}

func (o *only) Commit(ctx context.Context, c workflow.Change) error {
	if err := o.ask(ctx, "commit"); err != nil {
		return err
	}
	if c.Done != "" && c.Claim != 0 && c.Claim != o.claim {
		return workflow.Fenced
	}
	return o.ledger.Commit(ctx, c)
}

var _ engine.Store = (*only)(nil)
