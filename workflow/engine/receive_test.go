package engine_test

import (
	"context"
	"errors"
	"testing"

	"github.com/dsrd/dsrd/workflow"
)

func (b *bench) receive(t *testing.T, r workflow.Request) workflow.Birth {
	t.Helper()
	got, err := b.engine.Receive(context.Background(), r, "op:again")
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestMailThatAsksForTheSameJoins(t *testing.T) {
	b := setUp(t)
	for range 2 { // the same mail twice joins once
		if got := b.receive(t, again()); got != (workflow.Birth{Joined: id}) {
			t.Fatalf("got %+v", got)
		}
	}
	r := b.load(t, id)
	want := workflow.JoiningOf(again())
	want.Number = 1
	if r.JoinedCount != 1 || len(r.Joined) != 1 || r.Joined[0] != want {
		t.Errorf("got %d: %+v", r.JoinedCount, r.Joined)
	}
	third := again()
	third.ID = "00third"
	b.receive(t, third)
	if r := b.load(t, id); r.JoinedCount != 2 {
		t.Errorf("another mail: %d joined, want 2", r.JoinedCount)
	}
	if _, err := b.ledger.Load(context.Background(), later); !errors.Is(err, workflow.NotFound) {
		t.Errorf("it was born too: %v", err)
	}
}

func TestJoiningMailIsAnsweredAsItsOwnPolicySays(t *testing.T) {
	b := setUp(t)
	r := again()
	r.Policy.Receipt = true
	b.receive(t, r)
	last := b.ledger.tasks[len(b.ledger.tasks)-1].Effect
	if last.Type != workflow.SendReceipt || last.Number != 1 || last.Request != id {
		t.Errorf("ordered %+v", last)
	}
}

func TestMailThatAsksForMoreIsBorn(t *testing.T) {
	b := setUp(t)
	r := again()
	r.Rights = []workflow.Right{workflow.Export, workflow.Erasure}
	if got := b.receive(t, r); got != (workflow.Birth{Born: true}) {
		t.Errorf("got %+v", got)
	}
}

func TestMailIsBornWhenWhatItWasToJoinEndsJustThen(t *testing.T) {
	b := setUp(t)
	b.ledger.before = func() { // before the birth is refused
		b.ledger.before = func() { // before the joining commits
			b.step(t, workflow.Event{Type: workflow.OperatorCancelled, Op: "op:rival"})
		}
	}
	if got := b.receive(t, again()); got != (workflow.Birth{Born: true}) {
		t.Errorf("got %+v", got)
	}
	if r := b.load(t, id); r.JoinedCount != 0 || r.State != workflow.Cancelled {
		t.Errorf("%s, %d joined", r.State, r.JoinedCount)
	}
}

// gone answers every birth with a request that is not there: an index that lies.
type gone struct {
	*ledger
	commits int
}

func (g *gone) Commit(context.Context, workflow.Change) error {
	g.commits++
	return &workflow.OpenAlready{ID: "00gone"}
}

func TestReceivingDoesNotTryForEver(t *testing.T) {
	b := setUp(t)
	store := &gone{ledger: b.ledger}
	b.engine.Store = store
	_, err := b.engine.Receive(context.Background(), again(), "op:again")
	if !errors.Is(err, workflow.Conflict) || store.commits != 8 {
		t.Errorf("%d births, %v", store.commits, err)
	}
}

func TestReceivingFailsWithTheStore(t *testing.T) {
	b := setUp(t)
	b.engine.Store = down{b.ledger}
	got, err := b.engine.Receive(context.Background(), again(), "op:again")
	if !errors.Is(err, errDown) || got != (workflow.Birth{}) {
		t.Errorf("got %+v, %v", got, err)
	}
}

var errDown = errors.New("down")

// down takes no commit.
type down struct{ *ledger }

func (down) Commit(context.Context, workflow.Change) error { return errDown }
