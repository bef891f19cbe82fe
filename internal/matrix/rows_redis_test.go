package matrix_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/internal/faulty"
	"github.com/dsrd/dsrd/internal/office"
	"github.com/dsrd/dsrd/internal/oracle"
)

// TestRow14AReplyThatIsLost cuts the line to Redis when it has done what was asked, and before
// anybody hears of it: the same is asked again, and done once.
func TestRow14AReplyThatIsLost(t *testing.T) {
	redis := ownRedis(t)
	p, err := faulty.Listen(redis.Addr())
	office.NoError(t, err)
	t.Cleanup(p.Close)
	w := row(t, "r14", office.Alone(redis, p.Addr()))
	w.Serve()
	var all []string
	lost := 0
	for range size(10, 60) {
		c := w.asks(1)
		p.Set(faulty.DropReply(1 + rand.IntN(30)))
		w.confirms(c...)
		office.Until(t, "a reply is lost", func() bool { return p.Fired() > 0 })
		lost += p.Fired()
		all = append(all, c...)
	}
	w.judge(oracle.Allowed{})
	t.Logf("figure: %d replies of Redis lost over %d requests", lost, len(all))
}

// TestRow17RedisIsKilled while requests and answers come in. What it has confirmed is there.
func TestRow17RedisIsKilled(t *testing.T) {
	redis := ownRedis(t)
	w := row(t, "r17", office.Alone(redis, ""))
	w.Serve()
	open := w.asks(2)
	kills := size(5, 50)
	for range kills {
		more := w.asks(2)
		somewhen(t, redis, 15_000)
		redis.Kill()
		office.NoError(t, redis.Start())
		w.confirms(open...)
		open = more
	}
	w.confirms(open...)
	w.judge(oracle.Allowed{})
	t.Logf("figure: %d kills of Redis under load", kills)
}

// TestRow21RedisIsFull: nothing more is taken on, the mail stays where it is, one alarm says why, and
// all goes on when there is room.
func TestRow21RedisIsFull(t *testing.T) {
	redis := ownRedis(t)
	w := row(t, "r21", office.Alone(redis, ""))
	d := w.Serve()
	before := w.asks(2)
	w.awaitAsked(before...)
	says(t, redis, "CONFIG", "SET", "maxmemory", "1")
	more := w.asks(20)
	if why := w.awaitReady(false); !strings.Contains(why, "edis") {
		t.Errorf("readiness says: %s", why)
	}
	office.Until(t, "the mails are there", func() bool { return len(w.Inbox(w.Desk())) == len(more) })
	w.Pass(time.Minute)
	office.Within(2*time.Second, func() bool { return false }) // two more scans
	if n := strings.Count(d.Said(), "level=ERROR"); n > 12 {
		t.Errorf("it is told %d times for %d mails", n, len(more))
	}
	if n := len(w.Inbox(w.Desk())); n != len(more) {
		t.Errorf("%d mails of %d are still in the mailbox", n, len(more))
	}
	says(t, redis, "CONFIG", "SET", "maxmemory", "0")
	w.awaitReady(true)
	w.confirms(append(before, more...)...)
	w.judge(oracle.Allowed{})
}

// TestRow22RedisRefuses for every reason that passes: none of it is an attempt that failed.
func TestRow22RedisRefuses(t *testing.T) {
	redis := ownRedis(t, "--busy-reply-threshold", "100")
	dir := filepath.Dir(redis.Socket())
	w := row(t, "r22", office.Alone(redis, ""))
	d := w.Serve()
	var all []string
	for _, c := range []struct {
		name       string
		begin, end func()
	}{
		{"READONLY",
			func() { says(t, redis, "REPLICAOF", "127.0.0.1", "1") },
			func() { says(t, redis, "REPLICAOF", "NO", "ONE") }},
		{"MASTERDOWN", func() {
			says(t, redis, "CONFIG", "SET", "replica-serve-stale-data", "no")
			says(t, redis, "REPLICAOF", "127.0.0.1", "1")
		}, func() { says(t, redis, "REPLICAOF", "NO", "ONE") }},
		{"NOREPLICAS",
			func() { says(t, redis, "CONFIG", "SET", "min-replicas-to-write", "1") },
			func() { says(t, redis, "CONFIG", "SET", "min-replicas-to-write", "0") }},
		{"MISCONF", func() { // a snapshot that cannot be put where a folder is
			office.NoError(t, os.Mkdir(filepath.Join(dir, "dump.rdb"), 0o700))
			says(t, redis, "CONFIG", "SET", "save", "3600 100000")
			says(t, redis, "BGSAVE")
			office.Until(t, "the snapshot fails", func() bool { return redis.Info("rdb_last_bgsave_status") == "err" })
		}, func() { says(t, redis, "CONFIG", "SET", "save", "") }},
		{"BUSY",
			func() { go redis.Ask("EVAL", "while true do end", "0") },
			func() {
				office.Until(t, "the script is ended", func() bool { _, err := redis.Ask("SCRIPT", "KILL"); return err == nil })
			}},
		{"LOADING", func() {
			redis.Kill()
			office.NoError(t, redis.StartLoading("--key-load-delay", "4000")) // microseconds
		}, func() {
			office.Until(t, "all is loaded", func() bool { return redis.Info("loading") == "0" })
		}},
	} {
		before := w.asks(1)
		w.awaitAsked(before...)
		c.begin()
		late := w.asks(1)
		w.send(before[0], "CONFIRM")
		w.awaitReady(false)
		c.end()
		w.awaitReady(true)
		w.awaitEnd(before[0], "completed")
		w.confirms(late...)
		all = append(all, append(before, late...)...)
		if !d.Running() {
			t.Fatalf("%s: dsrd has ended", c.name)
		}
	}
	w.judge(oracle.Allowed{})
	for _, c := range all {
		s := w.last[c]
		if events := strings.Join(s.events(), " "); s.State != "completed" || strings.Contains(events, "failed") {
			t.Errorf("%s is %q after %s", c, s.State, events)
		}
	}
}

// TestRow23RedisIsDownAtTheStart: the process stays up, says that it is not ready, and begins when
// Redis is there.
func TestRow23RedisIsDownAtTheStart(t *testing.T) {
	redis := ownRedis(t)
	w := row(t, "r23", office.Alone(redis, ""))
	redis.Kill()
	d := w.ServeAs("dsrd.yaml", "dsrd.sock")
	office.Until(t, "it is alive and not ready", func() bool {
		alive, _ := w.get("/healthz")
		ready, _ := w.get("/readyz")
		return alive == http.StatusOK && ready == http.StatusServiceUnavailable
	})
	office.NoError(t, redis.Start())
	w.read(d)
	w.confirms(w.asks(2)...)
	w.judge(oracle.Allowed{})
	if len(w.Daemons) != 1 {
		t.Errorf("it was started %d times", len(w.Daemons))
	}
}

// TestRow24RedisKnowsUsNot: a wrong password and a command that is denied are named, and nothing is
// begun.
func TestRow24RedisKnowsUsNot(t *testing.T) {
	redis := ownRedis(t)
	w := row(t, "r24", office.Alone(redis, ""))
	for _, c := range []struct {
		name        string
		words, undo []string
		want        string
	}{
		{"a password", []string{"CONFIG", "SET", "requirepass", "secret"}, []string{"ACL", "SETUSER", "default", "nopass"}, "NOAUTH"},
		{"RPUSH", []string{"ACL", "SETUSER", "default", "-rpush"}, []string{"ACL", "SETUSER", "default", "+@all"}, "rpush"},
		{"ZADD", []string{"ACL", "SETUSER", "default", "-zadd"}, []string{"ACL", "SETUSER", "default", "+@all"}, "zadd"},
		{"EVALSHA", []string{"ACL", "SETUSER", "default", "-evalsha", "-eval"}, []string{"ACL", "SETUSER", "default", "+@all"}, "eval"},
	} {
		says(t, redis, c.words...)
		d := w.ServeAs("dsrd.yaml", "dsrd.sock")
		office.Until(t, fmt.Sprintf("%s is named", c.name), func() bool {
			return strings.Contains(strings.ToLower(d.Said()), strings.ToLower(c.want))
		})
		if d.Running() {
			d.Kill()
		}
		office.NoError(t, func() error {
			if c.want == "NOAUTH" {
				_, err := redis.AskAs("secret", c.undo...)
				return err
			}
			_, err := redis.Ask(c.undo...)
			return err
		}())
	}
	w.Serve()
	w.confirms(w.asks(1)...)
	w.judge(oracle.Allowed{})
}
