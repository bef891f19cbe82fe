package forge

import (
	"syscall"
	"time"
)

// ProcessorTime is what this process has used up since it began, in user and kernel mode
// together: what else the machine does is not in it.
func ProcessorTime() (time.Duration, error) {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return 0, err
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano()), nil
}

// Racing says that the race detector watches: time and memory are not the program's own then.
const Racing = racing

// AtMost is the processor time that a test allows where d is enough: the race detector takes ten
// times as much.
func AtMost(d time.Duration) time.Duration {
	if Racing {
		return 10 * d
	}
	return d
}

// Cost returns the processor time that f takes, with what the collector does meanwhile.
func Cost(f func()) (time.Duration, error) {
	before, err := ProcessorTime()
	if err != nil {
		return 0, err
	}
	f()
	after, err := ProcessorTime()
	return after - before, err
}
