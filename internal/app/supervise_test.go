package app_test

import (
	"bytes"
	"io"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dsrd/dsrd/internal/app"
	"github.com/dsrd/dsrd/internal/demo"
	"github.com/dsrd/dsrd/internal/telemetry"
)

// overheard calls what belongs to the first of these texts that a line of the log holds.
type overheard struct {
	io.Writer
	calls map[string]func()
}

func (o overheard) Write(line []byte) (int, error) {
	for text, call := range o.calls {
		if bytes.Contains(line, []byte(text)) {
			call()
		}
	}
	return o.Writer.Write(line)
}

// strike lets the mailbox be read by nobody.
func (p *place) strike(t *testing.T) {
	t.Helper()
	p.write(t, "password", "another by now")
	p.Post.IMAP.Hangup()
}

// TestADoubtThatComesWhileOneIsSettledIsNotSettledWithIt: what was looked at before a server of
// Redis was started again says nothing of what that server holds.
func TestADoubtThatComesWhileOneIsSettledIsNotSettledWithIt(t *testing.T) {
	t.Parallel()
	p := used(t, func(o *demo.Options) { o.Clock = demo.NewClock(time.Now) })
	must(t, p.Redis.Set(counter(t, p), "1")) // is recovered unasked
	must(t, p.App.Close())
	o, err := p.Assembly()
	must(t, err)
	o.Sleep = app.Sleep
	var resumed atomic.Bool
	o.Log = telemetry.NewLog(overheard{p.log, map[string]func(){
		"redis was recovered": func() {
			p.strike(t)
			p.App.Doubt("a server of redis was started again")
		},
		"all goes on": func() { resumed.Store(true) },
	}}, telemetry.Text, slog.LevelInfo)
	p.App, err = app.New(t.Context(), o)
	must(t, err)
	r := run(t.Context(), p.App)
	within(t, 20*time.Second, "a mailbox is asked again", func() bool {
		return resumed.Load() || p.log.count("msg=failing what=start") > 0
	})
	if resumed.Load() {
		t.Errorf("all goes on, and no mailbox was asked after the later doubt:\n%s", p.log)
	}
	r.finish(t)
}

// TestReadinessIsRedWhileThereIsADoubt has a mailbox that does not answer when it is asked
// what it knows of Redis, long after the start.
func TestReadinessIsRedWhileThereIsADoubt(t *testing.T) {
	t.Parallel()
	p := used(t, func(o *demo.Options) { o.Clock = demo.NewClock(time.Now) })
	must(t, p.App.Close())
	o, err := p.Assembly()
	must(t, err)
	o.Sleep = app.Sleep
	p.App, err = app.New(t.Context(), o)
	must(t, err)
	r := run(t.Context(), p.App)
	ready := func() bool { return p.App.Readiness(t.Context()).Ready }
	within(t, 10*time.Second, "it is ready", ready)
	p.strike(t)
	p.App.Doubt("a server of redis was started again")
	within(t, 10*time.Second, "the mailbox was asked", func() bool {
		return p.log.count("msg=failing what=start") > 0
	})
	s := p.App.Readiness(t.Context())
	if s.Ready || !strings.Contains(strings.Join(s.Reasons, "\n"), "nothing is read or sent until") {
		t.Errorf("nothing is done, and it says %+v", s)
	}
	r.finish(t)
}
