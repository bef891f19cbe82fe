//go:build !testclock

package main

import "time"

// clock gives the time of day. Nothing in the program that is shipped can move it.
func clock() time.Time { return time.Now() }
