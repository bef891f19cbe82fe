package storetest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dsrd/dsrd/store"
	"github.com/dsrd/dsrd/workflow"
)

func probeOf(id, admin string, sent time.Time) store.Probe {
	return store.Probe{
		ID: id, Tenant: "one", Entry: admin + "\nowner\n", Admin: workflow.Address(admin), SentAt: sent,
	}
}

// probes: the latest probe of an admin entry is found by it, any by its id; an answer
// takes the place of an earlier one; what is old is forgotten, and nothing else is.
func probes(t *testing.T, h Harness) {
	line := &Line{}
	s, other := h.Open(t, line.Adapt), h.Open(t)
	ctx := t.Context()
	begin := func(p store.Probe) {
		t.Helper()
		line.LoseReplies(1)
		if err := s.BeginProbe(ctx, p); err != nil {
			t.Fatal(err)
		}
	}
	latest := func(of store.Probe, want *store.Probe) {
		t.Helper()
		got, err := other.LatestProbe(ctx, of.Tenant, of.Entry)
		if want == nil {
			if !errors.Is(err, workflow.NotFound) {
				t.Errorf("latest probe of %q: got %+v, %v, want NotFound", of.Entry, got, err)
			}
			return
		}
		if diff := cmp.Diff(*want, got); err != nil || diff != "" {
			t.Errorf("latest probe of %q: %v (-want +got):\n%s", of.Entry, err, diff)
		}
	}
	first, second := probeOf("1", "ann.one@one.example", Start), probeOf("2", "ann.one@one.example", Start.Add(time.Hour))
	bob := probeOf("3", "bob.one@one.example", Start)
	elsewhere := probeOf("4", "ann.one@one.example", Start)
	elsewhere.Tenant = "two"
	renamed := first
	renamed.Entry = "ann.one@one.example\nreader\n"
	latest(first, nil)
	begin(first)
	latest(first, &first)
	for _, nobody := range []store.Probe{bob, elsewhere, renamed} {
		latest(nobody, nil)
	}
	begin(bob)
	begin(elsewhere)
	begin(second)
	latest(first, &second)

	for n, verdict := range []string{`{"confirmable":false}`, `{"confirmable":true}`} {
		second.Verdict, second.AnsweredAt = []byte(verdict), Start.Add(time.Duration(n+2)*time.Hour)
		line.LoseReplies(1)
		if err := s.FinishProbe(ctx, "2", second.Verdict, second.AnsweredAt); err != nil {
			t.Fatal(err)
		}
		latest(second, &second)
	}
	if err := s.FinishProbe(ctx, "9", nil, Start); !errors.Is(err, workflow.NotFound) {
		t.Errorf("an answer to no probe: got %v, want NotFound", err)
	}
	if got, err := s.Probe(ctx, "1"); err != nil || got.Admin != "ann.one@one.example" || !got.AnsweredAt.IsZero() {
		t.Errorf("probe 1: got %+v, %v", got, err)
	}

	forget := func(before time.Time, want int) {
		t.Helper()
		line.LoseReplies(1)
		if n, err := s.ForgetProbes(ctx, before); err != nil || n != want {
			t.Errorf("forgot %d probes before %v, %v, want %d", n, before, err, want)
		}
	}
	forget(Start, 0)
	latest(bob, &bob)
	forget(Start.Add(time.Hour), 3)
	latest(bob, nil)
	latest(elsewhere, nil)
	latest(first, &second)
	forget(Start.Add(2*time.Hour), 1)
	latest(second, nil)
	if left, _ := h.Raw(t, "KEYS", h.key("prob*")).([]any); len(left) != 0 {
		t.Errorf("something is left: %v", left)
	}
	for what, p := range map[string]store.Probe{
		"no id": probeOf("", "ann.one@one.example", Start), "no moment": probeOf("5", "ann.one@one.example", time.Time{}),
		"nobody": {ID: "5", Tenant: "one", SentAt: Start},
	} {
		if err := s.BeginProbe(ctx, p); err == nil {
			t.Errorf("%s: no error", what)
		}
	}
}

// probesSealed: what is kept tells nobody's name, and one probe cannot be passed off as
// another.
func probesSealed(t *testing.T, h Harness) {
	s := h.Open(t)
	ctx := t.Context()
	for _, p := range []store.Probe{
		probeOf("1", "ann.one@one.example", Start), probeOf("2", "bob.one@one.example", Start),
	} {
		if err := s.BeginProbe(ctx, p); err != nil {
			t.Fatal(err)
		}
	}
	kept := fmt.Sprint(h.Raw(t, "HGETALL", h.key("probes")), h.Raw(t, "HGETALL", h.key("probed")))
	for _, name := range []string{"ann.one", "bob.one", "one.example", "owner"} {
		if strings.Contains(kept, name) {
			t.Errorf("what is kept names %s: %s", name, kept)
		}
	}
	sealed := h.Raw(t, "HGET", h.key("probes"), "1").(string)
	later := "9" + sealed[1:]
	h.Raw(t, "HSET", h.key("probes"), "2", sealed, "3", "1 2", "4", later)
	for _, id := range []string{"2", "3", "4"} {
		if p, err := s.Probe(ctx, id); err == nil {
			t.Errorf("probe %s opens: %+v", id, p)
		}
	}
	stranger := h.Open(t, func(c *store.Config) { c.MasterKey = randomBytes(32) })
	if p, err := stranger.Probe(ctx, "1"); err == nil {
		t.Errorf("another master key opens %+v", p)
	}
}

// clock: Redis tells a time that goes forward.
func clock(t *testing.T, h Harness) {
	s := h.Open(t)
	first, err := s.Time(t.Context())
	if err != nil || first.IsZero() || first.Location() != time.UTC {
		t.Fatalf("got %v, %v", first, err)
	}
	if second, err := s.Time(t.Context()); err != nil || second.Before(first) {
		t.Errorf("after %v it is %v, %v", first, second, err)
	}
}
