package store_test

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/store"
	"github.com/dsrd/dsrd/store/storetest"
	"github.com/dsrd/dsrd/workflow"
)

// What a server cannot do for now stops nothing for good: the error says what to do,
// nothing was committed, and the same commit succeeds afterwards.
func TestRefusalsOfTheServerAreNotCommits(t *testing.T) {
	r := realRedis(t, "--dbfilename", "taken", "--busy-reply-threshold", "1")
	h := r.Harness()
	for word, trouble := range map[string]struct {
		begin, end func(*testing.T)
		cause      string
	}{
		"OOM":        {says(h, "CONFIG SET maxmemory 1"), says(h, "CONFIG SET maxmemory 0"), "raise maxmemory"},
		"READONLY":   {says(h, "REPLICAOF 127.0.0.1 1"), says(h, "REPLICAOF NO ONE"), "replica"},
		"NOREPLICAS": {says(h, "CONFIG SET min-replicas-to-write 1"), says(h, "CONFIG SET min-replicas-to-write 0"), "replicas"},
		"MISCONF":    {func(t *testing.T) { failSaving(t, r) }, says(h, "CONFIG SET stop-writes-on-bgsave-error no"), "disk"},
		"BUSY":       {func(t *testing.T) { blockByScript(t, r) }, says(h, "SCRIPT KILL"), "SCRIPT KILL"},
	} {
		t.Run(word, func(t *testing.T) {
			h := r.Harness()
			s := h.Open(t)
			first, c := birth(t, 1), birth(t, 2)
			if err := s.Commit(t.Context(), first); err != nil {
				t.Fatal(err)
			}
			trouble.begin(t)
			unable(t, s.Commit(t.Context(), c), word, trouble.cause)
			_, err := s.CheckDurability(t.Context())
			unable(t, err, word, trouble.cause)
			trouble.end(t)
			until(t, func() bool { return s.Ping(t.Context()) == nil }) // a kill takes a moment
			if _, err := s.Load(t.Context(), c.Request.ID); !errors.Is(err, workflow.NotFound) {
				t.Errorf("the refused commit left something: %v", err)
			}
			if g, err := s.Generation(t.Context()); err != nil || g.Sequence != 1 {
				t.Errorf("something of the refused commit was written: %+v, %v", g, err)
			}
			if err := s.Commit(t.Context(), c); err != nil {
				t.Errorf("commit when the trouble is over: %v", err)
			}
		})
	}
}

// unable demands an error that waits, and says why in words.
func unable(t *testing.T, err error, word, cause string) {
	t.Helper()
	var unable *store.Unreachable
	if !errors.As(err, &unable) {
		t.Errorf("got %v, want *Unreachable", err)
		return
	}
	if unable.Refusal != word || !strings.Contains(unable.Cause, cause) ||
		!strings.Contains(err.Error(), cause) || strings.Contains(err.Error(), "does not answer") {
		t.Errorf("got %q (%s), want it to say %s and %q", err, unable.Refusal, word, cause)
	}
}

func says(h storetest.Harness, command string) func(*testing.T) {
	return func(t *testing.T) { h.Raw(t, strings.Fields(command)...) }
}

// failSaving lets a snapshot fail, after which Redis takes no writes: where its file
// should be there is a folder.
func failSaving(t *testing.T, r *storetest.Redis) {
	h := r.Harness()
	if err := os.MkdirAll(filepath.Join(r.Dir, "taken", "full"), 0o700); err != nil {
		t.Fatal(err)
	}
	h.Raw(t, "CONFIG", "SET", "stop-writes-on-bgsave-error", "yes")
	h.Raw(t, "CONFIG", "SET", "save", "3600 1")
	h.Raw(t, "BGSAVE")
	until(t, func() bool {
		return strings.Contains(h.Raw(t, "INFO", "persistence").(string), "rdb_last_bgsave_status:err")
	})
}

// blockByScript runs a script that does not end, until SCRIPT KILL.
func blockByScript(t *testing.T, r *storetest.Redis) {
	speak(t, r, "EVAL", "while true do end", "0")
	until(t, func() bool {
		line, _ := bufio.NewReader(speak(t, r, "PING")).ReadString('\n')
		return strings.HasPrefix(line, "-BUSY")
	})
}

// speak sends one command and leaves the answer to be read.
func speak(t *testing.T, r *storetest.Redis, args ...string) net.Conn {
	t.Helper()
	conn, err := net.Dial("unix", r.Socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	fmt.Fprintf(conn, "*%d\r\n", len(args))
	for _, a := range args {
		fmt.Fprintf(conn, "$%d\r\n%s\r\n", len(a), a)
	}
	return conn
}

// until asks again and again: a server says by nothing else that it is so far.
func until(t *testing.T, so func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for n := 0; !so(); n++ {
		if n == 500 {
			t.Fatal("it never came so far")
		}
		<-tick.C
	}
}

func TestALoadingRedisIsWaitedFor(t *testing.T) {
	r := realRedis(t, "--loading-process-events-interval-bytes", "1024")
	h := r.Harness()
	s := h.Open(t)
	for n := range 100 {
		if err := s.Commit(t.Context(), birth(t, n)); err != nil {
			t.Fatal(err)
		}
	}
	h.Raw(t, "BGREWRITEAOF") // into one snapshot, which is loaded a key at a time
	until(t, func() bool {
		info := h.Raw(t, "INFO", "persistence").(string)
		return strings.Contains(info, "aof_rewrite_in_progress:0") &&
			strings.Contains(info, "aof_rewrite_scheduled:0")
	})
	r.Kill()
	r.StartLoading(t, "--key-load-delay", "5000")
	c := birth(t, 100)
	unable(t, s.Commit(t.Context(), c), "LOADING", "wait")
	_, err := store.Open(t.Context(), h.Config)
	unable(t, err, "LOADING", "wait")
	until(t, func() bool { return s.Ping(t.Context()) == nil })
	if g, err := s.Generation(t.Context()); err != nil || g.Sequence != 100 {
		t.Errorf("sequence %d, %v, want 100", g.Sequence, err)
	}
	if err := s.Commit(t.Context(), c); err != nil {
		t.Errorf("commit when all is loaded: %v", err)
	}
}

func TestAReplicaWithoutItsPrimaryIsWaitedFor(t *testing.T) {
	h := realRedis(t, "--replica-serve-stale-data", "no").Harness()
	s := h.Open(t)
	c := birth(t, 1)
	if err := s.Commit(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	h.Raw(t, "REPLICAOF", "127.0.0.1", "1")
	_, err := s.Load(t.Context(), c.Request.ID)
	unable(t, err, "MASTERDOWN", "failover")
	h.Raw(t, "REPLICAOF", "NO", "ONE")
	if _, err := s.Load(t.Context(), c.Request.ID); err != nil {
		t.Error(err)
	}
}

// What only a change of our settings mends is no reason to wait.
func TestRefusalsThatLastAreNotWaitedFor(t *testing.T) {
	h := realRedis(t).Harness()
	s := h.Open(t)
	h.Raw(t, "ACL", "SETUSER", "default", "-zadd")
	err := s.Commit(t.Context(), birth(t, 1))
	var unable *store.Unreachable
	if err == nil || errors.As(err, &unable) || !strings.Contains(err.Error(), "ACL") {
		t.Errorf("got %v, want an error that lasts and names the ACL", err)
	}
}
