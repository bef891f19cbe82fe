package matrix_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/internal/office"
	"github.com/dsrd/dsrd/internal/oracle"
	"github.com/dsrd/dsrd/store/redistest"
)

// TestRow18TheLastSecondIsLost: Redis comes back without what it wrote last, while the daemon runs,
// while it is down, and after both died. It is noticed, nothing leaves before it is made good.
func TestRow18TheLastSecondIsLost(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"up", "down", "both"} {
		t.Run(how, func(t *testing.T) {
			redis := ownRedis(t)
			w := row(t, "r18"+how, office.Alone(redis, ""))
			d := w.Serve()
			w.every()
			w.quiet()
			mark, err := redis.Written()
			office.NoError(t, err)
			since := time.Now()
			more := w.asks(2)
			w.confirms(more[0])
			w.awaitEnd(more[0], "completed")
			before := sequence(redis)
			switch how {
			case "down":
				d.End()
			case "both":
				d.Kill()
			}
			c := w.cuts(redis, mark, since)
			if _, err := redis.CheckAOF(); err != nil {
				t.Logf("redis-check-aof finds the cut: %v", err)
			}
			office.NoError(t, redis.Start())
			from := time.Now()
			lost := sequence(redis) < before
			if how != "up" {
				w.ServeAs("dsrd.yaml", "dsrd.sock")
			}
			if lost {
				t.Logf("noticed and made good after %s", w.awaitRecovery(0, from))
			}
			w.persists()
			w.afterLoss(c)
		})
	}
}

// TestAofCuts cuts the log of Redis at bytes that chance chooses, under load, again and again.
func TestAofCuts(t *testing.T) {
	redis := ownRedis(t)
	w := row(t, "cuts", office.Alone(redis, ""))
	w.Serve()
	rounds, lossy, noticed, sent := size(4, 50), 0, 0, 0
	for range rounds {
		since := time.Now() // all is quiet
		all := w.asks(2)
		w.awaitAsked(all...)
		mark, err := redis.Written()
		office.NoError(t, err)
		w.confirms(all[0])
		more := w.asks(1)
		somewhen(t, redis, 20_000)
		before, recoveries := sequence(redis), len(w.recoveries())
		c := w.cuts(redis, mark, since)
		office.NoError(t, redis.Start())
		from := time.Now()
		if sequence(redis) < before {
			lossy++
			w.awaitRecovery(recoveries, from)
			noticed++
		}
		w.confirms(all[1], more[0])
		w.persists()
		w.wholeChains(redis)
		sent += c
	}
	v := w.afterLoss(sent)
	w.figure("%d AOF cuts: %d lost commits, %d noticed, %d requests lost, %d wrong, %d duplicates (%d letters left in those rounds)",
		rounds, lossy, noticed, v.Lost, v.Wrong, v.Duplicates, sent)
}

// TestRow19AnotherRedis is one that somebody emptied, one on an empty volume, and somebody else's.
func TestRow19AnotherRedis(t *testing.T) {
	t.Parallel()
	t.Run("waits", func(t *testing.T) { // for a person, who says that it is to be filled again
		redis := ownRedis(t)
		w := row(t, "r19waits", office.Alone(redis, ""))
		d := w.Serve()
		w.every()
		says(t, redis, "FLUSHALL")
		left := w.sentSince(time.Time{})
		from := time.Now()
		why := w.awaitReady(false)
		office.Until(t, "it says what is wrong", func() bool { return strings.Contains(d.Said(), "dsrd recover") })
		if code, _ := w.get("/healthz"); code != http.StatusOK || !d.Running() {
			t.Errorf("it is not alive: %s", why)
		}
		if got := office.Dsrd(t, nil, "recover", "--dry-run", "--socket", d.Socket); got.Code != 0 {
			t.Errorf("recover --dry-run: %+v", got)
		}
		w.Order("recover")
		w.awaitRecovery(0, from)
		w.awaitReady(true)
		w.persists()
		w.afterLoss(left)
	})
	t.Run("foreign", func(t *testing.T) { // it is left as it is, and no key of ours is written to it
		one, other := ownRedis(t), ownRedis(t)
		theirs := row(t, "r19theirs", office.Alone(other, ""))
		theirs.Serve()
		theirs.confirms(theirs.asks(1)...)
		theirs.judge(oracle.Allowed{})
		before := keysIn(t, other)
		w := newWorld(t, theirs.Site, "r19foreign", office.Alone(one, ""))
		d := w.Serve()
		w.every()
		d.End()
		w.Replace("dsrd.yaml", one.Addr(), other.Addr())
		d = w.ServeAs("dsrd.yaml", "dsrd.sock")
		d.Await("--replace")
		w.awaitReady(false)
		if got := office.Dsrd(t, nil, "recover", "--socket", d.Socket); got.Code == 0 {
			t.Errorf("it is recovered all the same: %+v", got)
		}
		if diff := keysIn(t, other); !slices.Equal(diff, before) {
			t.Errorf("keys before: %v, and now %v", before, diff)
		}
		d.End()
		w.Replace("dsrd.yaml", other.Addr(), one.Addr())
		w.Serve()
		w.persists()
		w.verdict(oracle.Allowed{})
	})
}

// keysIn are the names of all keys.
func keysIn(t *testing.T, s *redistest.Server) []string {
	t.Helper()
	all := strings.Fields(says(t, s, "KEYS", "*"))
	slices.Sort(all)
	return all
}

// TestEmptyRedisIsRebuilt empties Redis under requests in every state, again and again: what had left
// stays completed, all others are asked about anew, and nothing leaves without a new word.
func TestEmptyRedisIsRebuilt(t *testing.T) {
	redis := ownRedis(t)
	w := row(t, "empty", office.Alone(redis, ""), func(c *office.Settings) { c.Redis += "  recovery: always\n" })
	d := w.Serve()
	rounds, mails := size(2, 20), 0
	for n := range rounds {
		w.every()
		if n%2 == 0 {
			says(t, redis, "FLUSHALL")
		} else {
			d.End()
			redis.Kill()
			office.NoError(t, redis.Clear())
			office.NoError(t, redis.Start())
			d = w.ServeAs("dsrd.yaml", "dsrd.sock")
		}
		w.awaitRecovery(n, time.Now())
		mails = len(w.asked)
		w.persists()
	}
	v := w.afterLoss(w.sentSince(time.Time{}))
	w.figure("%d empty Redis rebuilt, of %d requests: %d lost, %d wrong, %d stuck, %d duplicates",
		rounds, mails, v.Lost, v.Wrong, v.Stuck, v.Duplicates)
}

// TestRow20AReplicaThatLagsTakesOver: without WAIT what was acknowledged last is gone, which is
// noticed and made good; with WAIT nothing is acknowledged that a replica does not have.
func TestRow20AReplicaThatLagsTakesOver(t *testing.T) {
	t.Parallel()
	trio := func(t *testing.T, name, durability string) (*world, *redistest.Trio) {
		t.Helper()
		servers, err := redistest.StartTrio(scratch(t))
		office.NoError(t, err)
		t.Cleanup(servers.Close)
		w := row(t, name, office.Watched(servers), func(c *office.Settings) { c.Redis += durability })
		w.Serve()
		return w, servers
	}
	t.Run("fsync", func(t *testing.T) {
		w, servers := trio(t, "r20fsync", "")
		w.every()
		w.quiet()
		old, err := servers.Primary()
		office.NoError(t, err)
		for _, s := range servers.Replicas() {
			servers.Detach(s)
		}
		since := time.Now()
		more := w.asks(2)
		w.confirms(more[0])
		w.awaitEnd(more[0], "completed")
		before := sequence(old)
		office.NoError(t, servers.FailOver(t.Context()))
		from := time.Now()
		now, err := servers.Primary()
		office.NoError(t, err)
		if sequence(now) >= before {
			t.Fatalf("nothing was lost: %d commits, and %d", sequence(now), before)
		}
		w.awaitRecovery(0, from)
		office.NoError(t, servers.Return(old))
		w.persists()
		w.afterLoss(w.sentSince(since))
	})
	t.Run("wait", func(t *testing.T) {
		w, servers := trio(t, "r20wait", "  durability: wait\n  wait_replicas: 2\n  wait_timeout: 500ms\n")
		w.every()
		old, err := servers.Primary()
		office.NoError(t, err)
		for _, s := range servers.Replicas() {
			servers.Detach(s)
		}
		w.asks(2)
		w.awaitReady(false)
		office.NoError(t, servers.FailOver(t.Context()))
		office.NoError(t, servers.Return(old))
		w.awaitReady(true)
		w.persists()
		if n := len(w.recoveries()); n != 0 {
			t.Errorf("%d times something was lost", n)
		}
		w.verdict(oracle.Allowed{})
	})
	t.Run("cluster", func(t *testing.T) {
		six, err := redistest.StartSix(scratch(t))
		office.NoError(t, err)
		t.Cleanup(six.Close)
		w := row(t, "r20six", office.Clustered(six))
		w.Serve()
		w.every()
		const key = "{dsrd:02}:seq"
		replica, err := six.ReplicaOf(key)
		office.NoError(t, err)
		six.Detach(replica)
		since := time.Now()
		more := w.asks(6) // they lie in all partitions, more likely than not
		w.confirms(more[:3]...)
		for _, c := range more[:3] {
			w.awaitEnd(c, "completed")
		}
		dead, err := six.KillMasterOf(key)
		office.NoError(t, err)
		office.NoError(t, six.Return(dead))
		w.persists()
		w.afterLoss(w.sentSince(since))
	})
}

// TestTakeOver kills the replica that does the work: another one goes on within the time of a lease.
func TestTakeOver(t *testing.T) {
	t.Parallel()
	for _, lease := range []time.Duration{3 * time.Second, 15 * time.Second} {
		t.Run(lease.String(), func(t *testing.T) {
			if lease > 3*time.Second && testing.Short() {
				t.Skip("it waits for a real lease")
			}
			w := row(t, "over"+lease.String(), func(c *office.Settings) {
				c.Timing["lease"] = lease.String()
				c.Timing["look"] = "1s"
			})
			both := w.replicas(2)
			before := w.asks(1)
			w.awaitSent(before...)
			victim := both[0]
			if strings.Contains(both[1].Said(), "mailbox read") {
				victim = both[1]
			}
			victim.Kill()
			began := time.Now()
			w.confirms(before...)
			w.confirms(w.asks(1)...)
			office.Until(t, "both packages", func() bool { return len(w.Packages(w.Anna())) == 2 })
			took := time.Since(began)
			if took > 2*lease+15*time.Second {
				t.Errorf("it took %s", took)
			}
			w.judge(oracle.Allowed{})
			w.figure("take-over after SIGKILL, lease %s: all done after %s", lease, took.Round(time.Second))
		})
	}
}

// TestSigterm ends the daemon at a moment that chance has chosen, again and again: it ends well, in
// time, and nothing is left lying or done twice.
func TestSigterm(t *testing.T) {
	redis := ownRedis(t)
	w := row(t, "term", office.Alone(redis, ""))
	d := w.Serve()
	slowest := time.Duration(0)
	rounds := size(5, 30)
	for range rounds {
		all := w.asks(2)
		somewhen(t, redis, 15_000)
		began := time.Now()
		d.End()
		slowest = max(slowest, time.Since(began))
		d = w.Serve()
		w.confirms(all...)
	}
	w.judge(oracle.Allowed{})
	w.figure("%d SIGTERMs under load: exit 0 each time, the slowest after %s, 0 duplicates", rounds,
		slowest.Round(100*time.Millisecond))
}
