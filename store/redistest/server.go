package redistest

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// A Server is a redis-server that syncs every write to the disk, unless its settings say otherwise.
// One test uses it at a time.
type Server struct {
	*process
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
	program, err := find("redis-server", "redis-server")
	if err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	return &Server{dir: dir, program: program, port: port, settings: settings}, nil
}

// Start starts the server again, on what its disk holds, and returns when it answers. Settings are
// those of this life alone.
func (s *Server) Start(settings ...string) error { return s.start(settings...) }

func (s *Server) start(more ...string) (err error) {
	args := append([]string{
		"--bind", "127.0.0.1", "--port", strconv.Itoa(s.port), "--unixsocket", s.Socket(),
		"--dir", s.dir, "--save", "", "--appendonly", "yes", "--appendfsync", "always",
		// What a cut leaves is told by the bytes of one file, so it must not be written anew.
		"--auto-aof-rewrite-percentage", "0", "--repl-diskless-sync-delay", "0",
	}, s.settings...)
	s.process, err = launch(s.log(), s.program, append(args, more...)...)
	if err != nil {
		return err
	}
	if within(patience, s.process, func() bool { _, err := s.Ask("PING"); return err == nil }) {
		return nil
	}
	s.Kill()
	return fmt.Errorf("redis-server on port %d does not start:\n%s", s.port, tail(s.log()))
}

func (s *Server) log() string { return filepath.Join(s.dir, "redis.log") }

// Addr is host and port.
func (s *Server) Addr() string { return loopback(s.port) }

// Socket is the path of the unix socket where it listens, too. The server must have been started
// in a folder with a short name: such a path has 107 bytes at most.
func (s *Server) Socket() string { return filepath.Join(s.dir, "redis.sock") }

// Kill ends the server as a power cut would.
func (s *Server) Kill() {
	if s.process != nil {
		s.kill()
	}
}

// Pause stops the server where it stands, and returns when it stands: its connections stay open
// and nobody answers.
func (s *Server) Pause() {
	s.signal(syscall.SIGSTOP)
	within(patience, s.process, s.stopped)
}

// Resume lets it go on.
func (s *Server) Resume() { s.signal(syscall.SIGCONT) }

// Running says whether it has not ended: a server that may not write to its disk ends itself.
func (s *Server) Running() bool { return s.process != nil && s.running() }

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
