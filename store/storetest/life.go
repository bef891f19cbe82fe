package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/dsrd/dsrd/store"
	"github.com/dsrd/dsrd/workflow"
)

// Start is when everything begins here: a Monday.
var Start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

const (
	day   = 24 * time.Hour
	admin = workflow.Address("admin@tenant.example")
)

// facts of the n-th request, which lives in that partition.
func facts(partition, n int) workflow.Request {
	customer := workflow.Address(fmt.Sprintf("jane%d@customer.example", n))
	origin := workflow.Origin{
		MessageID: fmt.Sprintf("<%d@customer.example>", n), From: customer,
		Date: "Mon, 2 Mar 2026 09:00:00 +0000", Customer: customer, Kind: workflow.Export,
	}
	return workflow.Request{
		ID:         workflow.NewID([]byte("key of the tests"), partition, origin),
		KeyVersion: 1, Rights: []workflow.Right{workflow.Export}, Language: "en",
		TenantID: "contoso", Customer: customer,
		Requester:  workflow.Requester{Address: customer, Verified: true},
		ReceivedAt: Start, Policy: workflow.DefaultPolicy(), Salt: fmt.Sprintf("salt %d", n),
		Mail: workflow.MailRef{Digest: fmt.Sprintf("%064d", n), MessageID: origin.MessageID},
	}
}

// birth is the change that the n-th request begins with.
func birth(t testing.TB, n int) workflow.Change {
	t.Helper()
	c, err := workflow.Receive(facts(0, n), fmt.Sprintf("birth of %d", n), Start)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// born commits the n-th request and gives it as it stands.
func born(t testing.TB, s *store.Store, n int) workflow.Request {
	t.Helper()
	c := birth(t, n)
	commit(t, s, c)
	return c.Request
}

func decide(t testing.TB, r workflow.Request, e workflow.Event, now time.Time) workflow.Change {
	t.Helper()
	c, err := workflow.Decide(r, e, now)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func commit(t testing.TB, s *store.Store, c workflow.Change) {
	t.Helper()
	if err := s.Commit(t.Context(), c); err != nil {
		t.Fatal(err)
	}
}

func load(t testing.TB, s *store.Store, id workflow.ID) workflow.Request {
	t.Helper()
	r, err := s.Load(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// claimAll claims all that is due, for a minute.
func claimAll(t testing.TB, s *store.Store, now time.Time) []workflow.Task {
	t.Helper()
	tasks, err := s.Claim(t.Context(), now, 1000, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	return tasks
}

// claimOne claims the only task that is due.
func claimOne(t testing.TB, s *store.Store, now time.Time) workflow.Task {
	t.Helper()
	tasks := claimAll(t, s, now)
	if len(tasks) != 1 {
		t.Fatalf("%d tasks are due at %v, want 1: %+v", len(tasks), now, tasks)
	}
	return tasks[0]
}

// coded is the event that issues code n to the admin.
func coded(n int) workflow.Event {
	return workflow.Event{
		Type: workflow.CodeIssued, Op: fmt.Sprintf("code %d", n), Actor: "daemon",
		Challenge: &workflow.Challenge{Admin: admin, CodeHash: "hash", Number: n, MessageID: "<c@dsrd>"},
	}
}

// sent is the event that the relay took the confirmation.
func sent(op string, effect workflow.EffectID) workflow.Event {
	return workflow.Event{
		Type: workflow.LetterSent, Op: op, Actor: "daemon",
		Order: workflow.SendConfirmation, Effect: effect,
	}
}

func generation(t testing.TB, s *store.Store) store.Generation {
	t.Helper()
	g, err := s.Generation(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// founded founds the store's generation, as a daemon does at its first start.
func founded(t testing.TB, s *store.Store) store.Generation {
	t.Helper()
	g, err := s.Found(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return g
}
