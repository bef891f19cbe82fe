package app_test

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/dsrd/dsrd/internal/admin"
	"github.com/dsrd/dsrd/internal/app"
	"github.com/dsrd/dsrd/internal/demo"
	"github.com/dsrd/dsrd/internal/telemetry"
	"github.com/dsrd/dsrd/mailer/mailtest"
	"github.com/dsrd/dsrd/store/storetest"
	"github.com/dsrd/dsrd/workflow"
)

// The stand-in server of go-imap v2.0.0-beta.8 may wait for ever for the lock of a connection that
// its own other goroutine holds (imapserver, newResponseEncoder). No daemon contains it.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/emersion/go-imap/v2/imapserver.newResponseEncoder"))
}

var start = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)

// journal is a log that tests read while the daemon writes it.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

func (j *journal) count(text string) int { return strings.Count(j.String(), text) }

// place is a world whose clock stands still, with its log.
type place struct {
	*demo.World
	log *journal
}

// newPlace builds a world; adapt changes its options.
func newPlace(t *testing.T, adapt ...func(*demo.Options)) *place {
	t.Helper()
	log := &journal{}
	dir, err := os.MkdirTemp("", "dsrd") // t.TempDir is too long for a socket's path
	if err != nil {
		t.Fatal(err)
	}
	o := demo.Options{Dir: dir, Clock: demo.Still(start), Log: telemetry.NewLog(log, telemetry.Text, slog.LevelInfo)}
	for _, f := range adapt {
		f(&o)
	}
	w, err := demo.New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
		os.RemoveAll(dir)
	})
	return &place{w, log}
}

func extra(text string) func(*demo.Options) {
	return func(o *demo.Options) { o.Extra = text }
}

// must ends the test at an error.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// restart ends the dsrd of the world as a kill would and starts another one.
func (p *place) restart(t *testing.T) {
	t.Helper()
	must(t, p.App.Close())
	must(t, p.Start(t.Context()))
}

// edit changes a file of the world.
func (p *place) edit(t *testing.T, name, from, to string) {
	t.Helper()
	path := filepath.Join(p.Dir, name)
	raw, err := os.ReadFile(path)
	must(t, err)
	if !bytes.Contains(raw, []byte(from)) {
		t.Fatalf("%s does not hold %q", name, from)
	}
	must(t, os.WriteFile(path, bytes.Replace(raw, []byte(from), []byte(to), 1), 0o600))
}

// write makes a file of the world.
func (p *place) write(t *testing.T, name, text string) {
	t.Helper()
	must(t, os.WriteFile(filepath.Join(p.Dir, name), []byte(text), 0o600))
}

// ask lets Jane write a request.
func (p *place) ask(t *testing.T) {
	t.Helper()
	p.askAbout(t, demo.Jane)
}

// askAbout lets Jane ask for the data of somebody at her company: two requests about
// the same person would be joined.
func (p *place) askAbout(t *testing.T, who string) {
	t.Helper()
	must(t, p.Write(demo.Letter{From: demo.Jane, To: demo.Desk, SubjectLine: "My data",
		Body: "Please send me the data you hold about " + who + ".\n"}))
}

// colleague is another customer of acme, by domain.
const colleague = "sam.poe@customer.example"

// only is the one request there is.
func (p *place) only(t *testing.T) workflow.Request {
	t.Helper()
	all, err := p.Requests(t.Context())
	must(t, err)
	if len(all) != 1 {
		t.Fatalf("got %d requests, want 1", len(all))
	}
	return all[0]
}

// onReal gives the world's assembly for a real Redis with these settings; the test
// is skipped, or fails if real servers are demanded, where there is none.
func (p *place) onReal(t *testing.T, settings ...string) (app.Options, *storetest.Redis) {
	t.Helper()
	real := storetest.RealRedis(t, settings...)
	if real == nil {
		t.Skip("redis-server is not installed")
	}
	p.edit(t, "dsrd.yaml", "redis://"+p.Redis.Addr(), "unix://"+real.Socket)
	o, err := p.Assembly()
	must(t, err)
	o.Embedded, o.Sleep = false, app.Sleep
	return o, real
}

// operator is a client of the daemon.
func (p *place) operator() *admin.Client { return admin.NewClient(p.Config.Console.Socket) }

// running is a dsrd that runs until it is stopped.
type running struct {
	stop  context.CancelFunc
	ended chan error
}

func run(ctx context.Context, a *app.App) *running {
	ctx, stop := context.WithCancel(ctx)
	r := &running{stop: stop, ended: make(chan error, 1)}
	go func() { r.ended <- a.Run(ctx) }()
	return r
}

// within waits for a condition that others bring about.
func within(t *testing.T, d time.Duration, what string, holds func() bool) {
	t.Helper()
	ticks := time.NewTicker(20 * time.Millisecond)
	defer ticks.Stop()
	late := time.After(d)
	for !holds() {
		select {
		case <-ticks.C:
		case <-late:
			t.Fatalf("not within %s: %s", d, what)
		}
	}
}

// stored are the mails in a folder of the desk's account.
func (p *place) stored(t *testing.T, folder string) []mailtest.Stored {
	t.Helper()
	all, err := p.Post.IMAP.Stored(demo.Desk, folder)
	if err != nil {
		return nil // it is made with the first connection
	}
	return all
}
