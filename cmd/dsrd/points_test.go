package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestTheProgramThatIsShippedHasNoPlacesToDie compares it with the one that tests interrupt.
func TestTheProgramThatIsShippedHasNoPlacesToDie(t *testing.T) {
	for tags, dies := range map[string]bool{"": false, "faults": true} {
		t.Run("tags "+tags, func(t *testing.T) {
			program := filepath.Join(t.TempDir(), "dsrd")
			c := exec.CommandContext(t.Context(), "go", "build", "-tags", tags, "-o", program, ".")
			if out, err := c.CombinedOutput(); err != nil {
				t.Fatalf("build: %v\n%s", err, out)
			}
			raw, err := os.ReadFile(program)
			if err != nil {
				t.Fatal(err)
			}
			for _, text := range []string{"DSRD_FAULTS", "smtp-250"} {
				if got := bytes.Contains(raw, []byte(text)); got != dies {
					t.Errorf("it holds %q: %t", text, got)
				}
			}
		})
	}
}
