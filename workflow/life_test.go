package workflow_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/dsrd/dsrd/workflow"
)

var start = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)

func birth(policy workflow.Policy) workflow.Request {
	return workflow.Request{
		ID: "00abcdefghijklmnopqrstuvwx", KeyVersion: 1, Rights: []workflow.Right{workflow.Export},
		TenantID: "acme", Customer: "jane@customer.example", Language: "en",
		Requester:  workflow.Requester{Address: "jane@customer.example", Verified: true},
		ReceivedAt: start, Mail: workflow.MailRef{Digest: "d0", MessageID: "m0@x"},
		Policy: policy, Salt: "salt",
	}
}

// life drives one request through decisions as an engine would, keeping the
// history and the operation ids.
type life struct {
	r       workflow.Request
	now     time.Time
	last    workflow.Change
	entries []workflow.Entry
	ops     map[string]bool
	ordered []workflow.EffectType
	effects []workflow.Effect
	acked   bool
	codes   int
	joined  int
}

func newLife(t interface{ Fatal(...any) }, r workflow.Request) *life {
	l := &life{now: start, ops: map[string]bool{}}
	c, err := workflow.Receive(r, "op:birth", l.now)
	if err != nil {
		t.Fatal(err)
	}
	l.take(c)
	return l
}

func (l *life) take(c workflow.Change) {
	l.r, l.last = c.Request, c
	l.entries = append(l.entries, stored(c.Entry))
	l.ops[c.Op] = true
	for _, e := range c.Effects {
		l.ordered = append(l.ordered, e.Type)
		l.effects = append(l.effects, e)
	}
}

// stored is an entry as it comes back from a store: what is private only in Private.
func stored(e workflow.Entry) workflow.Entry {
	var back workflow.Entry
	b, err := json.Marshal(e)
	if err == nil {
		err = json.Unmarshal(b, &back)
	}
	if err != nil {
		panic(err) // an entry is made of plain values
	}
	back.Private = e.Private
	return back
}

func (l *life) apply(e workflow.Event) error {
	if l.ops[e.Op] {
		return nil
	}
	c, err := workflow.Decide(l.r, e, l.now)
	if err != nil {
		return err
	}
	l.take(c)
	if e.Type == workflow.Acknowledged && c.Entry.From == workflow.AwaitingConfirmation {
		l.acked = true
	}
	if e.Type == workflow.Recovered && l.r.State == workflow.Completed && l.r.Ack != nil {
		l.acked = true // so the copy says
	}
	return nil
}

// event makes an event of the type as the rooms outside would: with the live
// code, a package, the admin who was asked.
func (l *life) event(kind workflow.EventType) workflow.Event {
	e := workflow.Event{
		Type: kind, Op: fmt.Sprintf("op:%s:%d", kind, l.r.Version),
		Order: workflow.SendConfirmation, Arrived: l.now,
	}
	switch kind {
	case workflow.CodeIssued:
		l.codes++
		e.Challenge = &workflow.Challenge{
			Admin: "anna@acme.example", CodeHash: "h", Number: l.codes, Effect: "e",
		}
	case workflow.Acknowledged, workflow.Rejected:
		e.Admin, e.Role, e.Mail = "anna@acme.example", workflow.Owner, "d1"
		if l.r.Challenge != nil {
			e.Number = l.r.Challenge.Number
		}
	case workflow.Joined:
		l.joined++
		e.Order, e.Mail = "", fmt.Sprintf("join%d", l.joined)
		e.Join = &workflow.Joining{
			At: l.now, Mail: workflow.MailRef{Digest: e.Mail, MessageID: e.Mail + "@x"}, Receipt: true,
			Requester: workflow.Requester{Address: "jane@customer.example", Verified: l.joined%2 == 0},
		}
	case workflow.Held:
		whys := []workflow.Reason{"", workflow.NotProven, workflow.OtherSender, workflow.OldCode,
			workflow.CodeEnded}
		e.Tell, e.Wrong = whys[l.r.Version%int64(len(whys))], l.r.Version%2 == 0
	case workflow.Assigned:
		e.Assign = &workflow.Assignment{
			Customer: "Jane@Customer.example", TenantID: "acme", Policy: l.r.Policy,
		}
	case workflow.Noted:
		e.Note = "the customer telephoned"
	case workflow.PackageBuilt:
		e.Package = &workflow.Package{Blob: "package", Encryption: workflow.EncryptPassphrase}
	case workflow.Recovered:
		e.Order, e.Base, e.Proof = "", workflow.EffectBase(2), l.proof(int(l.r.Version%6))
	}
	return e
}

// proof is one of those that a mailbox may hold, of a letter that the request does not know of.
func (l *life) proof(which int) *workflow.Proof {
	kinds := []workflow.EffectType{"", workflow.SendConfirmation, workflow.SendPackage,
		workflow.SendDeclined, workflow.SendRefusal, workflow.SendReminder}
	if kinds[which] == "" {
		return nil
	}
	p := &workflow.Proof{
		Type: kinds[which], At: l.now.Add(-time.Hour),
		Effect: workflow.EffectID(fmt.Sprintf("%s.%d", l.r.ID, l.r.Ordered+3)),
	}
	if p.Type == workflow.SendPackage {
		p.Package = &workflow.Package{Blob: "lost", SHA256: "sum", Size: 7}
		p.Ack = &workflow.Ack{Admin: "anna@acme.example", Role: workflow.Owner, At: l.now, Number: 1}
	}
	return p
}

func (l *life) must(t *testing.T, kinds ...workflow.EventType) {
	t.Helper()
	for _, k := range kinds {
		if err := l.apply(l.event(k)); err != nil {
			t.Fatalf("%s: %v", k, err)
		}
	}
}

func TestWholeLifeEndsCompleted(t *testing.T) {
	l := newLife(t, birth(workflow.DefaultPolicy()))
	l.must(t, workflow.CodeIssued, workflow.LetterSent, workflow.Acknowledged,
		workflow.SlotOpened, workflow.PackageBuilt, workflow.PackageSent)
	if l.r.State != workflow.Completed || l.r.Ack == nil || l.r.Challenge != nil {
		t.Errorf("got state %s, ack %v, challenge %v", l.r.State, l.r.Ack, l.r.Challenge)
	}
	want := []workflow.EffectType{workflow.SendConfirmation, workflow.Compile,
		workflow.SendPassphrase, workflow.SendPackage}
	if !reflect.DeepEqual(l.ordered, want) {
		t.Errorf("ordered %v, want %v", l.ordered, want)
	}
}

func TestAnswerDecidesOnlyWithTheLiveCode(t *testing.T) {
	cases := map[string]func(*workflow.Event, *life){
		"another admin":      func(e *workflow.Event, _ *life) { e.Admin = "eve@acme.example" },
		"an older code":      func(e *workflow.Event, _ *life) { e.Number-- },
		"after the code end": func(e *workflow.Event, l *life) { e.Arrived = l.r.Challenge.Ends.Add(1) },
		"no live code":       func(_ *workflow.Event, l *life) { l.r.Challenge = nil },
	}
	for name, spoil := range cases {
		t.Run(name, func(t *testing.T) {
			l := newLife(t, birth(workflow.DefaultPolicy()))
			l.must(t, workflow.CodeIssued, workflow.LetterSent, workflow.CodeIssued)
			e := l.event(workflow.Acknowledged)
			spoil(&e, l)
			if err := l.apply(e); !errors.Is(err, workflow.Refused) {
				t.Errorf("got %v, want it refused", err)
			}
		})
	}
}

func TestCodeIsAskedForOnceARound(t *testing.T) {
	l := newLife(t, birth(workflow.DefaultPolicy()))
	l.must(t, workflow.CodeIssued, workflow.LetterSent)
	ask := func() error {
		e := l.event(workflow.Unclear)
		e.Reason = workflow.CodeMissing
		return l.apply(e)
	}
	if err := ask(); err != nil {
		t.Fatal(err)
	}
	if err := ask(); !errors.Is(err, workflow.Refused) {
		t.Errorf("asked for the code again: got %v, want it refused", err)
	}
	l.must(t, workflow.AskAgain)
	if err := ask(); err != nil {
		t.Errorf("in another round: %v", err)
	}
}

func TestLadderRemindsThenGivesUp(t *testing.T) {
	l := newLife(t, birth(workflow.DefaultPolicy()))
	l.must(t, workflow.CodeIssued, workflow.LetterSent)
	var events []workflow.EventType
	for l.r.State == workflow.AwaitingConfirmation {
		l.now = l.r.WakeAt
		kind, due := workflow.Next(l.r, l.now)
		if !due {
			t.Fatalf("woke at %s with nothing to do", l.now)
		}
		l.must(t, kind)
		events = append(events, kind)
	}
	want := []workflow.EventType{workflow.ReminderDue, workflow.ReminderDue, workflow.ReminderDue,
		workflow.CodeExpired}
	if !reflect.DeepEqual(events, want) {
		t.Errorf("got %v, want %v", events, want)
	}
	if l.r.State != workflow.NeedsReview || l.r.Reason != workflow.NobodyAnswered {
		t.Errorf("ended %s/%s", l.r.State, l.r.Reason)
	}
}

func TestOneReminderAfterALongOutage(t *testing.T) {
	l := newLife(t, birth(workflow.DefaultPolicy()))
	l.must(t, workflow.CodeIssued, workflow.LetterSent)
	l.now = start.Add(4 * 24 * time.Hour)
	l.must(t, workflow.ReminderDue)
	if kind, due := workflow.Next(l.r, l.now); due {
		t.Errorf("a second %s is due at once", kind)
	}
}

func TestDeadlineIsReportedMissedAndAgain(t *testing.T) {
	r := birth(workflow.DefaultPolicy())
	r.TenantID = ""
	l := newLife(t, r)
	missed := 0
	for range 8 {
		l.now = l.r.WakeAt
		kind, due := workflow.Next(l.r, l.now)
		if !due {
			t.Fatalf("woke at %s with nothing to do", l.now)
		}
		l.must(t, kind)
		if kind == workflow.DeadlineMissed {
			missed++
		}
	}
	if missed != 4 { // 4 warnings, then missed each week
		t.Errorf("missed reported %d times, want 4", missed)
	}
	if want := l.r.Deadline.Add(3*7*24*time.Hour + time.Second); !l.now.Equal(want) {
		t.Errorf("the fourth report came at %s, want %s", l.now, want)
	}
}

func TestPurgeLeavesTheProof(t *testing.T) {
	l := newLife(t, birth(workflow.DefaultPolicy()))
	l.must(t, workflow.OperatorCancelled)
	l.now = l.r.WakeAt
	l.must(t, workflow.PersonalExpired)
	if l.r.Customer != "" || l.r.Requester.Address != "" || l.r.Salt != "" || !l.r.WakeAt.IsZero() {
		t.Errorf("left behind: %+v", l.r)
	}
	for i := range l.entries {
		l.entries[i].Private = nil
	}
	if err := workflow.VerifyHistory(l.entries, l.r.HistoryHead, ""); err != nil {
		t.Error(err)
	}
}

func TestPurgedRequestIsNeverMoved(t *testing.T) {
	l := newLife(t, birth(workflow.DefaultPolicy()))
	l.must(t, workflow.CodeIssued, workflow.LetterSent, workflow.Acknowledged,
		workflow.SlotOpened, workflow.PackageBuilt, workflow.PackageSent)
	l.now = start.Add(1000 * 24 * time.Hour)
	l.must(t, workflow.PersonalExpired)
	if err := l.apply(l.event(workflow.Bounced)); !errors.Is(err, workflow.Refused) {
		t.Errorf("a late bounce: %v, want it refused", err)
	}
}

func TestPackageThatDidNotLeaveIsRemoved(t *testing.T) {
	for _, kind := range []workflow.EventType{workflow.OperatorCancelled, workflow.AdminChanged,
		workflow.TenantLost} {
		l := newLife(t, birth(workflow.DefaultPolicy()))
		l.must(t, workflow.CodeIssued, workflow.LetterSent, workflow.Acknowledged,
			workflow.SlotOpened, workflow.PackageBuilt)
		l.ordered = nil
		l.must(t, kind)
		if len(l.ordered) == 0 || l.ordered[0] != workflow.RemovePackage {
			t.Errorf("%s ordered %v, want the package removed", kind, l.ordered)
		}
	}
}

func TestHistoryShowsEveryEdit(t *testing.T) {
	l := newLife(t, birth(workflow.DefaultPolicy()))
	l.must(t, workflow.CodeIssued, workflow.LetterSent, workflow.Acknowledged)
	edits := map[string]func([]workflow.Entry) []workflow.Entry{
		"changed state":   func(e []workflow.Entry) []workflow.Entry { e[2].To = "x"; return e },
		"changed private": func(e []workflow.Entry) []workflow.Entry { e[1].Private = []byte("{}"); return e },
		"cut off":         func(e []workflow.Entry) []workflow.Entry { return e[:3] },
		"taken out":       func(e []workflow.Entry) []workflow.Entry { return append(e[:1], e[2:]...) },
	}
	for name, edit := range edits {
		t.Run(name, func(t *testing.T) {
			entries := edit(append([]workflow.Entry(nil), l.entries...))
			if err := workflow.VerifyHistory(entries, l.r.HistoryHead, l.r.Salt); err == nil {
				t.Error("the edit was not seen")
			}
		})
	}
}
