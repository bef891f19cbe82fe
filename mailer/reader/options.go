package reader

import (
	"time"

	"github.com/dsrd/dsrd/mailer/reader/parts"
)

// Options say what is ours, and what a mail may cost. The zero value knows nothing as ours
// and uses DefaultLimits.
type Options struct {
	Own []string // addresses that we send from and poll, aliases included
	// BouncePrefix begins the local part of the addresses that bounces come back to, as
	// "bounce+". A mail to such an address at one of our domains is a bounce, unless it shows
	// that it is our own, a report, an automatic answer, or news of nothing but success.
	BouncePrefix string

	IsOurMessageID func(id string) bool   // nil: none is; the id comes without brackets
	IsOurLoopMark  func(mark string) bool // nil: none is; the value of X-Dsrd-Loop

	Now    func() time.Time // nil: the time of parsing is not limited
	Limits Limits
}

// Limits bound what reading one mail may cost.
type Limits struct {
	Parts     parts.Limits
	TextBytes int           // decoded text that is considered, in bytes
	ParseTime time.Duration // after which reading stops where it is, and is tried once more
}

// DefaultLimits are far above honest mail and far below what would hurt.
func DefaultLimits() Limits {
	return Limits{Parts: parts.DefaultLimits(), TextBytes: 256 << 10, ParseTime: 2 * time.Second}
}

func (o Options) withDefaults() Options {
	if o.Limits == (Limits{}) {
		o.Limits = DefaultLimits()
	}
	return o
}

// stopwatch answers whether the time for parsing, so many times over, is used up.
func (o Options) stopwatch(times int) func() bool {
	if o.Now == nil || o.Limits.ParseTime <= 0 {
		return func() bool { return false }
	}
	start, patience := o.Now(), time.Duration(times)*o.Limits.ParseTime
	return func() bool { return o.Now().Sub(start) > patience }
}
