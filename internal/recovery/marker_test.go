package recovery_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/dsrd/dsrd/internal/recovery"
	"github.com/dsrd/dsrd/mailer/inbox"
	"github.com/dsrd/dsrd/workflow"
	"github.com/google/go-cmp/cmp"
)

func TestMark(t *testing.T) {
	sum := inbox.Registry{Sum: "who is named", Youngest: noon}
	d := looked()
	a := d.boxes[0]
	d.cursors["a/INBOX"] = inbox.Cursor{Known: true, Baseline: 5}
	a.marker.Since = noon.AddDate(-1, 0, 0)
	d.commit()
	r := d.recovery()
	r.Registry = func(context.Context) (inbox.Registry, error) { return sum, nil }
	if err := r.Mark(t.Context(), r.Mailboxes[0]); err != nil {
		t.Fatal(err)
	}
	want := inbox.Marker{
		Generation: "g", Epoch: 1, Sequence: 42, Sequences: []int64{42}, Since: noon.AddDate(-1, 0, 0),
		Cursors:  map[string]inbox.Cursor{"a/INBOX": {Known: true, Baseline: 5}},
		Registry: sum, Next: map[inbox.Folder]uint32{inbox.Processed: 3, inbox.Sent: 3},
	}
	if diff := cmp.Diff(want, *a.marker); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	before := a.marker
	if err := r.Mark(t.Context(), r.Mailboxes[0]); err != nil || a.marker != before {
		t.Errorf("nothing happened since: got %v, written again: %t", err, a.marker != before)
	}
	d.cursors["a/INBOX"] = inbox.Cursor{}
	d.commit()
	if err := r.Mark(t.Context(), r.Mailboxes[0]); err != nil {
		t.Fatal(err)
	}
	if c := a.marker.Cursors["a/INBOX"]; c.Baseline != 5 {
		t.Errorf("the store does not know the cursor: the marker has %+v, want that of before", c)
	}
}

func TestTheFirstMarkerTellsOfTheFirstStart(t *testing.T) {
	d := looked()
	d.boxes[0].marker = nil
	d.standing.Created = noon.AddDate(-2, 0, 0)
	r := d.recovery()
	if err := r.Mark(t.Context(), r.Mailboxes[0]); err != nil {
		t.Fatal(err)
	}
	if m := d.boxes[0].marker; m == nil || !m.Since.Equal(noon.AddDate(-2, 0, 0)) {
		t.Errorf("got %+v, want the start of the store", m)
	}
}

func TestAStoreThatLacksSomethingMarksNoMailbox(t *testing.T) {
	for name, marker := range map[string]*inbox.Marker{
		"the mailbox knows more":         marked("g", 1, 90, 2, 2),
		"the mailbox knows a later life": marked("g", 2, 1, 2, 2),
		"the mailbox knows another":      marked("h", 1, 1, 2, 2),
	} {
		t.Run(name, func(t *testing.T) {
			d := looked()
			d.boxes[0].marker = marker
			r := d.recovery()
			err := r.Mark(t.Context(), r.Mailboxes[0])
			if !errors.Is(err, workflow.Outdated) || d.boxes[0].marker != marker {
				t.Errorf("got %v, overwritten: %t", err, d.boxes[0].marker != marker)
			}
		})
	}
}

// What was cooling off must not count at once because the store forgot since when it is
// named; nor must what came just before the loss.
func TestCoolingOffSurvivesALoss(t *testing.T) {
	week := noon.AddDate(0, 0, -7)
	for _, c := range []struct {
		name      string
		knew, now inbox.Registry
		want      time.Time
	}{
		{"the registry is the same", inbox.Registry{Sum: "x", Youngest: week}, inbox.Registry{Sum: "x"}, week},
		{
			"and all of it was there from the beginning",
			inbox.Registry{Sum: "x"}, inbox.Registry{Sum: "x"}, time.Time{},
		},
		{"the registry is another", inbox.Registry{Sum: "x", Youngest: week}, inbox.Registry{Sum: "y"}, noon},
		{"the marker is silent about it", inbox.Registry{}, inbox.Registry{Sum: "x"}, noon},
		{"nobody can sum it up", inbox.Registry{}, inbox.Registry{}, noon},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := lost()
			d.boxes[0].marker.Registry = c.knew
			d.boxes[1].marker.Registry = inbox.Registry{Sum: "y", Youngest: noon.AddDate(-1, 0, 0)} // older
			r := d.recovery()
			r.Registry = func(context.Context) (inbox.Registry, error) { return c.now, nil }
			if _, err := r.Run(t.Context(), recovery.Options{}); err != nil {
				t.Fatal(err)
			}
			if len(d.named) != 1 || !d.named[0].Equal(c.want) {
				t.Errorf("named since %v, want %v", d.named, c.want)
			}
		})
	}
}

func TestWithoutARegistryAllOfItIsNew(t *testing.T) {
	d := lost()
	d.boxes[0].marker.Registry = inbox.Registry{Sum: "x", Youngest: noon.AddDate(-1, 0, 0)}
	run(t, d)
	if len(d.named) != 1 || !d.named[0].Equal(noon) {
		t.Errorf("named since %v, want now", d.named)
	}
}
