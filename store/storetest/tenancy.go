package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/dsrd/dsrd/store"
	"github.com/dsrd/dsrd/workflow"
)

// tenancy is who occupies what, kept by the simplest means.
type tenancy struct {
	store    *store.Store
	owner    map[string]workflow.ID
	requests map[workflow.ID]workflow.Request
	last     workflow.Change
	ops      int
}

// RandomGroups lets some requests be born, change, end and go on again, each with
// whatever groups, and demands after every commit that the store knows who occupies
// what. It is no matter of the law here: the changes are made up.
func RandomGroups(t *testing.T, h Harness) {
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		own := h
		own.Config.Prefix = fmt.Sprintf("%s-g%d", h.Config.Prefix, n)
		w := tenancy{
			store: own.Open(t), owner: map[string]workflow.ID{},
			requests: map[workflow.ID]workflow.Request{},
		}
		defer w.store.Close()
		for range rapid.IntRange(1, 30).Draw(rt, "steps") {
			w.step(t, rt)
			want := map[string]int{}
			for _, id := range w.owner {
				want[string(id)]++
			}
			if diff := cmp.Diff(want, occupied(t, own)); diff != "" {
				rt.Fatalf("who occupies what (-want +got):\n%s", diff)
			}
		}
	})
}

func (w *tenancy) step(t *testing.T, rt *rapid.T) {
	if w.last.Op != "" && rapid.IntRange(0, 4).Draw(rt, "repeat") == 0 {
		if err := w.store.Commit(t.Context(), w.last); err != nil {
			rt.Fatalf("repetition: %v", err)
		}
		return
	}
	id := workflow.ID(fmt.Sprintf("00r%d", rapid.IntRange(1, 4).Draw(rt, "request")))
	c := w.change(rt, id)
	open, refused := w.refuses(c)
	err := w.store.Commit(t.Context(), c)
	var already *workflow.OpenAlready
	if refused {
		if !errors.As(err, &already) || already.ID != open {
			rt.Fatalf("birth of %s with %v: got %v, want %s to be open", id, c.Groups, err, open)
		}
		return
	}
	if err != nil {
		rt.Fatalf("commit of %s with %v: %v", id, c.Groups, err)
	}
	w.follow(c)
}

// change takes a request to any state, with any groups while it is open.
func (w *tenancy) change(rt *rapid.T, id workflow.ID) workflow.Change {
	was := w.requests[id]
	r := workflow.Request{ID: id, Version: was.Version + 1, State: workflow.NeedsReview, Deadline: Start}
	w.ops++
	c := workflow.Change{Base: was.Version, Op: fmt.Sprintf("op %d", w.ops)}
	if was.Version > 0 && rapid.Bool().Draw(rt, "ends") {
		r.State = workflow.Cancelled
	} else {
		c.Groups = rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "c"}), 0, 3,
			rapid.ID).Draw(rt, "groups")
	}
	c.Request = r
	c.Entry = workflow.Entry{Seq: r.Version, From: was.State, To: r.State}
	return c
}

// refuses tells which one request occupies all that a birth wants.
func (w *tenancy) refuses(c workflow.Change) (workflow.ID, bool) {
	if c.Base != 0 || len(c.Groups) == 0 {
		return "", false
	}
	first := w.owner[c.Groups[0]]
	for _, group := range c.Groups {
		if w.owner[group] == "" || w.owner[group] != first {
			return "", false
		}
	}
	return first, true
}

func (w *tenancy) follow(c workflow.Change) {
	id := c.Request.ID
	for group, owner := range w.owner {
		if owner == id && !slices.Contains(c.Groups, group) {
			delete(w.owner, group)
		}
	}
	for _, group := range c.Groups {
		if w.owner[group] == "" {
			w.owner[group] = id
		}
	}
	w.requests[id], w.last = c.Request, c
}
