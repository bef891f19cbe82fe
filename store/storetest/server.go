package storetest

import (
	"testing"

	"github.com/alicebob/miniredis/v2"

	"github.com/dsrd/dsrd/store/redistest"
)

// Embedded starts the Redis that lives in this process and gives its address.
func Embedded(t testing.TB) string {
	t.Helper()
	m, err := miniredis.Run()
	if err != nil {
		t.Fatalf("start embedded Redis: %v", err)
	}
	t.Cleanup(m.Close)
	return m.Addr()
}

// Redis is a redis-server of a test, which ends the test where it does not start.
type Redis struct {
	*redistest.Server
	Socket string
	Dir    string // where its append-only files lie

	cluster bool
}

// RealRedis starts redis-server with every write synced to disk, unless the
// settings say otherwise; nil when it is not installed.
func RealRedis(t testing.TB, settings ...string) *Redis {
	t.Helper()
	return realRedis(t, redistest.Start, settings)
}

// RealCluster starts a Redis Cluster of one node, which refuses every script
// whose keys lie in several slots; nil when redis-server is not installed.
func RealCluster(t testing.TB) *Redis {
	t.Helper()
	r := realRedis(t, redistest.StartOne, nil)
	if r != nil {
		r.cluster = true
	}
	return r
}

func realRedis(
	t testing.TB, start func(dir string, settings ...string) (*redistest.Server, error), settings []string,
) *Redis {
	t.Helper()
	dir := folder(t)
	server, err := start(dir, settings...)
	if missing(t, err) {
		return nil
	}
	t.Cleanup(server.Kill)
	return &Redis{Server: server, Socket: server.Socket(), Dir: dir}
}

// Harness gives an empty store on this server.
func (r *Redis) Harness() Harness {
	if !r.cluster {
		return fresh("redis-server", r.Socket)
	}
	h := fresh("redis cluster", r.Addr())
	h.Config.Cluster = true
	return h
}

// Start starts the server again, and returns once it is ready.
func (r *Redis) Start(t testing.TB) {
	t.Helper()
	if err := r.Server.Start(); err != nil {
		t.Fatal(err)
	}
}

// StartLoading starts the server again with those settings, and returns while it
// still loads its data.
func (r *Redis) StartLoading(t testing.TB, settings ...string) {
	t.Helper()
	if err := r.Server.StartLoading(settings...); err != nil {
		t.Fatal(err)
	}
}
