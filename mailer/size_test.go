package mailer_test

import (
	"os"
	"testing"

	"github.com/dsrd/dsrd/mailer/mailtest/forge"
)

// full reports whether tests run at the size that docs/trust.md tells of.
func full() bool { return os.Getenv("TRUST") == "full" }

// alone leaves out, under the race detector, what runs for long in one goroutine or measures:
// there is nothing for it to see, and memory and time are not the program's own.
func alone(t *testing.T) {
	t.Helper()
	if forge.Racing {
		t.Skip("one goroutine, or a measurement: the race detector has nothing to see")
	}
}
