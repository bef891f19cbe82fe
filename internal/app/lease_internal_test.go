package app

import (
	"context"
	"errors"
	"testing"

	"github.com/dsrd/dsrd/workflow"
	"github.com/dsrd/dsrd/workflow/engine"
)

// TestWhatIsDoneUnderABorrowedLeaseEndsWithIt: an operator's order is carried out under the
// lease that the mailbox's reader holds.
func TestWhatIsDoneUnderABorrowedLeaseEndsWithIt(t *testing.T) {
	lease := workflow.Lease{Name: "mailbox/dsr", Owner: "us", Epoch: 7}
	held, lose := context.WithCancelCause(engine.Under(t.Context(), lease))
	m := &mailbox{}
	m.holding(held)
	ctx, release, err := m.leased(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	if got := engine.LeaseOf(ctx); got != lease {
		t.Errorf("it is done under %+v", got)
	}
	if ctx.Err() != nil {
		t.Error("it has ended already")
	}
	lose(workflow.Fenced)
	<-ctx.Done()
	if cause := context.Cause(ctx); !errors.Is(cause, workflow.Fenced) {
		t.Errorf("it ended because of %v", cause)
	}
}
