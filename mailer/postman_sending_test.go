package mailer_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dsrd/dsrd/mailer"
	"github.com/dsrd/dsrd/mailer/courier"
	"github.com/dsrd/dsrd/workflow"
)

// confirmation is the task to send it, as a worker holds it.
func (s *scene) task(change func(*workflow.Task)) workflow.Task {
	t := workflow.Task{Request: s.id, DueAt: s.now, Claim: 1, Effect: &workflow.Effect{
		ID: workflow.EffectID(s.id) + ".1", Request: s.id, Type: workflow.SendConfirmation, OrderedAt: s.now,
	}}
	if change != nil {
		change(&t)
	}
	return t
}

func (s *scene) carry(t workflow.Task) (workflow.Outcome, error) {
	return s.postman.Carry(s.ctx(), s.load(s.id), t)
}

// No letter leaves unless the store said, last of all, that it may.
func TestTheStoreIsAskedLastOfAll(t *testing.T) {
	s := fresh(t)
	var asked []workflow.EffectID
	s.postman.Sending = func(_ context.Context, task workflow.Task) error {
		if len(s.post.sent) != len(asked) {
			t.Error("the letter left before the store was asked")
		}
		asked = append(asked, task.Effect.ID)
		return nil
	}
	s.work()
	if len(asked) == 0 || len(asked) != len(s.post.sent) {
		t.Errorf("asked for %v, sent %d", asked, len(s.post.sent))
	}
	s = fresh(t)
	s.postman.Sending = func(context.Context, workflow.Task) error {
		t.Error("the store was asked to note a letter that the registry does not allow")
		return nil
	}
	s.post.before = func() { // between the rendering and the last look
		s.people.change("acme", func(t *workflow.Tenant) { t.Admins = []workflow.Admin{{Address: berta, Role: workflow.Owner}} })
	}
	if out, err := s.carry(s.task(nil)); err != nil || out.Retry.IsZero() || len(s.post.sent) != 0 {
		t.Errorf("got %+v, %v", out, err)
	}
}

// What the store refuses at the last moment is no attempt: the engine is told what it was.
func TestALetterThatMayNotLeaveIsWithheld(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		told bool
	}{
		"another worker has it":       {workflow.Fenced, true},
		"the store went back":         {workflow.Outdated, true},
		"the store cannot do it now":  {workflow.Unavailable, true},
		"a fault that nobody foresaw": {errDown, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := fresh(t)
			s.postman.Sending = func(context.Context, workflow.Task) error { return fmt.Errorf("note it: %w", c.err) }
			out, err := s.carry(s.task(nil))
			if len(s.post.sent) != 0 || errors.Is(err, c.err) != c.told || out.Retry.IsZero() == !c.told {
				t.Errorf("got %+v, %v, and %d mails left", out, err, len(s.post.sent))
			}
		})
	}
}

// A store that is away costs a letter nothing that its note tells.
func TestAStoreThatIsAwayIsNoAttempt(t *testing.T) {
	for _, note := range []string{"", "ambiguous", "failed", "rcpt 450"} {
		s := fresh(t)
		s.postman.Blobs = brokenStore{s.postman.Blobs}
		out, err := s.carry(s.task(func(t *workflow.Task) { t.Note, t.Attempts = note, 2 }))
		if !errors.Is(err, workflow.Unavailable) || !cmp.Equal(out, workflow.Outcome{}) {
			t.Errorf("with note %q: got %+v, %v; want the store's error", note, out, err)
		}
	}
}

type brokenStore struct{ mailer.Blobs }

func (brokenStore) Put(context.Context, workflow.ID, string, io.Reader) (int64, error) {
	return 0, fmt.Errorf("store a blob: %w", workflow.Unavailable)
}

func TestAnAcceptedLetterSaysWhatIsToFollow(t *testing.T) {
	accepted := courier.Result{Verdict: courier.Accepted}
	refused := courier.Result{Verdict: courier.Refused, Permanent: true, Stage: courier.StageRcpt, Code: 550}
	for name, c := range map[string]struct {
		note   string
		keep   bool
		says   courier.Result
		copies int
		left   bool
	}{
		"once":                         {"", true, accepted, 0, true},
		"without a mailbox for copies": {"", false, accepted, 0, true},
		"after an answer was lost":     {"ambiguous", true, accepted, 2, true},
		"and a refusal after that":     {"ambiguous,rcpt 450", true, accepted, 2, true},
		"lost twice":                   {"ambiguous", true, lost(), 2, true},
		"refused":                      {"", true, refused, 0, false},
		"refused after one was lost":   {"ambiguous", true, refused, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := fresh(t)
			s.postman.Keep = c.keep
			s.post.answers = []courier.Result{c.says}
			out, err := s.carry(s.task(func(t *workflow.Task) { t.Note = c.note }))
			if err != nil || out.Left != c.left || out.Event.Copies != c.copies {
				t.Errorf("got %+v, %v; want left %v, copies %d", out, err, c.left, c.copies)
			}
			if want := c.keep && c.left; out.Event.Keep != want {
				t.Errorf("a copy is ordered: %v, want %v", out.Event.Keep, want)
			}
		})
	}
}

// A worker that died before it looked for a place has not taken one.
func TestALapsedClaimHasNoPlace(t *testing.T) {
	lapsed := func(t *workflow.Task) { t.Lapsed = 1 }
	for name, c := range map[string]struct {
		change func(*workflow.Task)
		sent   bool
	}{
		"never tried":              {nil, false},
		"its worker died":          {lapsed, false},
		"it may have left by then": {func(t *workflow.Task) { t.Lapsed, t.Perhaps = 1, 1 }, true},
		"tried, and refused":       {func(t *workflow.Task) { t.Attempts, t.Note = 1, "rcpt 450" }, true},
		"tried, and then one died": {func(t *workflow.Task) { t.Attempts, t.Note, t.Lapsed = 1, "rcpt 450", 1 }, true},
		"waited for a place, died": {func(t *workflow.Task) { t.Attempts, t.Note, t.Lapsed = 1, "flood", 1 }, false},
		"an answer to it was lost": {func(t *workflow.Task) { t.Note = "ambiguous" }, true},
	} {
		t.Run(name, func(t *testing.T) {
			for _, bound := range []string{"lanes", "breaker"} {
				s := fresh(t)
				task := s.task(c.change)
				if bound == "lanes" {
					s.postman.Asks = mailer.Lane{Hour: 1, UnprovenAddress: 1, Pause: time.Hour}
					s.fill()
				} else {
					if task.Note == "flood" {
						continue // such a one was counted by the breaker only afterwards
					}
					s.postman.Breaker = mailer.Breaker{Limit: 1, Window: time.Hour}
					if ok, err := s.store.Allow(s.ctx(), "outbound", 1, time.Hour, s.now); !ok || err != nil {
						t.Fatal(ok, err)
					}
				}
				if out, err := s.carry(task); err != nil || (len(s.post.sent) == 1) != c.sent {
					t.Errorf("%s full: got %+v, %v, and %d mails left; want one: %v", bound, out, err, len(s.post.sent), c.sent)
				}
			}
		})
	}
}

// fill takes the one place there is.
func (s *scene) fill() {
	s.t.Helper()
	other := s.take(s.write(letter{from: mark, to: desk, body: "Please export the data of joe@customer.example.\n"})).Requests[0]
	t := workflow.Task{Request: other, DueAt: s.now, Claim: 1, Effect: &workflow.Effect{
		ID: workflow.EffectID(other) + ".1", Request: other, Type: workflow.SendConfirmation, OrderedAt: s.now,
	}}
	if _, err := s.postman.Carry(s.ctx(), s.load(other), t); err != nil || len(s.post.sent) != 1 {
		s.t.Fatalf("the place was not taken: %v", err)
	}
	s.post.sent = nil
}
