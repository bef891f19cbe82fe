package storetest

import (
	"bufio"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
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

// Redis is a redis-server on a socket of its own.
type Redis struct {
	Socket string
	Dir    string // where its append-only files lie
	args   []string
	cmd    *exec.Cmd

	address string // of a cluster's node, else the socket serves
	cluster bool
}

// RealRedis starts redis-server with every write synced to disk, unless the
// settings say otherwise; nil when it is not installed.
func RealRedis(t testing.TB, settings ...string) *Redis {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		if os.Getenv("REQUIRE_REAL") != "" {
			t.Fatal("redis-server is not installed (apt-get install redis-server)")
		}
		t.Log("redis-server is not installed: its half of the tests is left out")
		return nil
	}
	dir, err := os.MkdirTemp("", "dsrd") // t.TempDir is too long for a socket's path
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	r := &Redis{Socket: filepath.Join(dir, "redis.sock"), Dir: dir}
	r.args = append([]string{
		"--port", "0", "--unixsocket", r.Socket, "--dir", dir, "--save", "",
		"--appendonly", "yes", "--appendfsync", "always",
	}, settings...)
	r.Start(t)
	t.Cleanup(r.Kill)
	return r
}

// Harness gives an empty store on this server.
func (r *Redis) Harness() Harness {
	if !r.cluster {
		return fresh("redis-server", r.Socket)
	}
	h := fresh("redis cluster", r.address)
	h.Config.Cluster = true
	return h
}

// Kill ends the server as a power cut would.
func (r *Redis) Kill() {
	r.cmd.Process.Kill()
	r.cmd.Wait()
}

// Start starts the server, for the first time or again, and returns once it says
// that it is ready.
func (r *Redis) Start(t testing.TB) {
	t.Helper()
	r.launch(t, "eady to accept connections")
}

// StartLoading starts the server again with those settings, and returns while it
// still loads its data.
func (r *Redis) StartLoading(t testing.TB, settings ...string) {
	t.Helper()
	r.launch(t, "Server initialized", settings...)
}

// launch starts the server and returns once its log says the word.
func (r *Redis) launch(t testing.TB, word string, settings ...string) {
	t.Helper()
	r.cmd = exec.Command("redis-server", append(slices.Clone(r.args), settings...)...)
	out, err := r.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := r.cmd.Start(); err != nil {
		t.Fatalf("start redis-server: %v", err)
	}
	lines := bufio.NewScanner(out)
	var log strings.Builder
	for lines.Scan() {
		log.WriteString(lines.Text() + "\n")
		if strings.Contains(lines.Text(), word) {
			go io.Copy(io.Discard, out) // or it blocks on a full pipe
			return
		}
	}
	r.Kill()
	t.Fatalf("redis-server did not start:\n%s", log.String())
}

// RealCluster starts a Redis Cluster of one node, which refuses every script
// whose keys lie in several slots; nil when redis-server is not installed.
func RealCluster(t testing.TB) *Redis {
	t.Helper()
	port := freePort(t)
	r := RealRedis(t, "--port", port, "--bind", "127.0.0.1", "--cluster-enabled", "yes")
	if r == nil {
		return nil
	}
	h := r.Harness()
	h.Raw(t, "CLUSTER", "ADDSLOTSRANGE", "0", "16383")
	// A new node turns writable two seconds after its start, whatever one does.
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !strings.Contains(h.Raw(t, "CLUSTER", "INFO").(string), "cluster_state:ok") {
		select {
		case <-tick.C:
		case <-t.Context().Done():
			t.Fatal("the cluster did not get ready")
		}
	}
	r.address, r.cluster = "127.0.0.1:"+port, true
	return r
}

func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}
