//go:build testclock

package main

import (
	"os"
	"strings"
	"time"
)

// clockVariable names a file that says how far ahead the clock goes, as "49h30m". It is read anew
// each time, so that a test can let weeks pass for a daemon that runs.
const clockVariable = "TESTCLOCK_AHEAD"

// clock gives the time of day as tests want it.
func clock() time.Time {
	text, err := os.ReadFile(os.Getenv(clockVariable))
	if err != nil {
		return time.Now()
	}
	ahead, err := time.ParseDuration(strings.TrimSpace(string(text)))
	if err != nil {
		return time.Now()
	}
	return time.Now().Add(ahead)
}
