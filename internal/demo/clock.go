package demo

import (
	"sync"
	"time"
)

// Clock is a clock that can be moved ahead.
type Clock struct {
	mu    sync.Mutex
	base  func() time.Time
	ahead time.Duration
}

// NewClock goes like base until it is moved.
func NewClock(base func() time.Time) *Clock { return &Clock{base: base} }

// Still is a clock that stands at t until it is moved.
func Still(t time.Time) *Clock { return NewClock(func() time.Time { return t }) }

// Now is the time in this world.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.base().Add(c.ahead).UTC()
}

// Advance moves the clock ahead.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead += d
}
