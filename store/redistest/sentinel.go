package redistest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/dsrd/dsrd/internal/child"
)

// A sentinel is redis-server in the role of one; the program redis-sentinel is the same one, in
// another of Debian's packages.
type sentinel struct {
	process *child.Process
	log     string
	port    int
}

// sentinelConf lets a primary be taken for dead after half a second.
const sentinelConf = `bind 127.0.0.1
port %d
dir %s
sentinel monitor %s 127.0.0.1 %d 2
sentinel down-after-milliseconds %[3]s 500
sentinel failover-timeout %[3]s 3000
sentinel parallel-syncs %[3]s 2
`

// haste lets the Sentinels talk to each other ten times as often as they do, so that a failover
// takes less than two seconds, and finding each other less than one.
var haste = []string{
	"SENTINEL", "DEBUG", "PUBLISH-PERIOD", "200", "INFO-PERIOD", "500", "PING-PERIOD", "200",
	"ASK-PERIOD", "200", "ELECTION-TIMEOUT", "2000", "SLAVE-RECONF-TIMEOUT", "2000",
}

func startSentinel(dir string, primary int) (*sentinel, error) {
	program, err := child.Find("redis-server", "redis-server")
	if err != nil {
		return nil, err
	}
	port, err := child.Port()
	if err != nil {
		return nil, err
	}
	conf := filepath.Join(dir, "sentinel.conf")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	text := fmt.Sprintf(sentinelConf, port, dir, MasterName, primary)
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		return nil, err
	}
	s := &sentinel{log: filepath.Join(dir, "sentinel.log"), port: port}
	if s.process, err = child.Launch(s.log, syscall.SIGKILL, nil, program, conf, "--sentinel"); err != nil {
		return nil, err
	}
	return s, s.process.Await(fmt.Sprintf("the sentinel on port %d", port), func() bool {
		_, err := ask("tcp", child.Loopback(port), haste)
		return err == nil
	})
}

// field is what the Sentinel knows of the primary.
func (s *sentinel) field(name string) string {
	said, err := ask("tcp", child.Loopback(s.port), []string{"SENTINEL", "MASTER", MasterName})
	if err != nil {
		return ""
	}
	_, rest, _ := strings.Cut(said, "\n"+name+"\n")
	value, _, _ := strings.Cut(rest, "\n")
	return value
}
