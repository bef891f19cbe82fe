package mailer

import (
	"strings"

	"github.com/dsrd/dsrd/mailer/courier"
	"github.com/dsrd/dsrd/workflow"
)

// Notes between attempts. What may have arrived already stays marked in front of all
// later notes, so that it is sent again once and no more.
const (
	noteAmbiguous = "ambiguous"
	noteWithheld  = "withheld"
)

func ambiguous(note string) bool { return strings.HasPrefix(note, noteAmbiguous) }

// outcome translates the courier's answer.
func (p *Postman) outcome(t workflow.Task, r courier.Result) workflow.Outcome {
	switch {
	case r.Verdict == courier.Accepted:
		return workflow.Outcome{Event: workflow.Event{Type: sentEvent(t.Effect.Type)}}
	case r.Verdict == courier.Withheld && !strings.HasSuffix(t.Note, noteWithheld):
		// looked at afresh, the reason becomes an event
		return workflow.Outcome{Retry: p.Now(), Note: keep(t.Note, noteWithheld)}
	case r.Verdict == courier.Ambiguous && ambiguous(t.Note):
		return failed(t, workflow.Ambiguous)
	case r.Verdict == courier.Ambiguous:
		return workflow.Outcome{Retry: p.Now().Add(courier.ResendAfter), Note: noteAmbiguous}
	case r.Permanent && !r.Config:
		return failed(t, reasonOf(r))
	}
	return p.retry(t, string(r.Stage))
}

// retry puts a mail off, until it has been tried long enough (RFC 5321 4.5.4.1).
func (p *Postman) retry(t workflow.Task, note string) workflow.Outcome {
	if p.Now().Sub(t.Effect.OrderedAt) > courier.Lifetime {
		return failed(t, workflow.Undeliverable)
	}
	at := p.Now().Add(courier.Backoff(t.Attempts + 1))
	return workflow.Outcome{Retry: at, Note: keep(t.Note, note)}
}

func keep(before, note string) string {
	if ambiguous(before) {
		return noteAmbiguous + "," + note
	}
	return note
}

func sentEvent(t workflow.EffectType) workflow.EventType {
	if t == workflow.SendPackage {
		return workflow.PackageSent
	}
	return workflow.LetterSent
}

// failed ends a letter: a person must act if the request cannot go on without it.
func failed(t workflow.Task, why workflow.Reason) workflow.Outcome {
	if !t.Effect.Type.Essential() {
		return dropped(string(why))
	}
	return workflow.Outcome{Event: workflow.Event{Type: workflow.LetterFailed, Reason: why}}
}

func dropped(why string) workflow.Outcome {
	e := workflow.Event{Type: workflow.EffectDropped, Reason: workflow.Reason(why)}
	return workflow.Outcome{Event: e}
}

func reasonOf(r courier.Result) workflow.Reason {
	if r.Stage == courier.StageSize || r.Code == 552 || r.Enhanced == "5.3.4" {
		return workflow.TooLarge
	}
	return workflow.Undeliverable
}
