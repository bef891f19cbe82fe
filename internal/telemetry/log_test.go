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

func TestLogNamesNobody(t *testing.T) {
	for _, format := range []telemetry.Format{telemetry.JSON, telemetry.Text} {
		var out strings.Builder
		log := telemetry.NewLog(&out, format, slog.LevelInfo)
		jane := workflow.Address("jane.canary@customer.example")
		log.Info("mail", "customer", jane, "list", []workflow.Address{jane},
			"error", fmt.Errorf("550 <jane.canary@customer.example>: %w", errors.New("no")),
			"text", "to jane.canary@customer.example", slog.Group("g", "who", jane))
		log.With("who", jane).Info("with")
		if strings.Contains(out.String(), "canary") {
			t.Errorf("%s names somebody: %s", format, out.String())
		}
		if !strings.Contains(out.String(), jane.Redacted()) {
			t.Errorf("%s says nothing by which two lines could be joined: %s", format, out.String())
		}
	}
}
