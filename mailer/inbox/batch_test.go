package inbox_test

import (
	"strings"
	"testing"

	"github.com/dsrd/dsrd/mailer/inbox"
	"github.com/dsrd/dsrd/mailer/mailtest"
	"github.com/google/go-cmp/cmp"
)

func TestABatchIsBoundedInMailsAndInBytes(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*inbox.Config)
		sets   []string
	}{
		{"two mails", func(b *inbox.Config) { b.Batch = 2 }, []string{"1:2", "3:4", "5"}},
		// Each mail has 40 bytes.
		{"120 bytes", func(b *inbox.Config) { b.BatchBytes = 120 }, []string{"1:3", "4:5"}},
		{"less than one mail", func(b *inbox.Config) { b.BatchBytes = 1 }, []string{"1", "2", "3", "4", "5"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var rules []mailtest.Rule
			for set, bodies := range map[string][]int{
				"1:2": {1, 2}, "3:4": {3, 4}, "1:3": {1, 2, 3}, "4:5": {4, 5},
				"1": {1}, "2": {2}, "3": {3}, "4": {4}, "5": {5},
			} {
				rule := mailtest.Rule{On: "UID FETCH " + set + " (UID " + wholeBody}
				for _, uid := range bodies {
					rule.Say = append(rule.Say, body(uid))
				}
				rule.Say = append(rule.Say, "TAG OK done")
				rules = append(rules, rule)
			}
			s := newScriptedBox(t, c.change, 5, rules...)
			if report, err := s.box.Scan(t.Context()); err != nil || report.Handled != 5 {
				t.Fatalf("got %+v, %v; want five handled", report, err)
			}
			var sets []string
			for _, command := range s.Commands() {
				if strings.Contains(command, wholeBody) {
					sets = append(sets, strings.Fields(command)[2])
				}
			}
			if diff := cmp.Diff(c.sets, sets); diff != "" {
				t.Errorf("fetched (-want +got):\n%s", diff)
			}
		})
	}
}

func TestASizeThatLiesDoesNotMakeAMailSmaller(t *testing.T) {
	const head = "Subject: big\r\n\r\n"
	s := newScriptedBox(t, func(c *inbox.Config) { c.MaxBytes = 50 }, 1,
		// RFC822.SIZE says 40; the server gives as much as it is asked for.
		mailtest.Rule{On: "UID FETCH 1 (UID BODY.PEEK[]<0.51>)", Say: []string{
			"* 1 FETCH (UID 1 BODY[]<0> " + mailtest.Text(head+strings.Repeat("x", 51-len(head))) + ")",
			"TAG OK done",
		}},
	)
	if report, err := s.box.Scan(t.Context()); err != nil || report.Handled != 1 {
		t.Fatalf("got %+v, %v; want it handled", report, err)
	}
	if m := s.desk.mails[0]; !m.Oversize || string(m.Raw) != head {
		t.Errorf("got oversize %v and %q, want the header alone", m.Oversize, m.Raw)
	}
}
