package matrix_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/internal/office"
	"github.com/dsrd/dsrd/internal/oracle"
)

// withFaults builds the program with the places where it can be told to die.
func withFaults(c *office.Settings) { c.Tags = append(c.Tags, "faults") }

// faults tells the daemons that are started from now on what happens where.
func (w *world) faults(plan string) {
	w.Settings.Env = slices.DeleteFunc(w.Settings.Env, func(s string) bool { return strings.HasPrefix(s, "DSRD_FAULTS") })
	if plan != "" {
		w.Settings.Env = append(w.Settings.Env, "DSRD_FAULTS="+plan, "DSRD_FAULTS_GO="+w.Path("go"))
	}
}

// goOn lets those go on that hold.
func (w *world) goOn() { w.Write("go", "") }

// replicas starts n daemons and waits until the mailbox was read.
func (w *world) replicas(n int) []*office.Daemon {
	w.t.Helper()
	all := make([]*office.Daemon, 0, n)
	for i := range n {
		all = append(all, w.replica(i+1))
	}
	w.read(all[0])
	for _, d := range all {
		d.Await("dsrd runs")
	}
	return all
}

// replica is that of the office.
func (w *world) replica(n int) *office.Daemon {
	w.t.Helper()
	d := w.Replica(n)
	w.t.Cleanup(func() { // or whoever asks it why a row failed waits for ever
		if d.Running() {
			d.Resume()
		}
	})
	return d
}

// diesAt lets the daemon die where the plan says, while requests come and are answered, and starts
// it again without a plan. It must have died.
func diesAt(t *testing.T, name, plan string, allowed oracle.Allowed) {
	t.Helper()
	w := row(t, name, withFaults)
	w.faults(plan)
	d := w.ServeAs("dsrd.yaml", "dsrd.sock")
	died := false
	alive := func() bool {
		if d.Running() {
			return true
		}
		died = true
		w.faults("")
		d = w.ServeAs("dsrd.yaml", "dsrd.sock")
		w.read(d)
		return false
	}
	office.Until(t, "the mailbox is read, or it has died", func() bool {
		return !alive() || w.metric("dsrd_scan_last_success_timestamp_seconds", "") > 0
	})
	all := w.asks(1) // of several, one may be on its way while another one dies
	answered := map[string]bool{}
	if !office.Within(office.Deadline, func() bool {
		alive()
		for c := range w.letters() {
			if !answered[c] {
				answered[c] = true
				w.send(c, "CONFIRM")
			}
		}
		return len(answered) == len(all) && w.isQuiet()
	}) {
		t.Error("it does not get quiet")
	}
	if !died {
		t.Errorf("it has not died at %s", plan)
	}
	w.verdict(allowed)
}

// TestRow02ItDiesBetweenIngestAndMove: what was read is not read as something new.
func TestRow02ItDiesBetweenIngestAndMove(t *testing.T) {
	t.Parallel()
	for _, point := range []string{"begun", "handled", "marked"} {
		t.Run(point, func(t *testing.T) { diesAt(t, "r02"+point, point+"=kill", oracle.Allowed{}) })
	}
}

// points are the places at which it dies, how often the full run lets it come there, as often as a
// request does at most; and how many mails may be there once more than they had to be: one where a
// mail had left and nobody knew.
var points = []struct {
	name              string
	times, duplicates int
}{
	{"scanned", 3, 0}, {"desk", 3, 0}, {"committed", 3, 0}, {"claimed", 3, 0}, {"carrier", 3, 0},
	{"blob-put", 2, 0}, {"smtp-mail", 3, 0}, {"sending", 3, 0}, {"smtp-dot", 3, 1}, {"smtp-250", 3, 1},
	{"recorded", 2, 0}, {"checkpoint", 3, 0}, {"copied", 2, 0}, {"compiled", 1, 0},
}

// TestRow50ItDiesAnywhere at each place that has a name, and at counted calls of all three servers.
func TestRow50ItDiesAnywhere(t *testing.T) {
	t.Parallel()
	for i, p := range points {
		for n := range size(1, p.times) {
			plan := fmt.Sprintf("%s=kill@%d", p.name, n+1)
			t.Run(plan, func(t *testing.T) {
				diesAt(t, fmt.Sprintf("r50p%dn%d", i, n+1), plan,
					oracle.Allowed{Duplicates: p.duplicates})
			})
		}
	}
	for i, c := range []struct {
		call        string
		short, step int
		last        int
	}{
		{"redis-call", 60, 9, 300}, {"redis-reply", 60, 9, 300}, {"smtp-call", 9, 3, 24}, {"smtp-reply", 9, 3, 24},
		{"imap-call", 15, 4, 60}, {"imap-reply", 15, 4, 60},
	} {
		step := size(c.short*3, c.step)
		for n := c.short; n <= c.last; n += step {
			if !full() && n > 2*c.short {
				break
			}
			plan := fmt.Sprintf("%s=kill@%d", c.call, n)
			t.Run(plan, func(t *testing.T) {
				diesAt(t, fmt.Sprintf("r50c%dn%d", i, n), plan, oracle.Allowed{Duplicates: 1})
			})
		}
	}
}

// TestRow01ItDiesBeforeTheMailIsRead at several reads of what the IMAP server says.
func TestRow01ItDiesBeforeTheMailIsRead(t *testing.T) {
	t.Parallel()
	for n := 12; n < 12+size(3, 12)*4; n += 4 {
		plan := fmt.Sprintf("imap-reply=kill@%d", n)
		t.Run(plan, func(t *testing.T) { diesAt(t, fmt.Sprintf("r01x%d", n), plan, oracle.Allowed{}) })
	}
}

// TestRow15ThreeReplicasWantTheSame: one of them has claimed what is to be done and stands still
// until the others have done it. Nothing is done twice.
func TestRow15ThreeReplicasWantTheSame(t *testing.T) {
	w := row(t, "r15", withFaults)
	w.faults("claimed=hold")
	one := w.replica(1)
	w.read(one)
	all := w.asks(6)
	one.Await("point=claimed ")
	w.faults("")
	w.replica(2).Await("dsrd runs")
	w.replica(3).Await("dsrd runs")
	w.confirms(all...)
	office.Until(t, "all is done", func() bool { return len(w.Packages(w.Anna())) == len(all) })
	w.goOn()
	w.judge(oracle.Allowed{})
}

// TestRow16WhoeverStandsStill for longer than its leases is overtaken, and refused when it goes on.
func TestRow16WhoeverStandsStill(t *testing.T) {
	t.Parallel()
	t.Run("reading", func(t *testing.T) {
		w := row(t, "r16read")
		both := w.replicas(2)
		for _, d := range both {
			d.Pause()
			all := w.asks(2)
			w.Settings.Env = nil
			w.awaitAsked(all...) // by the other one
			d.Resume()
			w.confirms(all...)
		}
		w.judge(oracle.Allowed{})
	})
	t.Run("claimed", func(t *testing.T) {
		w := overtaken(t, "claimed")
		w.judge(oracle.Allowed{})
	})
	t.Run("sending", func(t *testing.T) { w := overtaken(t, "smtp-mail"); w.judge(oracle.Allowed{}) })
	t.Run("dot", func(t *testing.T) {
		w := overtaken(t, "smtp-250") // the relay has the mail, and nobody has written that down
		w.judge(oracle.Allowed{Duplicates: 1})
		copies := 0
		for _, s := range w.last {
			for _, h := range s.History {
				copies = max(copies, h.Copies)
			}
		}
		if copies != 2 {
			t.Errorf("the histories tell of %d copies", copies)
		}
	})
}

// overtaken lets the first replica stop where it is told while it sends a letter, and go on when
// another one has sent it.
func overtaken(t *testing.T, point string) *world {
	t.Helper()
	w := row(t, "r16"+strings.ReplaceAll(point, "-", ""), withFaults)
	w.faults(point + "=stop")
	one := w.replica(1)
	w.read(one)
	c := w.asks(1)
	one.Await("point=" + point + " ")
	w.faults("")
	two := w.replica(2)
	two.Await("event=letter_sent")
	one.Resume()
	w.confirms(c...)
	w.awaitEnd(c[0], "completed")
	return w
}

// TestRow33ItDiesAfterTheRelayHasTheMail, for a confirmation, a package and a refusal: each leaves
// once more, byte for byte, and the history says so. Where Redis dies instead, nothing leaves twice.
func TestRow33ItDiesAfterTheRelayHasTheMail(t *testing.T) {
	t.Parallel()
	for name, plan := range map[string]string{"ask": "smtp-250=kill@1", "package": "smtp-250=kill@2"} {
		t.Run(name, func(t *testing.T) {
			diesAt(t, "r33"+name, plan, oracle.Allowed{Duplicates: 1})
		})
	}
	t.Run("redis", func(t *testing.T) {
		redis := ownRedis(t)
		w := row(t, "r33redis", withFaults, office.Alone(redis, ""))
		w.faults("smtp-250=hold@1")
		w.Serve()
		c := w.asks(1)
		office.Until(t, "the relay has the mail", func() bool { return len(w.relay.Received()) == 1 })
		redis.Kill()
		w.goOn()
		office.Within(2*time.Second, func() bool { return false }) // longer than a call is repeated
		office.NoError(t, redis.Start())
		w.confirms(c...)
		w.judge(oracle.Allowed{})
	})
}

// TestRow51AHandlerPanics: three times over the same mail, then it is put aside; over a letter, and
// a person must look. The process lives, and everybody else is served.
func TestRow51AHandlerPanics(t *testing.T) {
	t.Parallel()
	t.Run("mail", func(t *testing.T) {
		w := row(t, "r51mail", withFaults)
		w.faults("desk=panic@1,desk=panic@2,desk=panic@3")
		d := w.Serve()
		c := w.customer()
		w.Send(w.writes(c)) // it will not become a request
		w.stays = c         // a copy is put aside, and the mail is marked where it lies
		w.Passing(5*time.Minute, "it is put aside", func() bool { return len(w.Site.Mails(t, w.Desk(), "DSRD.Quarantine")) == 1 })
		w.confirms(w.asks(2)...)
		if !d.Running() {
			t.Error("the process has died")
		}
		w.judge(oracle.Allowed{})
	})
	t.Run("letter", func(t *testing.T) {
		w := row(t, "r51letter", withFaults)
		w.faults("carrier=panic@1,carrier=panic@2,carrier=panic@3")
		d := w.Serve()
		c := w.asks(1)[0]
		s := w.awaitEnd(c, "stuck")
		more := w.asks(2)
		w.confirms(more...)
		if !d.Running() {
			t.Error("the process has died")
		}
		w.Order("retry", s.ID)
		w.confirms(c)
		w.judge(oracle.Allowed{})
	})
}
