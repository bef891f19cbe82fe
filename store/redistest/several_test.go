package redistest_test

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/dsrd/dsrd/store/redistest"
)

func trio(t *testing.T) *redistest.Trio {
	t.Helper()
	trio, err := redistest.StartTrio(folder(t))
	noError(t, err)
	t.Cleanup(trio.Close)
	return trio
}

func primary(t *testing.T, trio *redistest.Trio) *redistest.Server {
	t.Helper()
	p, err := trio.Primary()
	noError(t, err)
	return p
}

func TestATrioFailsOverWithAllThatWasReplicated(t *testing.T) {
	trio := trio(t)
	for round := range 2 {
		old := primary(t, trio)
		count(t, old, "round"+strconv.Itoa(round), 20)
		ask(t, old, "SET", "last", "x")
		catchUp(t, old, trio.Replicas()...)
		noError(t, trio.FailOver(t.Context()))
		now := primary(t, trio)
		if now == old {
			t.Fatal("the primary is the one that is dead")
		}
		if got, want := ask(t, now, "DBSIZE"), strconv.Itoa(20*(round+1)+1); got != want {
			t.Errorf("round %d: %s keys, want %s", round, got, want)
		}
		ask(t, now, "SET", "last", "y") // it takes writes
		noError(t, trio.Return(old))
		if got := ask(t, old, "GET", "last"); got != "y" || primary(t, trio) != now {
			t.Errorf("who comes back has %q", got)
		}
	}
}

// catchUp waits until the replicas have what their primary has. WAIT would not tell: on a connection
// that has written nothing it does not wait.
func catchUp(t *testing.T, primary *redistest.Server, replicas ...*redistest.Server) {
	t.Helper()
	late := time.After(10 * time.Second)
	behind := func(s *redistest.Server) bool {
		return s.Info("slave_repl_offset") != primary.Info("master_repl_offset")
	}
	for slices.ContainsFunc(replicas, behind) {
		select {
		case <-late:
			t.Fatal("the replicas never have all")
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// A failover to replicas that lag loses what was acknowledged; that is what it is for.
func TestATrioWhoseReplicasLagLoses(t *testing.T) {
	trio := trio(t)
	old := primary(t, trio)
	count(t, old, "before", 20)
	catchUp(t, old, trio.Replicas()...)
	for _, s := range trio.Replicas() {
		trio.Detach(s)
	}
	count(t, old, "after", 20)
	noError(t, trio.FailOver(t.Context()))
	now := primary(t, trio)
	if got := ask(t, now, "DBSIZE"); got != "20" {
		t.Errorf("%s keys, want the 20 before the replicas lagged", got)
	}
	noError(t, trio.Return(old))
	if got := ask(t, old, "DBSIZE"); got != "20" {
		t.Errorf("who comes back has %s keys", got)
	}
}

func TestASixSpreadsAndFailsOver(t *testing.T) {
	six, err := redistest.StartSix(folder(t))
	noError(t, err)
	t.Cleanup(six.Close)
	masters := map[*redistest.Server]bool{}
	for _, key := range []string{"{dsrd:00}", "{dsrd:01}", "{dsrd:02}", "{dsrd:03}"} {
		m, err := six.MasterOf(key)
		noError(t, err)
		ask(t, m, "SET", key+":x", "before")
		masters[m] = true
	}
	if len(masters) != 3 {
		t.Errorf("four partitions lie on %d masters", len(masters))
	}
	const key = "{dsrd:02}"
	for _, lag := range []bool{false, true} {
		old, err := six.MasterOf(key)
		noError(t, err)
		replica, err := six.ReplicaOf(key)
		noError(t, err)
		want := "acknowledged"
		if lag {
			want = "before the lag"
			ask(t, old, "SET", key+":x", want)
			catchUp(t, old, replica)
			six.Detach(replica)
		}
		ask(t, old, "SET", key+":x", "acknowledged")
		if !lag {
			catchUp(t, old, replica)
		}
		dead, err := six.KillMasterOf(key)
		noError(t, err)
		if dead != old {
			t.Error("somebody else was killed")
		}
		now, err := six.MasterOf(key)
		noError(t, err)
		if now != replica {
			t.Error("somebody else took over")
		}
		if got := ask(t, now, "GET", key+":x"); got != want {
			t.Errorf("lagging %v: got %q, want %q", lag, got, want)
		}
		noError(t, six.Return(old))
		if got := ask(t, old, "CONFIG", "GET", "appendonly"); got != "appendonly\nyes" || old.Info("role") != "slave" {
			t.Errorf("who comes back is %s", old.Info("role"))
		}
	}
}
