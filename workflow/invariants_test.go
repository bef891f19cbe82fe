package workflow_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/dsrd/dsrd/workflow"
)

// TestInvariants drives random events at random times and asks after each
// decision whether the promises of the workflow still hold.
func TestInvariants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		policy := workflow.DefaultPolicy()
		policy.Escalations = rapid.IntRange(0, 2).Draw(t, "escalations")
		r := birth(policy)
		if rapid.IntRange(0, 4).Draw(t, "unknown") == 0 {
			r.TenantID = ""
		}
		l := newLife(t, r)
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			was := l.r
			kind := rapid.SampledFrom(likely(l)).Draw(t, "event")
			e := l.event(kind)
			e.Keep, e.Effect = rapid.Bool().Draw(t, "keep"), numbered(l.r, l.r.Ordered)
			if err := l.apply(e); err != nil {
				if !errors.Is(err, workflow.Refused) {
					t.Fatalf("%s: %v", kind, err)
				}
				if !reflect.DeepEqual(was, l.r) {
					t.Fatalf("refused %s changed the request", kind)
				}
				continue
			}
			again := l.r
			if err := l.apply(e); err != nil || !reflect.DeepEqual(again, l.r) {
				t.Fatalf("%s twice is not the same as once", kind)
			}
			check(t, l, was, kind)
			hours := rapid.IntRange(0, 400).Draw(t, "hours")
			l.now = l.now.Add(time.Duration(hours) * time.Hour / 10)
		}
		checkHistory(t, l)
	})
}

// likely prefers events that lead somewhere, so that runs reach the far states.
func likely(l *life) []workflow.EventType {
	all := workflow.EventTypes()
	if kind, due := workflow.Next(l.r, l.now); due {
		all = append(all, kind, kind, kind, kind)
	}
	road := []workflow.EventType{workflow.CodeIssued, workflow.LetterSent, workflow.Acknowledged,
		workflow.SlotOpened, workflow.PackageBuilt, workflow.PackageSent}
	for range 5 {
		all = append(all, road...)
	}
	return all
}

func check(t *rapid.T, l *life, was workflow.Request, kind workflow.EventType) {
	r := l.r
	if r.WakeAt.IsZero() != r.Purged {
		t.Fatalf("%s: %s rests with timer %v", kind, r.State, r.WakeAt)
	}
	if _, due := workflow.Next(r, r.WakeAt); !due && !r.Purged {
		t.Fatalf("%s: %s wakes at %s with nothing to do", kind, r.State, r.WakeAt)
	}
	if again, due := workflow.Next(r, l.now); due && again == kind {
		t.Fatalf("%s: is due again at once", kind)
	}
	if r.State.Terminal() && r.Challenge != nil {
		t.Fatalf("%s: terminal %s holds a live code", kind, r.State)
	}
	if releasing(r.State) && (r.Ack == nil || !l.acked) {
		t.Fatalf("%s: %s without an acknowledgement", kind, r.State)
	}
	if r.OnHold && (r.State.Terminal() || stoppedByHold(kind) && was.OnHold) {
		t.Fatalf("%s: %s is on hold", kind, r.State)
	}
	if kind == workflow.Escalated && (r.Challenge != nil || r.Ack != nil) {
		t.Fatalf("a round with the second contact begins with code %v, ack %v", r.Challenge, r.Ack)
	}
	if r.Escalated > r.Policy.Escalations {
		t.Fatalf("%s: escalated %d times of %d", kind, r.Escalated, r.Policy.Escalations)
	}
	if !r.State.Terminal() && (r.TenantID == "") != (len(r.Groups()) == 0) {
		t.Fatalf("%s: tenant %q occupies %v", kind, r.TenantID, r.Groups())
	}
	if r.State == workflow.AwaitingConfirmation && r.Ack != nil {
		t.Fatalf("%s: an old acknowledgement survives a new question", kind)
	}
	if was.State == workflow.Completed && r.State == workflow.Delivering &&
		kind != workflow.DeliverAgain && kind != workflow.HandOverAgain {
		t.Fatalf("%s: completed went back to sending by itself", kind)
	}
	if kind == workflow.Recovered {
		checkRecovered(t, l, was)
	}
	for _, e := range l.last.Effects {
		if (e.Of == "") != (e.Type != workflow.KeepCopy) {
			t.Fatalf("%s: ordered %s of %q", kind, e.Type, e.Of)
		}
		if releases(e.Type) && (r.Ack == nil || !l.acked) {
			t.Fatalf("%s: ordered %s without an acknowledgement", kind, e.Type)
		}
	}
	if r.Version != was.Version+1 || l.entries[len(l.entries)-1].Seq != r.Version {
		t.Fatalf("%s: version %d after %d", kind, r.Version, was.Version)
	}
}

// checkRecovered: a recovery asks or ends; it leads nowhere nearer to a release.
func checkRecovered(t *rapid.T, l *life, was workflow.Request) {
	r := l.r
	for _, e := range l.last.Effects {
		if e.Type != workflow.SendConfirmation && e.Type != workflow.RemovePackage {
			t.Fatalf("recovered from %s: ordered %s", was.State, e.Type)
		}
	}
	if was.State.Terminal() {
		if r.State == was.State && len(l.last.Effects) == 0 {
			return
		}
		// Only what can be asked about after its end, and a letter says that it was.
		opened := r.State == workflow.AwaitingConfirmation || r.State == workflow.NeedsReview
		over := was.State == workflow.Completed || was.State == workflow.RefusedState
		if !opened || !over || was.Purged || r.Ack != nil || !asksAnew(t, l.last) {
			t.Fatalf("recovered: %s went to %s", was.State, r.State)
		}
	}
	switch r.State {
	case workflow.Confirmed, workflow.Compiling, workflow.Delivering:
		t.Fatalf("recovered from %s: it is %s without a new answer", was.State, r.State)
	case workflow.Completed:
		if r.Ack == nil || r.Package == nil || !r.Package.Removed || r.Package.SentBy == "" {
			t.Fatalf("recovered from %s: completed by %+v with %+v", was.State, r.Ack, r.Package)
		}
	case workflow.NeedsReview, workflow.Stuck, workflow.AwaitingConfirmation:
		if r.Challenge != nil || r.State == workflow.AwaitingConfirmation && r.Ack != nil {
			t.Fatalf("recovered from %s: code %v, ack %v", was.State, r.Challenge, r.Ack)
		}
	}
	if r.Ordered < workflow.EffectBase(2) {
		t.Fatalf("recovered: the next effect has number %d", r.Ordered+1)
	}
}

// asksAnew reports whether the copy that a recovery goes by is of a letter that asked the admin.
func asksAnew(t *rapid.T, c workflow.Change) bool {
	var p workflow.Private
	if err := json.Unmarshal(c.Entry.Private, &p); err != nil {
		t.Fatal(err)
	}
	return p.Proof != nil && slices.Contains([]workflow.EffectType{
		workflow.SendConfirmation, workflow.SendReminder, workflow.SendEscalation,
	}, p.Proof.Type)
}

func releases(e workflow.EffectType) bool {
	return e == workflow.Compile || e == workflow.SendPackage || e == workflow.SendPassphrase
}

func stoppedByHold(kind workflow.EventType) bool {
	switch kind {
	case workflow.ReminderDue, workflow.CodeExpired, workflow.Escalated, workflow.SlotOpened:
		return true
	}
	return false
}

func releasing(s workflow.State) bool {
	switch s {
	case workflow.Confirmed, workflow.Compiling, workflow.Delivering, workflow.Completed:
		return true
	}
	return false
}

func checkHistory(t *rapid.T, l *life) {
	if err := workflow.VerifyHistory(l.entries, l.r.HistoryHead, l.r.Salt); err != nil {
		t.Fatal(err)
	}
	replayed, err := workflow.Replay(l.entries)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(replayed, l.r) {
		t.Fatalf("history replays to\n%+v\nwant\n%+v", replayed, l.r)
	}
}
