package real_test

import (
	"bytes"
	"os"
	"testing"
	"time"

	"github.com/dsrd/dsrd/internal/office"
)

// TestTheProgramThatIsShippedHasNoClockToMove compares it with the one that tests drive.
func TestTheProgramThatIsShippedHasNoClockToMove(t *testing.T) {
	t.Parallel()
	for _, k := range []struct {
		name, tags string
		moves      bool
	}{{"shipped", "", false}, {"tested", "testclock", true}} {
		t.Run(k.name, func(t *testing.T) {
			o := office.New(t, office.Common(t), "clock"+k.name)
			program, err := os.ReadFile(office.Build(t, k.tags))
			office.NoError(t, err)
			if got := bytes.Contains(program, []byte("TESTCLOCK_AHEAD")); got != k.moves {
				t.Errorf("it holds the variable's name: %t", got)
			}
			o.Pass(240 * time.Hour)
			o.Program = office.Build(t, k.tags)
			o.Serve()
			o.Ask(office.Jane)
			date, err := time.Parse(time.RFC1123Z, office.Header(o.AwaitMail(o.Anna(), 1)[0]).Get("Date"))
			office.NoError(t, err)
			if got := time.Until(date) > 200*time.Hour; got != k.moves {
				t.Errorf("the confirmation is dated %s, and its clock moves: %t", date, got)
			}
		})
	}
}
