package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dsrd/dsrd/store"
	"github.com/dsrd/dsrd/store/storetest"
	"github.com/dsrd/dsrd/workflow"
)

func realRedis(t testing.TB, settings ...string) *storetest.Redis {
	t.Helper()
	r := storetest.RealRedis(t, settings...)
	if r == nil {
		t.Skip("redis-server is not installed")
	}
	return r
}

func birth(t testing.TB, n int) workflow.Change {
	t.Helper()
	customer := workflow.Address(fmt.Sprintf("jane%d@customer.example", n))
	c, err := workflow.Receive(workflow.Request{
		ID:       workflow.NewID([]byte("key"), 0, workflow.Origin{From: customer}),
		TenantID: "contoso", Customer: customer, ReceivedAt: storetest.Start,
		Requester: workflow.Requester{Address: customer, Verified: true},
		Mail:      workflow.MailRef{Digest: strings.Repeat("0123456789abcdef", 4), MessageID: "<1234@customer.example>"},
		Policy:    workflow.DefaultPolicy(), Salt: "c2FsdCBvZiBzaXh0ZWVu",
	}, fmt.Sprintf("birth %d", n), storetest.Start)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestDurabilityNamesEveryWrongSettingAtOnce(t *testing.T) {
	h := realRedis(t, "--appendonly", "no", "--appendfsync", "everysec",
		"--maxmemory-policy", "allkeys-lru", "--no-appendfsync-on-rewrite", "yes").Harness()
	findings, err := h.Open(t).CheckDurability(t.Context())
	if err == nil || len(findings) != 4 {
		t.Fatalf("got %v, %v, want four findings and an error", findings, err)
	}
	for _, want := range []string{
		"maxmemory-policy noeviction", "appendonly yes", "appendfsync always",
		"no-appendfsync-on-rewrite no", "CONFIG SET", "accept_data_loss",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not say %q: %v", want, err)
		}
	}
	accepting := h.Open(t, func(c *store.Config) { c.AcceptDataLoss = true })
	if findings, err := accepting.CheckDurability(t.Context()); err != nil || len(findings) != 4 {
		t.Errorf("with data loss accepted: %v, %v", findings, err)
	}
	embedded := h.Open(t, func(c *store.Config) { c.Embedded = true })
	if findings, err := embedded.CheckDurability(t.Context()); err != nil || len(findings) != 0 {
		t.Errorf("embedded: %v, %v", findings, err)
	}
}

func TestDurabilityIsSilentWhenAllIsRight(t *testing.T) {
	findings, err := realRedis(t).Harness().Open(t).CheckDurability(t.Context())
	if err != nil || len(findings) != 0 {
		t.Errorf("got %v, %v", findings, err)
	}
}

func TestDurabilityIsUnknownWhereConfigIsDenied(t *testing.T) {
	h := realRedis(t).Harness()
	h.Raw(t, "ACL", "SETUSER", "default", "-config")
	findings, err := h.Open(t).CheckDurability(t.Context())
	if err != nil || len(findings) != 4 || findings[0].Level != store.Unknown {
		t.Errorf("got %v, %v, want four unknowns", findings, err)
	}
}

func TestDurabilityNamesTheCommandsThatTheUserLacks(t *testing.T) {
	h := realRedis(t).Harness()
	h.Raw(t, "ACL", "SETUSER", "default", "-rpush", "-zrangebylex")
	_, err := h.Open(t).CheckDurability(t.Context())
	if err == nil || !strings.Contains(err.Error(), "commit (RPUSH)") ||
		strings.Contains(err.Error(), "HSET") {
		t.Errorf("got %v, want the script and its command named", err)
	}
	h.Raw(t, "ACL", "SETUSER", "default", "+rpush")
	if _, err := h.Open(t).CheckDurability(t.Context()); err == nil || !strings.Contains(err.Error(), "zrangebylex") {
		t.Errorf("got %v, want the command named that no script needs", err)
	}
}

func TestUnreachableHasAHint(t *testing.T) {
	r := realRedis(t)
	h := r.Harness()
	s := h.Open(t)
	r.Kill()
	var gone *store.Unreachable
	if _, err := s.CheckDurability(t.Context()); !errors.As(err, &gone) {
		t.Errorf("check durability: got %v", err)
	}
	if _, err := store.Open(t.Context(), h.Config); !errors.As(err, &gone) ||
		!strings.Contains(err.Error(), "redis.url") {
		t.Errorf("open: got %v", err)
	}
	if err := s.Commit(t.Context(), birth(t, 1)); !errors.As(err, &gone) {
		t.Errorf("commit: got %v", err)
	}
}

func TestAClusterKeepsThePromisesToo(t *testing.T) {
	r := storetest.RealCluster(t)
	if r == nil {
		t.Skip("redis-server is not installed")
	}
	storetest.Run(t, func(testing.TB) storetest.Harness { return r.Harness() })
	if findings, err := r.Harness().Open(t).CheckDurability(t.Context()); err != nil || len(findings) != 0 {
		t.Errorf("check durability: %v, %v", findings, err)
	}
}

func TestNothingIsLostWhenRedisIsKilled(t *testing.T) {
	r := realRedis(t)
	s := r.Harness().Open(t)
	for n := range 20 {
		c := birth(t, n)
		if err := s.Commit(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		if n%5 != 0 {
			continue
		}
		r.Kill()
		r.Start(t)
		if _, err := s.Load(t.Context(), c.Request.ID); err != nil { // over new connections
			t.Errorf("request %d after kill: %v", n, err)
		}
	}
	if tasks, err := s.Claim(t.Context(), storetest.Start, 100, 0); err != nil || len(tasks) != 20 {
		t.Errorf("%d effects wait, %v, want 20", len(tasks), err)
	}
}

// Whatever byte the disk stops at, Redis comes back with a whole commit or none.
func TestEveryPrefixOfTheLogHoldsWholeCommits(t *testing.T) {
	r := realRedis(t)
	h := r.Harness()
	s := h.Open(t)
	var sizes []int64
	log := appendLog(t, r.Dir)
	for n := range 3 {
		if err := s.Commit(t.Context(), birth(t, n)); err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, int64(len(read(t, log))))
	}
	r.Kill()
	whole := read(t, log)
	for cut := sizes[0] + 1; cut < sizes[2]; cut += 397 {
		if err := os.WriteFile(log, whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		r.Start(t)
		want := int64(1)
		if cut >= sizes[1] {
			want = 2
		}
		g, err := s.Generation(t.Context())
		if err != nil || g.Sequence != want {
			t.Errorf("cut at %d: sequence %d, %v, want %d", cut, g.Sequence, err, want)
		}
		if _, err := s.Claim(t.Context(), storetest.Start, 1, 0); !errors.Is(err, workflow.Outdated) {
			t.Errorf("cut at %d: who saw all three commits got %v, want Outdated", cut, err)
		}
		checkWhole(t, h.Open(t), int(want))
		r.Kill()
	}
	r.Start(t)
}

// checkWhole demands request, history, index, effect and timer of n requests.
func checkWhole(t *testing.T, s *store.Store, n int) {
	t.Helper()
	ctx := context.Background()
	requests, _, err := s.List(ctx, store.Query{})
	if err != nil || len(requests) != n {
		t.Fatalf("%d requests, %v, want %d", len(requests), err, n)
	}
	for _, r := range requests {
		entries, err := s.History(ctx, r.ID)
		if err == nil {
			err = workflow.VerifyHistory(entries, r.HistoryHead, r.Salt)
		}
		if err != nil {
			t.Error(err)
		}
		tasks, err := s.Tasks(ctx, r.ID)
		if err != nil || len(tasks) != 1 || !tasks[0].DueAt.Equal(storetest.Start) {
			t.Errorf("effects of %s: %v, %v", r.ID, tasks, err)
		}
		if id, err := s.Match(ctx, r.ID.Tag()); err != nil || id != r.ID {
			t.Errorf("match %s: %v, %v", r.ID.Tag(), id, err)
		}
	}
	due, err := s.Claim(ctx, storetest.Start.AddDate(1, 0, 0), 100, 0)
	if err != nil || len(due) != 2*n {
		t.Errorf("%d tasks, %v, want an effect and a timer for each of %d", len(due), err, n)
	}
}

func appendLog(t *testing.T, dir string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "appendonlydir", "*.incr.aof"))
	if err != nil || len(found) != 1 {
		t.Fatalf("append-only files: %v, %v", found, err)
	}
	return found[0]
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
