package workflow

import "time"

// Window bounds how often something happens in a length of time that ends now.
type Window struct {
	Key    string // what is counted; it may hold an address, so it is kept as a digest
	Limit  int
	Length time.Duration
}
