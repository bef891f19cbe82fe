package workflow_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dsrd/dsrd/workflow"
)

func same(t *testing.T, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func refused(t *testing.T, what string, err error) {
	t.Helper()
	if !errors.Is(err, workflow.Refused) {
		t.Errorf("%s: got %v, want it refused", what, err)
	}
}

// withSecond is the policy of a tenant that has a second contact.
func withSecond() workflow.Policy {
	p := workflow.DefaultPolicy()
	p.Escalations = 1
	return p
}

// escalated is a life in which the first code has just died.
func escalated(t *testing.T) *life {
	t.Helper()
	l := at(t, workflow.AwaitingConfirmation, withSecond())
	for l.wake(t) != workflow.Escalated {
	}
	return l
}

func TestSecondContactIsAskedBeforeAPerson(t *testing.T) {
	l := newLife(t, birth(withSecond()))
	var events []workflow.EventType
	for l.r.State == workflow.AwaitingConfirmation {
		if l.r.AskedAt.IsZero() {
			l.must(t, workflow.CodeIssued, workflow.LetterSent)
		}
		events = append(events, l.wake(t))
	}
	remind, near := workflow.ReminderDue, workflow.DeadlineNear
	same(t, events, []workflow.EventType{
		remind, remind, remind, workflow.Escalated,
		near, remind, remind, remind, workflow.CodeExpired, // the alarms of the deadline go on
	})
	if l.r.State != workflow.NeedsReview || l.r.Reason != workflow.NobodyAnswered || l.r.Escalated != 1 {
		t.Errorf("ended %s/%s after %d escalations", l.r.State, l.r.Reason, l.r.Escalated)
	}
	if l.now.Sub(start) != 14*24*time.Hour {
		t.Errorf("two rounds took %s", l.now.Sub(start))
	}
	l.replays(t)
}

func TestEscalationOrdersAFreshConfirmationAndAWordToTheSecondContact(t *testing.T) {
	l := escalated(t)
	var ordered []workflow.EffectType
	for _, e := range l.last.Effects {
		ordered = append(ordered, e.Type)
		if !e.Stands(l.r) {
			t.Errorf("%s does not stand", e.Type)
		}
	}
	same(t, ordered, []workflow.EffectType{workflow.SendConfirmation, workflow.SendEscalation})
	if e := l.last.Effects[1]; e.Number != 1 || e.Type.Essential() {
		t.Errorf("the word to the second contact: number %d, essential %v", e.Number, e.Type.Essential())
	}
	if l.r.Challenge != nil || !l.r.AskedAt.IsZero() || l.r.Reminded != 0 {
		t.Errorf("left of the first round: code %v, asked %s, reminded %d",
			l.r.Challenge, l.r.AskedAt, l.r.Reminded)
	}
}

func TestCodeOfTheFirstRoundIsDeadInTheSecond(t *testing.T) {
	l := at(t, workflow.AwaitingConfirmation, withSecond())
	first := l.event(workflow.Acknowledged)
	l.now = start.Add(7 * 24 * time.Hour)
	l.must(t, workflow.Escalated)
	first.Op = "op:before the new code"
	refused(t, "the dead code, before there is another", l.apply(first))
	l.must(t, workflow.CodeIssued, workflow.LetterSent)
	first.Op = "op:after"
	refused(t, "the dead code", l.apply(first))
	l.must(t, workflow.Acknowledged)
	if l.r.State != workflow.Confirmed || l.r.Ack.Number != 2 {
		t.Errorf("the fresh code led to %s", l.r.State)
	}
}

func TestSecondContactCanNeitherHoldACodeNorRelease(t *testing.T) {
	l := escalated(t)
	code := l.event(workflow.CodeIssued)
	code.Order = workflow.SendEscalation
	refused(t, "a code for the second contact", l.apply(code))
	l.must(t, workflow.CodeIssued, workflow.LetterSent)
	for _, kind := range []workflow.EventType{workflow.Acknowledged, workflow.Rejected} {
		e := l.event(kind)
		e.Admin = "second@acme.example"
		refused(t, string(kind)+" by the second contact", l.apply(e))
	}
}

func TestEscalationIsRefusedTooEarlyAndTooOften(t *testing.T) {
	l := newLife(t, birth(withSecond()))
	l.now = start.Add(8 * 24 * time.Hour)
	refused(t, "before anybody was asked", l.apply(l.event(workflow.Escalated)))
	l.now = start
	l.must(t, workflow.CodeIssued, workflow.LetterSent)
	l.now = start.Add(7*24*time.Hour - 1)
	refused(t, "a moment before the code dies", l.apply(l.event(workflow.Escalated)))
	l.now = start.Add(7 * 24 * time.Hour)
	refused(t, "giving up before the second contact", l.apply(l.event(workflow.CodeExpired)))
	l.must(t, workflow.Escalated, workflow.CodeIssued, workflow.LetterSent)
	l.now = l.now.Add(7 * 24 * time.Hour)
	refused(t, "a second time", l.apply(l.event(workflow.Escalated)))

	without := at(t, workflow.AwaitingConfirmation, workflow.DefaultPolicy())
	without.now = start.Add(7 * 24 * time.Hour)
	refused(t, "without a second contact", without.apply(without.event(workflow.Escalated)))
}

func TestAskingFromTheBeginningGivesTheSecondContactItsRoundsBack(t *testing.T) {
	for _, kind := range []workflow.EventType{workflow.AskAgain, workflow.AdminChanged} {
		l := escalated(t)
		word := l.last.Effects[1]
		l.must(t, kind)
		if l.r.Escalated != 0 || word.Stands(l.r) {
			t.Errorf("%s: escalated %d, the old word stands: %v", kind, l.r.Escalated, word.Stands(l.r))
		}
		l.must(t, workflow.CodeIssued, workflow.LetterSent)
		l.now = l.now.Add(7 * 24 * time.Hour)
		if next, _ := workflow.Next(l.r, l.now); next != workflow.Escalated {
			t.Errorf("%s: then %s", kind, next)
		}
		l.replays(t)
	}
}

func TestWordToTheSecondContactIsNotWantedOnceTheAdminAnswered(t *testing.T) {
	l := escalated(t)
	word := l.last.Effects[1]
	l.must(t, workflow.CodeIssued, workflow.LetterSent, workflow.Acknowledged)
	if word.Stands(l.r) {
		t.Error("the second contact would be told that nobody answered")
	}
}

func TestLostWordToTheSecondContactStopsNothing(t *testing.T) {
	for _, kind := range []workflow.EventType{workflow.LetterSent, workflow.EffectDropped,
		workflow.LetterReturned} {
		l := escalated(t)
		e := l.event(kind)
		e.Order, e.Effect = workflow.SendEscalation, l.last.Effects[1].ID
		if err := l.apply(e); err != nil {
			t.Fatal(err)
		}
		if l.r.State != workflow.AwaitingConfirmation || !l.r.AskedAt.IsZero() {
			t.Errorf("%s: %s, asked %s: the admin's letter has not left", kind, l.r.State, l.r.AskedAt)
		}
	}
}

func TestEscalationNeverOvertakesAnUnreadAnswer(t *testing.T) {
	var waits []workflow.EventType
	for _, e := range workflow.EventTypes() {
		if e.OvertakesMail() {
			waits = append(waits, e)
		}
	}
	slices.Sort(waits)
	same(t, waits, []workflow.EventType{
		workflow.CodeExpired, workflow.Escalated, workflow.ReminderDue,
	})
}

// A new admin deserves to be asked when the old one did not answer; whatever else
// waits for an operator is not set in motion by a change of admins.
func TestNewAdminIsAskedWhereTheOldOneDidNotAnswer(t *testing.T) {
	l := at(t, workflow.AwaitingConfirmation, workflow.DefaultPolicy())
	for l.wake(t) != workflow.CodeExpired {
	}
	l.must(t, workflow.AdminChanged)
	if l.r.State != workflow.AwaitingConfirmation || l.r.Reason != workflow.NoReason ||
		l.last.Effects[0].Type != workflow.SendConfirmation {
		t.Errorf("%s/%s ordered %v", l.r.State, l.r.Reason, l.last.Effects)
	}
	l.replays(t)

	odd := birth(workflow.DefaultPolicy())
	odd.Reason = workflow.OddMail
	waiting := newLife(t, odd)
	refused(t, "an odd mail", waiting.apply(waiting.event(workflow.AdminChanged)))
}
