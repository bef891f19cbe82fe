package recovery

import (
	"container/heap"
	"time"

	"github.com/dsrd/dsrd/workflow"
)

// ended are requests that have to end again, by the letters that ended them, the earliest first.
//
// A package ends its request when it leaves: mails that came before may have joined, and are
// answered by it. A word of no is written after the request has ended, nobody knows how long
// after; what came in between must not join what is over, for nobody would answer it.
type ended struct {
	letters byTime
	waits   map[workflow.ID]bool
}

func (e *ended) add(c *Copy) {
	if e.waits == nil {
		e.waits = map[workflow.ID]bool{}
	}
	if !e.waits[c.Request] {
		e.waits[c.Request] = true
		heap.Push(&e.letters, c)
	}
}

// next is the earliest of those that ended before that moment, zero: of all; nil when there
// is none. It does not wait any more.
func (e *ended) next(before time.Time) *Copy {
	if len(e.letters) == 0 || !before.IsZero() && !e.letters[0].ended().Before(before) {
		return nil
	}
	c, _ := heap.Pop(&e.letters).(*Copy)
	delete(e.waits, c.Request)
	return c
}

// ended is when the request had ended by then; zero: at any time before.
func (c *Copy) ended() time.Time {
	if c.Type == workflow.SendPackage {
		return c.At
	}
	return time.Time{}
}

// byTime is a heap.
type byTime []*Copy

func (b byTime) Len() int           { return len(b) }
func (b byTime) Less(i, j int) bool { return b[i].ended().Before(b[j].ended()) }
func (b byTime) Swap(i, j int)      { b[i], b[j] = b[j], b[i] }

// Push is for container/heap.
func (b *byTime) Push(x any) {
	if c, is := x.(*Copy); is {
		*b = append(*b, c)
	}
}

// Pop is for container/heap.
func (b *byTime) Pop() any {
	last := len(*b) - 1
	c := (*b)[last]
	*b = (*b)[:last]
	return c
}
