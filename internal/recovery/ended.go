package recovery

import (
	"container/heap"
	"time"

	"github.com/dsrd/dsrd/workflow"
)

// ended are requests that have to end again, by the letters that ended them: the earliest
// first, once the mails are read that came before that letter left. They may have joined.
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

// next is the earliest of those that left before that moment, zero: of all; nil when there is
// none. It does not wait any more.
func (e *ended) next(before time.Time) *Copy {
	if len(e.letters) == 0 || !before.IsZero() && !e.letters[0].At.Before(before) {
		return nil
	}
	c, _ := heap.Pop(&e.letters).(*Copy)
	delete(e.waits, c.Request)
	return c
}

// byTime is a heap.
type byTime []*Copy

func (b byTime) Len() int           { return len(b) }
func (b byTime) Less(i, j int) bool { return b[i].At.Before(b[j].At) }
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
