package admin_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dsrd/dsrd/internal/admin"
	"github.com/dsrd/dsrd/workflow"
)

var start = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)

// ledger is a store in a map that applies the real law. What the real store
// promises is tested there.
type ledger struct {
	mu       sync.Mutex
	requests map[workflow.ID]workflow.Request
	history  map[workflow.ID][]workflow.Entry
	ops      map[string]bool
	tasks    []workflow.Task
	steps    []workflow.Event
	down     error // what every call answers

	records []workflow.MailRecord
	judged  []string // verb, digest and who
	rest    *admin.Pausing
	probed  []string // "sent" or "asked", tenant and admin
	rebuilt []string // who, and how it was ordered
}

func newLedger() *ledger {
	return &ledger{requests: map[workflow.ID]workflow.Request{}, history: map[workflow.ID][]workflow.Entry{},
		ops: map[string]bool{}}
}

// receive gives birth to a request that arrived so many days after start.
func (l *ledger) receive(t testing.TB, id workflow.ID, days int) workflow.Request {
	t.Helper()
	c, err := workflow.Receive(workflow.Request{
		ID: id, KeyVersion: 1, Rights: []workflow.Right{workflow.Export, workflow.Access},
		TenantID: "acme", Customer: "jane.roe@customer.example", Language: "en",
		Requester:  workflow.Requester{Address: "jane.roe@customer.example", Verified: true},
		ReceivedAt: start.AddDate(0, 0, days), Mail: workflow.MailRef{Digest: "d0", MessageID: "m0@x"},
		Policy: workflow.DefaultPolicy(), Salt: "salt",
	}, "birth", start.AddDate(0, 0, days))
	if err != nil {
		t.Fatal(err)
	}
	l.take(c)
	return c.Request
}

func (l *ledger) take(c workflow.Change) {
	l.requests[c.Request.ID] = c.Request
	l.history[c.Request.ID] = append(l.history[c.Request.ID], c.Entry)
	l.ops[string(c.Request.ID)+c.Op] = true
}

// put places a request in a state as if it had come there.
func (l *ledger) put(t testing.TB, id workflow.ID, s workflow.State, from workflow.State) {
	t.Helper()
	r := l.receive(t, id, 0)
	r.State, r.StuckFrom = s, from
	r.Ack = &workflow.Ack{}
	r.Package = &workflow.Package{Blob: "package", File: "x.zip", Encryption: workflow.EncryptAge}
	l.requests[id] = r
}

func (l *ledger) List(_ context.Context, states []workflow.State, limit int, after string,
) ([]workflow.Request, string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var page []workflow.Request
	for _, id := range slices.Sorted(maps.Keys(l.requests)) {
		r := l.requests[id]
		if string(id) <= after || len(states) > 0 && !slices.Contains(states, r.State) {
			continue
		}
		if len(page) == limit {
			return page, string(page[limit-1].ID), l.down
		}
		page = append(page, r)
	}
	return page, "", l.down
}

func (l *ledger) Count(context.Context) (map[workflow.State]int64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	counts := map[workflow.State]int64{}
	for _, r := range l.requests {
		counts[r.State]++
	}
	return counts, l.down
}

// Match knows whole ids, locators, tags and their beginnings.
func (l *ledger) Match(_ context.Context, typed string) (workflow.ID, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	plain := strings.ToLower(strings.Trim(typed, "[]"))
	plain = strings.ReplaceAll(strings.TrimPrefix(plain, "dsr-"), "-", "")
	var found []workflow.ID
	for id := range l.requests {
		if strings.HasPrefix(string(id), plain) || strings.HasPrefix(id.Locator(), plain) {
			found = append(found, id)
		}
	}
	switch {
	case l.down != nil:
		return "", l.down
	case len(found) == 0:
		return "", fmt.Errorf("find %q: %w", typed, workflow.NotFound)
	case len(found) > 1:
		return "", fmt.Errorf("find %q: it means several: %w", typed, workflow.Refused)
	}
	return found[0], nil
}

func (l *ledger) Load(_ context.Context, id workflow.ID) (workflow.Request, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r, ok := l.requests[id]
	if !ok {
		return r, workflow.NotFound
	}
	return r, nil
}

func (l *ledger) History(_ context.Context, id workflow.ID) ([]workflow.Entry, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.history[id], nil
}

func (l *ledger) Tasks(context.Context, workflow.ID) ([]workflow.Task, error) { return l.tasks, nil }

func (l *ledger) Applied(_ context.Context, id workflow.ID, op string) (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.ops[string(id)+op], nil
}

func (l *ledger) Step(_ context.Context, id workflow.ID, e workflow.Event) (workflow.Request, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.steps = append(l.steps, e)
	c, err := workflow.Decide(l.requests[id], e, start.Add(time.Hour))
	if err != nil {
		return workflow.Request{}, fmt.Errorf("apply %s to request %s: %w", e.Type, id, err)
	}
	l.take(c)
	return c.Request, nil
}

// digest is of the one mail that every ledger knows.
const digest = "abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789"

func (l *ledger) all() []workflow.MailRecord {
	if l.records == nil {
		l.records = []workflow.MailRecord{{Digest: digest, Mailbox: "dsr", FirstSeen: start, Attempts: 1,
			Outcome: workflow.MailHeld, Rule: "ack/authentic", Requests: []workflow.ID{jane}}}
	}
	return l.records
}

func (l *ledger) Mails(_ context.Context, outcomes []workflow.Outcomes, limit int, after string,
) ([]workflow.MailRecord, string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var page []workflow.MailRecord
	for _, m := range l.all() {
		if m.Digest <= after || len(outcomes) > 0 && !slices.Contains(outcomes, m.Outcome) {
			continue
		}
		if len(page) == limit {
			return page, page[limit-1].Digest, l.down
		}
		page = append(page, m)
	}
	return page, "", l.down
}

func (l *ledger) Mail(_ context.Context, typed string) (workflow.MailRecord, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, m := range l.all() {
		if len(typed) >= 6 && strings.HasPrefix(m.Digest, typed) {
			return m, l.down
		}
	}
	return workflow.MailRecord{}, fmt.Errorf("find mail: %w", workflow.NotFound)
}

func (l *ledger) Replay(_ context.Context, digest, by string) error {
	return l.judge("replay", digest, by, "")
}

func (l *ledger) Ignore(_ context.Context, digest, by string) error {
	return l.judge("ignore", digest, by, workflow.MailIgnored)
}

func (l *ledger) judge(verb, digest, by string, o workflow.Outcomes) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.judged = append(l.judged, verb+" "+digest[:6]+" "+by)
	for i := range l.records {
		if l.records[i].Digest == digest {
			l.records[i].Outcome, l.records[i].By = o, by
		}
	}
	return l.down
}

func (l *ledger) Pause(_ context.Context, by, why string, lasts time.Duration) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rest = &admin.Pausing{By: by, Why: why, Since: start}
	if lasts > 0 {
		l.rest.Until = start.Add(lasts)
	}
	return l.down
}

func (l *ledger) Resume(context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rest = nil
	return l.down
}

func (l *ledger) Paused(context.Context) (*admin.Pausing, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.rest, l.down
}

func (l *ledger) Assignment(_ context.Context, customer workflow.Address, tenant string,
) (*workflow.Assignment, error) {
	if tenant != "globex" {
		return nil, fmt.Errorf("no such tenant: %w", workflow.Refused)
	}
	return &workflow.Assignment{Customer: customer, TenantID: tenant, Policy: workflow.DefaultPolicy()}, nil
}

func (l *ledger) Probe(_ context.Context, tenant, who string) (admin.ProbeView, error) {
	return l.tried("sent", tenant, who)
}

func (l *ledger) Probed(_ context.Context, tenant, who string) (admin.ProbeView, error) {
	return l.tried("asked", tenant, who)
}

func (l *ledger) tried(what, tenant, who string) (admin.ProbeView, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.probed = append(l.probed, what+" "+tenant+" "+who)
	if tenant == "nobody" {
		return admin.ProbeView{}, fmt.Errorf("no tenant is called %q: %w", tenant, workflow.NotFound)
	}
	return admin.ProbeView{Tenant: tenant, Admin: who, SentAt: start}, l.down
}

// serve answers on a socket of its own until the test ends.
func serve(t testing.TB, l *ledger) *admin.Client {
	t.Helper()
	return serving(t, &admin.Server{Queue: l, Events: l, Mails: l, Gate: l, Tenants: l, Probes: l, Recovery: l})
}

// serveBare is serve by a daemon that has nothing but its queue.
func serveBare(t testing.TB, l *ledger) *admin.Client {
	t.Helper()
	return serving(t, &admin.Server{Queue: l, Events: l})
}

func serving(t testing.TB, s *admin.Server) *admin.Client {
	t.Helper()
	socket := socketPath(t)
	listener, err := admin.Listen(socket)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	s.Log, s.Chance = slog.New(slog.DiscardHandler), rand.Reader
	s.Status = func() map[string]any { return map[string]any{"mailboxes": 1} }
	go func() { ended <- s.Serve(ctx, listener) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return admin.NewClient(socket)
}

// socketPath is a short one: t.TempDir may be too long for sun_path.
func socketPath(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "dsrd")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return filepath.Join(dir, "s")
}

// dial opens a plain connection, to say what no client of ours says.
func dial(t testing.TB, socket string) net.Conn {
	t.Helper()
	c, err := net.Dial("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

var errDown = errors.New("ask redis: it does not answer (is it running?)")
