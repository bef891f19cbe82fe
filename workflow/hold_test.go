package workflow_test

import (
	"testing"
	"time"

	"github.com/dsrd/dsrd/workflow"
)

func TestHoldStopsTheLadderAndNotTheDeadline(t *testing.T) {
	everywhere(t, func(t *testing.T, l *life) {
		was := l.r
		err := l.apply(l.event(workflow.PutOnHold))
		if was.Closed() {
			refused(t, "holding what is over", err)
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		refused(t, "holding twice", l.apply(l.event(workflow.PutOnHold)))
		var reported []workflow.EventType
		for range 6 {
			reported = append(reported, l.wake(t))
		}
		near, missed := workflow.DeadlineNear, workflow.DeadlineMissed
		same(t, reported, []workflow.EventType{near, near, near, near, missed, missed})
		if l.r.State != was.State || len(l.ordered) != was.Ordered {
			t.Errorf("%s became %s and ordered %v", was.State, l.r.State, l.ordered)
		}
		l.must(t, workflow.TakenOffHold)
		refused(t, "taking off what is not on hold", l.apply(l.event(workflow.TakenOffHold)))
		l.replays(t)
	})
}

func TestHoldAndBackLeavesTheTimerAsItWas(t *testing.T) {
	l := at(t, workflow.AwaitingConfirmation, withSecond())
	was := l.r
	l.must(t, workflow.PutOnHold)
	if want := start.Add(7 * 24 * time.Hour); !l.r.WakeAt.Equal(want) {
		t.Errorf("on hold it wakes at %s, want the first alarm at %s", l.r.WakeAt, want)
	}
	l.must(t, workflow.TakenOffHold)
	if !l.r.WakeAt.Equal(was.WakeAt) {
		t.Errorf("off hold it wakes at %s, want %s", l.r.WakeAt, was.WakeAt)
	}
}

func TestWhatFellDueOnHoldIsDueOnceOffHold(t *testing.T) {
	cases := map[string]struct {
		after time.Duration
		p     workflow.Policy
		want  workflow.EventType
	}{
		"two reminders are one": {4 * 24 * time.Hour, withSecond(), workflow.ReminderDue},
		"the round is over":     {30 * 24 * time.Hour, withSecond(), workflow.Escalated},
		"the last round is":     {30 * 24 * time.Hour, workflow.DefaultPolicy(), workflow.CodeExpired},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			l := at(t, workflow.AwaitingConfirmation, c.p)
			l.must(t, workflow.PutOnHold)
			l.now = l.now.Add(c.after)
			l.must(t, workflow.TakenOffHold)
			if l.r.WakeAt.After(l.now) {
				t.Fatalf("wakes at %s, after %s", l.r.WakeAt, l.now)
			}
			kind, _ := workflow.Next(l.r, l.now)
			l.must(t, kind)
			if again, due := workflow.Next(l.r, l.now); kind != c.want || due && again == kind {
				t.Errorf("got %s, then %s; want %s once", kind, again, c.want)
			}
		})
	}
}

func TestAcknowledgementOnHoldCountsAndOpensNoSlot(t *testing.T) {
	l := at(t, workflow.AwaitingConfirmation, workflow.DefaultPolicy())
	l.must(t, workflow.PutOnHold, workflow.Acknowledged)
	if l.r.State != workflow.Confirmed || l.r.Ack == nil || !l.r.OnHold {
		t.Fatalf("%s, ack %v, on hold %v", l.r.State, l.r.Ack, l.r.OnHold)
	}
	refused(t, "a slot on hold", l.apply(l.event(workflow.SlotOpened)))
	l.must(t, workflow.TakenOffHold, workflow.SlotOpened)
	if l.r.State != workflow.Compiling {
		t.Errorf("off hold: %s", l.r.State)
	}
}

func TestTimersOfTheLadderAreRefusedOnHold(t *testing.T) {
	l := at(t, workflow.AwaitingConfirmation, withSecond())
	l.must(t, workflow.PutOnHold)
	l.now = start.Add(8 * 24 * time.Hour)
	for _, kind := range []workflow.EventType{workflow.ReminderDue, workflow.Escalated, workflow.CodeExpired} {
		refused(t, string(kind), l.apply(l.event(kind)))
	}
}

func TestAllButRemovalAndStrangersLettersWaitsOnHold(t *testing.T) {
	all := []workflow.EffectType{
		workflow.SendConfirmation, workflow.SendReminder, workflow.SendEscalation, workflow.SendQuestion,
		workflow.SendDeclined, workflow.SendRefusal,
		workflow.SendPackage, workflow.SendPassphrase, workflow.Compile,
	}
	held := workflow.Request{OnHold: true}
	for _, kind := range all {
		e := workflow.Effect{Type: kind}
		if !e.Waits(held) || e.Waits(workflow.Request{}) {
			t.Errorf("%s: on hold %v, off hold %v", kind, e.Waits(held), e.Waits(workflow.Request{}))
		}
	}
	for _, kind := range []workflow.EffectType{
		workflow.RemovePackage, workflow.RemovePersonal, workflow.SendReceipt, workflow.SendWhich,
	} {
		if (workflow.Effect{Type: kind}).Waits(held) {
			t.Errorf("%s waits", kind)
		}
	}
}

// What was on its way when the hold came has happened, and is written down.
func TestWhatHappensOutsideIsTakenOnHold(t *testing.T) {
	l := at(t, workflow.Compiling, workflow.DefaultPolicy())
	l.must(t, workflow.PutOnHold, workflow.PackageBuilt)
	order := l.last.Effects[len(l.last.Effects)-1]
	if l.r.State != workflow.Delivering || !order.Stands(l.r) || !order.Waits(l.r) {
		t.Fatalf("%s, order %+v", l.r.State, order)
	}
	l.must(t, workflow.PackageSent)
	if l.r.State != workflow.Completed || l.r.OnHold {
		t.Errorf("%s, on hold %v", l.r.State, l.r.OnHold)
	}
}

func TestEndLiftsTheHold(t *testing.T) {
	for _, kind := range []workflow.EventType{workflow.OperatorDeclined, workflow.OperatorCancelled,
		workflow.OperatorExpired, workflow.TenantLost, workflow.Rejected, workflow.RoleRefused} {
		l := at(t, workflow.AwaitingConfirmation, workflow.DefaultPolicy())
		l.must(t, workflow.PutOnHold, kind)
		if l.r.OnHold || !l.r.Closed() {
			t.Errorf("%s: %s, on hold %v", kind, l.r.State, l.r.OnHold)
		}
		for _, e := range l.last.Effects {
			if e.Waits(l.r) {
				t.Errorf("%s: %s would wait for ever", kind, e.Type)
			}
		}
	}
}

func TestNoOperatorsLetterIsPromisedOnHold(t *testing.T) {
	everywhere(t, func(t *testing.T, l *life) {
		if l.r.Closed() {
			return
		}
		l.must(t, workflow.PutOnHold)
		_, err := workflow.OnRetry(l.r)
		refused(t, "retry", err)
		_, err = workflow.OnResend(l.r)
		refused(t, "resend", err)
	})
}

func TestRetryAndResendLeadBackWhereTheyShould(t *testing.T) {
	retry := map[workflow.State]workflow.EventType{
		workflow.NeedsReview: workflow.AskAgain, workflow.Stuck: workflow.AskAgain,
	}
	resend := map[workflow.State]workflow.EventType{
		workflow.AwaitingConfirmation: workflow.AskAgain, workflow.Stuck: workflow.AskAgain,
		workflow.Completed: workflow.HandOverAgain,
	}
	everywhere(t, func(t *testing.T, l *life) {
		got, err := workflow.OnRetry(l.r)
		if want := retry[l.r.State]; got != want || (err == nil) != (want != "") {
			t.Errorf("retry: got %q, %v, want %q", got, err, want)
		}
		got, err = workflow.OnResend(l.r)
		if want := resend[l.r.State]; got != want || (err == nil) != (want != "") {
			t.Errorf("resend: got %q, %v, want %q", got, err, want)
		}
	})
}
