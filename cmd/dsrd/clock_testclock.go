//go:build testclock

package main

import (
	"os"
	"strings"
	"time"
)

// clockVariable names a file that says how far ahead the clock goes, as "49h30m". It is read anew
// each time, so that a test can let weeks pass for a daemon that runs. The time of Redis goes along.
const clockVariable = "TESTCLOCK_AHEAD"

// wrongVariable says how far this machine's clock alone is ahead, as "8760h" or "-1h", or names a
// file that does.
const wrongVariable = "TESTCLOCK_WRONG"

// clock gives the time of day as tests want it.
func clock() time.Time { return time.Now().Add(ahead(clockVariable) + ahead(wrongVariable)) }

// reference is what Redis would say if it saw the same days pass.
func reference(redis time.Time) time.Time { return redis.Add(ahead(clockVariable)) }

func ahead(variable string) time.Duration {
	text := os.Getenv(variable)
	if raw, err := os.ReadFile(text); err == nil {
		text = string(raw)
	}
	d, err := time.ParseDuration(strings.TrimSpace(text))
	if err != nil {
		return 0
	}
	return d
}
