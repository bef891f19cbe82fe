package storetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dsrd/dsrd/store"
	"github.com/dsrd/dsrd/workflow"
)

// partitioned spreads requests over three partitions.
func partitioned(c *store.Config) { c.Partitions = 3 }

// bornIn commits request n in a partition, received so many days after Start.
func bornIn(t testing.TB, s *store.Store, partition, n, days int) workflow.Request {
	t.Helper()
	f := facts(partition, n)
	f.ReceivedAt = Start.Add(time.Duration(days) * day)
	c, err := workflow.Receive(f, fmt.Sprintf("birth of %d", n), f.ReceivedAt)
	if err != nil {
		t.Fatal(err)
	}
	commit(t, s, c)
	return c.Request
}

// listed pages through a query and gives all ids it shows.
func listed(t testing.TB, s *store.Store, q store.Query) []workflow.ID {
	t.Helper()
	var ids []workflow.ID
	for range 1000 {
		page, next, err := s.List(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) > q.Limit {
			t.Fatalf("page of %d, limit %d", len(page), q.Limit)
		}
		for _, r := range page {
			ids = append(ids, r.ID)
		}
		if next == "" {
			return ids
		}
		q.After = next
	}
	t.Fatal("the list has no end")
	return nil
}

// pages: whatever the size of a page, all requests are listed once, the nearest
// deadline first.
func pages(t *testing.T, h Harness) {
	s := h.Open(t, partitioned)
	var all []workflow.Request
	for n := range 40 {
		all = append(all, bornIn(t, s, n%3, n, n/10)) // ten a day share a deadline
	}
	slices.SortFunc(all, func(a, b workflow.Request) int {
		if c := a.Deadline.Compare(b.Deadline); c != 0 {
			return c
		}
		return strings.Compare(string(a.ID), string(b.ID))
	})
	var want []workflow.ID
	for _, r := range all {
		want = append(want, r.ID)
	}
	for _, limit := range []int{1, 7, 39, 40, 41} {
		got := listed(t, s, store.Query{Limit: limit})
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("pages of %d (-want +got):\n%s", limit, diff)
		}
	}
}

// pageGap: a page goes on rightly behind a request that has left its state.
func pageGap(t *testing.T, h Harness) {
	s := h.Open(t)
	for n := range 9 {
		born(t, s, n)
	}
	open := store.Query{States: []workflow.State{workflow.AwaitingConfirmation}, Limit: 4}
	want := listed(t, s, open)
	page, next, err := s.List(t.Context(), open)
	if err != nil {
		t.Fatal(err)
	}
	last := page[3]
	gone := workflow.Event{Type: workflow.OperatorCancelled, Op: "cancel", Actor: "operator:x"}
	commit(t, s, decide(t, last, gone, Start))
	open.After = next
	if diff := cmp.Diff(want[4:], listed(t, s, open)); diff != "" {
		t.Errorf("the rest behind a request that left (-want +got):\n%s", diff)
	}
	cancelled := listed(t, s, store.Query{States: []workflow.State{workflow.Cancelled}, Limit: 4})
	if diff := cmp.Diff([]workflow.ID{last.ID}, cancelled); diff != "" {
		t.Errorf("cancelled (-want +got):\n%s", diff)
	}
	if _, _, err := s.List(t.Context(), store.Query{After: "nonsense"}); err == nil {
		t.Error("a malformed place is not refused")
	}
}

func counts(t *testing.T, h Harness) {
	s := h.Open(t, partitioned)
	for n := range 5 {
		bornIn(t, s, n%3, n, 0)
	}
	r := bornIn(t, s, 1, 9, 0)
	commit(t, s, decide(t, r, workflow.Event{Type: workflow.OperatorDeclined, Op: "no"}, Start))
	got, err := s.Count(t.Context())
	want := map[workflow.State]int64{workflow.AwaitingConfirmation: 5, workflow.Declined: 1}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("count: %v (-want +got):\n%s", err, diff)
	}
}

func finds(t *testing.T, h Harness) {
	s := h.Open(t, partitioned)
	ctx := t.Context()
	r := bornIn(t, s, 2, 1, 0)
	bornIn(t, s, 0, 2, 0)
	for _, typed := range []string{r.ID.Locator(), strings.ToUpper(r.ID.Locator())} {
		if ids, err := s.Find(ctx, typed); err != nil || !slices.Equal(ids, []workflow.ID{r.ID}) {
			t.Errorf("find %s: got %v, %v", typed, ids, err)
		}
	}
	if ids, err := s.Find(ctx, r.ID.Locator()[:7]); err != nil || len(ids) != 0 {
		t.Errorf("find part of a locator: got %v, %v", ids, err)
	}
	for _, typed := range []string{
		string(r.ID), string(r.ID)[:9], r.ID.Tag(), " " + r.ID.Tag()[1:9], r.ID.Locator()[:5],
	} {
		if id, err := s.Match(ctx, typed); err != nil || id != r.ID {
			t.Errorf("match %q: got %v, %v", typed, id, err)
		}
	}
	for _, typed := range []string{"", "ab", "zzzzzz", "*", "[", string(r.ID) + "x"} {
		if id, err := s.Match(ctx, typed); !errors.Is(err, workflow.NotFound) {
			t.Errorf("match %q: got %v, %v, want NotFound", typed, id, err)
		}
	}
}

// ambiguous: of two requests whose locators begin alike, none is guessed.
func ambiguous(t *testing.T, h Harness) {
	s := h.Open(t)
	twin := func(id workflow.ID, n int) {
		f := facts(0, n)
		f.ID = id
		c, err := workflow.Receive(f, string(id), Start)
		if err != nil {
			t.Fatal(err)
		}
		commit(t, s, c)
	}
	twin("00abcdefgh234567abcdefghij", 1)
	twin("00abcdzzgh234567abcdefghij", 2)
	var several *store.Ambiguous
	if _, err := s.Match(t.Context(), "abcd"); !errors.As(err, &several) || len(several.IDs) != 2 {
		t.Errorf("match what two begin with: got %v", err)
	}
	if id, err := s.Match(t.Context(), "abcde"); err != nil || id != "00abcdefgh234567abcdefghij" {
		t.Errorf("match the longer: got %v, %v", id, err)
	}
}

func waitingTasks(t *testing.T, h Harness) {
	s := h.Open(t)
	ctx := t.Context()
	r := born(t, s, 1)
	task := claimOne(t, s, Start)
	later := Start.Add(time.Hour)
	if err := s.Retry(ctx, task, later, "greylisted"); err != nil {
		t.Fatal(err)
	}
	c := decide(t, r, workflow.Event{Type: workflow.Unclear, Op: "unclear"}, Start)
	commit(t, s, c)
	got, err := s.Tasks(ctx, r.ID)
	want := []workflow.Task{
		{Request: r.ID, Effect: task.Effect, DueAt: later, Attempts: 1, Note: "greylisted"},
		{Request: r.ID, Effect: &c.Effects[0], DueAt: Start},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("waiting: %v (-want +got):\n%s", err, diff)
	}
	for _, task := range claimAll(t, s, later) {
		if err := s.Done(ctx, task); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := s.Tasks(ctx, r.ID); err != nil || len(got) != 0 {
		t.Errorf("waiting after all are done: %v, %v", got, err)
	}
}

// history: it proves and leads to the request again, and without its private
// parts it still proves.
func history(t *testing.T, h Harness) {
	s := h.Open(t)
	ctx := t.Context()
	r := born(t, s, 1)
	for _, e := range []workflow.Event{coded(1), sent("sent", ""), {Type: workflow.Held, Op: "held"}} {
		c := decide(t, r, e, Start)
		commit(t, s, c)
		r = c.Request
	}
	entries, err := s.History(ctx, r.ID)
	if err != nil || len(entries) != 4 {
		t.Fatalf("history: %d entries, %v", len(entries), err)
	}
	if err := workflow.VerifyHistory(entries, r.HistoryHead, r.Salt); err != nil {
		t.Error(err)
	}
	again, err := workflow.Replay(entries)
	if diff := cmp.Diff(r, again); err != nil || diff != "" {
		t.Errorf("replay: %v (-committed +replayed):\n%s", err, diff)
	}
	if err := s.Forget(ctx, r.ID); err != nil {
		t.Fatal(err)
	}
	if entries, err = s.History(ctx, r.ID); err != nil {
		t.Fatal(err)
	}
	if err := workflow.VerifyHistory(entries, r.HistoryHead, r.Salt); err != nil {
		t.Errorf("after the purge: %v", err)
	}
	for _, e := range entries {
		if e.Private != nil {
			t.Errorf("entry %d is still personal: %s", e.Seq, e.Private)
		}
	}
	if _, err := s.History(ctx, facts(0, 2).ID); !errors.Is(err, workflow.NotFound) {
		t.Errorf("history of a stranger: got %v, want NotFound", err)
	}
}
