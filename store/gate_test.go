package store_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dsrd/dsrd/store"
	"github.com/dsrd/dsrd/store/redistest"
	"github.com/dsrd/dsrd/store/storetest"
	"github.com/dsrd/dsrd/workflow"
)

func quick(c *store.Config) { c.Durability.Timeout = 100 * time.Millisecond }

// What too few replicas have is not committed, whoever writes it; once they have it again,
// the same change succeeds, and is made once.
func TestACommitThatTooFewReplicasHaveIsNone(t *testing.T) {
	trio := realTrio(t)
	h := storetest.OnTrio(trio, onAll)
	s, other := h.Open(t, quick), h.Open(t, quick)
	ctx := t.Context()
	first, c := birth(t, 1), birth(t, 2)
	until(t, func() bool { return s.Commit(ctx, first) == nil }) // a busy machine is slow
	for _, r := range trio.Replicas() {
		r.Pause()
	}
	_, claim := s.Claim(ctx, storetest.Start, 10, time.Minute)
	_, begin := s.BeginMail(ctx, workflow.MailRecord{Digest: "d"}, storetest.Start)
	_, put := s.Put(ctx, first.Request.ID, "x", strings.NewReader("x"))
	_, lease := s.Acquire(ctx, "mailbox", "me", storetest.Start, time.Minute)
	_, check := s.CheckDurability(ctx)
	for what, err := range map[string]error{
		"commit": s.Commit(ctx, c), "commit again": s.Commit(ctx, c), "claim": claim,
		"commit again, over a connection that wrote nothing": other.Commit(ctx, c), "begin mail": begin, "put": put, "lease": lease,
		"pause":  s.Pause(ctx, "me", "", time.Time{}, storetest.Start),
		"cursor": s.SaveCursor(ctx, "INBOX", store.Cursor{}), "check": check,
		"probe": s.BeginProbe(ctx, store.Probe{ID: "p", Tenant: "t", Entry: "e", SentAt: storetest.Start}),
		"vault": s.Vault("v").Keep(ctx, "v"),
	} {
		var short *store.Unreachable
		if !errors.As(err, &short) || short.Refusal != "WAIT" || !errors.Is(err, workflow.Unavailable) {
			t.Errorf("%s with its replicas frozen: got %v", what, err)
		}
	}
	if _, err := s.Load(ctx, first.Request.ID); err != nil {
		t.Errorf("what was committed is read: %v", err)
	}
	for _, r := range trio.Replicas() {
		r.Resume()
	}
	until(t, func() bool { return s.Commit(ctx, c) == nil })
	if got := s.Seen().Sequences[0]; got != 2 {
		t.Errorf("%d commits are known, want 2", got)
	}
	tasks, err := s.Claim(ctx, storetest.Start, 10, time.Minute)
	if err != nil || len(tasks) != 2 || tasks[0].Lapsed+tasks[1].Lapsed != 0 {
		t.Errorf("claimed %+v, %v: what was claimed in vain is no lapse", tasks, err)
	}
}

// Why WAIT rides behind the script: it speaks of what was done on its own connection. On one
// of a pool, used before the write, and on a new one, which never did anything, Redis says
// that all have what none has.
func TestWaitOnItsOwnConnectionLies(t *testing.T) {
	trio := realTrio(t)
	primary, err := trio.Primary()
	if err != nil {
		t.Fatal(err)
	}
	writer, pooled := dial(t, primary), dial(t, primary)
	if got := pooled.say("SET", "k", "before"); got != "+OK" {
		t.Fatal(got)
	}
	if got := pooled.say("WAIT", "2", "10000"); got != ":2" {
		t.Fatal(got)
	}
	for _, r := range trio.Replicas() {
		r.Pause()
	}
	if got := writer.say("SET", "k", "v"); got != "+OK" {
		t.Fatal(got)
	}
	for name, c := range map[string]speaker{"used before": pooled, "new": dial(t, primary)} {
		if got := c.say("WAIT", "1", "100"); got == ":0" {
			t.Errorf("on a connection %s: %s; if Redis is truthful by now, the gate may be simpler", name, got)
		}
	}
	if got := writer.say("WAIT", "1", "100"); got != ":0" {
		t.Errorf("on the connection of the write: %s replicas have it, want none", got)
	}
	for _, r := range trio.Replicas() {
		r.Resume()
	}
}

// speaker is a connection that says one command after the other.
type speaker struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
}

func dial(t *testing.T, to *redistest.Server) speaker {
	t.Helper()
	conn, err := net.Dial("unix", to.Socket())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return speaker{t, conn, bufio.NewReader(conn)}
}

// say gives the answer, which is one line.
func (s speaker) say(words ...string) string {
	s.t.Helper()
	if _, err := s.conn.Write([]byte(strings.Join(words, " ") + "\r\n")); err != nil {
		s.t.Fatal(err)
	}
	line, err := s.in.ReadString('\n')
	if err != nil {
		s.t.Fatal(err)
	}
	return strings.TrimSpace(line)
}

// No Redis of 7.2 is at hand everywhere: this one is asked what WAITAOF would answer.
func TestWaitingForDisks(t *testing.T) {
	r := realRedis(t)
	h := r.Harness()
	var disks atomic.Pointer[string]
	says := func(local, replicas string) {
		answer := "return {" + local + "," + replicas + "}"
		disks.Store(&answer)
	}
	says("1", "1")
	s := h.Open(t, func(c *store.Config) {
		c.Durability = store.Durability{Mode: store.ModeWaitAOF, Replicas: 1}
		c.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
			var d net.Dialer
			conn, err := d.DialContext(ctx, network, addr)
			return translated{conn, &disks}, err
		}
	})
	ctx, n := t.Context(), 0
	commit := func() error { n++; return s.Commit(ctx, birth(t, n)) }
	pause := func() error { return s.Pause(ctx, "me", "", time.Time{}, storetest.Start) }
	for _, write := range []func() error{commit, commit, pause} {
		if err := write(); err != nil {
			t.Error(err)
		}
	}
	for _, short := range [][3]string{{"1", "0", "0 of 1 replicas"}, {"0", "1", "appendonly"}} {
		says(short[0], short[1])
		for _, write := range []func() error{commit, pause} {
			err := write()
			var gone *store.Unreachable
			if !errors.As(err, &gone) || gone.Refusal != "WAITAOF" || !strings.Contains(err.Error(), short[2]) {
				t.Errorf("with %v: got %v", short, err)
			}
		}
	}
}

// translated says something else for WAITAOF.
type translated struct {
	net.Conn
	answer *atomic.Pointer[string]
}

var waitAOF = regexp.MustCompile(`(?i)\*4\r\n\$7\r\nWAITAOF(\r\n\$\d+\r\n\d+){3}\r\n`)

// Write passes all else on.
func (c translated) Write(p []byte) (int, error) {
	script := *c.answer.Load()
	eval := fmt.Sprintf("*3\r\n$4\r\nEVAL\r\n$%d\r\n%s\r\n$1\r\n0\r\n", len(script), script)
	if _, err := c.Conn.Write(waitAOF.ReplaceAllLiteral(p, []byte(eval))); err != nil {
		return 0, err
	}
	return len(p), nil
}

// A frozen server holds nobody up for longer than his patience, nor than an attempt or two.
func TestAFrozenServerHoldsNobodyUp(t *testing.T) {
	r := realRedis(t)
	s, err := store.Open(t.Context(), store.Config{
		Addrs: []string{r.Addr()}, Rand: strings.NewReader(strings.Repeat("0123456789", 1000)),
		Now: func() time.Time { return storetest.Start }, ReadTimeout: time.Second,
		MasterKey: []byte(strings.Repeat("k", 32)),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	r.Pause()
	defer r.Resume()
	for name, of := range map[string]struct{ patience, most time.Duration }{
		"a patience of 300 ms": {300 * time.Millisecond, 900 * time.Millisecond},
		"no end of patience":   {time.Hour, 5 * time.Second},
	} {
		ctx, done := context.WithTimeout(t.Context(), of.patience)
		begun := time.Now()
		_, err := s.Acquire(ctx, "mailbox", "me", storetest.Start, time.Minute)
		if took := time.Since(begun); took > of.most || !errors.Is(err, workflow.Unavailable) {
			t.Errorf("%s: %v after %v, want Unavailable within %v", name, err, took, of.most)
		}
		done()
	}
}

// Which replicas there are, and how they are set, is asked of them.
func TestReplicasThatForgetAreFound(t *testing.T) {
	trio := realTrio(t)
	replicas := trio.Replicas()
	if _, err := replicas[0].Ask("CONFIG", "SET", "appendfsync", "no"); err != nil {
		t.Fatal(err)
	}
	fsync := storetest.OnTrio(trio, store.Durability{})
	findings, err := fsync.Open(t).CheckDurability(t.Context())
	if err == nil || len(findings) != 1 || findings[0].Node != replicas[0].Addr() ||
		findings[0].Setting != "appendfsync" {
		t.Errorf("fsync: %v, %v, want the replica's setting", findings, err)
	}
	three := storetest.OnTrio(trio, store.Durability{Mode: store.ModeWait, Replicas: 3})
	var wait *store.Unreachable
	if _, err := three.Open(t, quick).CheckDurability(t.Context()); !errors.As(err, &wait) {
		t.Errorf("three replicas wanted of two: got %v, want that it waits", err)
	}
	newer := storetest.OnTrio(trio, store.Durability{Mode: store.ModeWaitAOF})
	nodes, err := newer.Open(t, quick).Nodes(t.Context())
	if err != nil || len(nodes) != 1 || nodes[0].Replicas != 2 || nodes[0].Role != "master" ||
		len(nodes[0].RunID) != 40 || len(nodes[0].ReplID) != 40 {
		t.Fatalf("nodes: %+v, %v", nodes, err)
	}
	if strings.HasPrefix(nodes[0].Version, "7.0") {
		_, err := newer.Open(t, quick).CheckDurability(t.Context())
		if err == nil || errors.As(err, &wait) || !strings.Contains(err.Error(), "needs Redis 7.2") {
			t.Errorf("waitaof on %s: got %v", nodes[0].Version, err)
		}
	}
	replicas[1].Kill()
	replicas[0].Kill()
	until(t, func() bool {
		findings, err := fsync.Open(t).CheckDurability(t.Context())
		return err == nil && len(findings) == 1 && findings[0].Level == store.Unknown
	})
}

// Where INFO is denied nothing is known of the servers, and nothing else is wrong.
func TestNobodyKnowsTheServersWhereInfoIsDenied(t *testing.T) {
	h := realRedis(t).Harness()
	h.Raw(t, "ACL", "SETUSER", "default", "-info")
	s := h.Open(t)
	if nodes, err := s.Nodes(t.Context()); err != nil || nodes != nil {
		t.Errorf("nodes: %+v, %v", nodes, err)
	}
	if findings, err := s.CheckDurability(t.Context()); err != nil || len(findings) != 0 {
		t.Errorf("check durability: %v, %v", findings, err)
	}
}
