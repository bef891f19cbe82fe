package real

import (
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"

	"github.com/dsrd/dsrd/internal/child"
)

// Redis is a redis-server that syncs every write to the disk.
type Redis struct {
	*Process
	dir, program string
	next         atomic.Int32
}

// databases is how many a server has; each daemon of a test gets one.
const databases = 100

// StartRedis starts a server in the folder.
func StartRedis(dir string) (*Redis, error) {
	program, err := child.Find("redis-server", "redis-server")
	if err != nil {
		return nil, err
	}
	r := &Redis{dir: dir, program: program}
	return r, r.Start()
}

// Start starts the server again, on what its disk holds.
func (r *Redis) Start() (err error) {
	r.Process, err = child.Launch(filepath.Join(r.dir, "redis.log"), syscall.SIGKILL, nil, r.program,
		"--port", "0", "--unixsocket", r.socket(), "--dir", r.dir, "--save", "", "--appendonly", "yes",
		"--appendfsync", "always", "--databases", strconv.Itoa(databases))
	if err != nil {
		return err
	}
	return r.Await("redis-server", func() bool {
		_, err := r.Ask(0, "PING")
		return err == nil
	})
}

func (r *Redis) socket() string { return filepath.Join(r.dir, "redis.sock") }

// Database gives the URL and the number of a database that nobody was given yet.
func (r *Redis) Database() (url string, number int) {
	n := int(r.next.Add(1)) - 1
	return "unix://" + r.socket() + "?db=" + strconv.Itoa(n), n
}

// Ask runs a command in a database, as redis-cli writes its answer.
func (r *Redis) Ask(database int, words ...string) (string, error) {
	program, err := child.Find("redis-cli", "redis-tools")
	if err != nil {
		return "", err
	}
	out, err := output(program, append([]string{"-e", "-s", r.socket(), "-n", strconv.Itoa(database)}, words...)...)
	return strings.TrimSpace(out), err
}
