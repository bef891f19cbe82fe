package workflow_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/workflow"
)

// nameless is the request of a mail that names nobody.
func nameless(t *testing.T) *life {
	t.Helper()
	r := birth(workflow.DefaultPolicy())
	r.TenantID, r.Customer, r.Reason = "", "", workflow.NoCustomer
	return newLife(t, r)
}

func TestOperatorNamesCustomerAndTenantAndTheAdminIsAsked(t *testing.T) {
	l := nameless(t)
	e := l.event(workflow.Assigned)
	e.Actor, e.Assign.Policy, e.Assign.Language = "operator:kim", withSecond(), "de"
	if err := l.apply(e); err != nil {
		t.Fatal(err)
	}
	r := l.r
	if r.State != workflow.AwaitingConfirmation || r.Reason != workflow.NoReason || !r.Assigned ||
		r.Customer != "jane@customer.example" || r.TenantID != "acme" || r.Language != "de" ||
		r.Policy.Escalations != 1 || r.Ack != nil {
		t.Errorf("got %+v", r)
	}
	same(t, l.last.Groups, r.Groups())
	if len(l.last.Effects) != 1 || l.last.Effects[0].Type != workflow.SendConfirmation {
		t.Errorf("ordered %v", l.last.Effects)
	}
	entry, err := json.Marshal(l.last.Entry)
	if err != nil || strings.Contains(string(entry), "customer.example") {
		t.Errorf("the history names the customer for good: %s, %v", entry, err)
	}
	l.must(t, workflow.CodeIssued, workflow.LetterSent, workflow.Acknowledged, workflow.SlotOpened)
	l.replays(t)
}

func TestAssignmentKeepsTheMailsLanguageWhereItNamesNone(t *testing.T) {
	l := nameless(t)
	l.must(t, workflow.Assigned)
	if l.r.Language != "en" {
		t.Errorf("got %q", l.r.Language)
	}
}

func TestOnlyWhatNeedsReviewIsAssigned(t *testing.T) {
	everywhere(t, func(t *testing.T, l *life) {
		err := l.apply(l.event(workflow.Assigned))
		if l.entries[0].To == workflow.NeedsReview {
			if err != nil {
				t.Error(err)
			}
			return
		}
		refused(t, "assigning", err)
	})
}

func TestIncompleteAssignmentIsRefused(t *testing.T) {
	for name, spoil := range map[string]func(*workflow.Event){
		"nothing":        func(e *workflow.Event) { e.Assign = nil },
		"no tenant":      func(e *workflow.Event) { e.Assign.TenantID = "" },
		"no customer":    func(e *workflow.Event) { e.Assign.Customer = "" },
		"no address":     func(e *workflow.Event) { e.Assign.Customer = "jane" },
		"no domain":      func(e *workflow.Event) { e.Assign.Customer = "jane@" },
		"no local part":  func(e *workflow.Event) { e.Assign.Customer = "@customer.example" },
		"no agreed time": func(e *workflow.Event) { e.Assign.Policy.CodeLife = 0 },
	} {
		l := nameless(t)
		e := l.event(workflow.Assigned)
		spoil(&e)
		refused(t, name, l.apply(e))
	}
}

// Which law binds is the tenant's; when its clock began is the mail's.
func TestAssignmentBindsTheDeadlineOfItsTenant(t *testing.T) {
	l := nameless(t)
	for l.wake(t) != workflow.DeadlineMissed {
	}
	e := l.event(workflow.Assigned)
	e.Assign.Policy.Regime = workflow.CCPA
	if err := l.apply(e); err != nil {
		t.Fatal(err)
	}
	if want := workflow.Deadline(workflow.CCPA, start); !l.r.Deadline.Equal(want) || !l.r.MissedAt.IsZero() {
		t.Errorf("deadline %s, want %s; missed %s", l.r.Deadline, want, l.r.MissedAt)
	}
	if l.r.Alarms != 4 || !l.r.WakeAt.After(l.now) {
		t.Errorf("%d alarms given, wakes at %s", l.r.Alarms, l.r.WakeAt)
	}
	l.replays(t)

	same30 := nameless(t)
	same30.now = start.Add(15 * 24 * time.Hour)
	deadline := same30.r.Deadline
	same30.must(t, workflow.Assigned)
	if !same30.r.Deadline.Equal(deadline) || same30.r.Alarms != 2 {
		t.Errorf("deadline %s, want %s; %d alarms given", same30.r.Deadline, deadline, same30.r.Alarms)
	}
}

func TestMissedDeadlineStaysMissedAfterAssignment(t *testing.T) {
	l := nameless(t)
	for l.wake(t) != workflow.DeadlineMissed {
	}
	missed := l.r.MissedAt
	l.must(t, workflow.Assigned)
	if !l.r.MissedAt.Equal(missed) || !l.r.WakeAt.Equal(missed.Add(7*24*time.Hour)) {
		t.Errorf("missed %s, wakes at %s", l.r.MissedAt, l.r.WakeAt)
	}
}

func TestNoteIsWrittenInAnyStateAndMovesNothing(t *testing.T) {
	everywhere(t, func(t *testing.T, l *life) {
		was := l.r
		l.must(t, workflow.Noted)
		got := l.r
		got.Version, got.HistoryHead = was.Version, was.HistoryHead
		same(t, got, was)
		if !strings.Contains(string(l.last.Entry.Private), "telephoned") {
			t.Errorf("the words are not there: %s", l.last.Entry.Private)
		}
		empty := l.event(workflow.Noted)
		empty.Note = ""
		refused(t, "no words", l.apply(empty))
		l.replays(t)
	})
}

func TestNothingPersonalIsWrittenAfterThePurge(t *testing.T) {
	l := at(t, workflow.Cancelled, workflow.DefaultPolicy())
	l.now = l.r.WakeAt
	l.must(t, workflow.PersonalExpired)
	refused(t, "a note", l.apply(l.event(workflow.Noted)))
	e := l.event(workflow.Held)
	e.Admin, e.Note = "anna@acme.example", "words"
	if err := l.apply(e); err != nil {
		t.Fatal(err)
	}
	if got := string(l.last.Entry.Private); got != "{}" {
		t.Errorf("got %s", got)
	}
}
