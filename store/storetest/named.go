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

// namedAdmins: an entry is as old as its latest coming; those that were there when the
// registry was noted for the first time were there from the beginning, and those of a
// tenant that comes later are new.
func namedAdmins(t *testing.T, h Harness) {
	line := &Line{}
	s, other := h.Open(t, line.Adapt), h.Open(t)
	var never time.Time
	day := func(n int) time.Time { return Start.AddDate(0, 0, n) }
	founding := true
	note := func(tenant string, now time.Time, want map[string]time.Time, entries ...string) {
		t.Helper()
		line.LoseReplies(1)
		got, err := s.NameAdmins(t.Context(), tenant, entries, founding, now)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s names %v (-want +got):\n%s", tenant, entries, diff)
		}
		for entry, since := range want {
			if got, err := other.NamedSince(t.Context(), tenant, entry); err != nil || !got.Equal(since) {
				t.Errorf("%s named since %v, %v, want %v", entry, got, err, since)
			}
		}
	}
	missing := func(tenant, entry string) {
		t.Helper()
		if at, err := s.NamedSince(t.Context(), tenant, entry); !errors.Is(err, workflow.NotFound) {
			t.Errorf("%s of %s: named since %v, %v, want NotFound", entry, tenant, at, err)
		}
	}
	type since = map[string]time.Time
	ann, bob, eve := "ann.one@one.example", "bob.one@one.example", "eve@one.example"
	founded := func(want bool) {
		t.Helper()
		if got, err := other.Founding(t.Context()); err != nil || got == want {
			t.Errorf("founding: %v, %v", got, err)
		}
	}
	founded(false)
	missing("one", ann)
	note("one", day(0), since{ann: never, bob: never}, ann, bob)
	note("two", day(0), since{ann: never}, ann) // another tenant's are its own
	for n := range 2 {
		line.LoseReplies(1)
		if err := s.Founded(t.Context(), day(n)); err != nil {
			t.Fatal(err)
		}
		founded(true)
	}
	founding = false
	note("one", day(1), since{ann: never, bob: never}, bob, ann)
	note("one", day(2), since{ann: never, eve: day(2)}, ann, eve, ann)
	missing("one", bob)
	note("one", day(3), since{ann: never, eve: day(2), bob: day(3)}, ann, bob, eve)
	note("one", day(4), since{})
	missing("one", ann)
	note("one", day(5), since{ann: day(5)}, ann)
	note("two", day(5), since{ann: never}, ann)
	note("three", day(5), since{ann: day(5)}, ann) // came under a new name
	if _, err := s.NameAdmins(t.Context(), "", []string{ann}, false, Start); err == nil {
		t.Error("admins of no tenant: no error")
	}
	for _, key := range h.Raw(t, "KEYS", h.key("named:*")).([]any) {
		if kept := fmt.Sprint(key, h.Raw(t, "HGETALL", key.(string))); strings.Contains(kept, "@") ||
			strings.Contains(kept, "one") {
			t.Errorf("what is kept tells whom it is about: %s", kept)
		}
	}
}

// suppression: an address on the list stays there until its moment or until it is
// taken off, however it is spelt.
func suppression(t *testing.T, h Harness) {
	s := h.Open(t)
	ctx := t.Context()
	at := func(a workflow.Address, now time.Time, want string) {
		t.Helper()
		why, on, err := s.Suppressed(ctx, a, now)
		if err != nil || why != want || on != (want != "") {
			t.Errorf("%s at %v: got %q, %v, %v, want %q", a, now, why, on, err, want)
		}
	}
	put := func(a workflow.Address, why string, until time.Time) {
		t.Helper()
		if err := s.Suppress(ctx, a, why, until, Start); err != nil {
			t.Fatal(err)
		}
	}
	at("ann.one@one.example", Start, "")
	put("ann.one@one.example", "bounce 5.1.1", Start.Add(time.Hour))
	put("bob.one@one.example", "by operator", time.Time{})
	put("eve@one.example", "over", Start)
	at(" Ann.One@One.example", Start.Add(time.Hour-time.Millisecond), "bounce 5.1.1")
	at("ann.one@one.example", Start.Add(time.Hour), "")
	at("bob.one@one.example", Start.AddDate(50, 0, 0), "by operator")
	at("eve@one.example", Start, "")
	put("ann.one@one.example", "again", Start.Add(2*time.Hour))
	at("ann.one@one.example", Start.Add(time.Hour), "again")
	for range 2 {
		if err := s.Unsuppress(ctx, "BOB.one@one.example"); err != nil {
			t.Fatal(err)
		}
		at("bob.one@one.example", Start, "")
	}
	at("ann.one@one.example", Start, "again")
	if err := s.Suppress(ctx, " ", "nobody", time.Time{}, Start); err == nil {
		t.Error("an empty address: no error")
	}
	if kept := fmt.Sprint(h.Raw(t, "HGETALL", h.key("suppressed"))); strings.Contains(kept, "ann.one") {
		t.Errorf("what is kept tells whom it is about: %s", kept)
	}
}

// vaults: a secret is read back by whoever has the master key, from its own place.
func vaults(t *testing.T, h Harness) {
	line := &Line{}
	s, other := h.Open(t, line.Adapt), h.Open(t)
	ctx := t.Context()
	load := func(s *store.Store, name, want string) {
		t.Helper()
		if got, err := s.Vault(name).Load(ctx); err != nil || got != want {
			t.Errorf("secret %s: got %q, %v, want %q", name, got, err, want)
		}
	}
	load(s, "exchange", "")
	for _, token := range []string{"refresh-1", "refresh-2"} {
		line.LoseReplies(1)
		if err := s.Vault("exchange").Keep(ctx, token); err != nil {
			t.Fatal(err)
		}
		load(other, "exchange", token)
	}
	load(s, "google", "")
	sealed := h.Raw(t, "HGET", h.key("vault"), "exchange").(string)
	if strings.Contains(sealed, "refresh") {
		t.Error("the secret stands open in Redis")
	}
	stranger := h.Open(t, func(c *store.Config) { c.MasterKey = randomBytes(32) })
	h.Raw(t, "HSET", h.key("vault"), "google", sealed, "short", "x",
		"bent", sealed[:len(sealed)-1]+string(sealed[len(sealed)-1]^1))
	for what, v := range map[string]*store.Vault{
		"another master key":   stranger.Vault("exchange"),
		"another's place":      s.Vault("google"),
		"what is no secret":    s.Vault("short"),
		"a bit that is turned": s.Vault("bent"),
	} {
		if got, err := v.Load(ctx); err == nil || got != "" {
			t.Errorf("%s: got %q, %v, want an error", what, got, err)
		}
	}
}

// keyless: without a master key nothing personal or secret is kept.
func keyless(t *testing.T, h Harness) {
	s := h.Open(t, func(c *store.Config) { c.MasterKey = nil })
	ctx := t.Context()
	_, nameErr := s.NameAdmins(ctx, "one", []string{"ann.one@one.example"}, true, Start)
	for what, err := range map[string]error{
		"name admins": nameErr,
		"suppress":    s.Suppress(ctx, "ann.one@one.example", "bounce", time.Time{}, Start),
		"keep":        s.Vault("exchange").Keep(ctx, "refresh"),
		"probe":       s.BeginProbe(ctx, probeOf("1", "ann.one@one.example", Start)),
	} {
		if err == nil || !strings.Contains(err.Error(), "master key") {
			t.Errorf("%s: got %v, want it to miss the master key", what, err)
		}
	}
	if keys, _ := h.Raw(t, "KEYS", h.key("*")).([]any); len(keys) != 0 {
		t.Errorf("something was kept: %v", keys)
	}
}
