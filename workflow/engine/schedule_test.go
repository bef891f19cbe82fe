package engine_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/dsrd/dsrd/workflow/engine"
)

func TestSpecsThatWouldNeverOrWronglyWakeAreRefused(t *testing.T) {
	for _, spec := range []string{"", "TZ=UTC", "CRON_TZ=Nowhere/None * * * * *", "0 0 30 2 *",
		"* * * * * *", "sixty", "61 * * * *"} {
		if _, err := engine.ParseSpec(spec, start); err == nil {
			t.Errorf("%q was taken", spec)
		}
	}
	for _, spec := range []string{"* * * * *", "@every 1m", "CRON_TZ=Europe/Berlin 30 2 * * *"} {
		if _, err := engine.ParseSpec(spec, start); err != nil {
			t.Errorf("%q: %v", spec, err)
		}
	}
}

func TestPassesRunAtStartAndAfterAPanic(t *testing.T) {
	var log strings.Builder
	s := engine.NewSchedule(slog.New(slog.NewTextHandler(&log, nil)))
	ctx, cancel := context.WithCancel(context.Background())
	ran := make(chan string, 8)
	add := func(name string, pass engine.Pass) {
		t.Helper()
		if err := s.Add(ctx, name, "@every 1s", start, pass); err != nil {
			t.Fatal(err)
		}
	}
	times := 0
	add("panics", func(context.Context) error {
		times++
		ran <- "panics"
		if times == 1 {
			panic("boom")
		}
		return errors.New("no panic now")
	})
	ended := make(chan error)
	go func() { ended <- s.Run(ctx) }()
	<-ran
	<-ran // woken again: the panic did not leave it skipped for ever
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if !strings.Contains(log.String(), "panic") {
		t.Errorf("nobody was told of the panic: %s", log.String())
	}
}
