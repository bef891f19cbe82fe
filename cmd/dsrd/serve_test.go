package main

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/dsrd/dsrd/internal/admin"
	"github.com/dsrd/dsrd/internal/demo"
	"github.com/dsrd/dsrd/store/storetest"
)

// soon is how fast the program must end when it is told to.
const soon = 5 * time.Second

// process is the program as an operating system runs it.
type process struct {
	*exec.Cmd
	mu  sync.Mutex
	log bytes.Buffer
}

func (p *process) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.Write(b)
}

func (p *process) said() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.String()
}

// start runs the real program: the test binary under its name (see TestMain).
func start(t *testing.T, args ...string) *process {
	t.Helper()
	p := &process{Cmd: exec.Command("dsrd", args...)}
	p.Stdout, p.Stderr = p, p
	noError(t, p.Start())
	t.Cleanup(func() { p.Process.Kill() })
	return p
}

// await waits until the process has said something so many times.
func (p *process) await(t *testing.T, text string, times int) {
	t.Helper()
	ticks := time.NewTicker(20 * time.Millisecond)
	defer ticks.Stop()
	late := time.After(30 * time.Second)
	for strings.Count(p.said(), text) < times {
		select {
		case <-ticks.C:
		case <-late:
			t.Fatalf("it did not say %q:\n%s", text, p.said())
		}
	}
}

// awaitScan waits for the first scan: what came before it is left alone.
func (p *process) awaitScan(t *testing.T, socket string) {
	t.Helper()
	client := admin.NewClient(socket)
	for range 500 {
		status, err := client.Status(t.Context())
		if at, _ := status["scanned_at"].(string); err == nil && !strings.HasPrefix(at, "0001") {
			return
		}
		select {
		case <-t.Context().Done():
		case <-time.After(20 * time.Millisecond):
		}
	}
	t.Fatalf("the mailbox was not read:\n%s", p.said())
}

// end sends a signal and gives the exit status; the end must come soon.
func (p *process) end(t *testing.T, s os.Signal) int {
	t.Helper()
	began := time.Now()
	noError(t, p.Process.Signal(s))
	ended := make(chan struct{})
	go func() { p.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-time.After(4 * soon):
		t.Fatalf("it does not end:\n%s", p.said())
	}
	if d := time.Since(began); d > soon {
		t.Errorf("it took %s to end", d)
	}
	return p.ProcessState.ExitCode()
}

// someSource is never asked: nobody is proven here, so nothing is compiled.
const someSource = `sources:
  - name: defender
    kind: defender
    endpoint: https://localhost:1
    credential:
      kind: client_secret
      tenant_id: 11111111-1111-1111-1111-111111111111
      client_id: 22222222-2222-2222-2222-222222222222
      secret_file: password
`

// site is a world around a program that is not in it: its own dsrd is closed, its
// Redis is a real one.
type site struct {
	*demo.World
	config string
	redis  *storetest.Redis
}

func newSite(t *testing.T, settings ...string) *site {
	t.Helper()
	redis := storetest.RealRedis(t, settings...)
	if redis == nil {
		t.Skip("redis-server is not installed")
	}
	dir, err := os.MkdirTemp("", "dsrd") // the path of a socket may not be long
	noError(t, err)
	w, err := demo.New(t.Context(), demo.Options{Dir: dir, Clock: demo.NewClock(time.Now), Slots: "@every 1s",
		Log: slog.New(slog.DiscardHandler), Extra: someSource})
	noError(t, err)
	t.Cleanup(func() {
		noError(t, w.Close())
		os.RemoveAll(dir)
	})
	noError(t, w.App.Close())
	s := &site{w, filepath.Join(dir, "dsrd.yaml"), redis}
	s.edit(t, "dsrd.yaml", "redis://"+w.Redis.Addr(), "unix://"+redis.Socket)
	s.edit(t, "dsrd.yaml", `scan: "@every 5s"`, `scan: "@every 1s"`)
	return s
}

func (s *site) edit(t *testing.T, name, from, to string) {
	t.Helper()
	path := filepath.Join(s.Dir, name)
	text := slurp(t, path)
	if !strings.Contains(text, from) {
		t.Fatalf("%s does not hold %q", name, from)
	}
	spill(t, path, strings.Replace(text, from, to, 1))
}

func (s *site) serve(t *testing.T) *process {
	t.Helper()
	return start(t, "serve", "--config", s.config)
}

// TestServeAsAProcess starts, looks, reloads, ends and starts again, as a service
// manager and an operator do. DKIM keys of this world are not in the DNS, so nobody
// is proven here: the whole procedure is played in internal/app.
func TestServeAsAProcess(t *testing.T) {
	s := newSite(t)
	p := s.serve(t)
	p.await(t, "dsrd runs", 1)
	socket := filepath.Join(s.Dir, "dsrd.sock")
	if got := dsrd(t, "queue", "--socket", socket); got.code != exitDone || got.out != "No request in these states.\n" {
		t.Errorf("got %+v", got)
	}
	p.awaitScan(t, socket)
	noError(t, s.Write(demo.Letter{From: demo.Jane, To: demo.Desk, SubjectLine: "My data",
		Body: "Please send me the data you hold about jane.roe@customer.example.\n"}))
	p.await(t, "event=letter_sent from=awaiting_confirmation", 1)
	if mail, err := s.Latest(demo.Anna); err != nil || !bytes.Contains(mail, []byte("[DSR-")) {
		t.Errorf("anna was not asked: %v", err)
	}

	p.reloads(t, s)
	if code := p.end(t, syscall.SIGTERM); code != exitDone {
		t.Errorf("it ended with %d:\n%s", code, p.said())
	}
	if _, err := os.Stat(socket); err == nil {
		t.Error("the socket is left behind")
	}

	p = s.serve(t)
	p.await(t, "dsrd runs", 1)
	if got := dsrd(t, "queue", "--socket", socket); !strings.Contains(got.out, "awaiting_confirmation") {
		t.Errorf("the request is forgotten: %+v", got)
	}
	if code := p.end(t, os.Interrupt); code != exitDone {
		t.Errorf("it ended with %d:\n%s", code, p.said())
	}
	if mails, err := s.Inbox(demo.Anna); err != nil || len(mails) != 1 {
		t.Errorf("anna got %d mails, %v", len(mails), err)
	}
}

// reloads sends SIGHUP with a good registry and with a broken one.
func (p *process) reloads(t *testing.T, s *site) {
	t.Helper()
	noError(t, p.Process.Signal(syscall.SIGHUP))
	p.await(t, "tenants reloaded", 1)
	s.edit(t, "tenants.yaml", "role: reader", "role: king")
	noError(t, p.Process.Signal(syscall.SIGHUP))
	p.await(t, "the old ones stay in force", 1)
	s.edit(t, "tenants.yaml", "role: king", "role: reader")
	noError(t, p.Process.Signal(syscall.SIGHUP))
	p.await(t, "tenants reloaded", 2)
}

func TestServeWaitsForRedisAndEndsWhenTold(t *testing.T) {
	s := newSite(t)
	s.redis.Kill()
	p := s.serve(t)
	p.await(t, "what=redis", 1)
	noError(t, p.Process.Signal(syscall.SIGHUP)) // is no reason to end
	if code := p.end(t, syscall.SIGTERM); code != exitDone {
		t.Errorf("it ended with %d:\n%s", code, p.said())
	}
	p = s.serve(t)
	p.await(t, "what=redis", 1)
	s.redis.Start(t)
	p.await(t, "dsrd runs", 1)
	if code := p.end(t, syscall.SIGTERM); code != exitDone {
		t.Errorf("it ended with %d:\n%s", code, p.said())
	}
}

func TestServeRefusesAnUnsafeRedis(t *testing.T) {
	s := newSite(t, "--appendfsync", "everysec")
	got := dsrd(t, "serve", "--config", s.config)
	if got.code != exitFailed || !strings.Contains(got.err, `"appendfsync always" into redis.conf`) {
		t.Errorf("got %+v", got)
	}
}

func TestServeRefusesASecondDaemon(t *testing.T) {
	s := newSite(t)
	p := s.serve(t)
	p.await(t, "dsrd runs", 1)
	got := dsrd(t, "serve", "--config", s.config)
	if got.code != exitFailed || !strings.Contains(got.err, "answers there already") {
		t.Errorf("got %+v", got)
	}
	if code := p.end(t, syscall.SIGTERM); code != exitDone {
		t.Errorf("it ended with %d", code)
	}
}

// TestServeShowsAllProblemsAtOnce breaks every file that a daemon reads.
func TestServeShowsAllProblemsAtOnce(t *testing.T) {
	o := newOffice(t)
	dir := o.Dir
	config := slurp(t, filepath.Join(dir, "dsrd.yaml"))
	for _, change := range [][2]string{
		{"    host: localhost\n    port", "    hots: localhost\n    port"},
		{"encryption: age", "encryption: rot13"},
		{`scan: "@every 5s"`, `scan: "every minute"`},
	} {
		if !strings.Contains(config, change[0]) {
			t.Fatalf("the configuration does not hold %q", change[0])
		}
		config = strings.Replace(config, change[0], change[1], 1)
	}
	spill(t, filepath.Join(dir, "dsrd.yaml"), config)
	spill(t, filepath.Join(dir, "ca.pem"), "no certificate\n")
	spill(t, filepath.Join(dir, "password"), "\n")
	spill(t, filepath.Join(dir, "tenants.yaml"), strings.Replace(slurp(t, filepath.Join(dir, "tenants.yaml")), "role: reader", "role: king", 1))
	noError(t, os.Chmod(filepath.Join(dir, "keys.yaml"), 0o644))

	got := dsrd(t, "serve", "--config", filepath.Join(dir, "dsrd.yaml"))
	if got.code != exitFailed {
		t.Errorf("it ended with %d", got.code)
	}
	for _, want := range []string{
		`dsrd.yaml:4: mailboxes[0].hots: there is no key "hots" here (did you mean "host"?)`,
		`mailboxes[0].password_file: leads to nothing but an empty secret`,
		`mailboxes[0].ca_file: read trusted roots`,
		`delivery.encryption: is "rot13" (one of: age, passphrase, none)`,
		`schedules.scan: read schedule "every minute"`,
		`keys.file: read key file`,
		`dsrd.yaml: sources: is missing (name a system that holds customers' data)`,
		`tenants[1].admins[0].role: "king" is no role (one of: `,
	} {
		if !strings.Contains(got.err, want) {
			t.Errorf("nothing says %q in:\n%s", want, got.err)
		}
	}
	for line := range strings.Lines(got.err) {
		if !strings.Contains(line, ".yaml:") {
			t.Errorf("no file and line: %s", line)
		}
	}
}

func TestServeWithoutAConfiguration(t *testing.T) {
	nowhere := filepath.Join(t.TempDir(), "dsrd.yaml")
	got := dsrd(t, "serve", "--config", nowhere)
	want := fmt.Sprintf("dsrd: read %s: no such file or directory (give its path with --config)\n", nowhere)
	if got.code != exitFailed || got.err != want {
		t.Errorf("got %+v, want %q", got, want)
	}
}
