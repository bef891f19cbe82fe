package real_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/dsrd/dsrd/internal/real"
)

// A daemon is a running dsrd.
type daemon struct {
	*real.Process
	office *office
	socket string
}

// serve starts the daemon and waits for its first scan: what lay in the mailbox before is left alone.
func (o *office) serve() *daemon {
	o.t.Helper()
	d := o.serveAs("dsrd.yaml", "dsrd.sock")
	d.ready()
	return d
}

// serveAs starts a daemon without waiting for anything.
func (o *office) serveAs(config, socket string) *daemon {
	o.t.Helper()
	p, err := real.Launch(o.path(fmt.Sprintf("dsrd-%d.log", len(o.daemons))),
		[]string{"TESTCLOCK_AHEAD=" + o.path("ahead")},
		o.program, "serve", "--config", o.path(config))
	noError(o.t, err)
	d := &daemon{p, o, o.path(socket)}
	o.daemons = append(o.daemons, d)
	o.t.Cleanup(func() {
		if o.t.Failed() && d.Running() {
			for _, r := range o.requestsBy(socket) {
				o.t.Logf("%s", dsrd(o.t, nil, "show", r.ID, "--socket", d.socket).out)
			}
		}
		if d.Running() {
			d.Kill()
		}
		if o.t.Failed() {
			o.t.Logf("%s said:\n%s", filepath.Base(config), end(d.Said()))
		}
	})
	return d
}

// end is the end of a log.
func end(log string) string { return log[max(0, len(log)-20000):] }

// ready waits until the mailbox was read once.
func (d *daemon) ready() {
	d.office.t.Helper()
	until(d.office.t, "the first scan", func() bool {
		if !d.Running() {
			d.office.t.Fatalf("dsrd has ended:\n%s", d.Said())
		}
		value, err := d.office.site.redis.Ask(d.office.database, "KEYS", "*cursor*")
		if err != nil || value == "" {
			return false
		}
		return strings.Contains(d.Said(), "dsrd runs") // before, operators are told to wait
	})
}

// stopTime is how long a service manager waits before it kills.
const stopTime = 30 * time.Second

// end stops the daemon as a service manager does, and wants it to end well and in time.
func (d *daemon) end() {
	d.office.t.Helper()
	d.Tell(syscall.SIGTERM)
	if !within(stopTime, func() bool { return !d.Running() }) {
		d.office.t.Fatalf("dsrd still runs %s after SIGTERM", stopTime)
	}
	if code := d.ExitCode(); code != 0 {
		d.office.t.Errorf("dsrd ended with %d", code)
	}
}

// await waits for a line in the log.
func (d *daemon) await(text string) {
	d.office.t.Helper()
	until(d.office.t, fmt.Sprintf("dsrd says %q", text), func() bool { return strings.Contains(d.Said(), text) })
}
