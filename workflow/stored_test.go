package workflow_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/dsrd/dsrd/workflow"
)

// story is a request as it was stored, with its history, by a dsrd before there
// were escalations, joinings, holds and assignments. testdata/stored.json is never
// written anew: it is what lies in somebody's Redis.
type story struct {
	Name    string
	Request workflow.Request
	Entries []struct {
		Entry   workflow.Entry
		Private json.RawMessage
	}
}

func stories(t *testing.T) []story {
	t.Helper()
	raw, err := os.ReadFile("testdata/stored.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []story
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// life goes on where the story ends.
func (s story) life(t *testing.T) *life {
	t.Helper()
	l := &life{r: s.Request, now: s.Entries[len(s.Entries)-1].Entry.At, ops: map[string]bool{}}
	l.codes = s.Request.Codes
	l.acked = s.Request.Ack != nil
	for _, e := range s.Entries {
		e.Entry.Private = compact(t, e.Private)
		l.entries = append(l.entries, e.Entry)
		l.ops[e.Entry.Event.Op] = true
	}
	return l
}

// compact undoes the indentation of the file: commitments are over the stored bytes.
func compact(t *testing.T, raw json.RawMessage) json.RawMessage {
	t.Helper()
	b, err := json.Marshal(raw)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestStoredRequestsStillProveAndReplay(t *testing.T) {
	for _, s := range stories(t) {
		t.Run(s.Name, func(t *testing.T) { s.life(t).replays(t) })
	}
}

func TestStoredRequestsGoOnAsBefore(t *testing.T) {
	goesOn := map[string]struct {
		on   []workflow.EventType
		want workflow.State
	}{
		"an unknown customer": {[]workflow.EventType{workflow.Assigned}, workflow.AwaitingConfirmation},
		"asked and waiting":   {nil, workflow.NeedsReview},
		"nobody answered":     {[]workflow.EventType{workflow.AskAgain}, workflow.AwaitingConfirmation},
		"acknowledged": {[]workflow.EventType{workflow.PutOnHold, workflow.TakenOffHold,
			workflow.SlotOpened, workflow.PackageBuilt}, workflow.Delivering},
		"completed, bounced and sent again": {[]workflow.EventType{workflow.Joined, workflow.PackageSent},
			workflow.Completed},
		"declined by the admin": {[]workflow.EventType{workflow.Noted}, workflow.Declined},
	}
	for _, s := range stories(t) {
		t.Run(s.Name, func(t *testing.T) {
			l := s.life(t)
			l.must(t, goesOn[s.Name].on...)
			for s.Name == "asked and waiting" && l.r.State == workflow.AwaitingConfirmation {
				l.wake(t)
			}
			if l.r.State != goesOn[s.Name].want || l.r.Escalated != 0 {
				t.Errorf("got %s after %d escalations", l.r.State, l.r.Escalated)
			}
			l.replays(t)
		})
	}
}

// The package on its way when dsrd is replaced is sent, whoever joins meanwhile.
func TestStoredOrderToSendAPackageStands(t *testing.T) {
	for _, s := range stories(t) {
		if s.Request.State != workflow.Delivering {
			continue
		}
		l := s.life(t)
		order := workflow.Effect{Type: workflow.SendPackage, ID: workflow.EffectID(
			string(l.r.ID) + ".7")} // the newest of the story
		for range 3 {
			if !order.Stands(l.r) {
				t.Fatalf("dropped after %d effects", l.r.Ordered)
			}
			l.must(t, workflow.Joined)
		}
		return
	}
	t.Error("no story is being delivered")
}

// A store of before there were recoveries may be lost like any other.
func TestStoredRequestsAreRecovered(t *testing.T) {
	for _, s := range stories(t) {
		for which := range 6 {
			l := s.life(t)
			was := l.r
			if err := l.recover(l.proof(which)); err != nil {
				t.Fatalf("%s: %v", s.Name, err)
			}
			ends := which == 2 || which == 3 || which == 4
			if !was.State.Terminal() && l.r.State.Terminal() != ends || was.State.Terminal() && l.r.State != was.State {
				t.Errorf("%s, %s: with proof %d it became %s", s.Name, was.State, which, l.r.State)
			}
			l.replays(t)
		}
	}
}
