package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dsrd/dsrd/workflow"
)

// nothingLeft: when all effects are done and the request is purged, no task, no
// claim, no note and no timer stays behind.
func nothingLeft(t *testing.T, h Harness) {
	s := h.Open(t)
	ctx := t.Context()
	r := born(t, s, 1)
	now := Start
	step := func(e workflow.Event, task *workflow.Task) {
		t.Helper()
		if task != nil && task.Effect != nil {
			e.Effect = task.Effect.ID
		}
		c := decide(t, r, e, now)
		if task != nil {
			c.Claim = task.Claim
		}
		commit(t, s, c)
		r = c.Request
	}
	task := claimOne(t, s, now)
	if err := s.Retry(ctx, task, now, "first note"); err != nil {
		t.Fatal(err)
	}
	task = claimOne(t, s, now)
	step(sent("sent", ""), &task)
	if tasks, err := s.Tasks(ctx, r.ID); err != nil || len(tasks) != 0 {
		t.Errorf("tasks after the only one was done: %v, %v", tasks, err)
	}
	timer := claimOne(t, s, r.WakeAt)
	if err := s.Retry(ctx, timer, r.WakeAt, "mail unread"); err != nil {
		t.Fatal(err)
	}
	now = r.WakeAt
	if again := claimOne(t, s, now); again.Note != "mail unread" || again.Attempts != 1 {
		t.Errorf("timer claimed again: %+v", again)
	}
	step(workflow.Event{Type: workflow.OperatorCancelled, Op: "cancel"}, nil)
	if fresh := claimOne(t, s, r.WakeAt); fresh.Note != "" || fresh.Attempts != 0 {
		t.Errorf("the moved timer remembers: %+v", fresh)
	}
	now = r.WakeAt
	step(workflow.Event{Type: workflow.PersonalExpired, Op: "purge"}, nil)
	task = claimOne(t, s, now)
	if err := s.Done(ctx, task); err != nil {
		t.Fatal(err)
	}
	if next, err := s.NextDue(ctx); err != nil || !next.IsZero() {
		t.Errorf("next due of a purged request: %v, %v", next, err)
	}
	for _, rest := range []string{"due", "task", "claim", "tries", "note"} {
		if n := h.Raw(t, "EXISTS", h.key(rest)); n != int64(0) {
			t.Errorf("%s is not empty", rest)
		}
	}
	if n := h.Raw(t, "EXISTS", h.key("w:"+string(r.ID))); n != int64(0) {
		t.Error("the request still has waiting effects")
	}
}

// fenceSeen: a partition learns the epoch from a commit, and keeps it.
func fenceSeen(t *testing.T, h Harness) {
	s := h.Open(t)
	c := birth(t, 1)
	c.Fence = workflow.Lease{Name: "mailbox", Owner: "young", Epoch: 7}
	commit(t, s, c)
	for n, step := range []struct {
		epoch int64
		want  error
	}{{6, workflow.Fenced}, {7, nil}, {8, nil}, {7, workflow.Fenced}} {
		next := birth(t, 2+n)
		next.Fence = workflow.Lease{Name: "mailbox", Owner: "x", Epoch: step.epoch}
		if err := s.Commit(t.Context(), next); !errors.Is(err, step.want) {
			t.Errorf("step %d under epoch %d: got %v, want %v", n, step.epoch, err, step.want)
		}
	}
	other := birth(t, 9)
	other.Fence = workflow.Lease{Name: "export", Owner: "x", Epoch: 1}
	commit(t, s, other) // another lease is another fence
}

// oddChanges: what no decision makes is refused, and nothing is left of it.
func oddChanges(t *testing.T, h Harness) {
	s := h.Open(t)
	r := born(t, s, 1)
	for what, spoil := range map[string]func(*workflow.Change){
		"no op":               func(c *workflow.Change) { c.Op = "" },
		"a skipped version":   func(c *workflow.Change) { c.Request.Version++ },
		"another entry":       func(c *workflow.Change) { c.Entry.Seq = 1 },
		"another state left":  func(c *workflow.Change) { c.Entry.From = workflow.Stuck },
		"a malformed id":      func(c *workflow.Change) { c.Request.ID = "00 x" },
		"an id with a key":    func(c *workflow.Change) { c.Request.ID = "00}:x" },
		"a foreign partition": func(c *workflow.Change) { c.Request.ID = "55" + r.ID[2:] },
	} {
		c := decide(t, r, coded(1), Start)
		spoil(&c)
		err := s.Commit(t.Context(), c)
		if err == nil || errors.Is(err, workflow.Conflict) || errors.Is(err, workflow.Fenced) {
			t.Errorf("commit with %s: got %v", what, err)
		}
	}
	if diff := cmp.Diff(r, load(t, s, r.ID)); diff != "" {
		t.Errorf("something was left (-want +got):\n%s", diff)
	}
}

// extended: a task stays hidden for as long as its holder says.
func extended(t *testing.T, h Harness) {
	s := h.Open(t)
	ctx := t.Context()
	born(t, s, 1)
	task := claimOne(t, s, Start)
	if err := s.Extend(ctx, task, Start.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if seen := claimAll(t, s, Start.Add(time.Hour-time.Millisecond)); len(seen) != 0 {
		t.Errorf("handed out before the extended lease ended: %+v", seen)
	}
	claimOne(t, s, Start.Add(time.Hour))
}

// givenBack: who gave a task back has no more say in it.
func givenBack(t *testing.T, h Harness) {
	s := h.Open(t)
	ctx := t.Context()
	r := born(t, s, 1)
	task := claimOne(t, s, Start)
	at := Start.Add(time.Hour + time.Nanosecond)
	if err := s.Retry(ctx, task, at, ""); err != nil {
		t.Fatal(err)
	}
	c := decide(t, r, sent("sent", task.Effect.ID), Start)
	c.Claim = task.Claim
	for what, err := range map[string]error{
		"extend": s.Extend(ctx, task, Start.Add(9*time.Hour)),
		"done":   s.Done(ctx, task),
		"commit": s.Commit(ctx, c),
	} {
		if !errors.Is(err, workflow.Fenced) {
			t.Errorf("%s after giving back: got %v, want Fenced", what, err)
		}
	}
	if seen := claimAll(t, s, Start.Add(time.Hour)); len(seen) != 0 {
		t.Errorf("due a nanosecond early: %+v", seen)
	}
	task = claimOne(t, s, Start.Add(time.Hour+time.Millisecond))
	for _, note := range []string{"450", ""} { // a note is replaced, also by none
		if err := s.Retry(ctx, task, Start, note); err != nil {
			t.Fatal(err)
		}
		if task = claimOne(t, s, Start); task.Note != note {
			t.Errorf("note is %q, want %q", task.Note, note)
		}
	}
}

// notEarly: a timer never falls before its moment, however fine that is.
func notEarly(t *testing.T, h Harness) {
	s := h.Open(t)
	f := facts(0, 1)
	f.ReceivedAt = Start.Add(time.Nanosecond)
	c, err := workflow.Receive(f, "birth", Start)
	if err != nil {
		t.Fatal(err)
	}
	commit(t, s, c)
	for _, task := range claimAll(t, s, c.Request.WakeAt.Truncate(time.Millisecond)) {
		if task.Effect == nil {
			t.Errorf("timer of %v fell early", c.Request.WakeAt)
		}
	}
	due := c.Request.WakeAt.Add(time.Millisecond)
	if _, ok := workflow.Next(c.Request, claimOne(t, s, due).DueAt); !ok {
		t.Error("the timer fell, and nothing is to be done")
	}
}
