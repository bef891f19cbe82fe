package engine_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dsrd/dsrd/workflow"
)

// onClock makes the bench's worker go by the clock of the synctest bubble, and gives the time
// since it began.
func (b *bench) onClock() func() time.Duration {
	began := time.Now()
	b.worker.Clock.Now = time.Now
	b.worker.Tick = func(d time.Duration) (<-chan time.Time, func()) {
		t := time.NewTicker(d)
		return t.C, t.Stop
	}
	return func() time.Duration { return time.Since(began) }
}

func TestClaimThatCouldNotBeRenewedStopsTheWork(t *testing.T) {
	refused := func(context.Context) error { return errDown }
	hangs := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
	for name, c := range map[string]struct {
		kind   workflow.EffectType
		extend func(context.Context) error
		from   int // renewals before that one succeed
		want   time.Duration
	}{
		"refused from the beginning": {workflow.SendReceipt, refused, 0, 15 * time.Second},
		"refused later":              {workflow.RemovePackage, refused, 3, 30 * time.Second},
		"hangs from the beginning":   {workflow.RemovePackage, hangs, 0, 15 * time.Second},
		"hangs later":                {workflow.SendReceipt, hangs, 2, 25 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := setUp(t)
				since := b.onClock()
				times := 0
				b.ledger.away = func(ctx context.Context, call string) error {
					if call != "extend" {
						return nil
					}
					times++
					if times <= c.from {
						return nil
					}
					return c.extend(ctx)
				}
				var ended time.Duration
				b.worker.Carriers[c.kind] = carrier(
					func(ctx context.Context, _ workflow.Request, _ workflow.Task) (workflow.Outcome, error) {
						<-ctx.Done()
						ended = since()
						return workflow.Outcome{}, ctx.Err()
					})
				b.runDue(t, b.task("e9", c.kind))
				if ended != c.want {
					t.Errorf("the work ended after %s, want %s", ended, c.want)
				}
				if len(b.watcher.failed) != 1 || !errors.Is(b.watcher.failed[0], workflow.Fenced) ||
					len(b.ledger.put)+len(b.ledger.waits)+len(b.ledger.done) != 0 {
					t.Errorf("failed %v, put off %v, waits %v, done %v", b.watcher.failed,
						b.ledger.put, b.ledger.waits, b.ledger.done)
				}
			})
		})
	}
}

func TestClaimIsRenewedWhileTheWorkLasts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := setUp(t)
		since := b.onClock()
		b.worker.Waits.Lease = 3 * time.Second
		var renewed []time.Duration
		b.ledger.away = func(_ context.Context, call string) error {
			if call == "extend" {
				renewed = append(renewed, since())
			}
			return nil
		}
		b.worker.Carriers[workflow.SendConfirmation] = carrier(
			func(ctx context.Context, _ workflow.Request, _ workflow.Task) (workflow.Outcome, error) {
				<-time.After(3500 * time.Millisecond)
				return workflow.Outcome{Event: workflow.Event{Type: workflow.LetterSent}}, ctx.Err()
			})
		b.runDue(t, b.ledger.tasks[0])
		want := []time.Duration{time.Second, 2 * time.Second, 3 * time.Second}
		if diff := cmp.Diff(want, renewed); diff != "" || len(b.ledger.done) != 1 {
			t.Errorf("done %v: %s", b.ledger.done, diff)
		}
	})
}

// A worker that was asleep does not ask whether it may go on: it stops, and asks then.
func TestClaimThatEndedWhileWeSleptIsNotRenewed(t *testing.T) {
	b := setUp(t)
	b.worker.Carriers[workflow.SendConfirmation] = carrier(
		func(ctx context.Context, _ workflow.Request, _ workflow.Task) (workflow.Outcome, error) {
			b.now = start.Add(15 * time.Second)
			b.ticks <- b.now
			<-ctx.Done()
			return workflow.Outcome{}, ctx.Err()
		})
	extended := false
	b.ledger.away = func(_ context.Context, call string) error {
		extended = extended || call == "extend"
		return nil
	}
	b.runDue(t, b.ledger.tasks[0])
	if extended || len(b.watcher.failed) != 1 || !errors.Is(b.watcher.failed[0], workflow.Fenced) {
		t.Errorf("extended %v, failed %v", extended, b.watcher.failed)
	}
}

// Whoever lost a claim to itself gives the new one back: nobody else has it.
func TestWorkerThatLostATaskToItselfGivesItBack(t *testing.T) {
	b := setUp(t)
	order := b.ledger.tasks[0]
	order.Note = "connect"
	ctx, end := context.WithCancel(context.Background())
	wake, begun := make(chan struct{}), make(chan struct{})
	b.worker.Carriers[workflow.SendConfirmation] = carrier(
		func(ctx context.Context, _ workflow.Request, _ workflow.Task) (workflow.Outcome, error) {
			close(begun)
			<-ctx.Done()
			return workflow.Outcome{}, ctx.Err()
		})
	back := &backs{ledger: b.ledger, back: make(chan workflow.Task, 1)}
	b.worker.Due = back
	b.ledger.tasks = []workflow.Task{order}
	ended := make(chan error)
	go func() { ended <- b.worker.Run(ctx, wake) }()
	<-begun
	b.ledger.mu.Lock()
	b.ledger.tasks, b.ledger.fenced = []workflow.Task{order}, true
	b.ledger.mu.Unlock()
	wake <- struct{}{}
	wake <- struct{}{} // it has the task again
	for given := false; !given; {
		select {
		case b.ticks <- start: // whoever takes it, the loop or the renewal
		case task := <-back.back:
			given = true
			if task.Claim != 2 || task.Note != "connect" {
				t.Errorf("given back %+v", task)
			}
		}
	}
	end()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// A task that is given back for at once may come to the same worker before the slot that it had
// is free again. Nobody else has it, so it is taken up anew, not when that claim ends.
func TestTaskThatIsGivenBackForAtOnceIsTakenUpAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := setUp(t)
		since := b.onClock()
		ctx, end := context.WithCancel(context.Background())
		due := &hasty{ledger: b.ledger, wake: make(chan struct{})}
		b.worker.Due = due
		var claims []int64
		b.worker.Carriers[workflow.SendConfirmation] = carrier(
			func(_ context.Context, _ workflow.Request, task workflow.Task) (workflow.Outcome, error) {
				claims = append(claims, task.Claim)
				if len(claims) == 1 {
					return workflow.Outcome{Retry: time.Now(), Note: "withheld"}, nil
				}
				if task.Note != "withheld" {
					t.Errorf("taken up again with the note %q", task.Note)
				}
				return workflow.Outcome{Event: workflow.Event{Type: workflow.LetterSent}, Left: true}, nil
			})
		ended := make(chan error)
		go func() { ended <- b.worker.Run(ctx, due.wake) }()
		synctest.Wait()
		if diff := cmp.Diff([]int64{1, 2}, claims); diff != "" || since() != 0 || len(b.ledger.done) != 1 {
			t.Errorf("after %s, done %v: %s", since(), b.ledger.done, diff)
		}
		end()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// hasty hands a task out again before whoever gave it back hears that it has it.
type hasty struct {
	*ledger
	wake chan struct{}
}

func (h *hasty) Retry(ctx context.Context, t workflow.Task, at time.Time, note string) error {
	if err := h.ledger.Retry(ctx, t, at, note); err != nil {
		return err
	}
	t.Attempts, t.Note = t.Attempts+1, note
	h.mu.Lock()
	h.tasks = append(h.tasks, t)
	h.mu.Unlock()
	h.wake <- struct{}{} // it claims
	h.wake <- struct{}{} // and it has
	return nil
}

// backs tells what is given back uncounted.
type backs struct {
	*ledger
	back chan workflow.Task
}

func (b *backs) Wait(_ context.Context, t workflow.Task, _ time.Time, _ string) error {
	b.back <- t
	return nil
}

func TestTaskThatWasClaimedAtTheVeryEndIsNotBegun(t *testing.T) {
	b := setUp(t)
	ctx, stop := context.WithCancel(context.Background())
	b.worker.Due = &late{ledger: b.ledger, stop: stop}
	carried := b.counting(workflow.SendConfirmation)
	if _, err := b.worker.RunDue(ctx); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if carried.Load() != 0 || len(b.ledger.waits) != 1 || len(b.watcher.failed) != 0 {
		t.Errorf("carried %d, given back %v, failed %v", carried.Load(), b.ledger.waits, b.watcher.failed)
	}
}

// late hands tasks out, and the daemon is told to end.
type late struct {
	*ledger
	stop func()
}

func (l *late) Claim(
	ctx context.Context, now time.Time, limit int, lease time.Duration,
) ([]workflow.Task, error) {
	defer l.stop()
	return l.ledger.Claim(ctx, now, limit, lease)
}

// task is an order of that kind that stands.
func (b *bench) task(name string, kind workflow.EffectType) workflow.Task {
	return workflow.Task{Request: id, Note: "note of " + name, Effect: &workflow.Effect{
		ID: workflow.EffectID(name), Request: id, Type: kind}}
}

// A worker that is told to end gives back what has not begun, breaks off what can be done
// again, and lets letters leave.
func TestEndGivesBackWhatHasNotBegun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := setUp(t)
		since := b.onClock()
		ctx, stop := context.WithCancel(context.Background())
		b.worker.Carriers[workflow.RemovePackage] = carrier( // stands for all that is no letter
			func(ctx context.Context, _ workflow.Request, _ workflow.Task) (workflow.Outcome, error) {
				<-ctx.Done()
				<-time.After(2 * time.Second) // it writes down how far it has come
				return workflow.Outcome{}, ctx.Err()
			})
		b.worker.Carriers[workflow.SendReceipt] = carrier(
			func(ctx context.Context, _ workflow.Request, _ workflow.Task) (workflow.Outcome, error) {
				<-time.After(18 * time.Second)
				return workflow.Outcome{Event: workflow.Event{Type: workflow.LetterSent}, Left: true}, ctx.Err()
			})
		b.worker.Carriers[workflow.SendWhich] = carrier(
			func(ctx context.Context, _ workflow.Request, _ workflow.Task) (workflow.Outcome, error) {
				<-ctx.Done()
				return workflow.Outcome{Retry: start.Add(time.Hour), Note: "ambiguous"}, nil
			})
		b.worker.Carriers[workflow.SendDeclined] = carrier(
			func(context.Context, workflow.Request, workflow.Task) (workflow.Outcome, error) {
				t.Error("begun after the end")
				return workflow.Outcome{}, nil
			})
		var loads atomic.Int64
		b.ledger.away = func(ctx context.Context, call string) error {
			if call == "load" && loads.Add(1) == 4 { // the fourth is not read before the end
				<-ctx.Done()
				return ctx.Err()
			}
			return nil
		}
		b.ledger.tasks = []workflow.Task{b.task("compiles", workflow.RemovePackage),
			b.task("leaves", workflow.SendReceipt), b.task("hangs", workflow.SendWhich)}
		ended, wake := make(chan error), make(chan struct{})
		go func() { ended <- b.worker.Run(ctx, wake) }()
		synctest.Wait()
		b.ledger.tasks = []workflow.Task{b.task("not begun", workflow.SendDeclined)}
		wake <- struct{}{}
		synctest.Wait()
		stop()
		b.ledger.mu.Lock()
		b.ledger.tasks = []workflow.Task{b.task("never claimed", workflow.SendDeclined)}
		b.ledger.mu.Unlock()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		if since() != 20*time.Second {
			t.Errorf("it ended after %s", since())
		}
		want := []putOff{{start0(0), "note of not begun"}, {start0(2 * time.Second), "note of compiles"}}
		if diff := cmp.Diff(want, b.ledger.waits, cmp.AllowUnexported(putOff{})); diff != "" {
			t.Error("given back: ", diff)
		}
		if diff := cmp.Diff([]workflow.EffectID{"leaves"}, b.ledger.done); diff != "" {
			t.Error("left: ", diff)
		}
		if len(b.ledger.put) != 1 || b.ledger.put[0].note != "ambiguous" {
			t.Errorf("put off: %v", b.ledger.put)
		}
		if len(b.ledger.tasks) != 1 || len(b.watcher.failed) != 0 {
			t.Errorf("left alone: %v, failed %v", b.ledger.tasks, b.watcher.failed)
		}
	})
}

// start0 is a moment so long after the beginning of a bubble.
func start0(d time.Duration) time.Time {
	return time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).Add(d).Local()
}

func TestClaimIsRenewedDuringTheGrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := setUp(t)
		since := b.onClock()
		ctx, stop := context.WithCancel(context.Background())
		last := time.Duration(0)
		b.ledger.away = func(_ context.Context, call string) error {
			if call == "extend" {
				last = since()
			}
			return nil
		}
		b.worker.Carriers[workflow.SendConfirmation] = carrier(
			func(context.Context, workflow.Request, workflow.Task) (workflow.Outcome, error) {
				stop()
				<-time.After(19 * time.Second)
				return workflow.Outcome{Event: workflow.Event{Type: workflow.LetterSent}, Left: true}, nil
			})
		if _, err := b.worker.RunDue(ctx); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		if last != 15*time.Second || len(b.ledger.done) != 1 {
			t.Errorf("last renewed after %s, done %v", last, b.ledger.done)
		}
	})
}
