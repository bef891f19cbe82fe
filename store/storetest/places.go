package storetest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dsrd/dsrd/store"
	"github.com/dsrd/dsrd/workflow"
)

// places: a place is taken in all windows of one road or in none; what has one keeps it.
func places(t *testing.T, h Harness) {
	s := h.Open(t)
	own := workflow.Window{Key: "who@b.example", Limit: 2, Length: day}
	hour := workflow.Window{Key: "hour", Limit: 1, Length: time.Hour}
	wide := workflow.Window{Key: "wide", Limit: 3, Length: day}
	narrow, broad := []workflow.Window{own}, []workflow.Window{hour, wide}
	at := func(minute int, op string, want bool, roads ...[]workflow.Window) {
		t.Helper()
		now := Start.Add(time.Duration(minute) * time.Minute)
		got, err := s.TakePlace(t.Context(), op, roads, now)
		if err != nil || got != want {
			t.Errorf("minute %d, %s: got %v, %v, want %v", minute, op, got, err, want)
		}
	}
	at(0, "a", true, narrow, broad)
	at(0, "b", true, narrow, broad)
	at(0, "c", true, narrow, broad)  // the first road is full: it takes the second
	at(1, "d", false, narrow, broad) // so is the hour of the second, and its day is not touched
	at(2, "d", false, narrow, broad)
	at(3, "c", true, narrow, broad) // has its place
	at(61, "d", true, narrow, broad)
	at(61, "c", true, narrow, broad) // still: the hour forgot it, the day did not
	at(122, "e", true, narrow, broad)
	keys, _ := h.Raw(t, "KEYS", h.key("limit:*")).([]any)
	if len(keys) != 3 || strings.Contains(fmt.Sprint(keys), "@") {
		t.Errorf("keys tell whom they are about: %v", keys)
	}
	for _, key := range keys {
		if ttl := h.Raw(t, "PTTL", key.(string)); ttl.(int64) <= 0 {
			t.Errorf("%v stays for ever", key)
		}
	}
	at(183, "f", false, narrow, broad) // three in a day, however many were refused
	at(183, "a", true, broad, narrow)  // wherever its place is
	at(183, "g", false)                // no road at all
	at(183, "g", true, nil)            // a road that nothing bounds
	at(24*60, "g", true, narrow)       // the first two have left
	at(24*60, "a", true, narrow)
	at(24*60, "h", false, narrow)
	if _, err := s.TakePlace(t.Context(), "", [][]workflow.Window{narrow}, Start); err == nil {
		t.Error("for nothing: no error")
	}
}

// waitsForPlaces: what waits is counted while it says so, since it first did.
func waitsForPlaces(t *testing.T, h Harness) {
	s := h.Open(t)
	ctx := t.Context()
	min := func(n int) time.Time { return Start.Add(time.Duration(n) * time.Minute) }
	waits := func(minute int, tenant string, n int) {
		t.Helper()
		if err := s.Waits(ctx, tenant, facts(0, n).ID, min(minute)); err != nil {
			t.Fatal(err)
		}
	}
	are := func(minute int, tenant string, want store.Queue) {
		t.Helper()
		got, err := s.Waiting(ctx, tenant, min(minute))
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("minute %d, %s: %v (-want +got):\n%s", minute, tenant, err, diff)
		}
	}
	are(0, "a", store.Queue{})
	waits(0, "a", 1)
	waits(1, "a", 2)
	waits(2, "b", 3)
	are(2, "a", store.Queue{Count: 2, Since: min(0)})
	are(2, "b", store.Queue{Count: 1, Since: min(2)})
	waits(50, "a", 1)
	are(61, "a", store.Queue{Count: 1, Since: min(0)}) // the second was dropped
	waits(55, "a", 2)
	are(61, "a", store.Queue{Count: 2, Since: min(0)}) // or just late
	if err := s.WaitsNoMore(ctx, "a", facts(0, 1).ID); err != nil {
		t.Fatal(err)
	}
	are(61, "a", store.Queue{Count: 1, Since: min(1)})
	waits(62, "a", 1) // of a later round
	are(62, "a", store.Queue{Count: 2, Since: min(1)})
	are(62+60, "a", store.Queue{})
	for n := range 150 { // of which nothing more is heard
		waits(200, "a", 10+n)
	}
	waits(300, "a", 200)
	are(300, "a", store.Queue{Count: 1, Since: min(300)})
	waits(300+24*60, "a", 201)
	if n := h.Raw(t, "ZCARD", h.key("waited:a")); n != int64(1) {
		t.Errorf("%v remembered a day later", n)
	}
	if err := s.Waits(ctx, "", facts(0, 1).ID, Start); err == nil {
		t.Error("for no tenant: no error")
	}
	if err := s.WaitsNoMore(ctx, "nobody", facts(0, 1).ID); err != nil {
		t.Errorf("what did not wait: %v", err)
	}
}
