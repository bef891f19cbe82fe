package mailer

import (
	"fmt"
	"strings"
	"time"

	"github.com/dsrd/dsrd/mailer/courier"
	"github.com/dsrd/dsrd/workflow"
)

// Notes between attempts. What may have arrived already stays marked in front of all
// later notes, so that it is sent again once and no more.
const (
	noteAmbiguous = "ambiguous"
	noteWithheld  = "withheld" // the last look said no: looked at afresh
	noteHold      = "hold"     // put on hold while it was on its way
	noteBreaker   = "breaker"  // more mails leave than ever should
	noteFlood     = "flood"    // so much is asked of the same person that it waits for a place
	noteCooling   = "cooling"  // the admin is named for too short a time
	noteRegistry  = "registry" // could not be asked
	noteFailed    = "failed"   // an error of our own, after refusals of the relay
	noteSettings  = "settings: "
)

func ambiguous(note string) bool { return strings.HasPrefix(note, noteAmbiguous) }

// left reports whether the last attempt left that note.
func left(note, what string) bool {
	return note == what || ambiguous(note) && strings.HasSuffix(note, ","+what)
}

// counted reports whether the mail was counted as a new one: it came at least as far as
// to the relay's door. A claim that lapsed says nothing of that: its worker may have died
// before it looked for a place, unless the mail may have left by then.
func counted(t workflow.Task) bool {
	return t.Attempts > 0 || t.Perhaps > 0 || ambiguous(t.Note) || t.Note == noteHold ||
		strings.HasPrefix(t.Note, noteSettings)
}

// unsettled is how long what is wrong with our own account or settings waits. It is
// tried for as long as it takes: no mail is at fault.
const unsettled = 15 * time.Minute

// shortly is how long a mail waits whose request was put on hold: the worker sees the
// hold then.
const shortly = time.Minute

// outcome translates the courier's answer about a mail of that size.
func (p *Postman) outcome(t workflow.Task, size int64, r courier.Result) workflow.Outcome {
	switch {
	case r.Verdict == courier.Accepted:
		e := workflow.Event{Type: sentEvent(t.Effect.Type), Keep: p.Keep, Copies: copies(t)}
		return workflow.Outcome{Event: e, Left: true}
	case r.Verdict == courier.Withheld:
		return p.withheld(t, r)
	case r.Verdict == courier.Ambiguous && ambiguous(t.Note):
		out := failed(t, workflow.Ambiguous, "")
		out.Event.Copies, out.Event.Keep = copies(t), p.Keep
		out.Left = true // forgotten, it would leave a third time
		return out
	case r.Verdict == courier.Ambiguous:
		return workflow.Outcome{Retry: p.Now().Add(p.Retry.WithDefaults().Ambiguous), Note: noteAmbiguous}
	case r.Config:
		return p.putOff(t, p.Now().Add(unsettled), noteSettings+told(r))
	case r.Permanent && tooLarge(r):
		return failed(t, workflow.TooLarge, sizes(r.Limit, size))
	case r.Permanent:
		return failed(t, workflow.Undeliverable, said(r))
	}
	return p.retry(t, told(r))
}

// copies is how often a mail has left that leaves now, as far as the relay's answers tell;
// 0 stands for once. Of workers that died over it the engine knows.
func copies(t workflow.Task) int {
	if ambiguous(t.Note) {
		return 2
	}
	return 0
}

// MayHaveLeft is 1 where the relay's answer to the last attempt was lost.
func (*Postman) MayHaveLeft(t workflow.Task) int {
	if ambiguous(t.Note) {
		return 1
	}
	return 0
}

// withheld looks at the letter afresh: then the reason becomes an event.
func (p *Postman) withheld(t workflow.Task, r courier.Result) workflow.Outcome {
	switch {
	case isHeld(r.Err):
		return p.putOff(t, p.Now().Add(shortly), noteHold)
	case left(t.Note, noteWithheld):
		return p.retry(t, string(r.Stage))
	}
	return workflow.Outcome{Retry: p.Now(), Note: keep(t.Note, noteWithheld)}
}

// retry puts a mail off, until it has been tried long enough (RFC 5321 4.5.4.1).
func (p *Postman) retry(t workflow.Task, note string) workflow.Outcome {
	pause, again := p.Retry.Next(t.Attempts + 1)
	if !again {
		return failed(t, workflow.Undeliverable, note)
	}
	return workflow.Outcome{Retry: p.Now().Add(pause), Note: keep(t.Note, note)}
}

// putOff lets a mail wait for what is no fault of its own: the attempt does not count.
func (p *Postman) putOff(t workflow.Task, until time.Time, note string) workflow.Outcome {
	return workflow.Outcome{Retry: until, Note: keep(t.Note, note), Uncounted: true}
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

// failed ends a letter: a person must act if the request cannot go on without it. note
// says to that person what the server said.
func failed(t workflow.Task, why workflow.Reason, note string) workflow.Outcome {
	e := workflow.Event{Type: workflow.LetterFailed, Reason: why, Note: note}
	if !t.Effect.Type.Essential() {
		e.Type = workflow.EffectDropped
	}
	return workflow.Outcome{Event: e}
}

func dropped(why string) workflow.Outcome {
	e := workflow.Event{Type: workflow.EffectDropped, Reason: workflow.Reason(why)}
	return workflow.Outcome{Event: e}
}

// tooLarge tells a mail that is too large from a mailbox that is full and from content
// that is not liked: 552 is said to all three (RFC 3463 3.3, 3.4; Gmail's 552 5.7.0).
func tooLarge(r courier.Result) bool {
	switch r.Enhanced {
	case "5.3.4", "5.2.3":
		return true
	case "":
		return r.Stage == courier.StageSize || r.Code == 552
	}
	return false
}

// sizes tells a person what would have to fit into what.
func sizes(limit, size int64) string {
	if limit == 0 {
		return fmt.Sprintf("limit not told, mail has %d bytes", size)
	}
	return fmt.Sprintf("limit %d bytes, mail has %d bytes", limit, size)
}

// said is the server's answer for a person who looks at the request.
func said(r courier.Result) string {
	if r.Code == 0 {
		return told(r)
	}
	return strings.TrimSpace(fmt.Sprintf("%s: %d %s", r.Stage, r.Code, r.Reply))
}

// told is what a list of waiting mails shows: of a server's answer the codes alone,
// since its words may name people.
func told(r courier.Result) string {
	if r.Code != 0 {
		return strings.TrimSpace(fmt.Sprintf("%s %d %s", r.Stage, r.Code, r.Enhanced))
	}
	if r.Err == nil {
		return string(r.Stage)
	}
	words := []rune(strings.TrimPrefix(r.Err.Error(), "submit mail: "))
	return string(words[:min(len(words), maxNote)])
}

// maxNote characters hold a certificate's names and fingerprint.
const maxNote = 400
