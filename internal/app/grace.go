package app

import (
	"time"

	"github.com/dsrd/dsrd/internal/config"
	"github.com/dsrd/dsrd/workflow/engine"
)

// waits are how long the worker waits for what.
func waits(t config.Timing) engine.Waits {
	again := time.Duration(t.Recheck)
	return engine.Waits{
		Lease: time.Duration(t.Lease), Look: time.Duration(t.Look), Grace: time.Duration(t.Grace),
		Scan: again, Pause: again, Failed: again,
	}
}
