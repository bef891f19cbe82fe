package mailer

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dsrd/dsrd/mailer/courier"
	"github.com/dsrd/dsrd/workflow"
)

func TestEveryVerdictHasItsOutcome(t *testing.T) {
	now := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	event := func(e workflow.EventType, why workflow.Reason, note ...string) workflow.Outcome {
		return workflow.Outcome{Event: workflow.Event{Type: e, Reason: why, Note: strings.Join(note, "")}}
	}
	uncounted := func(d time.Duration, note string) workflow.Outcome {
		return workflow.Outcome{Retry: now.Add(d), Note: note, Uncounted: true}
	}
	left := func(copies int, out workflow.Outcome) workflow.Outcome {
		out.Event.Copies, out.Left = copies, true
		return out
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
		size     int64
		result   courier.Result
		want     workflow.Outcome
	}{
		{name: "a letter is accepted", letter: confirmation, result: courier.Result{Verdict: courier.Accepted},
			want: left(0, event(workflow.LetterSent, ""))},
		{name: "a package is accepted", letter: pack, result: courier.Result{Verdict: courier.Accepted},
			want: left(0, event(workflow.PackageSent, ""))},
		{name: "a passphrase is accepted", letter: workflow.SendPassphrase, result: courier.Result{Verdict: courier.Accepted},
			want: left(0, event(workflow.LetterSent, ""))},
		{name: "accepted after it was ambiguous", letter: pack, note: "ambiguous", result: courier.Result{Verdict: courier.Accepted},
			want: left(2, event(workflow.PackageSent, ""))},

		{name: "withheld is looked at afresh", letter: pack, result: courier.Result{Verdict: courier.Withheld},
			want: later(0, "withheld")},
		{name: "withheld again waits", letter: pack, note: "withheld", attempts: 1, result: courier.Result{Verdict: courier.Withheld, Stage: courier.StageCheck},
			want: later(10*time.Minute, "check")},
		{name: "withheld after ambiguous", letter: pack, note: "ambiguous", result: courier.Result{Verdict: courier.Withheld},
			want: later(0, "ambiguous,withheld")},

		{name: "ambiguous is sent once more, late", letter: pack, result: courier.Result{Verdict: courier.Ambiguous},
			want: later(10*time.Minute, "ambiguous")},
		{name: "ambiguous twice is for a person", letter: pack, note: "ambiguous", result: courier.Result{Verdict: courier.Ambiguous},
			want: left(2, event(workflow.LetterFailed, workflow.Ambiguous))},
		{name: "ambiguous, refused, ambiguous is too", letter: pack, note: "ambiguous,rcpt", result: courier.Result{Verdict: courier.Ambiguous},
			want: left(2, event(workflow.LetterFailed, workflow.Ambiguous))},
		{name: "a receipt ambiguous twice is let go", letter: receipt, note: "ambiguous", result: courier.Result{Verdict: courier.Ambiguous},
			want: left(2, event(workflow.EffectDropped, workflow.Ambiguous))},

		{name: "refused for now", letter: pack, result: refused(courier.Result{Stage: courier.StageRcpt, Code: 450, Enhanced: "4.7.1"}),
			want: later(5*time.Minute, "rcpt 450 4.7.1")},
		{name: "refused for now the fifth time", letter: pack, attempts: 4, result: refused(courier.Result{Stage: courier.StageRcpt, Code: 450}),
			want: later(70*time.Minute, "rcpt 450")},
		{name: "refused for now after ambiguous", letter: pack, note: "ambiguous", result: refused(courier.Result{Stage: courier.StageConnect}),
			want: later(5*time.Minute, "ambiguous,connect")},
		{name: "no server", letter: pack, result: refused(courier.Result{Stage: courier.StageConnect, Err: errors.New("submit mail: connect: connection refused")}),
			want: later(5*time.Minute, "connect: connection refused")},
		{name: "refused for now for five days", letter: pack, attempts: 110, result: refused(courier.Result{Stage: courier.StageRcpt, Code: 450}),
			want: event(workflow.LetterFailed, workflow.Undeliverable, "rcpt 450")},
		{name: "a receipt refused for five days", letter: receipt, attempts: 110, result: refused(courier.Result{Stage: courier.StageRcpt}),
			want: event(workflow.EffectDropped, workflow.Undeliverable, "rcpt")},

		{name: "refused for good", letter: confirmation, result: refused(courier.Result{Permanent: true, Stage: courier.StageRcpt, Code: 550, Reply: "5.1.1 no such user"}),
			want: event(workflow.LetterFailed, workflow.Undeliverable, "rcpt: 550 5.1.1 no such user")},
		{name: "a question refused for good", letter: workflow.SendQuestion, result: refused(courier.Result{Permanent: true, Stage: "dot", Code: 550}),
			want: event(workflow.LetterFailed, workflow.Undeliverable, "dot: 550")},
		{name: "a refusal refused for good", letter: workflow.SendRefusal, result: refused(courier.Result{Permanent: true, Stage: "dot", Code: 550}),
			want: event(workflow.EffectDropped, workflow.Undeliverable, "dot: 550")},
		{name: "too large by its EHLO", letter: pack, size: 200, result: refused(courier.Result{Permanent: true, Stage: courier.StageSize, Limit: 100}),
			want: event(workflow.LetterFailed, workflow.TooLarge, "limit 100 bytes, mail has 200 bytes")},
		{name: "too large by code", letter: pack, size: 200, result: refused(courier.Result{Permanent: true, Code: 552}),
			want: event(workflow.LetterFailed, workflow.TooLarge, "limit not told, mail has 200 bytes")},
		{name: "too large by enhanced code", letter: pack, size: 200, result: refused(courier.Result{Permanent: true, Code: 554, Enhanced: "5.3.4", Limit: 1000}),
			want: event(workflow.LetterFailed, workflow.TooLarge, "limit 1000 bytes, mail has 200 bytes")},
		{name: "too large for the mailbox", letter: pack, size: 200, result: refused(courier.Result{Permanent: true, Code: 552, Enhanced: "5.2.3"}),
			want: event(workflow.LetterFailed, workflow.TooLarge, "limit not told, mail has 200 bytes")},
		{name: "a full mailbox is not too large a mail", letter: pack, result: refused(courier.Result{Permanent: true, Stage: "rcpt", Code: 552, Enhanced: "5.2.2", Reply: "5.2.2 full"}),
			want: event(workflow.LetterFailed, workflow.Undeliverable, "rcpt: 552 5.2.2 full")},
		{name: "content that is not liked is not too large", letter: pack, result: refused(courier.Result{Permanent: true, Stage: "dot", Code: 552, Enhanced: "5.7.0", Reply: "5.7.0 blocked"}),
			want: event(workflow.LetterFailed, workflow.Undeliverable, "dot: 552 5.7.0 blocked")},

		{name: "our own settings are wrong", letter: pack, attempts: 200, result: refused(courier.Result{Permanent: true, Config: true, Stage: courier.StageAuth, Code: 535, Enhanced: "5.7.8"}),
			want: uncounted(15*time.Minute, "settings: auth 535 5.7.8")},
		{name: "our own settings are wrong after ambiguous", letter: pack, note: "ambiguous", result: refused(courier.Result{Config: true, Stage: courier.StageAuth, Err: errors.New("submit mail: auth: access token: expired")}),
			want: uncounted(15*time.Minute, "ambiguous,settings: auth: access token: expired")},
		{name: "put on hold on its way", letter: pack, result: courier.Result{Verdict: courier.Withheld, Err: fmt.Errorf("withheld: %w", errHold)},
			want: uncounted(time.Minute, "hold")},
	} {
		p := &Postman{Now: func() time.Time { return now }}
		task := workflow.Task{Note: c.note, Attempts: c.attempts,
			Effect: &workflow.Effect{Type: c.letter, OrderedAt: now.AddDate(-1, 0, 0)}}
		if diff := cmp.Diff(c.want, p.outcome(task, c.size, c.result)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestALetterWhoseAnswerWasLostMayHaveLeft(t *testing.T) {
	for note, want := range map[string]int{
		"": 0, noteFailed: 0, noteHold: 0, noteAmbiguous: 1, keep(noteAmbiguous, noteHold): 1,
	} {
		if got := new(Postman).MayHaveLeft(workflow.Task{Note: note}); got != want {
			t.Errorf("with note %q: %d, want %d", note, got, want)
		}
	}
}
