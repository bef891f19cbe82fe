package workflow_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/dsrd/dsrd/workflow"
)

// asked is a request whose admin has the code.
func asked(t *testing.T) *life {
	t.Helper()
	l := newLife(t, birth(workflow.DefaultPolicy()))
	l.must(t, workflow.CodeIssued, workflow.LetterSent)
	l.effects = nil
	return l
}

// held lets an answer be held, and gives the reason of the letter that it led to.
func (l *life) held(t *testing.T, why workflow.Reason) (told workflow.Reason) {
	t.Helper()
	e := l.event(workflow.Held)
	e.Tell, e.Wrong = why, false
	was := l.r.State
	if err := l.apply(e); err != nil {
		t.Fatal(err)
	}
	if l.r.State != was {
		t.Fatalf("what was held led from %s to %s", was, l.r.State)
	}
	for _, effect := range l.last.Effects {
		if effect.Type != workflow.SendHeld {
			t.Fatalf("ordered %s", effect.Type)
		}
		told = effect.Reason
	}
	return told
}

func TestAnAdminIsToldOnceWhyAnAnswerWasHeld(t *testing.T) {
	const none = workflow.NoReason
	type step struct{ why, want workflow.Reason }
	for name, c := range map[string]struct {
		before func(*life)
		steps  []step
	}{
		"nothing to tell":         {steps: []step{{none, none}}},
		"what is no word at all":  {steps: []step{{workflow.CodeMissing, none}, {"x", none}}},
		"not proven, twice":       {steps: []step{{workflow.NotProven, workflow.NotProven}, {workflow.NotProven, none}}},
		"other sender, after it":  {steps: []step{{workflow.NotProven, workflow.NotProven}, {workflow.OtherSender, none}}},
		"not proven, after that":  {steps: []step{{workflow.OtherSender, workflow.OtherSender}, {workflow.NotProven, none}}},
		"the old code, besides":   {steps: []step{{workflow.NotProven, workflow.NotProven}, {workflow.OldCode, workflow.OldCode}}},
		"the old code, twice":     {steps: []step{{workflow.OldCode, workflow.OldCode}, {workflow.OldCode, none}}},
		"the code's end, in time": {steps: []step{{workflow.CodeEnded, workflow.CodeEnded}}},
		"the code's end, while another round will come": {
			before: func(l *life) { l.r.Policy.Escalations = 1 },
			steps:  []step{{workflow.CodeEnded, none}},
		},
		"confirmed already": {
			before: func(l *life) { l.must(t, workflow.Acknowledged) },
			steps:  []step{{workflow.NotProven, none}, {workflow.OldCode, none}, {workflow.CodeEnded, none}},
		},
		"over": {
			before: func(l *life) { l.must(t, workflow.OperatorCancelled) },
			steps:  []step{{workflow.NotProven, none}, {workflow.OtherSender, none}, {workflow.CodeEnded, none}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := asked(t)
			if c.before != nil {
				c.before(l)
			}
			for i, s := range c.steps {
				if got := l.held(t, s.why); got != s.want {
					t.Errorf("step %d: %q told %q, want %q", i, s.why, got, s.want)
				}
			}
		})
	}
}

// What strangers can bring about stays told for good; what only the admin can is told
// anew in another round.
func TestAnotherRoundForgetsWhatOnlyTheAdminBringsAbout(t *testing.T) {
	l := asked(t)
	l.held(t, workflow.OtherSender)
	l.held(t, workflow.OldCode)
	l.must(t, workflow.AskAgain)
	if got := l.held(t, workflow.NotProven); got != "" {
		t.Errorf("told of another unproven mail: %s", got)
	}
	if got := l.held(t, workflow.OldCode); got != workflow.OldCode {
		t.Errorf("an old code in the second round told %q", got)
	}
	l.replays(t)
}

func TestWhoeverAnswersAfterTheEndIsToldOnce(t *testing.T) {
	l := asked(t)
	for l.r.State == workflow.AwaitingConfirmation {
		l.wake(t)
	}
	for i, want := range []workflow.Reason{workflow.CodeEnded, ""} {
		if got := l.held(t, workflow.CodeEnded); got != want {
			t.Errorf("answer %d told %q, want %q", i, got, want)
		}
	}
	if got := l.held(t, workflow.NotProven); got != "" {
		t.Errorf("a forgery told %q", got)
	}
}

func TestAWordThatIsNoLongerTrueIsNotSent(t *testing.T) {
	l := asked(t)
	l.held(t, workflow.OldCode)
	order := l.effects[len(l.effects)-1]
	if !order.Stands(l.r) {
		t.Error("it does not stand while the answer is awaited")
	}
	l.must(t, workflow.PutOnHold)
	if !order.Waits(l.r) {
		t.Error("it does not wait while the request is on hold")
	}
	l.must(t, workflow.TakenOffHold, workflow.Acknowledged)
	if order.Stands(l.r) {
		t.Error("it stands although the admin decided")
	}
}

func TestTooManyWrongCodesLockForADay(t *testing.T) {
	l := asked(t)
	wrong := func() {
		t.Helper()
		e := l.event(workflow.Held)
		e.Tell, e.Wrong = "", true
		if err := l.apply(e); err != nil {
			t.Fatal(err)
		}
	}
	for n := range 10 {
		if l.r.Locked(l.now) {
			t.Fatalf("locked after %d", n)
		}
		wrong()
		l.now = l.now.Add(time.Hour)
	}
	first := l.now.Add(-10 * time.Hour)
	if !l.r.Locked(l.now) || !l.r.Locked(first.Add(24*time.Hour-1)) {
		t.Error("ten wrong codes do not lock until a day is over")
	}
	if l.r.Locked(first.Add(24 * time.Hour)) {
		t.Error("locked for longer than a day")
	}
	wrong() // while locked: it must not move the end
	if l.r.Locked(first.Add(24*time.Hour)) || len(l.r.WrongCodes) != 10 {
		t.Errorf("a further one moved the end: %v", l.r.WrongCodes)
	}
	l.now = first.Add(24 * time.Hour)
	wrong()
	if l.r.Locked(l.now.Add(time.Hour)) || !l.r.Locked(l.now.Add(time.Minute)) {
		t.Errorf("the window does not slide: %v", l.r.WrongCodes)
	}
	l.must(t, workflow.AskAgain)
	if l.r.Locked(l.now) {
		t.Error("an operator's new round is locked")
	}
	l.replays(t)
}

func TestWithdrawal(t *testing.T) {
	joins := func(who workflow.Address, verified bool) func(*testing.T, *life) {
		return func(t *testing.T, l *life) {
			e := l.event(workflow.Joined)
			e.Join.Requester = workflow.Requester{Address: who, Verified: verified}
			if err := l.apply(e); err != nil {
				t.Fatal(err)
			}
		}
	}
	on := func(kinds ...workflow.EventType) func(*testing.T, *life) {
		return func(t *testing.T, l *life) { l.must(t, kinds...) }
	}
	road := []workflow.EventType{workflow.Acknowledged, workflow.SlotOpened, workflow.PackageBuilt}
	for name, c := range map[string]struct {
		before  func(*testing.T, *life)
		refused bool
	}{
		"while the admin is asked":      {},
		"on hold":                       {before: on(workflow.PutOnHold)},
		"confirmed":                     {before: on(road[:1]...)},
		"compiling":                     {before: on(road[:2]...)},
		"the package is on its way":     {before: on(road...)},
		"the package has left":          {before: on(append(slices.Clone(road), workflow.PackageSent)...), refused: true},
		"the package may have left":     {before: on(append(slices.Clone(road), workflow.LetterFailed)...), refused: true},
		"the package came back":         {before: on(append(slices.Clone(road), workflow.PackageSent, workflow.Bounced)...), refused: true},
		"the compiler gave up":          {before: on(workflow.Acknowledged, workflow.SlotOpened, workflow.CompileFailed)},
		"declined already":              {before: on(workflow.Rejected), refused: true},
		"the requester wrote once more": {before: joins("jane@customer.example", false)},
		"another joined":                {before: joins("joe@customer.example", false), refused: true},
	} {
		t.Run(name, func(t *testing.T) {
			l := asked(t)
			if c.before != nil {
				c.before(t, l)
			}
			was := l.r.State
			err := l.apply(l.event(workflow.Withdrawn))
			if c.refused {
				if !errors.Is(err, workflow.Refused) || l.r.State != was {
					t.Errorf("got %v, state %s", err, l.r.State)
				}
				return
			}
			if err != nil || l.r.State != workflow.Cancelled || l.r.Reason != workflow.ByRequester {
				t.Fatalf("got %v, state %s/%s", err, l.r.State, l.r.Reason)
			}
			if last := l.ordered[len(l.ordered)-1]; last != workflow.SendDeclined {
				t.Errorf("ordered %v", l.ordered)
			}
			if l.r.Challenge != nil || l.r.Package != nil && !l.r.Package.Removed {
				t.Errorf("code %v, package %v", l.r.Challenge, l.r.Package)
			}
			l.replays(t)
		})
	}
}

func TestNobodyIsToldOfTheEndOfWhatNobodyHeardOf(t *testing.T) {
	unknown := birth(workflow.DefaultPolicy())
	unknown.TenantID = ""
	for name, r := range map[string]workflow.Request{
		"an unknown customer": unknown, "not asked yet": birth(workflow.DefaultPolicy()),
	} {
		l := newLife(t, r)
		l.ordered = nil
		l.must(t, workflow.Withdrawn)
		if len(l.ordered) != 0 || l.r.State != workflow.Cancelled {
			t.Errorf("%s: ordered %v, state %s", name, l.ordered, l.r.State)
		}
	}
}

func TestTheStrongerWayToConfirmCounts(t *testing.T) {
	for _, a := range []workflow.Confirm{workflow.Reply, workflow.TypedCode} {
		for _, b := range []workflow.Confirm{workflow.Reply, workflow.TypedCode} {
			want := workflow.Reply
			if a == workflow.TypedCode || b == workflow.TypedCode {
				want = workflow.TypedCode
			}
			if got := a.Stronger(b); got != want {
				t.Errorf("of %q and %q the stronger is %q", a, b, got)
			}
		}
	}
}

// A clock that was a year ahead for a while must not lock anybody out until then.
func TestWrongCodesOfAClockThatWasAheadLockNobodyOut(t *testing.T) {
	l := asked(t)
	for range 10 {
		l.r.WrongCodes = append(l.r.WrongCodes, l.now.AddDate(1, 0, 0))
	}
	if l.r.Locked(l.now) {
		t.Error("locked")
	}
}
