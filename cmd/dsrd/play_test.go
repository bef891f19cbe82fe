package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/dsrd/dsrd/internal/app"
	"github.com/dsrd/dsrd/internal/config"
	"github.com/dsrd/dsrd/internal/demo"
	"github.com/dsrd/dsrd/internal/telemetry"
	"github.com/dsrd/dsrd/store"
)

// begin is when every story begins: a Monday morning.
var begin = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)

// play is one story's world, and what the stage hands need beside it.
type play struct {
	*demo.World
	ctx     context.Context
	script  *testscript.TestScript // the running script
	ledger  *store.Store           // the daemon's Redis, read past the daemon
	keys    *config.KeyFile
	log     shared
	written int // mails from outside, to name them
	stop    func() error
}

// shared is a log that servers and script write at the same time.
type shared struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *shared) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *shared) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

type playKey struct{}

// enter makes a script's world. Its clock stands unless the script moves it. A
// file config.yaml in the archive is appended to dsrd.yaml.
func enter(env *testscript.Env) error {
	dir, err := os.MkdirTemp("", "dsrd") // the path of a socket may not be long
	if err != nil {
		return err
	}
	env.Defer(func() { os.RemoveAll(dir) })
	extra, err := os.ReadFile(filepath.Join(env.WorkDir, "config.yaml"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	p := &play{ctx: context.Background()}
	p.World, err = demo.New(p.ctx, demo.Options{
		Dir: dir, Clock: demo.Still(begin), Extra: string(extra),
		Log: telemetry.NewLog(&p.log, telemetry.Text, slog.LevelDebug),
	})
	if err != nil {
		return err
	}
	env.Values[playKey{}] = p
	env.Defer(func() { p.close(env.T()) })
	if err := p.openLedger(); err != nil {
		return err
	}
	env.Setenv("SOCKET", p.Config.Console.Socket)
	env.Setenv("SIGNER", p.signer())
	env.Setenv("CONFIG", filepath.Join(dir, "dsrd.yaml"))
	if err := p.wake(); err != nil {
		return err
	}
	return p.Settle(p.ctx) // the first start touches nothing that was there
}

// wake does what `dsrd serve` does before it works.
func (p *play) wake() error {
	err := p.App.Recognise(p.ctx)
	var lost *app.Lost
	if err != nil && !errors.As(err, &lost) { // what lost something stays up all the same
		return err
	}
	ctx, cancel := context.WithCancel(p.ctx)
	ended := make(chan error, 1)
	go func() { ended <- p.Operators(ctx) }()
	p.stop = func() error { cancel(); return <-ended }
	return err
}

// halt ends the answers to operators, if somebody is answering.
func (p *play) halt() error {
	if p.stop == nil {
		return nil
	}
	stop := p.stop
	p.stop = nil
	return stop()
}

func (p *play) openLedger() (err error) {
	if p.keys, err = config.ReadKeys(filepath.Join(p.Dir, "keys.yaml")); err != nil {
		return err
	}
	p.ledger, err = store.Open(p.ctx, store.Config{
		URL: "redis://" + p.Redis.Addr(), MasterKey: p.keys.Master, Embedded: true,
		BlobDir: p.Config.Delivery.BlobDir, Rand: rand.Reader, Now: p.Clock.Now,
	})
	return err
}

func (p *play) close(t testscript.T) {
	errs := []error{p.halt()}
	if p.ledger != nil {
		errs = append(errs, p.ledger.Close())
	}
	if err := errors.Join(append(errs, p.World.Close())...); err != nil {
		t.Log("close the world:", err)
	}
	if t.Verbose() {
		t.Log(p.log.String())
	}
}

// restart ends the daemon and starts another on the same Redis and mailbox.
func (p *play) restart(_ bool, args []string) error {
	if err := arity(args, 0, 0); err != nil {
		return err
	}
	if err := errors.Join(p.halt(), p.App.Close(), p.Start(p.ctx)); err != nil {
		return err
	}
	return p.wake()
}

func (p *play) stdout() io.Writer { return p.script.Stdout() }

// file reads a file of the archive.
func (p *play) file(name string) string { return p.script.ReadFile(name) }

// asCommand makes a script's command of a method: "!" in front of it expects an
// error, unless the method has a meaning of its own for it.
func asCommand(do func(*play, bool, []string) error) command {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		p := ts.Value(playKey{}).(*play)
		p.script = ts
		err := do(p, neg, args)
		switch {
		case err == nil && neg:
			ts.Fatalf("it went well, against the story")
		case err != nil && !neg:
			ts.Fatalf("%v", err)
		case err != nil:
			fmt.Fprintln(ts.Stderr(), err)
		}
	}
}

// arity checks the number of arguments.
func arity(args []string, least, most int) error {
	if len(args) < least || len(args) > most {
		return fmt.Errorf("%d arguments, not %d to %d", len(args), least, most)
	}
	return nil
}
