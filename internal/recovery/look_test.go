package recovery_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/dsrd/dsrd/internal/recovery"
	"github.com/dsrd/dsrd/mailer/inbox"
	"github.com/dsrd/dsrd/workflow"
)

// looked is an installation at which nothing is missing: its marker was written before the
// last mail of each folder came.
func looked() *disk {
	d := newDisk()
	d.standing = standing("g", 1, 40)
	a := d.box("a")
	a.processed(9, "never read again")
	a.processed(1, "ask 00new ann")
	a.sent(9, workflow.SendConfirmation, "00long-ago.1", 1)
	a.sent(1, workflow.SendConfirmation, "00new.1", 1)
	clerk{d}.treat(a.folders[inbox.Processed][1], false)
	r := d.requests["00new"]
	r.Ordered = 2
	d.requests["00new"] = r
	a.marker = marked("g", 1, 40, 2, 2)
	return d
}

func TestLook(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(d *disk, a *box)
		want   string // "" when nothing is missing
	}{
		{"nothing is missing", func(*disk, *box) {}, ""},
		{"a mail was treated and is not known", func(_ *disk, a *box) { a.processed(0, "ask 00last joe") },
			"a mail that was treated"},
		{"the end of a mail was lost", func(d *disk, _ *box) {
			for digest, rec := range d.mails {
				rec.Outcome = ""
				d.mails[digest] = rec
			}
		}, "a mail that was treated"},
		{"an operator has a mail judged anew", func(d *disk, _ *box) {
			for digest, rec := range d.mails {
				rec.Outcome, rec.Replays = "", 1
				d.mails[digest] = rec
			}
		}, ""},
		{"a letter left about a request that is gone", func(_ *disk, a *box) {
			a.sent(0, workflow.SendConfirmation, "00last.1", 1)
		}, "a request that redis does not have"},
		{"a letter left that was never ordered", func(_ *disk, a *box) {
			a.sent(0, workflow.SendReminder, "00new.3", 1)
		}, "never ordered"},
		{"a letter left that is to be sent", func(d *disk, _ *box) {
			d.tasks["00new"] = []workflow.Task{{}, {Effect: &workflow.Effect{ID: "00new.1"}}}
		}, "still has to send"},
		{"another letter is to be sent", func(d *disk, _ *box) {
			d.tasks["00new"] = []workflow.Task{{Effect: &workflow.Effect{ID: "00new.2"}}}
		}, ""},
		{"a forged copy came", func(_ *disk, a *box) { a.put(inbox.Sent, 0, "forged 00other.1") }, ""},
		{"somebody put a mail there", func(_ *disk, a *box) { a.put(inbox.Sent, 0, "hello") }, ""},
		{"the server hands a mail over no more", func(_ *disk, a *box) {
			a.processed(0, "hello")
			a.folders[inbox.Processed][2].Missing = errors.New("no body")
		}, ""},
		{"a marker that knows no numbers tells of Sent alone", func(_ *disk, a *box) {
			a.marker = &inbox.Marker{Generation: "g", Epoch: 1, Sequence: 40}
			a.folders[inbox.Sent] = a.folders[inbox.Sent][1:]
		}, ""},
		{"without a marker, Sent tells of what is gone", func(_ *disk, a *box) { a.marker = nil },
			"a request that redis does not have"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := looked()
			c.change(d, d.boxes[0])
			why, err := d.recovery().Look(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if why == "" != (c.want == "") || !strings.Contains(why, c.want) {
				t.Errorf("got %q, want %q", why, c.want)
			}
			if d.standing.Phase != "" || len(d.events) != 1 {
				t.Errorf("a look changed something: %+v %v", d.standing, d.events)
			}
		})
	}
}

// What a look finds is as good a reason as what a marker tells.
func TestWhatALookFindsIsRecovered(t *testing.T) {
	d := looked()
	d.boxes[0].processed(0, "ask 00last joe")
	got := run(t, d)
	if got.Verdict != recovery.Behind || got.Born != 1 || got.Epoch != 2 {
		t.Errorf("got %+v, want one request born in life 2", got)
	}
	if again := run(t, d); again.Verdict != recovery.Normal {
		t.Errorf("afterwards it is %v, want normal", again.Judgement)
	}
}

func TestALookThatFailsTellsNothing(t *testing.T) {
	for dies := 1; ; dies++ {
		d := looked()
		d.dies = dies
		why, err := d.recovery().Look(t.Context())
		if d.calls < dies {
			return
		}
		if why != "" || !errors.Is(err, errDead) {
			t.Errorf("call %d fails: got %q, %v; want its error", dies, why, err)
		}
	}
}
