package real_test

import (
	"bytes"
	"os"
	"testing"
	"time"
)

// TestTheProgramThatIsShippedHasNoClockToMove compares it with the one that tests drive.
func TestTheProgramThatIsShippedHasNoClockToMove(t *testing.T) {
	t.Parallel()
	for _, k := range []struct {
		name, tags string
		moves      bool
	}{{"shipped", "", false}, {"tested", "testclock", true}} {
		t.Run(k.name, func(t *testing.T) {
			o := newOffice(t, common(t), "clock"+k.name)
			program, err := os.ReadFile(build(t, k.tags))
			noError(t, err)
			if got := bytes.Contains(program, []byte("TESTCLOCK_AHEAD")); got != k.moves {
				t.Errorf("it holds the variable's name: %t", got)
			}
			o.pass(240 * time.Hour)
			o.program = build(t, k.tags)
			o.serve()
			o.ask(jane)
			date, err := time.Parse(time.RFC1123Z, header(o.awaitMail(o.anna(), 1)[0]).Get("Date"))
			noError(t, err)
			if got := time.Until(date) > 200*time.Hour; got != k.moves {
				t.Errorf("the confirmation is dated %s, and its clock moves: %t", date, got)
			}
		})
	}
}
