package storetest

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

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

// RealRedis starts redis-server on a socket of its own, with every write synced
// to disk, and gives the socket's path; "" when it is not installed.
func RealRedis(t testing.TB, settings ...string) string {
	t.Helper()
	program, err := exec.LookPath("redis-server")
	if err != nil {
		t.Log("redis-server is not installed: its half of the tests is left out")
		return ""
	}
	dir, err := os.MkdirTemp("", "dsrd") // t.TempDir is too long for a socket's path
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	socket := filepath.Join(dir, "redis.sock")
	args := append([]string{
		"--port", "0", "--unixsocket", socket, "--dir", dir, "--save", "",
		"--appendonly", "yes", "--appendfsync", "always",
	}, settings...)
	startRedis(t, exec.Command(program, args...))
	return socket
}

// startRedis returns once the server says that it is ready.
func startRedis(t testing.TB, cmd *exec.Cmd) {
	t.Helper()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("start redis-server: %v", err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	lines := bufio.NewScanner(out)
	var log strings.Builder
	for lines.Scan() {
		log.WriteString(lines.Text() + "\n")
		if strings.Contains(lines.Text(), "eady to accept connections") {
			go func() {
				for lines.Scan() { // or it blocks on a full pipe
				}
			}()
			return
		}
	}
	t.Fatalf("redis-server did not start:\n%s", log.String())
}
