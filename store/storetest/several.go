package storetest

import (
	"errors"
	"os"
	"testing"

	"github.com/dsrd/dsrd/store"
	"github.com/dsrd/dsrd/store/redistest"
)

// RealTrio starts a primary with two replicas and three Sentinels; nil when redis-server is
// not installed.
func RealTrio(t testing.TB, settings ...string) *redistest.Trio {
	t.Helper()
	trio, err := redistest.StartTrio(folder(t), settings...)
	if missing(t, err) {
		return nil
	}
	t.Cleanup(trio.Close)
	return trio
}

// RealSix starts a Redis Cluster of three masters with a replica each; nil when redis-server
// is not installed.
func RealSix(t testing.TB, settings ...string) *redistest.Six {
	t.Helper()
	six, err := redistest.StartSix(folder(t), settings...)
	if missing(t, err) {
		return nil
	}
	t.Cleanup(six.Close)
	return six
}

// folder is for servers: t.TempDir is too long for a socket's path.
func folder(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "dsrd")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func missing(t testing.TB, err error) bool {
	t.Helper()
	var program redistest.Missing
	if errors.As(err, &program) && os.Getenv("REQUIRE_REAL") == "" {
		t.Log(err)
		return true
	}
	if err != nil {
		t.Fatal(err)
	}
	return false
}

// OnTrio is an empty store behind the Sentinels, with that gate.
func OnTrio(trio *redistest.Trio, d store.Durability) Harness {
	h := fresh("sentinel trio", "")
	h.Config.Addrs, h.Config.MasterName, h.Config.Durability = trio.Sentinels(), redistest.MasterName, d
	h.node = func(t testing.TB, _ string) string {
		t.Helper()
		primary, err := trio.Primary()
		if err != nil {
			t.Fatal(err)
		}
		return primary.Addr()
	}
	return h
}

// OnSix is an empty store in the Cluster, of four partitions, with that gate.
func OnSix(six *redistest.Six, d store.Durability) Harness {
	h := fresh("cluster of six", "")
	h.Config.Addrs, h.Config.Cluster, h.Config.Durability = six.Addrs(), true, d
	h.Config.Partitions = 4
	h.node = func(t testing.TB, key string) string {
		t.Helper()
		master, err := six.MasterOf(key)
		if err != nil {
			t.Fatal(err)
		}
		return master.Addr()
	}
	return h
}

// Patient waits between attempts, as a daemon does: a failover takes seconds.
func Patient(c *store.Config) { c.Backoff = nil }
