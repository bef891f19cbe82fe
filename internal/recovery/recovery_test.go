package recovery_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/dsrd/dsrd/internal/recovery"
	"github.com/dsrd/dsrd/mailer/inbox"
	"github.com/dsrd/dsrd/workflow"
	"github.com/google/go-cmp/cmp"
)

// lost is an installation whose store is gone: two mailboxes know of thirteen requests.
func lost() *disk {
	d := newDisk()
	a, b := d.box("a"), d.box("b")
	a.marker = &inbox.Marker{Generation: "old", Epoch: 2, Sequence: 90, Since: noon.AddDate(-1, 0, 0),
		Cursors: map[string]inbox.Cursor{"a/INBOX": {Known: true, UIDValidity: 4, Baseline: 17}}}
	b.marker = &inbox.Marker{Generation: "old", Epoch: 2, Sequence: 80}

	a.processed(900, "ask 00ancient zoe") // past its deadline and two years
	a.processed(300, "ask 00spring jane")
	a.sent(299, workflow.SendConfirmation, "00spring.1", 1)
	a.sent(298, workflow.SendPackage, "00spring.4", 1)
	b.processed(200, "ask 00summer jane") // the same customer, after the first was answered
	a.sent(199, workflow.SendConfirmation, "00summer.1", 1)
	a.sent(198, workflow.SendDeclined, "00summer.3", 1)
	b.processed(100, "ask 00autumn jane")
	b.processed(99, "ask 00again jane") // joins it, from another mailbox than its package came by
	a.sent(98, workflow.SendPackage, "00autumn.1007", 2)

	a.processed(60, "ask 00bounced joe") // its package came back, and anna was asked again
	a.sent(59, workflow.SendPackage, "00bounced.5", 2)
	a.sent(2, workflow.SendConfirmation, "00bounced.1009", 2)
	a.processed(58, "returned 00bounced")
	a.processed(57, "ask 00back dan") // and this one's, and nobody has asked since
	b.processed(55, "returned 00back")
	a.sent(56, workflow.SendPackage, "00back.4", 2)
	a.processed(50, "ask 00refused kim")
	a.sent(49, workflow.SendRefusal, "00refused.2", 2)
	a.processed(40, "ask 00stale pat")
	a.sent(39, workflow.SendReminder, "00stale.2", 2)
	a.processed(3, "ask 00young ann")
	b.processed(4, "withdraw 00taken") // read by one mailbox before the other was read
	a.processed(3, "ask 00taken sue")
	a.processed(3, "hello")
	a.done = []inbox.Mail{{UID: 9, Raw: []byte("ask 00kept rob"), Arrived: noon.AddDate(0, 0, -1)}}

	a.sent(1, workflow.SendConfirmation, "00gone.1", 2) // nobody has its mail any more
	a.put(inbox.Sent, 1, "forged copy")
	a.put(inbox.Sent, 1, "a note that somebody put there")
	return d
}

func TestAnEmptyStoreIsRebuilt(t *testing.T) {
	d := lost()
	got := run(t, d)
	want := map[workflow.ID]workflow.State{
		"00spring": workflow.Completed, "00summer": workflow.Declined, "00autumn": workflow.Completed,
		"00bounced": workflow.AwaitingConfirmation, "00refused": workflow.RefusedState,
		"00stale": workflow.NeedsReview, "00young": workflow.AwaitingConfirmation,
		"00back": workflow.Stuck, "00taken": workflow.Cancelled, "00kept": workflow.AwaitingConfirmation,
	}
	if diff := cmp.Diff(want, d.states()); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	wantResult := recovery.Result{
		Judgement: recovery.Judgement{
			Verdict: recovery.Empty, Why: "mailbox a knows of a redis with content, and this one is empty",
		},
		Epoch: 3, Mails: 16, TooOld: 1, Withdrawn: 1, Born: 10, Joined: 1, Copies: 11, Forged: 1,
		Orphans: 1, Completed: 3, Ended: 2, Asked: 3, Review: 2,
	}
	if diff := cmp.Diff(wantResult, got); diff != "" {
		t.Errorf("result (-want +got):\n%s", diff)
	}
	if r := d.requests["00young"]; r.Ordered != workflow.EffectBase(3)+1 {
		t.Errorf("it has ordered %d, want one letter of this life", r.Ordered)
	}
	if d.standing.Phase != recovery.Working || d.standing.Epoch != 3 {
		t.Errorf("the store stands at %+v, want it open in life 3", d.standing)
	}
}

func TestARecoveredStoreKnowsItsMarkers(t *testing.T) {
	d := lost()
	run(t, d)
	for _, b := range d.boxes {
		m := b.marker
		if m.Generation != "new" || m.Epoch != 3 || m.Sequence != d.standing.Sequence {
			t.Errorf("mailbox %s has the marker %+v, want the store's %+v", b.name, *m, d.standing)
		}
	}
	a := d.boxes[0].marker
	if c := a.Cursors["a/INBOX"]; c.Baseline != 17 || !a.Since.Equal(noon.AddDate(-1, 0, 0)) {
		t.Errorf("the marker is %+v, want the cursor and the first start of the one before", *a)
	}
	j, err := d.recovery().Judge(t.Context())
	if err != nil || j.Verdict != recovery.Normal {
		t.Errorf("judged again it is %v, %v; want normal", j, err)
	}
	events := len(d.events)
	if again := run(t, d); again.Verdict != recovery.Normal || again.Epoch != 0 || len(d.events) != events {
		t.Errorf("recovered again: %+v; want nothing to be done", again)
	}
}

// A request that ended must be over before a later mail of the same customer is read: it
// would join what is over, and nobody would answer it.
func TestWhatEndedIsOverBeforeTheNextMailIsRead(t *testing.T) {
	d := lost()
	run(t, d)
	want := []string{"00spring born", "00spring completed", "00summer born", "00summer declined",
		"00autumn born", "00autumn completed"}
	if diff := cmp.Diff(want, d.events[:len(want)]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A package that left late must not keep those that left before it from ending.
func TestWhatEndsLateHoldsUpNothing(t *testing.T) {
	d := lost()
	d.box("c").processed(299, "ask 00late zed")
	d.boxes[0].sent(1, workflow.SendPackage, "00late.9", 2)
	run(t, d)
	want := map[workflow.ID]workflow.State{
		"00late": workflow.Completed, "00summer": workflow.Declined, "00autumn": workflow.Completed,
	}
	for id, state := range want {
		if got := d.requests[id].State; got != state {
			t.Errorf("%s is %q, want %q", id, got, state)
		}
	}
}

// The admin said no, a second mail came, and the word of no left after that.
func TestWhatCameBeforeTheWordOfNoLeftDoesNotJoin(t *testing.T) {
	d := lost()
	d.box("c").processed(49, "ask 00between kim") // just as the refusal of 00refused left
	run(t, d)
	if got := d.requests["00between"].State; got != workflow.NeedsReview {
		t.Errorf("it is %q, want a person to look at it", got)
	}
}

// behind is an installation whose store lost its last minutes.
func behind() *disk {
	d := newDisk()
	d.standing = standing("g", 1, 40)
	a := d.box("a")
	a.marker = &inbox.Marker{Generation: "g", Epoch: 1, Sequence: 45}
	old := func(id workflow.ID, s workflow.State, days int) {
		d.requests[id] = workflow.Request{
			ID: id, State: s, Ordered: 4, Policy: workflow.DefaultPolicy(), Customer: workflow.Address(id),
			ReceivedAt: noon.AddDate(0, 0, -days), Challenge: &workflow.Challenge{Epoch: 1},
		}
	}
	old("00waits", workflow.AwaitingConfirmation, 2)
	old("00unasked", workflow.AwaitingConfirmation, 2)
	unasked := d.requests["00unasked"]
	unasked.Challenge = nil // its letter waits for a place
	d.requests["00unasked"] = unasked
	old("00ready", workflow.Confirmed, 2)
	old("00slow", workflow.Confirmed, 20)
	old("00left", workflow.Delivering, 2)
	old("00stuck", workflow.Stuck, 2)
	old("00over", workflow.Cancelled, 2)
	old("00odd", workflow.Compiling, 2)
	odd := d.requests["00odd"]
	odd.Customer = "stubborn"
	d.requests["00odd"] = odd
	a.sent(1, workflow.SendPackage, "00left.5", 1)
	a.sent(1, workflow.SendDeclined, "00over.3", 1) // the store has forgotten that it left
	d.tasks["00over"] = []workflow.Task{
		{Effect: &workflow.Effect{ID: "00over.3"}}, {Effect: &workflow.Effect{ID: "00over.4"}},
	}
	old("00reopened", workflow.RefusedState, 2)
	a.sent(1, workflow.SendConfirmation, "00reopened.7", 1)
	old("00ended", workflow.RefusedState, 2)
	a.sent(1, workflow.SendConfirmation, "00ended.7", 1)
	a.sent(1, workflow.SendRefusal, "00ended.8", 1)
	a.processed(1, "ask 00lost max")
	return d
}

func TestAStoreThatIsBehindIsBroughtUp(t *testing.T) {
	d := behind()
	got := run(t, d)
	want := map[workflow.ID]workflow.State{
		"00waits": workflow.AwaitingConfirmation, "00ready": workflow.AwaitingConfirmation,
		"00slow": workflow.NeedsReview, "00left": workflow.Completed, "00stuck": workflow.Stuck,
		"00over": workflow.Cancelled, "00odd": workflow.Compiling, "00lost": workflow.AwaitingConfirmation,
		"00reopened": workflow.AwaitingConfirmation, "00ended": workflow.RefusedState,
		"00unasked": workflow.AwaitingConfirmation,
	}
	if diff := cmp.Diff(want, d.states()); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	if got.Verdict != recovery.Behind || got.Epoch != 2 || got.Refused != 1 || got.Completed != 1 ||
		got.Asked != 5 || got.Review != 2 || got.Born != 1 || got.Settled != 1 {
		t.Errorf("got %+v", got)
	}
	if left := d.tasks["00over"]; len(left) != 1 || left[0].Effect.ID != "00over.4" {
		t.Errorf("of two letters one had left; there wait %d", len(left))
	}
	if r := d.requests["00ended"]; r.Ordered < 8 {
		t.Errorf("its effect 8 was used, and it has ordered %d", r.Ordered)
	}
	for id, r := range d.requests {
		if base := workflow.EffectBase(2); !r.State.Terminal() && id != "00odd" && r.Ordered < base {
			t.Errorf("%s has ordered up to %d: the next number was used before", id, r.Ordered)
		}
	}
}

// TestACrashAnywhereComesToTheSame ends the process at every call to anything outside it,
// before and after the call took effect, and lets the next process go on.
func TestACrashAnywhereComesToTheSame(t *testing.T) {
	crashes := 0
	for name, arranged := range map[string]func() *disk{"empty": lost, "behind": behind} {
		whole := arranged()
		run(t, whole)
		calls := whole.calls
		if calls < 40 {
			t.Fatalf("%s: only %d calls: the recovery does too little to be cut", name, calls)
		}
		for dies := 1; dies <= calls; dies++ {
			for _, after := range []bool{false, true} {
				crashes++
				d := arranged()
				d.dies, d.after = dies, after
				if _, err := d.recovery().Run(t.Context(), recovery.Options{}); err == nil && dies < calls {
					t.Fatalf("%s, call %d of %d: the crash was not told of", name, dies, calls)
				}
				d.again()
				run(t, d)
				if diff := cmp.Diff(whole.left(), d.left()); diff != "" {
					t.Fatalf("%s: a crash at call %d of %d (after it: %t) leaves (-whole +cut):\n%s",
						name, dies, calls, after, diff)
				}
			}
		}
	}
	t.Logf("figure: crashes in a recovery %d, other outcomes 0", crashes)
}

// left is what a recovery leaves, in a form that can be compared.
func (d *disk) left() any {
	markers := map[string]inbox.Marker{}
	for _, b := range d.boxes {
		markers[b.name] = *b.marker
	}
	return []any{d.requests, d.mails, d.standing, d.applied, d.tasks, markers, d.epochs}
}

// A rollback in the middle of a recovery is noticed by the markers that it wrote already.
func TestARecoveryThatWasItselfLostBeginsAnotherLife(t *testing.T) {
	d := lost()
	run(t, d)
	d.standing.Phase = recovery.Recovering // its end was lost, and five changes before it
	d.standing.Sequence -= 5
	d.standing.Sequences = []int64{d.standing.Sequence}
	if got := run(t, d); got.Epoch != 4 {
		t.Errorf("got life %d, want 4: what came of 3 is not known", got.Epoch)
	}
}

func TestCopiesTellOfALifeThatNoMarkerTellsOf(t *testing.T) {
	d := lost()
	d.boxes[0].sent(1, workflow.SendConfirmation, "00young.6001", 7)
	if got := run(t, d); got.Epoch != 8 {
		t.Errorf("got life %d, want 8: its codes and Message-IDs were used", got.Epoch)
	}
}

// A busy request uses up the numbers of its life, and goes on with those of the next.
func TestNoNumberThatWasUsedIsUsedAgain(t *testing.T) {
	for name, arranged := range map[string]func() *disk{"an empty store": lost, "an older one": behind} {
		for highest, want := range map[int]int64{2000: 3, 2001: 4, 5000: 6} {
			d := arranged()
			d.boxes[0].sent(1, workflow.SendQuestion, workflow.EffectID(fmt.Sprintf("00young.%d", highest)), 2)
			plan, err := d.recovery().Plan(t.Context())
			if got := run(t, d); got.Epoch != want || err != nil || plan.Epoch != want {
				t.Errorf("%s, number %d was used: got life %d, planned %d (%v); want %d",
					name, highest, got.Epoch, plan.Epoch, err, want)
			}
			for id, r := range d.requests {
				if !r.State.Terminal() && r.Customer != "stubborn" && r.Ordered < highest {
					t.Errorf("%s: %s counts on from %d, and %d was used", name, id, r.Ordered, highest)
				}
			}
		}
	}
}

func TestWhoMayRecover(t *testing.T) {
	for _, c := range []struct {
		name    string
		arrange func(*disk)
		options recovery.Options
		want    error
	}{
		{"an empty store", func(*disk) {}, recovery.Options{}, nil},
		{"another installation's", foreign, recovery.Options{}, workflow.Refused},
		{"another installation's, by order", foreign, recovery.Options{Replace: true}, nil},
		{"a mailbox that nobody can read", func(d *disk) {
			d.boxes[0].marker, d.boxes[1].gone, d.boxes[1].marker = nil, errors.New("no login"), nil
		}, recovery.Options{Replace: true}, workflow.Refused},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := lost()
			c.arrange(d)
			before := d.standing
			r := d.recovery()
			r.Alone = func(ctx context.Context) (context.Context, func(), error) {
				if c.want != nil {
					t.Error("it took the right to recover: that writes into somebody else's redis")
				}
				return ctx, func() {}, nil
			}
			_, err := r.Run(t.Context(), c.options)
			if !errors.Is(err, c.want) {
				t.Fatalf("got %v, want %v", err, c.want)
			}
			if err != nil && cmp.Diff(before, d.standing) != "" {
				t.Errorf("the store was touched: %+v", d.standing)
			}
			if err == nil && len(d.requests) != 10 {
				t.Errorf("got %d requests, want 10", len(d.requests))
			}
		})
	}
}

func foreign(d *disk) { d.standing = standing("somebody else's", 1, 12) }

func TestAFirstStartIsNoLoss(t *testing.T) {
	d := newDisk()
	d.box("a").processed(1, "ask 00other joe")
	if got := run(t, d); got.Verdict != recovery.First || len(d.requests) != 0 || d.standing.Epoch != 0 {
		t.Errorf("got %+v, and the store at %+v; want nothing touched", got, d.standing)
	}
}

// The mail that marks a mailbox can be removed by hand, and so can the database. What left is
// in Sent still: founding a new store would ask nobody again.
func TestALetterThatLeftTellsOfAStoreThatIsGone(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(a, b *box)
		want   recovery.Verdict
	}{
		{"nothing is in Sent", func(*box, *box) {}, recovery.First},
		{"a copy with our seal", func(_, b *box) {
			b.put(inbox.Sent, 2, "a note that somebody put there")
			b.sent(1, workflow.SendConfirmation, "00other.1", 1)
		}, recovery.Empty},
		{"copies without our seal", func(a, _ *box) {
			a.put(inbox.Sent, 1, "forged copy")
			a.put(inbox.Sent, 1, "a note that somebody put there")
		}, recovery.First},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDisk()
			a, b := d.box("a"), d.box("b")
			a.processed(1, "ask 00other joe")
			c.change(a, b)
			j, err := d.recovery().Judge(t.Context())
			if err != nil || j.Verdict != c.want {
				t.Fatalf("got %v, %v; want %s", j, err, c.want)
			}
			if born := c.want == recovery.Empty; born != (run(t, d).Born == 1) {
				t.Errorf("there are %d requests; want the mail read again: %t", len(d.requests), born)
			}
		})
	}
}

// The first copy is enough: behind it may lie those of years.
func TestOneLetterThatLeftIsEnough(t *testing.T) {
	d := newDisk()
	for _, b := range []*box{d.box("a"), d.box("b")} {
		b.sent(9, workflow.SendConfirmation, "00other.1", 1)
		b.sent(1, workflow.SendReminder, "00other.2", 1)
	}
	r, read := d.recovery(), 0
	r.Copies = func(raw []byte) (recovery.Copy, error) {
		read++
		return readCopy(raw)
	}
	if _, err := r.Judge(t.Context()); err != nil || read != 1 {
		t.Errorf("%d copies were read, %v; want one", read, err)
	}
}

func TestAFirstStartWaitsUntilSentCanBeRead(t *testing.T) {
	d := newDisk()
	d.box("a")
	d.dies = 3 // the store, the marker, Sent
	if j, err := d.recovery().Judge(t.Context()); !errors.Is(err, errDead) {
		t.Errorf("got %v, %v; want the mailbox's own error", j, err)
	}
}

// A mailbox that fails leaves the store closed; with the mailbox back, it goes on.
func TestAMailboxThatFailsKeepsTheStoreClosed(t *testing.T) {
	d := lost()
	r := d.recovery()
	away := errors.New("connection lost")
	r.Tell = func(p recovery.Progress) {
		if p.Step == recovery.StepMails && p.Done == 0 {
			d.boxes[1].gone = away
		}
	}
	if _, err := r.Run(t.Context(), recovery.Options{}); !errors.Is(err, away) {
		t.Fatalf("got %v, want the mailbox's own error", err)
	}
	if d.standing.Phase != recovery.Recovering {
		t.Fatalf("the store is %q, want it closed", d.standing.Phase)
	}
	d.boxes[1].gone = nil
	if got := run(t, d); got.Epoch != 3 || len(d.requests) != 10 {
		t.Errorf("got %+v and %d requests, want life 3 and 10", got, len(d.requests))
	}
}

func TestAMailThatCannotBeTreatedHoldsUpNoOther(t *testing.T) {
	d := lost()
	d.boxes[0].processed(2, "broken")
	if got := run(t, d); got.Unread != 1 || len(d.requests) != 10 {
		t.Errorf("got %+v and %d requests, want one mail told of, and 10", got, len(d.requests))
	}
}

func TestAStoreThatIsAwayEndsTheRecovery(t *testing.T) {
	d := lost()
	d.boxes[0].processed(250, "poison")
	slices.Reverse(d.boxes[0].folders[inbox.Processed]) // it comes first
	got, err := d.recovery().Run(t.Context(), recovery.Options{})
	if !errors.Is(err, workflow.Unavailable) || d.standing.Phase != recovery.Recovering {
		t.Errorf("got %v in phase %q, want the store's error, and the store closed", err, d.standing.Phase)
	}
	if got.Mails != 1 {
		t.Errorf("%d mails were tried, want one: all others would meet the same", got.Mails)
	}
}

func TestAPlanChangesNothing(t *testing.T) {
	d := lost()
	got, err := d.recovery().Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := recovery.Result{
		Judgement: recovery.Judgement{
			Verdict: recovery.Empty, Why: "mailbox a knows of a redis with content, and this one is empty",
		},
		Epoch: 3, Mails: 16, TooOld: 1, Copies: 11, Forged: 1, Born: 8, Completed: 3, Ended: 2,
		Asked: 2, Review: 1,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	untouched := lost()
	untouched.calls = d.calls
	diff := cmp.Diff(untouched.requests, d.requests)
	if diff != "" || d.standing.Epoch != 0 || len(d.mails) > 0 {
		t.Errorf("it changed something: %+v %v %s", d.standing, d.mails, diff)
	}
}

// A package that left when nobody wanted it any more is no proof that the request was answered.
func TestAPackageWithoutWhatReleasedItProvesNothing(t *testing.T) {
	d := lost()
	d.boxes[0].sent(2, workflow.SendPackage, "00young.9", 2)
	last := &d.boxes[0].folders[inbox.Sent][len(d.boxes[0].folders[inbox.Sent])-1]
	last.Raw = regexp.MustCompile(`"Ack":\{[^}]*\}`).ReplaceAll(last.Raw, []byte(`"Ack":null`))
	run(t, d)
	if got := d.requests["00young"].State; got != workflow.AwaitingConfirmation {
		t.Errorf("it is %s, want it asked about anew", got)
	}
}

func TestProgressIsTold(t *testing.T) {
	d := lost()
	for i := range 2000 {
		d.boxes[0].processed(2, "hello "+time.Duration(i).String())
	}
	var steps []recovery.Step
	far := 0
	r := d.recovery()
	r.Tell = func(p recovery.Progress) {
		if len(steps) == 0 || steps[len(steps)-1] != p.Step {
			steps = append(steps, p.Step)
		}
		if p.Step == recovery.StepMails {
			far = p.Done
		}
	}
	if _, err := r.Run(t.Context(), recovery.Options{}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(recovery.Steps(), steps); diff != "" || far != 2000 {
		t.Errorf("mails told of up to %d, want 2000; steps (-want +got):\n%s", far, diff)
	}
}

// Whoever recovers has the right to it for as long as it lasts, and no longer.
func TestWhoLosesTheRightStops(t *testing.T) {
	d := lost()
	r := d.recovery()
	held, lose := context.WithCancel(t.Context())
	released := 0
	r.Alone = func(context.Context) (context.Context, func(), error) {
		return held, func() { released++ }, nil
	}
	r.Tell = func(p recovery.Progress) {
		if p.Step == recovery.StepRequests {
			lose()
		}
	}
	_, err := r.Run(t.Context(), recovery.Options{})
	if err == nil || d.standing.Phase != recovery.Recovering || released != 1 {
		t.Errorf("got %v in phase %q, released %d times; want an error, the store closed, once",
			err, d.standing.Phase, released)
	}
	if m := d.boxes[0].marker; m.Epoch != 2 {
		t.Errorf("it still wrote the marker %+v", *m)
	}
	r.Alone = func(context.Context) (context.Context, func(), error) { return nil, nil, workflow.Fenced }
	if _, err := r.Run(t.Context(), recovery.Options{}); !errors.Is(err, workflow.Fenced) {
		t.Errorf("another replica is at it: got %v, want fenced", err)
	}
}
