package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dsrd/dsrd/store"
	"github.com/dsrd/dsrd/workflow"
)

// oldest: what waits longest is told from everything that ended, in all partitions.
func oldest(t *testing.T, h Harness) {
	s := h.Open(t, partitioned)
	ctx := t.Context()
	are := func(when string, want store.Ages) {
		t.Helper()
		got, err := s.Oldest(ctx)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", when, err, diff)
		}
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	days := func(n int) time.Time { return Start.Add(time.Duration(n) * day) }
	are("nothing", store.Ages{})

	for n, partition := range []int{2, 0, 1} { // the oldest is not in the first
		bornIn(t, s, partition, n, n)
	}
	first, second := load(t, s, facts(2, 0).ID), load(t, s, facts(0, 1).ID)
	late, err := s.BeginMail(ctx, mailRecord(1), days(1))
	must(err)
	early, err := s.BeginMail(ctx, mailRecord(2), days(0))
	must(err)
	all := store.Ages{UnprocessedSince: days(0), OutboxSince: days(0), NearestDeadline: first.Deadline}
	are("two mails, three requests", all)

	early.Outcome, late.Outcome = workflow.MailNoted, workflow.MailNoted
	must(s.FinishMail(ctx, early))
	all.UnprocessedSince = days(1)
	are("one mail is decided", all)
	must(s.FinishMail(ctx, late))
	all.UnprocessedSince = time.Time{}
	are("all mails are decided", all)
	must(s.ReplayMail(ctx, early.Digest))
	all.UnprocessedSince = days(0)
	are("one is replayed", all)
	must(s.IgnoreMail(ctx, early.Digest))
	all.UnprocessedSince = time.Time{}

	task := taskOf(t, s, first)
	must(s.Retry(ctx, task, days(9), "450")) // tried in vain, and still as old
	are("a letter was tried", all)
	task = taskOf(t, s, first)
	c := decide(t, first, sent("sent", task.Effect.ID), days(9))
	c.Claim = task.Claim
	commit(t, s, c)
	all.OutboxSince = days(1)
	are("one letter has left", all)
	must(s.Done(ctx, taskOf(t, s, second)))
	all.OutboxSince = days(2)
	are("one letter was dropped", all)

	commit(t, s, cancel(t, c.Request, "cancel"))
	all.NearestDeadline = second.Deadline
	are("one request has ended", all)
	commit(t, s, cancel(t, second, "cancel"))
	third := load(t, s, facts(1, 2).ID)
	must(s.Done(ctx, taskOf(t, s, third)))
	third = goOn(t, s, third, wayTo()[:3])
	are("a compilation is no letter", store.Ages{NearestDeadline: third.Deadline})
	third = goOn(t, s, third, wayTo()[3:])
	are("an ended request's package waits", store.Ages{OutboxSince: Start})
}

// taskOf claims the first letter of a request.
func taskOf(t testing.TB, s *store.Store, r workflow.Request) workflow.Task {
	t.Helper()
	for n := range 20 { // what others claimed comes due again
		for _, task := range claimAll(t, s, Start.Add(10*day+time.Duration(n)*time.Hour)) {
			if task.Request == r.ID && task.Effect != nil {
				return task
			}
		}
	}
	t.Fatalf("no letter of %s is due", r.ID)
	return workflow.Task{}
}
