package recovery_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/dsrd/dsrd/workflow"
	"pgregory.net/rapid"
)

// TestRecoveryReleasesNothing lets anything happen to a few requests, takes the store away or
// puts an older one back, and recovers: whatever that makes of them, no data leave by it.
func TestRecoveryReleasesNothing(t *testing.T) {
	s := newServers(t)
	if os.Getenv("MATRIX") != "full" { // each history has a mail server and a store
		few(t)
	}
	checked := 0
	rapid.Check(t, func(rt *rapid.T) {
		w := s.world(t)
		defer func() { w.close() }()
		w.lived(rt)
		older := rapid.Bool().Draw(rt, "an older store comes back")
		w.save()
		w.ask("last@customer.example") // so that the older store lacks something in any case
		w.scan()
		for range rapid.IntRange(0, 8).Draw(rt, "steps") {
			w.happens(rt)
		}
		w.mark()
		truth, packages := w.requests(), w.count(workflow.SendPackage)
		proven := w.proven()
		if older {
			w.back()
		} else {
			w.lose()
		}
		if got := w.recover(); got.Epoch != 2 {
			rt.Fatalf("got %+v", got)
		}
		checked++
		w.releasedNothing(rt, proven)
		w.lostNothing(rt, truth)
		w.work()
		if n := w.count(workflow.SendPackage); n != packages {
			rt.Fatalf("%d packages left after the recovery", n-packages)
		}
	})
	t.Logf("figure: histories recovered %d, data released 0", checked)
}

// few lets rapid try fewer histories, unless somebody says how many.
func few(t *testing.T) {
	t.Helper()
	checks := flag.Lookup("rapid.checks")
	if before := checks.Value.String(); before == checks.DefValue {
		_ = checks.Value.Set("25")
		t.Cleanup(func() { _ = checks.Value.Set(before) })
	}
}

// lived brings a few requests as far as they may have come when the store is saved.
func (w *world) lived(rt *rapid.T) {
	far := rapid.SliceOfN(rapid.IntRange(1, 6), 1, 3).Draw(rt, "how far they came")
	for i, steps := range far {
		w.ask(fmt.Sprintf("c%d@customer.example", i+1))
		w.scan()
		r, _ := w.newest()
		for step := range steps {
			switch step {
			case 1, 5:
				w.work()
			case 2:
				w.confirm(w.load(r.ID))
			case 3:
				w.slot(w.load(r.ID))
			case 4:
				w.built(w.load(r.ID))
			}
		}
	}
}

func (w *world) slot(r workflow.Request) {
	w.step(r, workflow.Event{Type: workflow.SlotOpened, Actor: "daemon"})
}

// built leaves the package waiting to be sent.
func (w *world) built(r workflow.Request) {
	w.step(r, workflow.Event{Type: workflow.PackageBuilt, Actor: "daemon", Package: &workflow.Package{
		Blob: "package", Encryption: workflow.EncryptNone,
	}})
}

func (w *world) load(id workflow.ID) workflow.Request {
	w.t.Helper()
	r, err := w.store.Load(w.ctx, id)
	w.must(err)
	return r
}

// happens lets one thing happen.
func (w *world) happens(rt *rapid.T) {
	customer := fmt.Sprintf("c%d@customer.example", rapid.IntRange(1, 4).Draw(rt, "customer"))
	what := rapid.SampledFrom([]string{
		"ask", "work", "work", "confirm", "slot", "built", "decline", "cancel", "bounce", "again",
		"mark", "pass",
	}).Draw(rt, "what")
	r := w.pick(rt)
	switch what {
	case "ask":
		w.ask(customer)
		w.scan()
	case "work":
		w.work()
	case "confirm":
		w.confirm(r)
	case "slot":
		w.slot(r)
	case "built":
		w.built(r)
	case "decline":
		w.step(r, workflow.Event{Type: workflow.OperatorDeclined, Actor: "operator:eve"})
	case "cancel":
		w.step(r, workflow.Event{Type: workflow.OperatorCancelled, Actor: "operator:eve"})
	case "bounce":
		w.step(r, workflow.Event{Type: workflow.Bounced, Actor: "daemon"})
	case "again":
		w.step(r, workflow.Event{Type: workflow.AskAgain, Actor: "operator:eve"})
	case "mark":
		w.mark()
	case "pass":
		w.now = w.now.Add(time.Duration(rapid.IntRange(1, 10).Draw(rt, "days")) * 24 * time.Hour)
	}
}

// newest is the request that came last.
func (w *world) newest() (latest workflow.Request, there bool) {
	for _, r := range w.requests() {
		if !there || r.ReceivedAt.After(latest.ReceivedAt) {
			latest, there = r, true
		}
	}
	return latest, there
}

// pick gives any of the requests.
func (w *world) pick(rt *rapid.T) workflow.Request {
	all := slices.SortedFunc(maps.Values(w.requests()), func(a, b workflow.Request) int {
		return a.ReceivedAt.Compare(b.ReceivedAt)
	})
	return all[rapid.IntRange(0, len(all)-1).Draw(rt, "request")]
}

// proven are the requests whose package left, with what released it, by the copies.
func (w *world) proven() map[workflow.ID][]workflow.Ack {
	stored, err := w.servers.imap.Stored(w.user, "DSRD/Sent")
	w.must(err)
	all := map[workflow.ID][]workflow.Ack{}
	for _, m := range stored {
		c, err := readOurs(m.Raw)
		w.must(err)
		if c.Ack != nil {
			all[c.Request] = append(all[c.Request], *c.Ack)
		}
	}
	return all
}

// releasedNothing: no request is on its way to a release, nothing waits that would be one, and
// who was acknowledged has a copy to prove it.
func (w *world) releasedNothing(rt *rapid.T, proven map[workflow.ID][]workflow.Ack) {
	for id, r := range w.requests() {
		switch r.State {
		case workflow.Confirmed, workflow.Compiling, workflow.Delivering:
			rt.Fatalf("%s is %s", id.Tag(), r.State)
		}
		over := r.State.Terminal() && r.State != workflow.Completed // its answer releases nothing more
		if r.Ack != nil && !over && !slices.ContainsFunc(proven[id], func(a workflow.Ack) bool {
			return a.Admin == r.Ack.Admin && a.Number == r.Ack.Number && a.At.Equal(r.Ack.At)
		}) {
			rt.Fatalf("%s in %s is acknowledged by %+v, and no copy proves it", id.Tag(), r.State, r.Ack)
		}
		if r.Challenge != nil && !r.State.Terminal() {
			rt.Fatalf("%s has a live code of an earlier life", id.Tag())
		}
		w.ordersNothing(rt, r)
	}
}

func (w *world) ordersNothing(rt *rapid.T, r workflow.Request) {
	entries, err := w.store.History(w.ctx, r.ID)
	w.must(err)
	for _, e := range entries {
		if e.Event.Type != workflow.Recovered {
			continue
		}
		for _, effect := range e.Effects {
			if effect != workflow.SendConfirmation && effect != workflow.RemovePackage {
				rt.Fatalf("the recovery of %s orders %s", r.ID.Tag(), effect)
			}
		}
	}
	tasks, err := w.store.Tasks(w.ctx, r.ID)
	w.must(err)
	for _, t := range tasks {
		if t.Effect == nil || !t.Effect.Stands(r) {
			continue
		}
		if t.Effect.Type == workflow.SendPackage || t.Effect.Type == workflow.Compile {
			rt.Fatalf("of %s in %s there waits %s", r.ID.Tag(), r.State, t.Effect.Type)
		}
	}
}

// lostNothing: what was open is open, or is answered by what is open or by a package that left
// after it came.
func (w *world) lostNothing(rt *rapid.T, truth map[workflow.ID]workflow.Request) {
	after := w.requests()
	for id, was := range truth {
		answered := slices.ContainsFunc(slices.Collect(maps.Values(after)), func(r workflow.Request) bool {
			served := r.State == workflow.Completed && !r.EndedAt.Before(was.ReceivedAt)
			return r.Customer == was.Customer && (served || !r.State.Terminal())
		})
		if !was.State.Terminal() && !answered {
			rt.Fatalf("%s was %s, and is %q now", id.Tag(), was.State, after[id].State)
		}
	}
}
