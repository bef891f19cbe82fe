package workflow_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dsrd/dsrd/workflow"
)

// lost is a request that stands in the state where the store forgot what followed.
func lost(t *testing.T, s workflow.State) *life {
	t.Helper()
	road := []workflow.EventType{workflow.CodeIssued, workflow.LetterSent, workflow.Acknowledged,
		workflow.SlotOpened, workflow.PackageBuilt}
	l := newLife(t, birth(workflow.DefaultPolicy()))
	switch s {
	case workflow.AwaitingConfirmation:
		l.must(t, road[:2]...)
	case workflow.Confirmed:
		l.must(t, road[:3]...)
	case workflow.Compiling:
		l.must(t, road[:4]...)
	case workflow.Delivering:
		l.must(t, road...)
	case workflow.Stuck:
		l.must(t, append(road[:4:4], workflow.CompileFailed)...)
	case workflow.NeedsReview:
		r := birth(workflow.DefaultPolicy())
		r.Reason = workflow.OddMail
		l = newLife(t, r)
	}
	if l.r.State != s {
		t.Fatalf("it is %s", l.r.State)
	}
	return l
}

var open = []workflow.State{workflow.NeedsReview, workflow.AwaitingConfirmation, workflow.Confirmed,
	workflow.Compiling, workflow.Delivering, workflow.Stuck}

// numbered is the request's effect of that number.
func numbered(r workflow.Request, n int) workflow.EffectID {
	return workflow.EffectID(fmt.Sprintf("%s.%d", r.ID, n))
}

func (l *life) recover(p *workflow.Proof) error {
	e := l.event(workflow.Recovered)
	e.Proof = p
	return l.apply(e)
}

func TestRecoveredRequestWhosePackageLeftIsCompleted(t *testing.T) {
	for _, s := range open {
		l := lost(t, s)
		proof := l.proof(2)
		if err := l.recover(proof); err != nil {
			t.Fatal(err)
		}
		want := *proof.Package
		want.Removed, want.SentBy = true, proof.Effect
		if l.r.State != workflow.Completed || !cmp.Equal(*l.r.Package, want) || !cmp.Equal(*l.r.Ack, *proof.Ack) {
			t.Errorf("%s became %s: %+v, %+v", s, l.r.State, l.r.Package, l.r.Ack)
		}
		if proof.Package.Removed {
			t.Error("the proof itself was changed")
		}
		var ordered []workflow.EffectType
		for _, e := range l.last.Effects {
			ordered = append(ordered, e.Type)
		}
		var bytes []workflow.EffectType
		if s == workflow.Delivering {
			bytes = []workflow.EffectType{workflow.RemovePackage}
		}
		if diff := cmp.Diff(bytes, ordered); diff != "" {
			t.Errorf("%s: %s", s, diff)
		}
		if l.last.Entry.Private == nil || l.r.Reason != workflow.NoReason || l.r.Challenge != nil {
			t.Errorf("%s: left behind %+v", s, l.r)
		}
		l.replays(t)
	}
}

func TestRecoveredRequestThatWasEndedEnds(t *testing.T) {
	for which, want := range map[int]workflow.State{3: workflow.Declined, 4: workflow.RefusedState} {
		for _, s := range open {
			l := lost(t, s)
			l.now = start.Add(time.Hour * 30)
			if err := l.recover(l.proof(which)); err != nil {
				t.Fatal(err)
			}
			if l.r.State != want || l.r.Reason != workflow.AfterRecovery || !l.r.EndedAt.Equal(l.now.Add(-time.Hour)) {
				t.Errorf("%s became %s/%s, ended %s", s, l.r.State, l.r.Reason, l.r.EndedAt)
			}
			l.replays(t)
		}
	}
}

func TestRecoveredRequestIsAskedAboutAnewWhileACodeWouldLive(t *testing.T) {
	const week = 7 * 24 * time.Hour
	for name, c := range map[string]struct {
		after  time.Duration // since the mail came
		asked  time.Duration // since then the newest confirmation left; 0: there is no copy
		review bool
	}{
		"a young mail":                         {week - time.Second, 0, false},
		"an old mail":                          {week, 0, true},
		"an old mail, asked about lately":      {3 * week, 2*week + time.Second, false},
		"an old mail, asked about long ago":    {3 * week, 2 * week, true},
		"a young mail, asked about at once":    {week - time.Second, time.Minute, false},
		"a mail of a clock that is ahead":      {-time.Hour, 0, false},
		"a copy of a clock that is far behind": {week, -10 * week, true},
	} {
		for _, s := range open {
			l := lost(t, s)
			l.now = start.Add(c.after)
			var proof *workflow.Proof
			if c.asked != 0 {
				proof = l.proof(1)
				proof.At = start.Add(c.asked)
			}
			if err := l.recover(proof); err != nil {
				t.Fatal(err)
			}
			want, reason := workflow.AwaitingConfirmation, workflow.NoReason
			switch {
			case s == workflow.NeedsReview, s == workflow.Stuck:
				want, reason = s, lost(t, s).r.Reason
			case c.review:
				want, reason = workflow.NeedsReview, workflow.AfterRecovery
			}
			if l.r.State != want || l.r.Reason != reason || l.r.Challenge != nil {
				t.Errorf("%s, %s: became %s/%s with code %v", name, s, l.r.State, l.r.Reason, l.r.Challenge)
			}
			asks := slices.ContainsFunc(l.last.Effects, func(e workflow.Effect) bool {
				return e.Type == workflow.SendConfirmation && e.Reason == workflow.AfterRecovery
			})
			if asks != (want == workflow.AwaitingConfirmation) {
				t.Errorf("%s, %s: ordered %+v", name, s, l.last.Effects)
			}
			if want == workflow.AwaitingConfirmation && (l.r.Ack != nil || l.r.Package != nil || !l.r.AskedAt.IsZero()) {
				t.Errorf("%s, %s: an old answer survives: %+v", name, s, l.r)
			}
			l.replays(t)
		}
	}
}

func TestEffectsOfANewLifeHaveNumbersOfTheirOwn(t *testing.T) {
	for epoch, want := range map[int64]int{-1: 0, 0: 0, 1: 0, 2: 1000, 7: 6000} {
		if got := workflow.EffectBase(epoch); got != want {
			t.Errorf("epoch %d: %d, want %d", epoch, got, want)
		}
	}
	for used, want := range map[int]int64{0: 1, 1: 2, 1000: 2, 1001: 3, 2000: 3, math.MaxInt32: 2147485} {
		got := workflow.EpochPast(used)
		if got != want || workflow.EffectBase(got) < used || got > 1 && workflow.EffectBase(got-1) >= used {
			t.Errorf("number %d was used: life %d, want %d, the first that counts from there on",
				used, got, want)
		}
	}
	l := lost(t, workflow.Delivering)
	if err := l.recover(nil); err != nil {
		t.Fatal(err)
	}
	var got []workflow.EffectID
	for _, e := range l.last.Effects {
		got = append(got, e.ID)
	}
	want := []workflow.EffectID{numbered(l.r, 1001), numbered(l.r, 1002)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	many := birth(workflow.DefaultPolicy())
	many.Ordered = 2500
	busy := newLife(t, many)
	busy.must(t, workflow.Recovered)
	if id := busy.last.Effects[0].ID; id != numbered(busy.r, 2502) {
		t.Errorf("a number beyond the base is used again: %s", id)
	}
	over := lost(t, workflow.Delivering)
	over.must(t, workflow.PackageSent)
	if err := over.recover(nil); err != nil {
		t.Fatal(err)
	}
	over.must(t, workflow.DeliverAgain)
	if id := over.last.Effects[0].ID; id != numbered(over.r, 1001) {
		t.Errorf("what was over is sent again as %s", id)
	}
	if !over.last.Effects[0].Stands(over.r) {
		t.Error("the order does not stand")
	}
	over.replays(t)
}

func TestRequestBornInALaterLifeNumbersItsEffectsSo(t *testing.T) {
	r := birth(workflow.DefaultPolicy())
	r.Ordered = workflow.EffectBase(3)
	l := newLife(t, r)
	if id := l.last.Effects[0].ID; id != numbered(r, 2001) || l.r.Ordered != 2000+len(l.last.Effects) {
		t.Errorf("ordered %s, %d in all", id, l.r.Ordered)
	}
	l.must(t, workflow.CodeIssued, workflow.LetterSent, workflow.Acknowledged, workflow.SlotOpened,
		workflow.PackageBuilt)
	for _, e := range l.last.Effects {
		if !e.Stands(l.r) {
			t.Errorf("%s does not stand", e.Type)
		}
	}
	l.replays(t)
	r.Ordered = -1
	_, err := workflow.Receive(r, "op", start)
	refused(t, "fewer effects than none", err)
}

// A copy tells of what the store forgot. What it remembers to have gone on after that letter
// is not undone by it.
func TestCopyOfALetterThatTheStoreKnowsOfProvesNothingNew(t *testing.T) {
	bounced := func() *life {
		l := lost(t, workflow.Delivering)
		l.must(t, workflow.PackageSent, workflow.Bounced)
		return l
	}
	again := func() *life {
		l := bounced()
		l.must(t, workflow.AskAgain)
		return l
	}
	born := func() *life {
		r := birth(workflow.DefaultPolicy())
		r.Ordered = workflow.EffectBase(2)
		return newLife(t, r)
	}
	for name, c := range map[string]struct {
		l      *life
		effect int
		want   workflow.State
	}{
		"it was about to send it":          {lost(t, workflow.Delivering), 4, workflow.Completed},
		"an older order":                   {lost(t, workflow.Delivering), 3, workflow.AwaitingConfirmation},
		"it came back":                     {bounced(), 4, workflow.Stuck},
		"and the admin was asked again":    {again(), 4, workflow.AwaitingConfirmation},
		"and again was something sent":     {again(), 9, workflow.Completed},
		"the request was born again since": {born(), 4, workflow.Completed},
	} {
		t.Run(name, func(t *testing.T) {
			proof := c.l.proof(2)
			proof.Effect = numbered(c.l.r, c.effect)
			if err := c.l.recover(proof); err != nil {
				t.Fatal(err)
			}
			if c.l.r.State != c.want {
				t.Errorf("it is %s, want %s", c.l.r.State, c.want)
			}
			c.l.replays(t)
		})
	}
}

func TestCopyThatProvesTooLittleIsRefused(t *testing.T) {
	for name, spoil := range map[string]func(*workflow.Proof){
		"of another request":      func(p *workflow.Proof) { p.Effect = "00other.7" },
		"of a name that is none":  func(p *workflow.Proof) { p.Effect += "x" },
		"without what was sent":   func(p *workflow.Proof) { p.Package = nil },
		"without what released":   func(p *workflow.Proof) { p.Ack = nil },
		"released by nobody":      func(p *workflow.Proof) { p.Ack.Admin = "" },
		"of a passphrase":         func(p *workflow.Proof) { p.Type = workflow.SendPassphrase },
		"of a word to a stranger": func(p *workflow.Proof) { p.Type = workflow.SendReceipt },
	} {
		l := lost(t, workflow.Compiling)
		proof := l.proof(2)
		spoil(proof)
		if err := l.recover(proof); !errors.Is(err, workflow.Refused) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestRecoveredRequestStaysOnHold(t *testing.T) {
	l := lost(t, workflow.Confirmed)
	l.must(t, workflow.PutOnHold)
	if err := l.recover(nil); err != nil {
		t.Fatal(err)
	}
	if !l.r.OnHold || l.r.State != workflow.AwaitingConfirmation || !l.last.Effects[0].Waits(l.r) {
		t.Errorf("on hold %v, %s", l.r.OnHold, l.r.State)
	}
}

func TestCopyOfALetterThatLeftIsOrderedWhereItIsKept(t *testing.T) {
	sent := func(l *life, kind workflow.EventType, keep bool) []workflow.Effect {
		e := l.event(kind)
		e.Keep, e.Effect = keep, numbered(l.r, 4)
		if err := l.apply(e); err != nil {
			t.Fatal(err)
		}
		l.replays(t)
		return l.last.Effects
	}
	for _, kind := range []workflow.EventType{workflow.LetterSent, workflow.PackageSent} {
		if got := sent(lost(t, workflow.Delivering), kind, false); len(got) != 0 {
			t.Errorf("%s, not kept, orders %v", kind, got)
		}
		l := lost(t, workflow.Delivering)
		order, before := packageOrders(l)[0], l.r.Ordered
		got := sent(l, kind, true)
		if len(got) != 1 || got[0].Type != workflow.KeepCopy || got[0].Of != numbered(l.r, 4) {
			t.Fatalf("%s orders %+v", kind, got)
		}
		if !got[0].Stands(l.r) || got[0].Waits(workflow.Request{OnHold: true}) || l.r.Ordered != before+1 {
			t.Errorf("%s: the copy may have to wait, or has no number", kind)
		}
		if kind == workflow.LetterSent && !order.Stands(l.r) {
			t.Error("the package's own order does not stand any more")
		}
	}
	for _, kind := range []workflow.EventType{workflow.EffectDropped, workflow.LetterFailed} {
		for copies, want := range []int{0, 1, 1} {
			l := lost(t, workflow.AwaitingConfirmation)
			e := l.event(kind)
			e.Keep, e.Effect, e.Copies = true, numbered(l.r, 1), copies
			if err := l.apply(e); err != nil {
				t.Fatal(err)
			}
			if got := l.last.Effects; len(got) != want || want == 1 && got[0].Of != e.Effect {
				t.Errorf("%s of a letter that may have left %d times orders %+v", kind, copies, got)
			}
			l.replays(t)
		}
	}
	// Only a letter that left has a copy, and there is nothing to keep once all is removed.
	failed := lost(t, workflow.Delivering)
	if got := sent(failed, workflow.LetterFailed, true); len(got) != 0 {
		t.Errorf("a letter that failed orders %v", got)
	}
	gone := lost(t, workflow.AwaitingConfirmation)
	gone.must(t, workflow.OperatorCancelled)
	gone.now = start.Add(1000 * 24 * time.Hour)
	gone.must(t, workflow.PersonalExpired)
	e := gone.event(workflow.LetterSent)
	e.Keep = true
	if err := gone.apply(e); err != nil || len(gone.last.Effects) != 0 {
		t.Errorf("a purged request: %v, orders %v", err, gone.last.Effects)
	}
}

// A store that goes back to where a request was over knows nothing of the package that came back
// since, nor of the admin who was asked again: nobody else would ever ask.
func TestRequestThatWasAskedAboutAfterItsEndIsNotOver(t *testing.T) {
	completed := func() *life {
		l := lost(t, workflow.Delivering)
		l.must(t, workflow.PackageSent)
		return l
	}
	refused := func() *life {
		l := lost(t, workflow.AwaitingConfirmation)
		l.must(t, workflow.TenantLost)
		return l
	}
	cancelled := func() *life {
		l := lost(t, workflow.AwaitingConfirmation)
		l.must(t, workflow.OperatorCancelled)
		return l
	}
	purged := func() *life {
		l := completed()
		l.now = start.Add(1000 * 24 * time.Hour)
		l.must(t, workflow.PersonalExpired)
		return l
	}
	const month = 30 * 24 * time.Hour
	for name, c := range map[string]struct {
		l     *life
		which int // of the copies
		since int // orders between the end and the letter
		later time.Duration
		want  workflow.State
	}{
		"it came back, and was asked about":   {completed(), 1, 2, 0, workflow.AwaitingConfirmation},
		"and that was long ago":               {completed(), 1, 2, month, workflow.NeedsReview},
		"its admin was reminded":              {completed(), 5, 1, 0, workflow.AwaitingConfirmation},
		"its tenant had come back":            {refused(), 1, 1, 0, workflow.AwaitingConfirmation},
		"what asked came before the end":      {completed(), 1, 0, 0, workflow.Completed},
		"a word of no":                        {completed(), 3, 2, 0, workflow.Completed},
		"no copy":                             {completed(), 0, 0, 0, workflow.Completed},
		"what ended for good is never opened": {cancelled(), 1, 2, 0, workflow.Cancelled},
		"nor what was removed":                {purged(), 1, 2, 0, workflow.Completed},
	} {
		t.Run(name, func(t *testing.T) {
			before, proof := c.l.r, c.l.proof(c.which)
			if proof != nil {
				proof.Effect = numbered(before, before.Ordered+c.since)
			}
			c.l.now = c.l.now.Add(c.later)
			if err := c.l.recover(proof); err != nil {
				t.Fatal(err)
			}
			r := c.l.r
			if r.State != c.want || r.Ordered < 1000 {
				t.Fatalf("it is %s, and has ordered %d; want %s", r.State, r.Ordered, c.want)
			}
			over := c.want.Terminal()
			if !over && (r.Ack != nil || r.Package != nil || !r.EndedAt.IsZero()) ||
				over && !r.EndedAt.Equal(before.EndedAt) {
				t.Errorf("left behind %+v", r)
			}
			c.l.replays(t)
		})
	}
}
