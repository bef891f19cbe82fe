package workflow_test

import (
	"testing"
	"time"

	"github.com/dsrd/dsrd/workflow"
)

func TestDeadline(t *testing.T) {
	cases := []struct {
		name     string
		regime   workflow.Regime
		received string
		want     string
		holidays []string
	}{
		{"one month on a working day", workflow.GDPR, "2026-11-02", "2026-12-02", nil},
		{"31 January has no 31 February", workflow.GDPR, "2025-01-31", "2025-02-28", nil},
		{"31 January of a leap year", workflow.GDPR, "2028-01-31", "2028-02-29", nil},
		{"an end on a Saturday moves to Monday", workflow.GDPR, "2026-11-05", "2026-12-07", nil},
		{"an end on a Sunday moves to Monday", workflow.GDPR, "2026-11-06", "2026-12-07", nil},
		{"Christmas and the weekend after it", workflow.GDPR, "2026-11-25", "2026-12-28",
			[]string{"2026-12-25"}},
		{"over the end of the year", workflow.GDPR, "2026-12-15", "2027-01-15", nil},
		{"California counts days", workflow.CCPA, "2026-11-02", "2026-12-17", nil},
		{"California does not move weekends", workflow.CCPA, "2026-11-05", "2026-12-20", nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := workflow.Deadline(c.regime, date(t, c.received), dates(t, c.holidays)...)
			if got.Format(time.DateOnly) != c.want || got.Hour() != 23 {
				t.Errorf("got %s, want the end of %s", got, c.want)
			}
		})
	}
}

func date(t *testing.T, s string) time.Time {
	t.Helper()
	d, err := time.Parse(time.DateOnly, s)
	if err != nil {
		t.Fatal(err)
	}
	return d.Add(15 * time.Hour)
}

func dates(t *testing.T, all []string) []time.Time {
	t.Helper()
	var out []time.Time
	for _, s := range all {
		out = append(out, date(t, s))
	}
	return out
}

func TestRoleTable(t *testing.T) {
	for _, r := range workflow.Roles() {
		administrator := r == workflow.AccountAdministrator
		if !r.MayExport(workflow.SecurityContacts) {
			t.Errorf("%s may not export security contacts", r)
		}
		for _, c := range []workflow.Category{workflow.JITPolicies, workflow.Alerts, "anything new"} {
			if r.MayExport(c) != administrator {
				t.Errorf("%s and %s: got %v", r, c, !administrator)
			}
		}
	}
	if workflow.Role("").MayExport(workflow.SecurityContacts) {
		t.Error("no role at all may export")
	}
}

func TestSameMailTwiceIsTheSameID(t *testing.T) {
	key := []byte("key")
	o := workflow.Origin{MessageID: "m@x", From: "a@x", Date: "d", Customer: "c@x", Kind: "export"}
	rewritten := o
	rewritten.TextSum = "another text: a footer was added"
	if workflow.NewID(key, 3, o) != workflow.NewID(key, 3, rewritten) {
		t.Error("a rewritten body made another request")
	}
	other := o
	other.Customer = "d@x"
	if workflow.NewID(key, 3, o) == workflow.NewID(key, 3, other) {
		t.Error("two customers are one request")
	}
	if id := workflow.NewID(key, 3, o); id.Partition() != 3 || len(id) != 26 {
		t.Errorf("got %q in partition %d", id, id.Partition())
	}
}
