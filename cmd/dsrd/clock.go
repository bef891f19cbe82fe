//go:build !testclock

package main

import "time"

// clock gives the time of day. Nothing in the program that is shipped can move it.
func clock() time.Time { return time.Now() }

// reference is what Redis says of the time, as it is.
func reference(redis time.Time) time.Time { return redis }
