package telemetry_test

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/dsrd/dsrd/internal/telemetry"
	"github.com/dsrd/dsrd/workflow"
)

func observed(do func(telemetry.Observer)) string {
	var out strings.Builder
	do(telemetry.Observer{Log: telemetry.NewLog(&out, telemetry.Text, slog.LevelDebug)})
	return out.String()
}

func change(event workflow.EventType, from, to workflow.State) workflow.Change {
	return workflow.Change{
		Request: workflow.Request{ID: "00abc", State: to, TenantID: "acme", Customer: "jane.canary@customer.example",
			Reason: workflow.Undeliverable},
		Entry: workflow.Entry{From: from, To: to, Event: workflow.Event{Type: event, Rule: "ack/from",
			Admin: "anna.canary@acme.example", Note: "call jane.canary@customer.example"}},
	}
}

func TestChangesAreWrittenAtTheirLevel(t *testing.T) {
	for _, k := range []struct {
		name  string
		c     workflow.Change
		level string
	}{
		{"a step", change(workflow.Acknowledged, workflow.AwaitingConfirmation, workflow.Confirmed), "INFO"},
		{"getting stuck", change(workflow.LetterFailed, workflow.Delivering, workflow.Stuck), "WARN"},
		{"staying stuck", change(workflow.Held, workflow.Stuck, workflow.Stuck), "INFO"},
		{"a deadline comes near", change(workflow.DeadlineNear, workflow.Confirmed, workflow.Confirmed), "WARN"},
		{"a deadline is missed", change(workflow.DeadlineMissed, workflow.Stuck, workflow.Stuck), "WARN"},
	} {
		got := observed(func(o telemetry.Observer) { o.Committed(k.c) })
		for _, want := range []string{"level=" + k.level, "request=00abc", "tenant=acme", "rule=ack/from",
			"reason=undeliverable", "event=" + string(k.c.Entry.Event.Type)} {
			if !strings.Contains(got, want) {
				t.Errorf("%s: %q is missing in %s", k.name, want, got)
			}
		}
		if strings.Contains(got, "canary") || strings.Contains(got, "call") {
			t.Errorf("%s: it names somebody: %s", k.name, got)
		}
	}
}

func TestFailedTasksAreWritten(t *testing.T) {
	task := workflow.Task{Request: "00abc", Attempts: 1, Effect: &workflow.Effect{Type: workflow.Compile}}
	for _, k := range []struct {
		name string
		task workflow.Task
		err  error
		want string
	}{
		{"an effect", task, errors.New("no"), "level=ERROR msg=\"task failed\" request=00abc task=compile attempts=2"},
		{"a timer", workflow.Task{Request: "00abc"}, errors.New("no"), "task=timer attempts=1"},
		{"taken over", task, fmt.Errorf("x: %w", workflow.Fenced), "level=INFO msg=\"task taken over"},
		{"with an address", task, errors.New("550 <jane.canary@customer.example>"), "***@***"},
	} {
		got := observed(func(o telemetry.Observer) { o.Failed(k.task, k.err) })
		if !strings.Contains(got, k.want) || strings.Contains(got, "canary") {
			t.Errorf("%s: got %s, want %q", k.name, got, k.want)
		}
	}
}

// TestOddValuesNameNobody hands the log what careless code hands it.
func TestOddValuesNameNobody(t *testing.T) {
	var out strings.Builder
	log := telemetry.NewLog(&out, telemetry.JSON, slog.LevelDebug)
	type form struct{ To string }
	log.Info("jane.canary@customer.example wrote", "struct", form{"jane.canary@customer.example"},
		"pointer", &form{"jane.canary@customer.example"}, "map", map[string]string{"to": "jane.canary@customer.example"},
		"bytes", []byte("jane.canary@customer.example"), "quoted", `"jane canary"@customer.example`,
		"idn", "jane.canary@bücher.example", "upper", "JANE.CANARY@CUSTOMER.EXAMPLE",
		"list", []string{"a <jane.canary@customer.example>"}, "request", &workflow.Request{Customer: "jane.canary@customer.example"})
	if strings.Contains(strings.ToLower(out.String()), "canary") {
		t.Errorf("it names somebody: %s", out.String())
	}
}
