package mailer

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dsrd/dsrd/mailer/courier"
	"github.com/dsrd/dsrd/workflow"
)

func TestEveryVerdictHasItsOutcome(t *testing.T) {
	now := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	event := func(e workflow.EventType, why workflow.Reason) workflow.Outcome {
		return workflow.Outcome{Event: workflow.Event{Type: e, Reason: why}}
	}
	later := func(d time.Duration, note string) workflow.Outcome {
		return workflow.Outcome{Retry: now.Add(d), Note: note}
	}
	const confirmation, pack, receipt = workflow.SendConfirmation, workflow.SendPackage, workflow.SendReceipt
	refused := func(r courier.Result) courier.Result {
		r.Verdict = courier.Refused
		return r
	}
	for _, c := range []struct {
		name     string
		letter   workflow.EffectType
		note     string
		attempts int
		age      time.Duration
		result   courier.Result
		want     workflow.Outcome
	}{
		{name: "a letter is accepted", letter: confirmation, result: courier.Result{Verdict: courier.Accepted},
			want: event(workflow.LetterSent, "")},
		{name: "a package is accepted", letter: pack, result: courier.Result{Verdict: courier.Accepted},
			want: event(workflow.PackageSent, "")},
		{name: "a passphrase is accepted", letter: workflow.SendPassphrase, result: courier.Result{Verdict: courier.Accepted},
			want: event(workflow.LetterSent, "")},
		{name: "accepted after it was ambiguous", letter: pack, note: "ambiguous", result: courier.Result{Verdict: courier.Accepted},
			want: event(workflow.PackageSent, "")},

		{name: "withheld is looked at afresh", letter: pack, result: courier.Result{Verdict: courier.Withheld},
			want: later(0, "withheld")},
		{name: "withheld again waits", letter: pack, note: "withheld", attempts: 1, result: courier.Result{Verdict: courier.Withheld, Stage: courier.StageCheck},
			want: later(10*time.Minute, "check")},
		{name: "withheld after ambiguous", letter: pack, note: "ambiguous", result: courier.Result{Verdict: courier.Withheld},
			want: later(0, "ambiguous,withheld")},

		{name: "ambiguous is sent once more, late", letter: pack, result: courier.Result{Verdict: courier.Ambiguous},
			want: later(10*time.Minute, "ambiguous")},
		{name: "ambiguous twice is for a person", letter: pack, note: "ambiguous", result: courier.Result{Verdict: courier.Ambiguous},
			want: event(workflow.LetterFailed, workflow.Ambiguous)},
		{name: "ambiguous, refused, ambiguous is too", letter: pack, note: "ambiguous,rcpt", result: courier.Result{Verdict: courier.Ambiguous},
			want: event(workflow.LetterFailed, workflow.Ambiguous)},
		{name: "a receipt ambiguous twice is let go", letter: receipt, note: "ambiguous", result: courier.Result{Verdict: courier.Ambiguous},
			want: event(workflow.EffectDropped, workflow.Ambiguous)},

		{name: "refused for now", letter: pack, result: refused(courier.Result{Stage: courier.StageRcpt, Code: 450}),
			want: later(5*time.Minute, "rcpt")},
		{name: "refused for now the fifth time", letter: pack, attempts: 4, result: refused(courier.Result{Stage: courier.StageRcpt, Code: 450}),
			want: later(70*time.Minute, "rcpt")},
		{name: "refused for now after ambiguous", letter: pack, note: "ambiguous", result: refused(courier.Result{Stage: courier.StageConnect}),
			want: later(5*time.Minute, "ambiguous,connect")},
		{name: "refused for now for five days", letter: pack, age: 5*24*time.Hour + 1, result: refused(courier.Result{Stage: courier.StageRcpt, Code: 450}),
			want: event(workflow.LetterFailed, workflow.Undeliverable)},
		{name: "five days to the second", letter: pack, age: 5 * 24 * time.Hour, result: refused(courier.Result{Stage: courier.StageRcpt}),
			want: later(5*time.Minute, "rcpt")},
		{name: "a receipt refused for five days", letter: receipt, age: 6 * 24 * time.Hour, result: refused(courier.Result{Stage: courier.StageRcpt}),
			want: event(workflow.EffectDropped, workflow.Undeliverable)},

		{name: "refused for good", letter: confirmation, result: refused(courier.Result{Permanent: true, Stage: courier.StageRcpt, Code: 550}),
			want: event(workflow.LetterFailed, workflow.Undeliverable)},
		{name: "a question refused for good", letter: workflow.SendQuestion, result: refused(courier.Result{Permanent: true, Code: 550}),
			want: event(workflow.LetterFailed, workflow.Undeliverable)},
		{name: "a refusal refused for good", letter: workflow.SendRefusal, result: refused(courier.Result{Permanent: true, Code: 550}),
			want: event(workflow.EffectDropped, workflow.Undeliverable)},
		{name: "too large by its EHLO", letter: pack, result: refused(courier.Result{Permanent: true, Stage: courier.StageSize}),
			want: event(workflow.LetterFailed, workflow.TooLarge)},
		{name: "too large by code", letter: pack, result: refused(courier.Result{Permanent: true, Code: 552}),
			want: event(workflow.LetterFailed, workflow.TooLarge)},
		{name: "too large by enhanced code", letter: pack, result: refused(courier.Result{Permanent: true, Code: 554, Enhanced: "5.3.4"}),
			want: event(workflow.LetterFailed, workflow.TooLarge)},
		{name: "our own settings are wrong", letter: pack, result: refused(courier.Result{Permanent: true, Config: true, Stage: courier.StageAuth, Code: 535}),
			want: later(5*time.Minute, "auth")},
	} {
		p := &Postman{Now: func() time.Time { return now }}
		task := workflow.Task{Note: c.note, Attempts: c.attempts,
			Effect: &workflow.Effect{Type: c.letter, OrderedAt: now.Add(-c.age)}}
		if diff := cmp.Diff(c.want, p.outcome(task, c.result)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}
