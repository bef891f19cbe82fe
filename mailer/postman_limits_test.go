package mailer_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dsrd/dsrd/mailer"
	"github.com/dsrd/dsrd/mailer/courier"
	"github.com/dsrd/dsrd/workflow"
)

// tripwire counts how often the breaker tells that it opened.
type tripwire struct{ until []time.Time }

func (w *tripwire) told(_ context.Context, until time.Time) { w.until = append(w.until, until) }

// Too many mails at a time wait, are told of once, and all leave when the time is over.
func TestTheBreakerLosesNothingAndTellsOnce(t *testing.T) {
	s := &scene{world: newWorld(t)}
	var wire tripwire
	s.postman.Breaker = mailer.Breaker{Limit: 3, Window: 10 * time.Minute, Tripped: wire.told}
	for range 8 {
		s.ask()
	}
	if n := s.post.count(anna); n != 3 {
		t.Fatalf("%d mails left at once", n)
	}
	if diff := cmp.Diff([]time.Time{monday.Add(10 * time.Minute)}, wire.until); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
	s.pass(10*time.Minute + time.Second)
	s.work()
	if n := s.post.count(anna); n != 6 {
		t.Errorf("%d mails after a pause", n)
	}
	if len(wire.until) != 2 {
		t.Errorf("told %d times of two openings", len(wire.until))
	}
	s.pass(10*time.Minute + time.Second)
	s.work()
	if n := s.post.count(anna); n != 8 {
		t.Errorf("%d mails in the end", n)
	}
	for _, r := range s.requests() {
		if r.State != workflow.AwaitingConfirmation || r.Codes != 1 {
			t.Errorf("state %s, %d codes", r.State, r.Codes)
		}
	}
}

// A relay that refuses everything for a day looks like no flood: each mail counts once.
func TestARetryIsNoNewMail(t *testing.T) {
	for name, answer := range map[string]courier.Result{
		"refused for now":     temporary(),
		"no login":            {Verdict: courier.Refused, Config: true, Stage: courier.StageAuth, Code: 535},
		"the relay is not up": {Verdict: courier.Refused, Stage: courier.StageConnect, Err: errors.New("no")},
	} {
		t.Run(name, func(t *testing.T) {
			s := &scene{world: newWorld(t)}
			var wire tripwire
			s.postman.Breaker = mailer.Breaker{Limit: 3, Window: 24 * time.Hour, Tripped: wire.told}
			for range 60 {
				s.post.answers = append(s.post.answers, answer)
			}
			s.ask()
			s.ask()
			for range 40 {
				s.pass(20 * time.Minute)
				s.work()
			}
			if len(wire.until) != 0 || len(s.post.sent) < 20 {
				t.Errorf("told %d times in %d attempts", len(wire.until), len(s.post.sent))
			}
			s.ask()
			s.ask() // one too many, at last
			if len(wire.until) != 1 {
				t.Errorf("told %d times of a new mail too many", len(wire.until))
			}
		})
	}
}

// A receipt that the breaker stopped was counted as one, and is not counted again.
func TestTheBreakerCostsNoReceipt(t *testing.T) {
	s := &scene{world: newWorld(t)}
	s.postman.Breaker = mailer.Breaker{Limit: 1, Window: 10 * time.Minute}
	s.id, _ = s.asked()
	for range 3 {
		s.pass(11 * time.Minute)
		s.work()
	}
	if n := s.post.count(jane); n != 1 {
		t.Errorf("jane has %d receipts", n)
	}
}

// Letters that a stranger's limit stops are no mails, and trip nothing.
func TestAFloodOfOneStrangerTripsNothing(t *testing.T) {
	s := &scene{world: newWorld(t)}
	var wire tripwire
	s.postman.Breaker = mailer.Breaker{Limit: 15, Window: time.Hour, Tripped: wire.told}
	for i := range 10 {
		s.take(s.signed(jane, "data", fmt.Sprintf("Please export the data of nobody%d@nowhere.example.\n", i)))
		s.work()
	}
	for range 14 {
		s.ask()
	}
	if len(wire.until) != 0 || s.post.count(jane) != 1 || s.post.count(anna) != 14 {
		t.Errorf("told %d times, jane has %d, anna %d", len(wire.until), s.post.count(jane), s.post.count(anna))
	}
}

func TestLimitsThatAreDownPutOffAndTripNothing(t *testing.T) {
	s := &scene{world: newWorld(t)}
	var wire tripwire
	limits := &brokenLimits{Places: s.store, down: true}
	s.postman.Limits = limits
	s.postman.Breaker = mailer.Breaker{Limit: 5, Window: time.Hour, Tripped: wire.told}
	s.ask()
	limits.down = false
	s.pass(5 * time.Minute)
	s.work()
	if s.post.count(anna) != 1 || len(wire.until) != 0 {
		t.Errorf("anna has %d mails, told %d times", s.post.count(anna), len(wire.until))
	}
}

type brokenLimits struct {
	mailer.Places
	down bool
}

func (b *brokenLimits) Allow(ctx context.Context, key string, limit int, window time.Duration, now time.Time) (bool, error) {
	if b.down {
		return false, errDown
	}
	return b.Places.Allow(ctx, key, limit, window, now)
}

func (b *brokenLimits) TakePlace(ctx context.Context, op string, roads [][]workflow.Window, now time.Time) (bool, error) {
	if b.down {
		return false, errDown
	}
	return b.Places.TakePlace(ctx, op, roads, now)
}

// An admin named for too short a time gets no code until the time is over.
func TestAnAdminNamedJustNowIsAskedLater(t *testing.T) {
	s := &scene{world: newWorld(t)}
	s.postman.Retry = courier.Schedule{For: time.Hour} // waiting is no attempt
	until := monday.Add(24 * time.Hour)
	asked := map[string]int{}
	s.postman.Cooling = func(_ context.Context, t workflow.Tenant, a workflow.Admin, _ workflow.Address) (time.Time, error) {
		asked[t.ID+" "+string(a.Address)]++
		return until, nil
	}
	s.id = s.ask()
	for s.now.Before(until) {
		if r := s.load(s.id); len(s.post.sent) != 0 || r.Codes != 0 {
			t.Fatalf("%v before the end: %d mails, %d codes", until.Sub(s.now), len(s.post.sent), r.Codes)
		}
		s.pass(6 * time.Hour)
		s.work()
	}
	s.confirmation = s.post.to(t, anna)
	if rec := s.take(s.answer(s.confirmation, anna, "CONFIRM")); rec.Outcome != workflow.MailAnswered {
		t.Errorf("the answer came to %s by %q", rec.Outcome, rec.Rule)
	}
	if len(asked) != 1 || asked["acme "+anna] < 2 {
		t.Errorf("asked %v", asked)
	}
}

// A package too waits for an admin who went and came back, and so does what opens it:
// a young second contact may be whoever wrote the registry.
func TestWhomCoolingBinds(t *testing.T) {
	s := released(t)
	s.postman.Cooling = func(context.Context, workflow.Tenant, workflow.Admin, workflow.Address) (time.Time, error) {
		return monday.Add(48 * time.Hour), nil
	}
	s.post.sent = nil
	s.work()
	if s.post.count(anna) != 0 || s.post.count(second) != 0 || s.load(s.id).State != workflow.Delivering {
		t.Errorf("anna has %d mails, the second contact %d", s.post.count(anna), s.post.count(second))
	}
	s.pass(48 * time.Hour)
	s.work()
	if s.post.count(anna) != 1 || s.post.count(second) != 1 || s.load(s.id).State != workflow.Completed {
		t.Errorf("after it anna has %d mails, state %s", s.post.count(anna), s.load(s.id).State)
	}
}

func TestCoolingThatIsDownSendsNothing(t *testing.T) {
	s := &scene{world: newWorld(t)}
	down := true
	s.postman.Cooling = func(context.Context, workflow.Tenant, workflow.Admin, workflow.Address) (time.Time, error) {
		if down {
			return time.Time{}, errDown
		}
		return time.Time{}, nil
	}
	s.ask()
	if len(s.post.sent) != 0 {
		t.Fatal("it was sent")
	}
	down = false
	s.pass(5 * time.Minute)
	s.work()
	if s.post.count(anna) != 1 {
		t.Error("it was lost")
	}
}

// A request that is put on hold while its letter is on the way to the relay: the letter
// stays, and leaves as it is when the hold is over.
func TestAHoldStopsALetterAtTheDoor(t *testing.T) {
	s := fresh(t)
	s.post.before = func() { s.step(s.id, workflow.Event{Type: workflow.PutOnHold, Actor: "operator:olga"}) }
	s.work()
	code := s.load(s.id).Challenge.CodeHash
	for range 30 {
		s.pass(24 * time.Hour)
		s.work()
	}
	if len(s.post.sent) != 0 {
		t.Fatal("it left")
	}
	s.step(s.id, workflow.Event{Type: workflow.TakenOffHold, Actor: "operator:olga"})
	s.pass(2 * time.Minute)
	s.work()
	if r := s.load(s.id); s.post.count(anna) != 1 || r.Challenge.CodeHash != code {
		t.Errorf("%d mails, another code %v", s.post.count(anna), r.Challenge.CodeHash != code)
	}
}

// A mail that is too large ends at once, and says what would have to fit into what.
func TestATooLargeMailSaysByHowMuch(t *testing.T) {
	for name, c := range map[string]struct {
		answer courier.Result
		limit  int64
		tried  bool
	}{
		"by our own limit": {},
		"by the server's": {answer: courier.Result{Verdict: courier.Refused, Permanent: true,
			Stage: courier.StageSize, Limit: 3000}, limit: 3000, tried: true},
	} {
		t.Run(name, func(t *testing.T) {
			s := fresh(t)
			s.work()
			size := len(s.post.to(t, anna)) // the same mail, without a limit
			s = fresh(t)
			if s.postman.MaxBytes = int64(size); c.tried { // it just fits
				s.post.answers = []courier.Result{c.answer}
			} else {
				s.postman.MaxBytes--
				c.limit = int64(size - 1)
			}
			s.work()
			if r := s.load(s.id); r.State != workflow.Stuck || r.Reason != workflow.TooLarge {
				t.Errorf("state %s for %s", r.State, r.Reason)
			}
			if tried := s.post.count(anna) == 1; tried != c.tried {
				t.Errorf("tried %v", tried)
			}
			want := fmt.Sprintf("limit %d bytes, mail has %d bytes", c.limit, size)
			notes := s.notes(workflow.LetterFailed)
			if len(notes) == 0 || notes[len(notes)-1] != want {
				t.Errorf("notes %q, want %q", notes, want)
			}
		})
	}
}

// The schedule is the postman's: pauses, the end, and the wait of what is ambiguous.
func TestTheScheduleIsGiven(t *testing.T) {
	s := fresh(t)
	s.postman.Retry = courier.Schedule{First: time.Hour, Longest: 2 * time.Hour, For: 5 * time.Hour,
		Ambiguous: 30 * time.Minute}
	for range 20 {
		s.post.answers = append(s.post.answers, temporary())
	}
	var at []string
	for range 20 * 6 {
		before := len(s.post.sent)
		s.work()
		if len(s.post.sent) > before {
			at = append(at, s.now.Sub(monday).String())
		}
		s.pass(10 * time.Minute)
	}
	if diff := cmp.Diff([]string{"0s", "1h0m0s", "3h0m0s", "5h0m0s"}, at); diff != "" {
		t.Errorf("attempts (-want +got):\n%s", diff)
	}
	if r := s.load(s.id); r.State != workflow.Stuck || r.Reason != workflow.Undeliverable {
		t.Errorf("state %s for %s", r.State, r.Reason)
	}
	s = fresh(t)
	s.postman.Retry = courier.Schedule{Ambiguous: 30 * time.Minute}
	s.post.answers = []courier.Result{lost()}
	s.work()
	s.pass(29 * time.Minute)
	s.work()
	if len(s.post.sent) != 1 {
		t.Error("sent again too early")
	}
	s.pass(time.Minute)
	s.work()
	if len(s.post.sent) != 2 || !bytes.Equal(s.post.sent[0].raw, s.post.sent[1].raw) {
		t.Errorf("%d mails", len(s.post.sent))
	}
}

// A mail loses none of its time while nothing was tried.
func TestADowntimeCostsAMailNothing(t *testing.T) {
	s := fresh(t)
	s.post.answers = []courier.Result{temporary()}
	s.work()
	s.pass(6 * 24 * time.Hour)
	s.post.answers = []courier.Result{temporary()}
	s.work()
	if r := s.load(s.id); r.State != workflow.AwaitingConfirmation {
		t.Fatalf("state %s for %s", r.State, r.Reason)
	}
	s.pass(time.Hour)
	s.work()
	if s.post.count(anna) != 3 || s.load(s.id).AskedAt.IsZero() {
		t.Errorf("%d attempts", s.post.count(anna))
	}
}

// An error of our own after the relay has refused for a while is not the third of three.
func TestAnErrorAfterRefusalsIsNotTheLast(t *testing.T) {
	s := fresh(t)
	s.post.answers = []courier.Result{temporary(), temporary(), temporary()}
	for range 3 {
		s.work()
		s.pass(2 * time.Hour)
	}
	f := &flaky{Blobs: brokenBlobs{s.store}, Workflow: s.engine}
	s.postman.Blobs = f
	s.work()
	if r := s.load(s.id); r.State != workflow.AwaitingConfirmation {
		t.Fatalf("state %s for %s", r.State, r.Reason)
	}
	s.postman.Blobs = s.store
	s.pass(2 * time.Hour)
	s.work()
	if s.post.count(anna) != 4 || !strings.Contains(string(s.post.to(t, anna)), "Reply above") {
		t.Errorf("%d attempts", s.post.count(anna))
	}
}

// brokenBlobs cannot be read.
type brokenBlobs struct{ mailer.Blobs }

func (brokenBlobs) Open(context.Context, workflow.ID, string) (io.ReadSeekCloser, int64, error) {
	return nil, 0, errDown
}
