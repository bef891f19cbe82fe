package office

import (
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/dsrd/dsrd/internal/real"
)

// A Daemon is a running dsrd.
type Daemon struct {
	*real.Process
	office *Office
	Socket string
}

// Serve starts the daemon and waits for its first scan: what lay in the mailbox before is left alone.
func (o *Office) Serve() *Daemon {
	o.T.Helper()
	d := o.ServeAs("dsrd.yaml", "dsrd.sock")
	d.Ready()
	return d
}

// ServeAs starts a daemon without waiting for anything.
func (o *Office) ServeAs(config, socket string) *Daemon {
	o.T.Helper()
	p, err := real.Launch(o.Path(fmt.Sprintf("dsrd-%d.log", len(o.Daemons))),
		append([]string{"TESTCLOCK_AHEAD=" + o.Path("ahead")}, o.Settings.Env...),
		o.Program, "serve", "--config", o.Path(config))
	NoError(o.T, err)
	d := &Daemon{p, o, o.Path(socket)}
	o.Daemons = append(o.Daemons, d)
	o.T.Cleanup(func() {
		if o.T.Failed() && d.Running() {
			for _, r := range o.RequestsBy(socket) {
				o.T.Logf("%s", Dsrd(o.T, nil, "show", r.ID, "--socket", d.Socket).Out)
			}
		}
		if d.Running() {
			d.Kill()
		}
		if o.T.Failed() {
			o.T.Logf("%s said:\n%s", filepath.Base(config), end(d.Said()))
		}
	})
	return d
}

// end is the end of a log.
func end(log string) string { return log[max(0, len(log)-20000):] }

// Ready waits until the mailbox was read once.
func (d *Daemon) Ready() {
	d.office.T.Helper()
	Until(d.office.T, "the first scan", func() bool {
		if !d.Running() {
			d.office.T.Fatalf("dsrd has ended:\n%s", d.Said())
		}
		if !strings.Contains(d.Values(strings.Join(d.office.Store.Keys("*cursor*"), " ")), "scan of ") {
			return false
		}
		return strings.Contains(d.Said(), "dsrd runs") // before, operators are told to wait
	})
}

// stopTime is how long a service manager waits before it kills.
const stopTime = 30 * time.Second

// End stops the daemon as a service manager does, and wants it to end well and in time.
func (d *Daemon) End() {
	d.office.T.Helper()
	d.Tell(syscall.SIGTERM)
	if !Within(stopTime, func() bool { return !d.Running() }) {
		d.office.T.Fatalf("dsrd still runs %s after SIGTERM", stopTime)
	}
	if code := d.ExitCode(); code != 0 {
		d.office.T.Errorf("dsrd ended with %d", code)
	}
}

// Await waits for a line in the log.
func (d *Daemon) Await(text string) {
	d.office.T.Helper()
	Until(d.office.T, fmt.Sprintf("dsrd says %q", text), func() bool { return strings.Contains(d.Said(), text) })
}

// Values are what a hash of cursors holds.
func (d *Daemon) Values(keys string) (all string) {
	for _, k := range strings.Fields(keys) {
		v, _ := d.office.Store.Ask(k, "HGETALL", k)
		all += v
	}
	return all
}
