package storetest

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dsrd/dsrd/store"
	"github.com/dsrd/dsrd/workflow"
)

// rollBack takes commits back from a partition's count, as a restored backup would.
func (h Harness) rollBack(t testing.TB, partition, commits int) {
	t.Helper()
	for range commits {
		h.Raw(t, "DECR", h.keyOf(partition, "seq"))
	}
}

// outdated demands that everything which moves something is refused.
func outdated(t *testing.T, s *store.Store, r workflow.Request, task workflow.Task, m workflow.MailRecord) {
	t.Helper()
	ctx := t.Context()
	_, claim := s.Claim(ctx, Start, 10, time.Minute)
	_, begin := s.BeginMail(ctx, mailRecord(9), Start)
	for what, err := range map[string]error{
		"claim": claim, "begin mail": begin, "finish mail": s.FinishMail(ctx, m), "put off": s.PutOff(ctx, m),
		"commit":  s.Commit(ctx, decide(t, r, coded(1), Start)),
		"birth":   s.Commit(ctx, birth(t, 99)),
		"sending": s.Sending(ctx, task), "ignore": s.IgnoreMail(ctx, m.Digest),
	} {
		if !errors.Is(err, workflow.Outdated) || errors.Is(err, workflow.Unavailable) {
			t.Errorf("%s: got %v, want Outdated", what, err)
		}
	}
	if got := load(t, s, r.ID); got.Version != r.Version {
		t.Errorf("the refused commit was written")
	}
}

// lived gives a request, its claimed effect and the record of a mail.
func lived(t *testing.T, s *store.Store) (workflow.Request, workflow.Task, workflow.MailRecord) {
	t.Helper()
	r := born(t, s, 1)
	task := claimOne(t, s, Start)
	m, err := s.BeginMail(t.Context(), mailRecord(1), Start)
	if err != nil {
		t.Fatal(err)
	}
	m.Outcome = workflow.MailStarted
	return r, task, m
}

// behind: who saw more than there is does nothing any more; who saw nothing works on.
func behind(t *testing.T, h Harness) {
	s := h.Open(t)
	r, task, m := lived(t, s)
	h.rollBack(t, 0, 1)
	outdated(t, s, r, task, m)
	var short *store.Behind
	_, err := s.Claim(t.Context(), Start, 1, time.Minute)
	if want := (store.Behind{Have: 0, Want: 1}); !errors.As(err, &short) || *short != want {
		t.Errorf("claim: got %v, want %+v", err, want)
	}
	if err := h.Open(t).Commit(t.Context(), birth(t, 2)); err != nil {
		t.Errorf("who saw nothing: %v", err)
	}
	commit(t, s, birth(t, 3)) // it stands where it stood, as far as this process can know
}

// behindOne: the sum over all partitions hides nothing.
func behindOne(t *testing.T, h Harness) {
	s := h.Open(t, partitioned)
	bornIn(t, s, 0, 1, 0)
	bornIn(t, s, 0, 2, 0)
	bornIn(t, s, 1, 3, 0)
	h.rollBack(t, 0, 1)
	bornIn(t, s, 1, 4, 0)
	bornIn(t, s, 1, 5, 0)
	if got := generation(t, s).Sequences; !cmp.Equal(got, []int64{1, 3, 0}) {
		t.Errorf("sequences are %v", got)
	}
	tasks, err := s.Claim(t.Context(), Start.Add(-day), 10, time.Minute) // when nothing is due
	var short *store.Behind
	if !errors.As(err, &short) || short.Partition != 0 || len(tasks) != 0 {
		t.Errorf("claim: got %d tasks, %v, want Behind of partition 0", len(tasks), err)
	}
}

// expected: notes count like what the process saw itself, and less than it saw is no news.
func expected(t *testing.T, h Harness) {
	s := h.Open(t, partitioned)
	bornIn(t, s, 0, 1, 0)
	g := founded(t, s)
	other := h.Open(t, partitioned)
	other.Expect(g.Seen())
	other.Expect(store.Seen{Epoch: 1, Sequences: []int64{0, 0, 0}})
	other.Expect(store.Seen{Epoch: 1}) // a note without sequences
	if want := (store.Seen{Generation: g.ID, Epoch: 1, Sequences: []int64{1, 0, 0}}); !cmp.Equal(other.Seen(), want) {
		t.Errorf("seen %+v, want %+v", other.Seen(), want)
	}
	if _, err := other.Claim(t.Context(), Start, 10, 0); err != nil {
		t.Error(err)
	}
	other.Expect(store.Seen{Epoch: 1, Sequences: []int64{1, 0, 1}})
	if _, err := other.Claim(t.Context(), Start, 10, 0); !errors.Is(err, workflow.Outdated) {
		t.Errorf("claim: got %v, want Outdated", err)
	}
	if other.Epoch() != 1 {
		t.Errorf("epoch %d", other.Epoch())
	}
}

// halts: whoever finds a loss stops everybody, and Learn says so without adopting it.
func halts(t *testing.T, h Harness) {
	s, other := h.Open(t), h.Open(t)
	founded(t, s)
	r, task, m := lived(t, s)
	for range 2 { // whoever is second finds it done
		if err := s.Halt(t.Context(), "one commit is gone"); err != nil {
			t.Fatal(err)
		}
	}
	outdated(t, s, r, task, m)
	var stale *store.Stale
	if _, err := other.Claim(t.Context(), Start, 1, 0); !errors.As(err, &stale) || stale.Epoch != 2 {
		t.Errorf("another process: got %v, want Stale by epoch 2", err)
	}
	g, err := other.Learn(t.Context())
	if err != nil || g.Phase != store.Lost || g.Epoch != 2 || g.Why != "one commit is gone" || other.Epoch() != 1 {
		t.Errorf("learnt %+v, %v, epoch %d", g, err, other.Epoch())
	}
	if _, err := s.Found(t.Context()); !errors.Is(err, workflow.Outdated) {
		t.Errorf("found: got %v, want Outdated", err)
	}
	// What ended outside is still taken note of.
	if err := s.Retry(t.Context(), task, Start, "halted"); err != nil {
		t.Errorf("give back: %v", err)
	}
}

// recovers: in a recovery one process commits, nobody claims or sends; then all go on, with
// what they knew of the life before forgotten.
func recovers(t *testing.T, h Harness) {
	s, other := h.Open(t, partitioned), h.Open(t, partitioned)
	ctx := t.Context()
	old := founded(t, s)
	r, task, m := lived(t, other)
	bornIn(t, other, 1, 7, 0)
	h.rollBack(t, 0, 1)
	h.rollBack(t, 1, 1)
	g, err := s.BeginRecovery(ctx, 3, "ancestor-1")
	if err != nil || g.Phase != store.Recovering || g.Epoch != 3 || g.ID != old.ID ||
		!cmp.Equal(g.Ancestors, []string{"ancestor-1"}) || s.Epoch() != 3 {
		t.Fatalf("begun: %+v, %v", g, err)
	}
	outdated(t, other, r, task, m)
	if _, err := s.BeginMail(ctx, mailRecord(5), Start); err != nil {
		t.Errorf("begin mail in the recovery: %v", err)
	}
	commit(t, s, decide(t, r, coded(1), Start))
	for what, err := range map[string]error{
		"claim":   second(s.Claim(ctx, Start, 1, time.Minute)),
		"sending": s.Sending(ctx, task),
	} {
		if !errors.Is(err, workflow.Outdated) {
			t.Errorf("%s in the recovery: got %v, want Outdated", what, err)
		}
	}
	if err := s.EndRecovery(ctx, 3); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Claim(ctx, Start, 10, time.Minute); err != nil {
		t.Errorf("claim after it: %v", err)
	}
	if _, err := other.Claim(ctx, Start, 10, time.Minute); !errors.Is(err, workflow.Outdated) {
		t.Errorf("claim by who has not learnt: %v", err)
	}
	if err := other.Halt(ctx, "what was recovered long ago"); err != nil {
		t.Fatal(err)
	}
	learnt, err := other.Learn(ctx)
	if err != nil || learnt.Phase != store.Working || other.Epoch() != 3 ||
		!cmp.Equal(other.Seen().Sequences, []int64{1, 0, 0}) {
		t.Errorf("learnt %+v, %v: %+v", learnt, err, other.Seen())
	}
	commit(t, other, birth(t, 2))
	if _, err := s.BeginRecovery(ctx, 3, ""); !errors.Is(err, workflow.Outdated) {
		t.Errorf("the same epoch once more: got %v, want Outdated", err)
	}
	if err := s.Halt(ctx, "late"); err != nil { // this process knows the epoch: it may
		t.Fatal(err)
	}
	if err := s.EndRecovery(ctx, 3); !errors.Is(err, workflow.Outdated) {
		t.Errorf("end what is over: got %v, want Outdated", err)
	}
}

func second[T any](_ T, err error) error { return err }

// emptied: whoever remembers stops an emptied store without making it a new one.
func emptied(t *testing.T, h Harness) {
	s := h.Open(t, partitioned)
	g := founded(t, s)
	bornIn(t, s, 1, 1, 0)
	h.empty(t, 3)
	_, err := s.Claim(t.Context(), Start, 1, time.Minute)
	if !errors.Is(err, workflow.Outdated) {
		t.Fatalf("claim: got %v, want Outdated", err)
	}
	if err := s.Halt(t.Context(), err.Error()); err != nil {
		t.Fatal(err)
	}
	fresh := h.Open(t, partitioned)
	if _, err := fresh.Claim(t.Context(), Start, 1, time.Minute); !errors.Is(err, workflow.Outdated) {
		t.Errorf("claim by a new process: got %v, want Outdated", err)
	}
	if now := generation(t, fresh); now.ID != "" || !now.Empty || now.Phase != store.Lost || now.Epoch != 2 {
		t.Errorf("generation: %+v", now)
	}
	if _, err := fresh.Found(t.Context()); !errors.Is(err, workflow.Outdated) {
		t.Errorf("found: got %v, want Outdated", err)
	}
	next, err := fresh.BeginRecovery(t.Context(), 3, g.ID)
	if err != nil || next.ID == "" || next.ID == g.ID || !cmp.Equal(next.Ancestors, []string{g.ID}) {
		t.Errorf("recovery: %+v, %v", next, err)
	}
	if err := fresh.EndRecovery(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	if got := generation(t, fresh); got.Phase != store.Working || got.Why != "" || got.ID != next.ID {
		t.Errorf("after the recovery: %+v", got)
	}
	bornIn(t, fresh, 1, 2, 0)
}

// resumes: a recovery whose process died is gone on with by another, under the same epoch.
func resumes(t *testing.T, h Harness) {
	line := &Line{}
	s := h.Open(t, line.Adapt)
	founded(t, s)
	first, err := s.BeginRecovery(t.Context(), 2, "a")
	if err != nil {
		t.Fatal(err)
	}
	heir := h.Open(t)
	for range 2 {
		g, err := heir.BeginRecovery(t.Context(), 2, "a")
		if err != nil || g.ID != first.ID || !cmp.Equal(g.Ancestors, first.Ancestors) {
			t.Errorf("gone on: %+v, %v", g, err)
		}
	}
	if _, err := heir.BeginRecovery(t.Context(), 1, ""); !errors.Is(err, workflow.Outdated) {
		t.Errorf("a lower epoch: got %v, want Outdated", err)
	}
	if _, err := heir.Claim(t.Context(), Start, 1, time.Minute); !errors.Is(err, workflow.Outdated) {
		t.Errorf("claim in the recovery: got %v, want Outdated", err)
	}
	for range 2 {
		if err := heir.EndRecovery(t.Context(), 2); err != nil {
			t.Error(err)
		}
	}
	commit(t, heir, birth(t, 1))
	commit(t, s, birth(t, 2)) // the same epoch: it is no stranger
}

// earlierLife: a store from before a recovery is behind, even if it counts more commits.
func earlierLife(t *testing.T, h Harness) {
	s := h.Open(t)
	founded(t, s)
	for n := range 3 {
		born(t, s, n)
	}
	s.Expect(store.Seen{Epoch: 2, Sequences: []int64{1}})
	s.Expect(store.Seen{Epoch: 1, Sequences: []int64{9}}) // what was noted in a life before
	if got := s.Seen(); got.Epoch != 2 || got.Sequences[0] != 1 {
		t.Errorf("seen %+v", got)
	}
	if err := s.Commit(t.Context(), birth(t, 9)); !errors.Is(err, workflow.Outdated) ||
		!strings.Contains(err.Error(), "saw 2") {
		t.Errorf("commit: got %v, want Outdated by the epoch", err)
	}
	if _, err := s.Learn(t.Context()); !errors.Is(err, workflow.Outdated) {
		t.Errorf("learn: got %v, want Outdated", err)
	}
}

// laterPartition: a partition that is configured after a recovery is used at once.
func laterPartition(t *testing.T, h Harness) {
	s := h.Open(t)
	founded(t, s)
	if _, err := s.BeginRecovery(t.Context(), 2, ""); err != nil {
		t.Fatal(err)
	}
	if err := s.EndRecovery(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	wide := h.Open(t, partitioned)
	if _, err := wide.Found(t.Context()); err != nil || wide.Epoch() != 2 {
		t.Fatalf("found: %v, epoch %d", err, wide.Epoch())
	}
	bornIn(t, wide, 2, 1, 0)
	h.Raw(t, "DEL", h.keyOf(1, "guard"))
	bornIn(t, wide, 1, 3, 0) // a partition learns it from a commit, too
	late := h.Open(t, partitioned)
	for _, partition := range []int{1, 2} {
		if err := late.Commit(t.Context(), birthIn(t, partition, 4)); !errors.Is(err, workflow.Outdated) {
			t.Errorf("commit in %d by who knows of no recovery: got %v, want Outdated", partition, err)
		}
	}
}

// birthIn is the birth of the n-th request in a partition.
func birthIn(t testing.TB, partition, n int) workflow.Change {
	t.Helper()
	c, err := workflow.Receive(facts(partition, n), "birth", Start)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// refusedWhole: whatever a commit is refused for, nothing of it is written, not even the
// lease that it was made under or the epoch of who made it.
func refusedWhole(t *testing.T, h Harness) {
	s := h.Open(t)
	r := born(t, s, 1)
	commit(t, s, decide(t, r, coded(1), Start))
	h.Raw(t, "DEL", h.key("guard"))
	h.Raw(t, "DEL", h.key("seq"))
	late := h.Open(t) // in an epoch of which the partition has not heard
	late.Expect(store.Seen{Epoch: 4})
	for what, want := range map[string]error{"stale": workflow.Conflict, "claim": workflow.Fenced} {
		c := decide(t, r, coded(2), Start)
		if what == "claim" {
			c = decide(t, load(t, s, r.ID), sent("sent", workflow.EffectID(r.ID+".1")), Start)
			c.Claim = 1
		}
		c.Fence = workflow.Lease{Name: "mailbox", Owner: "me", Epoch: 7}
		if err := late.Commit(t.Context(), c); !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", what, err, want)
		}
	}
	for _, key := range []string{"fence", "guard", "seq"} {
		if n := h.Raw(t, "EXISTS", h.key(key)); n != int64(0) {
			t.Errorf("the refused commits wrote %s", key)
		}
	}
}
