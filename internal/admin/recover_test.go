package admin_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/dsrd/dsrd/internal/admin"
	"github.com/dsrd/dsrd/workflow"
)

// Recover remembers who ordered what.
func (l *ledger) Recover(_ context.Context, by string, o admin.RecoverOrder) (admin.Recovered, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rebuilt = append(l.rebuilt, fmt.Sprintf("%s dry=%t replace=%t", by, o.DryRun, o.Replace))
	if l.down != nil {
		return admin.Recovered{}, l.down
	}
	return admin.Recovered{Verdict: "behind", Why: "it lost something", DryRun: o.DryRun, Epoch: 2, Asked: 3}, nil
}

func TestRecoverSaysWhoWantsWhat(t *testing.T) {
	l := newLedger()
	c := serve(t, l)
	for _, o := range []admin.RecoverOrder{{DryRun: true}, {Replace: true}} {
		got, err := c.Recover(t.Context(), o)
		if err != nil || got.Asked != 3 || got.DryRun != o.DryRun {
			t.Errorf("%+v: got %+v, %v", o, got, err)
		}
	}
	if len(l.rebuilt) != 2 || !strings.HasPrefix(l.rebuilt[0], "operator:") ||
		!strings.HasSuffix(l.rebuilt[0], " dry=true replace=false") ||
		!strings.HasSuffix(l.rebuilt[1], " dry=false replace=true") {
		t.Errorf("it was ordered: %q", l.rebuilt)
	}
	l.down = fmt.Errorf("it is another installation's: %w", workflow.Refused)
	if _, err := c.Recover(t.Context(), admin.RecoverOrder{}); err == nil ||
		!strings.Contains(err.Error(), "another installation's") {
		t.Errorf("got %v", err)
	}
	if _, err := serveBare(t, newLedger()).Recover(t.Context(), admin.RecoverOrder{}); err == nil ||
		!strings.Contains(err.Error(), "cannot recover") {
		t.Errorf("without: got %v", err)
	}
}
