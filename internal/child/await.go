package child

import (
	"fmt"
	"io"
	"os"
	"time"
)

// look is how often we look whether something holds.
const look = 10 * time.Millisecond

// Await polls until the program is ready; one that has ended, or took too long and then is ended,
// is an error with the end of what it said.
func (p *Process) Await(what string, ready func() bool) error {
	if p.Within(Patience, ready) {
		return nil
	}
	if p.Running() {
		p.Kill()
		return fmt.Errorf("%s does not get ready:\n%s", what, Tail(p.log))
	}
	return fmt.Errorf("%s has ended at its start:\n%s", what, Tail(p.log))
}

// Within polls until something holds; false when the program has ended or it took too long.
func (p *Process) Within(d time.Duration, holds func() bool) bool { return within(d, p.ended, holds) }

// Within is the same where no single program matters.
func Within(d time.Duration, holds func() bool) bool { return within(d, nil, holds) }

func within(d time.Duration, ended <-chan struct{}, holds func() bool) bool {
	ticks := time.NewTicker(look)
	defer ticks.Stop()
	late := time.NewTimer(d)
	defer late.Stop()
	for !holds() {
		select {
		case <-ticks.C:
		case <-ended:
			return false
		case <-late.C:
			return false
		}
	}
	return true
}

// Tail is the end of a log.
func Tail(log string) string {
	f, err := os.Open(log)
	if err != nil {
		return err.Error()
	}
	defer f.Close()
	const much = 4000
	if info, err := f.Stat(); err == nil && info.Size() > much {
		_, _ = f.Seek(-much, io.SeekEnd) // or we show all of it
	}
	b, err := io.ReadAll(f)
	if err != nil {
		return err.Error()
	}
	return string(b)
}
