package store_test

import (
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/store"
	"github.com/dsrd/dsrd/store/storetest"
)

// A commit is a transaction of Redis. When the power goes while it is written down, the file ends
// in the middle of it, and Redis forgets it at its start; but the beginning of it stays in the
// file, and at the next start but one it is there again, without its end. Nothing of it may be.
func TestATornCommitStaysForgotten(t *testing.T) {
	r := realRedis(t)
	open := func() *store.Store {
		s, err := store.Open(t.Context(), store.Config{
			Addrs: []string{r.Addr()}, Rand: strings.NewReader(strings.Repeat("0123456789", 1000)),
			Now: func() time.Time { return storetest.Start }, MasterKey: []byte(strings.Repeat("k", 32)),
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return s
	}
	first, torn, next := birthIn(t, 0, 1), birthIn(t, 0, 2), birthIn(t, 0, 3)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	s := open()
	must(s.Commit(t.Context(), first))
	must(s.Commit(t.Context(), torn))
	r.Kill()
	must(r.Cut(30))
	r.Start(t)
	s = open() // it has seen nothing of what is lost
	must(s.Rewrite(t.Context()))
	must(s.Commit(t.Context(), next))
	r.Kill()
	r.Start(t)
	for key, want := range map[string]string{
		"h:" + string(torn.Request.ID): "0", "h:" + string(next.Request.ID): "1",
		"w:" + string(torn.Request.ID): "0", "w:" + string(first.Request.ID): "1",
	} {
		got, err := r.Ask("EXISTS", "{dsrd:00}:"+key)
		if must(err); got != want {
			t.Errorf("EXISTS %s: got %s, want %s", key, got, want)
		}
	}
	if _, err := s.Load(t.Context(), next.Request.ID); err != nil {
		t.Errorf("what came after it: %v", err)
	}
	must(s.Rewrite(t.Context())) // it was started again
	must(s.Rewrite(t.Context()))
	if rewrites, err := r.Ask("INFO", "commandstats"); err != nil ||
		!strings.Contains(rewrites, "cmdstat_bgrewriteaof:calls=1,") {
		t.Errorf("written anew more often than it was started: %v", rewrites)
	}
}
