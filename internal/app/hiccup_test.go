package app_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/internal/app"
	"github.com/dsrd/dsrd/workflow"
)

// brisk makes leases short: what a lost one leads to is seen within seconds.
const brisk = "timing:\n  lease: 3s\n"

// tell says one command to the Redis at that socket and gives its answer.
func tell(t *testing.T, socket, command string) string {
	t.Helper()
	conn, err := net.Dial("unix", socket)
	must(t, err)
	defer conn.Close()
	_, err = io.WriteString(conn, command+"\r\n")
	must(t, err)
	answer := make([]byte, 512)
	n, err := conn.Read(answer)
	must(t, err)
	return string(answer[:n])
}

// onOne starts the daemon of this place on a Redis of its own.
func (p *place) onOne(t *testing.T) (a *app.App, socket string) {
	t.Helper()
	must(t, p.App.Close())
	o, redis := p.onReal(t)
	a, err := app.Start(t.Context(), o)
	must(t, err)
	p.App, p.Config = a, o.Config
	return a, redis.Socket
}

// TestAFullRedisIsOneAlarm has thirty mails wait for a Redis that takes nothing.
func TestAFullRedisIsOneAlarm(t *testing.T) {
	p := ticking(t, extra(brisk))
	a, socket := p.onOne(t)
	must(t, a.Recognise(t.Context()))
	must(t, a.Scan(t.Context()))
	tell(t, socket, "CONFIG SET maxmemory 1")
	for i := range 30 {
		p.askAbout(t, fmt.Sprintf("person%d@customer.example", i))
	}
	for range 3 {
		if err := a.Scan(t.Context()); err == nil {
			t.Error("nothing fails")
		}
	}
	if n := p.log.count("msg=failing"); n < 1 || n > 2 || !strings.Contains(p.log.String(), "Redis is full") {
		t.Errorf("it was told %d times:\n%s", n, p.log)
	}
	if n := len(p.stored(t, "INBOX")); n != 30 {
		t.Errorf("%d mails lie in the mailbox", n)
	}
	tell(t, socket, "CONFIG SET maxmemory 0")
	must(t, a.Scan(t.Context()))
	if n := len(p.stored(t, "DSRD/Processed")); n != 30 || p.log.count("works again") < 1 {
		t.Errorf("%d mails were read:\n%s", n, p.log)
	}
}

// TestReadinessTurnsRedWhileRedisTakesNoChanges fills it, and makes it somebody's replica.
func TestReadinessTurnsRedWhileRedisTakesNoChanges(t *testing.T) {
	t.Parallel()
	p := ticking(t, extra(brisk))
	a, socket := p.onOne(t)
	r := run(t.Context(), a)
	green := func() bool { return a.Readiness(t.Context()).Ready }
	red := func() bool {
		s := a.Readiness(t.Context())
		return !s.Ready && strings.Contains(strings.Join(s.Reasons, "\n"), "takes no changes")
	}
	within(t, 10*time.Second, "it is ready", green)
	for _, k := range [][2]string{
		{"CONFIG SET maxmemory 1", "CONFIG SET maxmemory 0"},
		{"REPLICAOF 127.0.0.1 1", "REPLICAOF NO ONE"},
		{"CONFIG SET min-replicas-to-write 1", "CONFIG SET min-replicas-to-write 0"},
	} {
		tell(t, socket, k[0])
		within(t, 15*time.Second, "red after "+k[0], red)
		tell(t, socket, k[1])
		within(t, 15*time.Second, "green after "+k[1], green)
	}
	r.finish(t)
}

// TestAMailboxIsTakenAgainSoonAfterRedisFailed has no schedule that would help.
func TestAMailboxIsTakenAgainSoonAfterRedisFailed(t *testing.T) {
	t.Parallel()
	p := ticking(t, extra(brisk))
	r := run(t.Context(), p.App)
	within(t, 20*time.Second, "it idles", p.idling(1))
	p.Redis.SetError("MISCONF the disk is gone")
	within(t, 10*time.Second, "the lease is given up", func() bool {
		return p.log.count(`msg=failing what="mailbox dsr"`) > 0
	})
	p.Redis.SetError("")
	p.ask(t)
	within(t, 10*time.Second, "anna is asked", p.asked(1))
	r.finish(t)
}

// TestALeaseThatCannotBeRenewedEndsInTime freezes Redis: no call to it comes back.
func TestALeaseThatCannotBeRenewedEndsInTime(t *testing.T) {
	t.Parallel()
	p := ticking(t, extra(brisk))
	a, socket := p.onOne(t)
	held, release, err := a.Hold(t.Context(), "something")
	must(t, err)
	defer release()
	tell(t, socket, "CLIENT PAUSE 6000 ALL")
	select {
	case <-held.Done():
		if cause := context.Cause(held); !errors.Is(cause, workflow.Fenced) {
			t.Errorf("it ended because of %v", cause)
		}
	case <-time.After(4 * time.Second):
		t.Error("it is still held, when another may have it")
	}
}
