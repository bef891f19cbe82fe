package storetest

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dsrd/dsrd/store"
	"github.com/dsrd/dsrd/workflow"
)

// same is the birth of request n, of the one customer that all of them are about.
func same(t testing.TB, n int, rights ...workflow.Right) workflow.Change {
	t.Helper()
	f := facts(0, n)
	f.Customer, f.Rights = "jane@customer.example", rights
	c, err := workflow.Receive(f, fmt.Sprintf("birth of %d", n), Start)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// cancel is an operator's end of a request.
func cancel(t testing.TB, r workflow.Request, op string) workflow.Change {
	t.Helper()
	e := workflow.Event{Type: workflow.OperatorCancelled, Op: op, Actor: "operator:ann"}
	return decide(t, r, e, Start)
}

// joins demands that a birth is refused for the sake of one open request, and that
// nothing is left of it.
func joins(t testing.TB, s *store.Store, c workflow.Change, open workflow.ID) {
	t.Helper()
	before := generation(t, s).Sequence
	var already *workflow.OpenAlready
	err := s.Commit(t.Context(), c)
	if !errors.As(err, &already) || already.ID != open {
		t.Fatalf("birth of %s: got %v, want %s to be open already", c.Request.ID, err, open)
	}
	if _, err := s.Load(t.Context(), c.Request.ID); !errors.Is(err, workflow.NotFound) {
		t.Errorf("the refused birth left a request: %v", err)
	}
	if seen, err := s.Applied(t.Context(), c.Request.ID, c.Op); err != nil || seen {
		t.Errorf("the refused birth counts as applied: %v, %v", seen, err)
	}
	if after := generation(t, s).Sequence; after != before {
		t.Errorf("the refused birth counts as a commit: %d after %d", after, before)
	}
}

// occupied is how many groups each request occupies.
func occupied(t testing.TB, h Harness) map[string]int {
	t.Helper()
	count := map[string]int{}
	owners, _ := h.Raw(t, "HVALS", h.key("groups")).([]any)
	for _, owner := range owners {
		count[owner.(string)]++
	}
	return count
}

func owns(t testing.TB, h Harness, want map[string]int) {
	t.Helper()
	if diff := cmp.Diff(want, occupied(t, h)); diff != "" {
		t.Errorf("groups that each request occupies (-want +got):\n%s", diff)
	}
}

// openAlready: a birth that wants nothing new joins the open request; one that
// wants more is born, and occupies what is free.
func openAlready(t *testing.T, h Harness) {
	s := h.Open(t)
	first := same(t, 1, workflow.Export)
	commit(t, s, first)
	one := first.Request.ID
	second := same(t, 2, workflow.Access, workflow.Portability) // the same answer serves all
	joins(t, s, second, one)
	joins(t, s, second, one)
	more := same(t, 3, workflow.Export, workflow.Erasure)
	commit(t, s, more)
	three := more.Request.ID
	joins(t, s, same(t, 4, workflow.Erasure), three)
	both := same(t, 5, workflow.Export, workflow.Erasure) // no one request serves it
	commit(t, s, both)
	owns(t, h, map[string]int{string(one): 1, string(three): 1})
	other := birth(t, 6) // of another customer
	commit(t, s, other)
	stranger := facts(0, 7)
	stranger.Customer, stranger.TenantID = "", ""
	c, err := workflow.Receive(stranger, "birth of 7", Start)
	if err != nil {
		t.Fatal(err)
	}
	commit(t, s, c)
	owns(t, h, map[string]int{string(one): 1, string(three): 1, string(other.Request.ID): 1})
	commit(t, s, decide(t, first.Request, coded(1), Start))
	owns(t, h, map[string]int{string(one): 1, string(three): 1, string(other.Request.ID): 1})
}

// ended: what a request occupied is free when it ends; when it goes on again it
// takes what is free by then, and the rest as soon as that becomes free.
func ended(t *testing.T, h Harness) {
	line := &Line{}
	s := h.Open(t, line.Adapt)
	first := same(t, 1, workflow.Export, workflow.Erasure)
	commit(t, s, first)
	done := complete(t, s, first.Request)
	owns(t, h, map[string]int{})
	second := same(t, 2, workflow.Erasure)
	commit(t, s, second)
	bounced := workflow.Event{Type: workflow.Bounced, Op: "bounced", Actor: "daemon"}
	back := decide(t, done, bounced, Start)
	line.LoseReplies(1)
	commit(t, s, back)
	one, two := string(done.ID), string(second.Request.ID)
	owns(t, h, map[string]int{one: 1, two: 1})
	joins(t, s, same(t, 3, workflow.Erasure), second.Request.ID)
	joins(t, s, same(t, 4, workflow.Export), done.ID)
	line.LoseReplies(1)
	commit(t, s, cancel(t, second.Request, "cancel"))
	owns(t, h, map[string]int{one: 1})
	held := workflow.Event{Type: workflow.Held, Op: "held", Rule: "ack/from", Actor: "daemon"}
	commit(t, s, decide(t, back.Request, held, Start))
	owns(t, h, map[string]int{one: 2})
	commit(t, s, second) // a late repetition takes nothing away
	owns(t, h, map[string]int{one: 2})
}

// wayTo gives the events that bring a request to its good end; three of them order
// its compilation.
func wayTo() []workflow.Event {
	return []workflow.Event{
		coded(1),
		{Type: workflow.Acknowledged, Admin: admin, Number: 1, Role: workflow.Owner, Arrived: Start},
		{Type: workflow.SlotOpened},
		{Type: workflow.PackageBuilt, Package: &workflow.Package{Blob: "package"}},
		{Type: workflow.PackageSent},
	}
}

// goOn lets events happen to a request, one after the other.
func goOn(
	t testing.TB, s *store.Store, r workflow.Request, events []workflow.Event,
) workflow.Request {
	t.Helper()
	for _, e := range events {
		e.Op, e.Actor = fmt.Sprintf("%s of %s", e.Type, r.ID), "daemon"
		c := decide(t, r, e, Start)
		commit(t, s, c)
		r = c.Request
	}
	return r
}

// complete brings a request to its good end.
func complete(t testing.TB, s *store.Store, r workflow.Request) workflow.Request {
	t.Helper()
	r = goOn(t, s, r, wayTo())
	if r.State != workflow.Completed {
		t.Fatalf("%s is %s", r.ID, r.State)
	}
	return r
}

// lostBirth: a birth whose reply was lost is born once, and not refused for its own
// sake.
func lostBirth(t *testing.T, h Harness) {
	line := &Line{}
	s := h.Open(t, line.Adapt)
	commit(t, s, birth(t, 9)) // the server has seen the script
	first := same(t, 1, workflow.Export)
	line.LoseReplies(2)
	commit(t, s, first)
	line.LoseReplies(2)
	joins(t, s, same(t, 2, workflow.Export), first.Request.ID)
	again := same(t, 1, workflow.Export)
	again.Op = "the same mail from another folder"
	if err := s.Commit(t.Context(), again); !errors.Is(err, workflow.Conflict) {
		t.Errorf("second birth of one request: got %v, want Conflict", err)
	}
	commit(t, s, first)
	owns(t, h, map[string]int{string(first.Request.ID): 1, string(birth(t, 9).Request.ID): 1})
}

// bornAtOnce: of many births for one customer at the same moment one succeeds, and
// all others are told which.
func bornAtOnce(t *testing.T, h Harness) {
	const rivals, rounds = 8, 5
	var stores []*store.Store
	for range rivals {
		stores = append(stores, h.Open(t))
	}
	for round := range rounds {
		births := make([]workflow.Change, rivals)
		for n := range births {
			births[n] = same(t, round*rivals+n, workflow.Export)
		}
		errs := make([]error, rivals)
		var all sync.WaitGroup
		for n := range rivals {
			all.Go(func() { errs[n] = stores[n].Commit(t.Context(), births[n]) })
		}
		all.Wait()
		born := workflow.Request{}
		for n, err := range errs {
			if err == nil {
				if born.ID != "" {
					t.Fatalf("%s and %s were both born", born.ID, births[n].Request.ID)
				}
				born = births[n].Request
			}
		}
		if born.ID == "" {
			t.Fatalf("none was born: %v", errs)
		}
		for _, err := range errs {
			var already *workflow.OpenAlready
			if err != nil && (!errors.As(err, &already) || already.ID != born.ID) {
				t.Errorf("a rival got %v, want %s to be open already", err, born.ID)
			}
		}
		commit(t, stores[0], cancel(t, born, "cancel"))
	}
}

// beforeGroups: requests of a release that knew no groups occupy nothing until they
// change; what it left occupied when it ended one stands in nobody's way.
func beforeGroups(t *testing.T, h Harness) {
	s := h.Open(t)
	old := same(t, 1, workflow.Export)
	old.Groups = nil
	commit(t, s, old)
	owns(t, h, map[string]int{})
	issued := decide(t, old.Request, coded(1), Start)
	commit(t, s, issued)
	owns(t, h, map[string]int{string(old.Request.ID): 1})
	joins(t, s, same(t, 2, workflow.Export), old.Request.ID)

	kept := h.Raw(t, "HGETALL", h.key("groups")).([]any)
	commit(t, s, cancel(t, issued.Request, "cancel"))
	h.Raw(t, "HSET", h.key("groups"), kept[0].(string), kept[1].(string))
	next := same(t, 3, workflow.Export)
	commit(t, s, next)
	owns(t, h, map[string]int{string(next.Request.ID): 1})
	h.Raw(t, "HSET", h.key("r:"+string(old.Request.ID)), "g", kept[0].(string))
	if err := s.Forget(t.Context(), old.Request.ID); err != nil {
		t.Fatal(err)
	}
	owns(t, h, map[string]int{string(next.Request.ID): 1})
	commit(t, s, cancel(t, next.Request, "cancel"))

	h.Raw(t, "HSET", h.key("groups"), kept[0].(string), "00gone")
	last := same(t, 4, workflow.Export)
	commit(t, s, last)
	owns(t, h, map[string]int{string(last.Request.ID): 1})
}

// goesOn: a request that goes on while it is taken for ended keeps what it occupies.
func goesOn(t *testing.T, h Harness) {
	line := &Line{}
	s, other := h.Open(t, line.Adapt), h.Open(t)
	first := same(t, 1, workflow.Export)
	commit(t, s, first)
	kept := h.Raw(t, "HGETALL", h.key("groups")).([]any)
	done := complete(t, s, first.Request)
	h.Raw(t, "HSET", h.key("groups"), kept[0].(string), kept[1].(string)) // as an earlier release
	line.Meanwhile(func() {                                               // before the birth is refused
		line.Meanwhile(func() { // before its occupant, which had ended, makes room
			bounced := workflow.Event{Type: workflow.Bounced, Op: "bounced", Actor: "daemon"}
			commit(t, other, decide(t, done, bounced, Start))
		})
	})
	var already *workflow.OpenAlready
	err := s.Commit(t.Context(), same(t, 2, workflow.Export))
	if !errors.As(err, &already) || already.ID != done.ID {
		t.Errorf("birth meanwhile: got %v, want %s to be open already", err, done.ID)
	}
	owns(t, h, map[string]int{string(done.ID): 1})
}

// groupsSecret: what is occupied tells nobody about whom it is, and goes with the
// request.
func groupsSecret(t *testing.T, h Harness) {
	s := h.Open(t)
	c := same(t, 1, workflow.Export, workflow.Erasure)
	commit(t, s, c)
	kept := fmt.Sprint(h.Raw(t, "HKEYS", h.key("groups")), h.Raw(t, "HGET", h.key("r:"+string(c.Request.ID)), "g"))
	for _, telling := range []string{"jane", "customer", "contoso", "export"} {
		if strings.Contains(kept, telling) {
			t.Errorf("what is occupied says %q: %s", telling, kept)
		}
	}
	stranger := h.Open(t, func(c *store.Config) { c.MasterKey = randomBytes(32) })
	commit(t, stranger, same(t, 2, workflow.Export)) // its digests are others
	owns(t, h, map[string]int{string(c.Request.ID): 2, string(same(t, 2).Request.ID): 1})
	if err := s.Forget(t.Context(), c.Request.ID); err != nil {
		t.Fatal(err)
	}
	owns(t, h, map[string]int{string(same(t, 2).Request.ID): 1})
	keyless := h.Open(t, func(c *store.Config) { c.MasterKey = nil })
	if err := keyless.Commit(t.Context(), same(t, 3)); err == nil || !strings.Contains(err.Error(), "master key") {
		t.Errorf("commit without a master key: got %v", err)
	}
}
