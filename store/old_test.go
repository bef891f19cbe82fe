package store_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/store"
	"github.com/dsrd/dsrd/store/storetest"
	"github.com/dsrd/dsrd/workflow"
)

// The log was written by a release that knew no guard, counted its claims, and called every
// claim an attempt: four births in two partitions, one effect given back, one done, one
// claimed and one untouched, a mail, a lease and a blob.
func TestAStoreOfBeforeTheGuardGoesOn(t *testing.T) {
	r := realRedis(t)
	r.Kill()
	log := appendLog(t, r.Dir)
	old, err := os.ReadFile(filepath.Join("testdata", "before-guard.aof"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(log, old, 0o600); err != nil {
		t.Fatal(err)
	}
	r.Start(t)
	s := r.Harness().Open(t, func(c *store.Config) {
		c.Prefix, c.Partitions, c.MasterKey = "dsrd", 2, bytes.Repeat([]byte{7}, 32)
	})
	ctx := t.Context()
	g, err := s.Found(ctx)
	if err != nil || g.ID != "af5570f5a1810b7af78caf4bc70a660f" || g.Epoch != 1 || g.Phase != store.Working ||
		g.Sequence != 4 {
		t.Fatalf("generation: %+v, %v", g, err)
	}
	requests, _, err := s.List(ctx, store.Query{})
	if err != nil || len(requests) != 4 {
		t.Fatalf("%d requests, %v", len(requests), err)
	}
	if tasks, err := s.Claim(ctx, storetest.Start, 10, time.Minute); err != nil || len(tasks) != 1 ||
		tasks[0].Attempts+tasks[0].Lapsed != 0 {
		t.Errorf("what nobody touched: %+v, %v", tasks, err)
	}
	tasks, err := s.Claim(ctx, storetest.Start.Add(time.Hour), 10, time.Minute)
	if err != nil || len(tasks) != 3 {
		t.Fatalf("claimed %+v, %v, want three", tasks, err)
	}
	lapsed, notes := 0, ""
	for _, task := range tasks {
		lapsed += task.Lapsed
		notes += task.Note
		if err := s.Sending(ctx, task); err != nil {
			t.Error(err)
		}
		if err := s.Done(ctx, task); err != nil {
			t.Error(err)
		}
	}
	if lapsed != 2 || notes != "450" {
		t.Errorf("%d lapsed, notes %q; want those of the old worker and of this one, and what was noted",
			lapsed, notes)
	}
	l, err := s.Acquire(ctx, "mailbox/dsr", "a new run", storetest.Start.Add(time.Hour), time.Minute)
	if err != nil || l.Epoch != 2 {
		t.Errorf("lease: %+v, %v, want epoch 2", l, err)
	}
	c := birth(t, 9)
	c.Fence = l
	if err := s.Commit(ctx, c); err != nil {
		t.Error(err)
	}
	m := workflow.MailRecord{Digest: strings.Repeat("a", 64)}
	if m, err = s.BeginMail(ctx, m, storetest.Start); err != nil || m.Outcome != workflow.MailStarted {
		t.Errorf("mail: %+v, %v", m, err)
	}
	checkBlob(t, s, requests)
}

// checkBlob looks for the one blob among the requests.
func checkBlob(t *testing.T, s *store.Store, requests []workflow.Request) {
	t.Helper()
	for _, r := range requests {
		blob, _, err := s.Open(t.Context(), r.ID, "mail.x")
		if err != nil {
			continue
		}
		defer blob.Close()
		if b, err := io.ReadAll(blob); err != nil || string(b) != "what was kept" {
			t.Errorf("blob: %q, %v", b, err)
		}
		return
	}
	t.Error("the blob is gone")
}
