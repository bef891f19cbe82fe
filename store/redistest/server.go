package redistest

import (
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/dsrd/dsrd/internal/child"
)

// A Missing program is one that is not installed.
type Missing = child.Missing

// A Server is a redis-server that syncs every write to the disk, unless its settings say otherwise.
// One test uses it at a time.
type Server struct {
	process      *child.Process // nil before the first start
	dir, program string
	port         int
	settings     []string
}

// Start starts a server that keeps its files in dir, which exists. Settings are redis-server's
// options ("--maxmemory", "1mb"); later ones win. A program that is not installed is a Missing.
func Start(dir string, settings ...string) (*Server, error) {
	s, err := prepare(dir, settings...)
	if err != nil {
		return nil, err
	}
	return s, s.Start()
}

// prepare finds program and port.
func prepare(dir string, settings ...string) (*Server, error) {
	program, err := child.Find("redis-server", "redis-server")
	if err != nil {
		return nil, err
	}
	port, err := child.Port()
	if err != nil {
		return nil, err
	}
	return &Server{dir: dir, program: program, port: port, settings: settings}, nil
}

// Start starts the server again, on what its disk holds, and returns when it answers. Settings are
// those of this life alone.
func (s *Server) Start(settings ...string) error { return s.start(settings...) }

// StartLoading is Start that does not wait until the server has loaded what its disk holds.
func (s *Server) StartLoading(settings ...string) error {
	if err := s.launch(settings); err != nil {
		return err
	}
	return s.await(func() bool {
		_, err := s.Ask("PING")
		var refused Refused
		return err == nil || errors.As(err, &refused)
	})
}

func (s *Server) start(more ...string) error {
	if err := s.launch(more); err != nil {
		return err
	}
	return s.await(func() bool {
		_, err := s.Ask("PING")
		var refused Refused
		return err == nil || errors.As(err, &refused) && strings.HasPrefix(refused.Error(), "NOAUTH")
	})
}

func (s *Server) launch(more []string) (err error) {
	args := append([]string{
		"--bind", "127.0.0.1", "--port", strconv.Itoa(s.port), "--unixsocket", s.Socket(),
		"--dir", s.dir, "--save", "", "--appendonly", "yes", "--appendfsync", "always",
		// What a cut leaves is told by the bytes of one file, so it must not be written anew.
		"--auto-aof-rewrite-percentage", "0", "--repl-diskless-sync-delay", "0",
	}, s.settings...)
	s.process, err = child.Launch(s.log(), syscall.SIGKILL, nil, s.program, append(args, more...)...)
	return err
}

func (s *Server) await(ready func() bool) error {
	return s.process.Await(fmt.Sprintf("redis-server on port %d", s.port), ready)
}

func (s *Server) log() string { return filepath.Join(s.dir, "redis.log") }

// Addr is host and port.
func (s *Server) Addr() string { return child.Loopback(s.port) }

// Socket is the path of the unix socket where it listens, too. The server must have been started
// in a folder with a short name: such a path has 107 bytes at most.
func (s *Server) Socket() string { return filepath.Join(s.dir, "redis.sock") }

// Kill ends the server as a power cut would.
func (s *Server) Kill() {
	if s.process != nil {
		s.process.Kill()
	}
}

// Pause stops the server where it stands, and returns when it stands: its connections stay open
// and nobody answers.
func (s *Server) Pause() { s.process.Pause() }

// Resume lets it go on.
func (s *Server) Resume() { s.process.Resume() }

// Running says whether it has not ended: a server that may not write to its disk ends itself.
func (s *Server) Running() bool { return s.process != nil && s.process.Running() }

// Ask runs a command and gives its answer as text, one element a line. What the server refuses is
// a Refused; who is paused or dead is another error.
func (s *Server) Ask(words ...string) (string, error) { return ask("unix", s.Socket(), words) }

// AskAs is Ask of a server that wants a password.
func (s *Server) AskAs(password string, words ...string) (string, error) {
	return ask("unix", s.Socket(), []string{"AUTH", password}, words)
}

// Info is one field of INFO, "" when there is none or nobody answers.
func (s *Server) Info(field string) string { return s.info()[field] }

func (s *Server) info() map[string]string {
	fields := map[string]string{}
	all, err := s.Ask("INFO", "all")
	if err != nil {
		return fields
	}
	for line := range strings.Lines(all) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		fields[name] = value
	}
	return fields
}

// follows says whether a replica gets what its primary writes, and has it on its own disk: after
// it was given everything it writes its file anew, and a kill before the end of that loses more
// than what lagged.
func (s *Server) follows() bool {
	f := s.info()
	return f["master_link_status"] == "up" && f["aof_rewrite_in_progress"] == "0" &&
		f["aof_rewrite_scheduled"] == "0" && f["aof_last_bgrewrite_status"] == "ok"
}
