package recovery_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/dsrd/dsrd/internal/recovery"
	"github.com/dsrd/dsrd/workflow"
	"github.com/dsrd/dsrd/workflow/engine"
	"github.com/google/go-cmp/cmp"
)

// answered brings one request as far as its package, and leaves a second one waiting for the
// admin, a third for its slot.
func (w *world) answered(t testing.TB) (done, waits, ready workflow.ID) {
	t.Helper()
	for _, c := range []string{"jane", "joe", "kim"} {
		w.ask(c + "@customer.example")
		w.scan()
	}
	w.work()
	var ids []workflow.ID
	for id := range w.requests() {
		ids = append(ids, id)
	}
	if len(ids) != 3 {
		t.Fatalf("got %d requests, want 3", len(ids))
	}
	slices.SortFunc(ids, func(a, b workflow.ID) int {
		return w.requests()[a].ReceivedAt.Compare(w.requests()[b].ReceivedAt)
	})
	w.confirm(w.requests()[ids[0]])
	w.step(w.requests()[ids[0]], workflow.Event{Type: workflow.SlotOpened, Actor: "daemon"})
	w.work()
	w.confirm(w.requests()[ids[2]])
	if got := w.requests()[ids[0]]; got.State != workflow.Completed || w.copies() != 4 {
		t.Fatalf("the first is %s, and %d copies are kept; want completed, 4", got.State, w.copies())
	}
	w.mark()
	return ids[0], ids[1], ids[2]
}

func (w *world) recover() recovery.Result {
	w.t.Helper()
	result, err := w.recovery(w.process).Run(w.ctx, recovery.Options{})
	w.must(err)
	_, err = w.store.Learn(w.ctx)
	w.must(err)
	return result
}

func TestARealStoreIsRebuilt(t *testing.T) {
	w := newServers(t).world(t)
	done, waits, ready := w.answered(t)
	before := w.requests()
	w.lose()
	sent := len(w.left)
	got := w.recover()
	if got.Verdict != recovery.Empty || got.Epoch != 2 || got.Born != 3 || got.Completed != 1 ||
		got.Asked != 2 {
		t.Errorf("got %+v", got)
	}
	after := w.requests()
	for id, want := range map[workflow.ID]workflow.State{
		done: workflow.Completed, waits: workflow.AwaitingConfirmation, ready: workflow.AwaitingConfirmation,
	} {
		if after[id].State != want {
			t.Errorf("%s is %q, want %q", id.Tag(), after[id].State, want)
		}
	}
	ack := before[done].Ack
	if diff := cmp.Diff(ack, after[done].Ack); diff != "" {
		t.Errorf("what released it (-want +got):\n%s", diff)
	}
	if p := after[done].Package; p == nil || !p.Removed || p.SentBy != before[done].Package.SentBy {
		t.Errorf("its package is %+v, want it removed, and sent by the same letter", p)
	}
	if len(w.left) != sent {
		t.Errorf("%d letters left in a recovery", len(w.left)-sent)
	}
	w.work()
	if n := w.count(workflow.SendConfirmation); n != 3+2 {
		t.Errorf("%d confirmations left, want the three of before, and two", n)
	}
	for _, e := range w.left[sent:] {
		if e.Type != workflow.SendConfirmation {
			t.Errorf("a %s left after a recovery", e.Type)
		}
	}
	history, err := w.store.History(w.ctx, done)
	w.must(err)
	last := history[len(history)-1].Event
	if len(history) != 3 || last.Type != workflow.EffectDropped || last.Copies != 0 ||
		last.Order != workflow.SendConfirmation {
		t.Errorf("%d events, the last is %+v; want that its birth's letter is wanted no more",
			len(history), last)
	}
	ids := map[workflow.EffectID]bool{}
	for _, e := range w.left {
		if ids[e.ID] {
			t.Errorf("the number of %s was used twice: receivers drop the second mail", e.ID)
		}
		ids[e.ID] = true
	}
}

// After a recovery mails are read from where the lost store had come, and it goes on.
func TestARecoveredStoreGoesOn(t *testing.T) {
	w := newServers(t).world(t)
	_, waits, _ := w.answered(t)
	w.ask("max@customer.example") // nobody has read it when the store is lost
	w.lose()
	w.recover()
	w.scan()
	w.work()
	if n := len(w.requests()); n != 4 {
		t.Errorf("got %d requests, want four: one mail came just before", n)
	}
	w.confirm(w.requests()[waits])
	w.step(w.requests()[waits], workflow.Event{Type: workflow.SlotOpened, Actor: "daemon"})
	w.work()
	if r := w.requests()[waits]; r.State != workflow.Completed {
		t.Errorf("confirmed anew it is %s, want completed", r.State)
	}
	w.mark()
	if j, err := w.recovery(w.process).Judge(w.ctx); err != nil || j.Verdict != recovery.Normal {
		t.Errorf("judged %+v, %v; want normal", j, err)
	}
	w.lose()
	if got := w.recover(); got.Epoch != 3 || got.Completed != 2 {
		t.Errorf("lost again: %+v; want life 3, and two completed", got)
	}
}

// A store is put back to what it was before the package left.
func TestAnOldBackupSendsNothingTwice(t *testing.T) {
	w := newServers(t).world(t)
	w.ask("jane@customer.example")
	w.scan()
	w.work()
	var id workflow.ID
	for id = range w.requests() {
	}
	w.confirm(w.requests()[id])
	w.step(w.requests()[id], workflow.Event{Type: workflow.SlotOpened, Actor: "daemon"})
	w.save()
	w.work()
	w.mark()
	if w.count(workflow.SendPackage) != 1 {
		t.Fatalf("%d packages left, want one", w.count(workflow.SendPackage))
	}
	w.back()
	if r := w.requests()[id]; r.State != workflow.Compiling {
		t.Fatalf("the backup has it %s, want compiling", r.State)
	}
	got := w.recover()
	if got.Verdict != recovery.Behind || got.Completed != 1 {
		t.Errorf("got %+v", got)
	}
	w.work()
	if n := w.count(workflow.SendPackage); n != 1 || w.requests()[id].State != workflow.Completed {
		t.Errorf("%d packages left, and it is %s; want one, completed", n, w.requests()[id].State)
	}
}

// A copy that somebody else laid into Sent, or changed, releases and completes nothing.
func TestAForgedCopyIsCountedAndIgnored(t *testing.T) {
	w := newServers(t).world(t)
	done, waits, _ := w.answered(t)
	stored, err := w.servers.imap.Stored(w.user, "DSRD/Sent")
	w.must(err)
	for _, m := range stored {
		c, err := readOurs(m.Raw)
		w.must(err)
		if c.Request != done || c.Type != workflow.SendPackage {
			continue
		}
		forged := slices.Clone(m.Raw)
		at := len(forged) / 2
		forged[at] ^= 1
		w.must(w.servers.imap.Deliver(w.user, "DSRD/Sent", forged, w.now))
		broken := append([]byte("X-Dsrd-Sent: 00\r\n"), forged...)
		w.must(w.servers.imap.Deliver(w.user, "DSRD/Sent", broken, w.now))
	}
	w.lose()
	got := w.recover()
	if got.Forged == 0 || got.Completed != 1 {
		t.Errorf("got %+v; want the forged ones counted, and one completed", got)
	}
	if s := w.requests()[waits].State; s != workflow.AwaitingConfirmation {
		t.Errorf("it is %s", s)
	}
}

// TestTwoReplicasRecoverOnce lets two processes find the same loss at the same moment.
func TestTwoReplicasRecoverOnce(t *testing.T) {
	w := newServers(t).world(t)
	w.answered(t)
	w.lose()
	other := w.open()
	t.Cleanup(other.close)
	alone := func(p *process, owner string) func(context.Context) (context.Context, func(), error) {
		return func(ctx context.Context) (context.Context, func(), error) {
			l, err := p.store.Acquire(ctx, "recovery", owner, noon, time.Hour)
			if err != nil {
				return nil, nil, err
			}
			return engine.Under(ctx, l), func() { _ = p.store.Release(ctx, l) }, nil
		}
	}
	var both sync.WaitGroup
	results, errs := make([]recovery.Result, 2), make([]error, 2)
	for i, p := range []*process{w.process, other} {
		r := w.recovery(p)
		r.Alone = alone(p, fmt.Sprintf("replica %d", i))
		both.Go(func() {
			for range 100 { // who was second waits for its turn
				results[i], errs[i] = r.Run(context.Background(), recovery.Options{})
				if !errors.Is(errs[i], workflow.Fenced) {
					return
				}
			}
		})
	}
	both.Wait()
	born, lives := 0, 0
	for i := range results {
		if errs[i] != nil && !errors.Is(errs[i], workflow.Fenced) {
			t.Errorf("replica %d: %v", i, errs[i])
		}
		born += results[i].Born
		if results[i].Epoch > 0 {
			lives++
		}
	}
	if born != 3 || lives != 1 {
		t.Errorf("%d requests were born in %d lives, want three in one: %+v", born, lives, results)
	}
	_, err := w.store.Learn(w.ctx)
	w.must(err)
	w.work()
	if n := w.count(workflow.SendConfirmation); n != 3+2 {
		t.Errorf("%d confirmations left, want two after the three of before", n)
	}
}

// While one process recovers, another that knows the store from before commits nothing.
func TestNobodyElseCommitsMeanwhile(t *testing.T) {
	w := newServers(t).world(t)
	_, waits, _ := w.answered(t)
	w.save()
	w.ask("max@customer.example")
	w.scan()
	w.mark()
	w.back()
	other := w.open()
	t.Cleanup(other.close)
	_, err := other.store.Learn(w.ctx)
	w.must(err)
	r := w.recovery(w.process)
	tried := 0
	r.Tell = func(p recovery.Progress) {
		if p.Step == recovery.StepBegin {
			return
		}
		tried++
		_, err := other.engine.Step(w.ctx, waits, workflow.Event{
			Type: workflow.OperatorCancelled, Op: "by hand", Actor: "operator:eve",
		})
		if !errors.Is(err, workflow.Outdated) {
			t.Errorf("at %s another process commits: %v", p.Step, err)
		}
		tasks, err := other.store.Claim(w.ctx, w.now, 10, time.Minute)
		if !errors.Is(err, workflow.Outdated) {
			t.Errorf("at %s another process claims %d tasks: %v", p.Step, len(tasks), err)
		}
	}
	if _, err := r.Run(w.ctx, recovery.Options{}); err != nil || tried < 5 {
		t.Errorf("got %v after %d tries", err, tried)
	}
}

// The process may end between any two calls to the store; the mailbox is real, and stays.
func TestARealRecoveryGoesOnAfterACrash(t *testing.T) {
	w := newServers(t).world(t)
	done, waits, ready := w.answered(t)
	w.lose()
	cut := errors.New("the process is dead")
	for calls := 1; ; calls++ {
		p := w.open()
		r := w.recovery(p)
		n := 0
		r.Workflow = dying{p.engine, func() error {
			if n++; n >= calls {
				return cut
			}
			return nil
		}}
		_, err := r.Run(w.ctx, recovery.Options{})
		p.close()
		if err == nil {
			break
		}
		if !errors.Is(err, cut) {
			t.Fatal(err)
		}
	}
	_, err := w.store.Learn(w.ctx)
	w.must(err)
	states := map[workflow.ID]workflow.State{}
	for id, r := range w.requests() {
		states[id] = r.State
	}
	want := map[workflow.ID]workflow.State{
		done: workflow.Completed, waits: workflow.AwaitingConfirmation, ready: workflow.AwaitingConfirmation,
	}
	if diff := cmp.Diff(want, states); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

type dying struct {
	recovery.Workflow
	dies func() error
}

func (d dying) Step(ctx context.Context, id workflow.ID, e workflow.Event) (workflow.Request, error) {
	if err := d.dies(); err != nil {
		return workflow.Request{}, err
	}
	return d.Workflow.Step(ctx, id, e)
}

// What lies in Junk or was never moved is read as well.
func TestWhatWasNeverMovedIsReadAgain(t *testing.T) {
	w := newServers(t).world(t)
	w.ask("jane@customer.example")
	w.scan()
	processed, err := w.servers.imap.Stored(w.user, "DSRD/Processed")
	w.must(err)
	if len(processed) != 1 {
		t.Fatalf("%d mails are processed, want one", len(processed))
	}
	w.must(w.servers.imap.Deliver(w.user, "INBOX", processed[0].Raw, w.now))
	inboxed, err := w.servers.imap.Stored(w.user, "INBOX")
	w.must(err)
	w.must(w.servers.imap.Flag(w.user, "INBOX", inboxed[0].UID, "$DsrdDone"))
	w.mark()
	w.must(w.servers.imap.Remove(w.user, "DSRD/Processed")) // all of it lies in INBOX now
	w.lose()
	if got := w.recover(); got.Born != 1 {
		t.Errorf("got %+v, want one born", got)
	}
}
