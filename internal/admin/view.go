package admin

import (
	"encoding/json"
	"time"

	"github.com/dsrd/dsrd/workflow"
)

// View is a request as operators see it. Field names are part of the interface:
// add, never rename.
type View struct {
	ID         workflow.ID      `json:"id"`
	Tag        string           `json:"tag"`
	State      workflow.State   `json:"state"`
	Reason     workflow.Reason  `json:"reason,omitempty"`
	Rights     []workflow.Right `json:"rights"`
	Tenant     string           `json:"tenant,omitempty"`
	Customer   string           `json:"customer"` // masked in listings
	Verified   bool             `json:"requester_verified"`
	ReceivedAt time.Time        `json:"received_at"`
	Deadline   time.Time        `json:"deadline"`
	WakeAt     time.Time        `json:"wake_at,omitzero"`
	EndedAt    time.Time        `json:"ended_at,omitzero"`
	Version    int64            `json:"version"`
	OnHold     bool             `json:"on_hold,omitempty"`   // an operator stopped all but alarms and answers
	Joined     int              `json:"joined,omitempty"`    // later mails that asked for the same
	Escalated  int              `json:"escalated,omitempty"` // rounds in which the second contact was told
	Assigned   bool             `json:"assigned,omitempty"`  // an operator named customer and tenant
	Unasked    bool             `json:"unasked,omitempty"`   // no letter with a live code has left: it waits for its turn

	Requester string    `json:"requester,omitempty"`
	Language  string    `json:"language,omitempty"`
	Reminded  int       `json:"reminders_sent,omitempty"`
	Questions int       `json:"questions_sent,omitempty"`
	Package   *Package  `json:"package,omitempty"`
	History   []Line    `json:"history,omitempty"`
	Waiting   []Waiting `json:"waiting,omitempty"`
	Verbs     []string  `json:"verbs,omitempty"`         // what an operator may do now
	Proof     string    `json:"history_check,omitempty"` // "ok", or what is wrong
}

// Package is what was compiled for the request, without its bytes.
type Package struct {
	File       string              `json:"file"`
	Size       int64               `json:"size"` // bytes, as attached
	SHA256     string              `json:"sha256"`
	BuiltAt    time.Time           `json:"built_at"`
	Encryption workflow.Encryption `json:"encryption"`
	Incomplete bool                `json:"incomplete"` // a source failed, and the manifest says so
	Removed    bool                `json:"removed"`    // retention took the bytes
	Sources    []Set               `json:"sources"`
	LeftOut    []LeftOut           `json:"left_out"`
}

// Set is what became of one set of one source.
type Set struct {
	Name     string            `json:"name"`
	Category workflow.Category `json:"category"`
	Status   string            `json:"status"` // found | none | failed | not_searched
	Count    int               `json:"count"`
	Note     string            `json:"note,omitempty"`
}

// LeftOut is a category that the admin's role may not have.
type LeftOut struct {
	Category workflow.Category `json:"category"`
	Reason   string            `json:"reason"`
}

// Line is one entry of the history.
type Line struct {
	Seq     int64                 `json:"seq"`
	At      time.Time             `json:"at"`
	Event   workflow.EventType    `json:"event"`
	Actor   string                `json:"actor,omitempty"`
	From    workflow.State        `json:"from,omitempty"`
	To      workflow.State        `json:"to"`
	Order   workflow.EffectType   `json:"order,omitempty"`
	Rule    string                `json:"rule,omitempty"`
	Reason  workflow.Reason       `json:"reason,omitempty"`
	Note    string                `json:"note,omitempty"` // an operator's words, until they are purged
	Effects []workflow.EffectType `json:"effects,omitempty"`
	Copies  int                   `json:"copies,omitempty"` // that may have left of a letter, if not as the event says
	Hash    string                `json:"hash"`
}

// Waiting is an effect that has not been carried out yet.
type Waiting struct {
	Effect   workflow.EffectType `json:"effect"`
	DueAt    time.Time           `json:"due_at"`
	Attempts int                 `json:"attempts"`
	Note     string              `json:"note,omitempty"`
}

func summary(r workflow.Request) View {
	return View{
		ID: r.ID, Tag: r.ID.Tag(), State: r.State, Reason: r.Reason,
		Rights: append([]workflow.Right{}, r.Rights...),
		Tenant: r.TenantID, Customer: masked(r.Customer), Verified: r.Requester.Verified,
		ReceivedAt: r.ReceivedAt, Deadline: r.Deadline, WakeAt: r.WakeAt, EndedAt: r.EndedAt,
		Version: r.Version, OnHold: r.OnHold, Joined: r.JoinedCount, Escalated: r.Escalated, Assigned: r.Assigned,
		Unasked: r.Unasked(),
	}
}

func masked(a workflow.Address) string {
	if a == "" {
		return ""
	}
	return a.Masked()
}

func detail(r workflow.Request, entries []workflow.Entry, tasks []workflow.Task) View {
	v := summary(r)
	v.Customer, v.Requester = string(r.Customer), string(r.Requester.Address)
	v.Language, v.Reminded, v.Questions, v.Package = r.Language, r.Reminded, r.Questions, packed(r.Package)
	v.Verbs, v.Proof = possible(r), "ok"
	if err := workflow.VerifyHistory(entries, r.HistoryHead, r.Salt); err != nil {
		v.Proof = err.Error()
	}
	for _, e := range entries {
		v.History = append(v.History, Line{
			Seq: e.Seq, At: e.At, Event: e.Event.Type, Actor: e.Event.Actor, From: e.From, To: e.To,
			Order: e.Event.Order, Rule: e.Event.Rule, Reason: e.Event.Reason, Note: noteOf(e),
			Effects: e.Effects, Hash: e.Hash, Copies: copies(e.Event),
		})
	}
	for _, t := range tasks {
		if t.Effect != nil {
			v.Waiting = append(v.Waiting, Waiting{t.Effect.Type, t.DueAt, t.Attempts, t.Note})
		}
	}
	return v
}

// copies is how often a letter may have left; 0 when it left as often as the event says by itself:
// once, and not at all where it was given up.
func copies(e workflow.Event) int {
	givenUp := e.Type == workflow.EffectDropped || e.Type == workflow.LetterFailed
	if e.Copies > 1 || givenUp {
		return e.Copies
	}
	return 0
}

func packed(p *workflow.Package) *Package {
	if p == nil {
		return nil
	}
	out := &Package{
		File: p.File, Size: p.Size, SHA256: p.SHA256, BuiltAt: p.BuiltAt, Encryption: p.Encryption,
		Incomplete: p.Incomplete, Removed: p.Removed, Sources: []Set{}, LeftOut: []LeftOut{},
	}
	for _, s := range p.Sources {
		out.Sources = append(out.Sources, Set(s))
	}
	for _, l := range p.LeftOut {
		out.LeftOut = append(out.LeftOut, LeftOut(l))
	}
	return out
}

// noteOf is the operator's note of an entry; it is gone after the purge.
func noteOf(e workflow.Entry) string {
	var private struct{ Note string }
	if err := json.Unmarshal(e.Private, &private); err != nil {
		return ""
	}
	return private.Note
}
