//go:build faults

package app_test

import (
	"strings"
	"testing"

	"github.com/dsrd/dsrd/internal/demo"
	"github.com/dsrd/dsrd/workflow"
)

// TestEveryPlaceIsReached walks a whole conversation and counts.
func TestEveryPlaceIsReached(t *testing.T) {
	t.Setenv("DSRD_FAULTS", "count")
	p := newPlace(t)
	must(t, p.App.Recognise(t.Context()))
	must(t, p.Settle(t.Context()))
	p.ask(t)
	must(t, p.Settle(t.Context()))
	must(t, p.Answer(demo.Anna, "CONFIRM"))
	must(t, p.Settle(t.Context()))
	must(t, p.Pass(t.Context(), 24*3600e9))
	must(t, p.App.Checkpoint(t.Context()))
	if r := p.only(t); r.State != workflow.Completed {
		t.Fatalf("the request is %s", r.State)
	}
	must(t, p.App.Close())
	for _, name := range []string{
		"scanned=", "begun=", "desk=", "committed=", "handled=", "marked=", "claimed=", "carrier=", "blob-put=",
		"smtp-mail=", "smtp-dot=", "smtp-250=", "recorded=", "compiled=", "checkpoint=",
		"redis-call=", "redis-reply=", "smtp-call=", "smtp-reply=",
	} {
		if !strings.Contains(p.log.String(), " "+name) {
			t.Errorf("%s was never reached", name)
		}
	}
	if a, b := strings.Count(p.log.String(), "smtp-250=2"), p.log.count("recorded=2"); a != 1 || b != 1 {
		t.Errorf("two letters left: %s", p.log)
	}
}

func TestAPanicAtAPlaceIsAFailure(t *testing.T) {
	t.Setenv("DSRD_FAULTS", "desk=panic@1+")
	p := newPlace(t)
	must(t, p.Settle(t.Context()))
	p.ask(t)
	for range 5 {
		_ = p.App.Scan(t.Context())
	}
	if aside := p.records(t, workflow.MailQuarantined); len(aside) != 1 || aside[0].Attempts != 4 {
		t.Errorf("got %+v", aside)
	}
}
