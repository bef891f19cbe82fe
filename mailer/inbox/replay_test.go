package inbox_test

import (
	"bytes"
	"context"
	"testing"

	"github.com/dsrd/dsrd/mailer/inbox"
	"github.com/dsrd/dsrd/mailer/mailtest"
	"github.com/google/go-cmp/cmp"
)

func TestAReplayReadsAFolderAndChangesNothing(t *testing.T) {
	w := newWorld(t, func(_ *mailtest.IMAPConfig, c *inbox.Config) { c.Batch = 2 })
	w.deliver("one", "two", "three")
	w.scan()
	before := w.holds("DSRD/Processed")
	again := &desk{answer: func(m inbox.Mail) (inbox.Disposition, error) {
		if bytes.Contains(m.Raw, []byte("two")) {
			return 0, errHandler
		}
		return 0, nil
	}}
	report, err := w.box.Replay(t.Context(), inbox.Processed, func(ctx context.Context, m inbox.Mail) error {
		_, err := again.handle(ctx, m)
		return err
	})
	if err != nil || report.Complete || report.Seen != 3 || report.Handled != 2 || report.Failed != 1 {
		t.Errorf("got %+v, %v; want three seen, one failed, not complete", report, err)
	}
	if diff := cmp.Diff([]string{"one", "two", "three"}, again.subjects()); diff != "" {
		t.Errorf("replayed (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(before, w.holds("DSRD/Processed")); diff != "" {
		t.Errorf("Processed changed (-before +after):\n%s", diff)
	}
	w.deliver("four")
	if report := w.scan(); report.Handled != 1 {
		t.Errorf("a scan after it: got %+v, want one handled", report)
	}
}
