package app_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/store/storetest"
)

func TestCheckupOfARealRedis(t *testing.T) {
	for name, k := range map[string]struct {
		settings []string
		config   string
		want     string
	}{
		"one that keeps":        {nil, "", "ok redis : answers, and writes each change to disk before it says so"},
		"one that may forget":   {[]string{"--appendfsync", "everysec"}, "", `fail redis : appendfsync is "everysec", must be "always" (write "appendfsync always" into redis.conf`},
		"which is accepted":     {[]string{"--appendfsync", "everysec"}, "\n  accept_data_loss: true", `warn redis : appendfsync is "everysec"`},
		"one with a password":   {[]string{"--requirepass", "x"}, "", "fail redis : connect: "},
		"one that does nothing": {[]string{"--maxmemory-policy", "allkeys-lru", "--appendonly", "no"}, "", `fail redis : appendonly is "no"`},
	} {
		t.Run(name, func(t *testing.T) {
			real := storetest.RealRedis(t, k.settings...)
			if real == nil {
				t.Skip("redis-server is not installed")
			}
			p := newPlace(t, extra(sourceSettings))
			p.edit(t, "dsrd.yaml", "redis://"+p.Redis.Addr(), "unix://"+real.Socket+k.config)
			c := checkupOf(t, p)
			c.Only, c.Embedded = []string{"redis"}, false
			if got := lines(c.Run(t.Context())); !strings.Contains(got, k.want) {
				t.Errorf("want %q:\n%s", k.want, got)
			}
		})
	}
}

func TestCheckupComparesItsClockWithThatOfRedis(t *testing.T) {
	for name, k := range map[string]struct {
		apart time.Duration
		acl   []string
		want  string
	}{
		"the same":          {0, nil, "ok clock : agrees with 1 server"},
		"an hour behind":    {-time.Hour, nil, "warn clock : the clock of redis is 1h0m0s apart from ours"},
		"nobody may ask it": {-time.Hour, []string{"ACL", "SETUSER", "default", "-time"}, "skip clock : no server told its time"},
	} {
		t.Run(name, func(t *testing.T) {
			real := storetest.RealRedis(t)
			if real == nil {
				t.Skip("redis-server is not installed")
			}
			if k.acl != nil {
				real.Harness().Raw(t, k.acl...)
			}
			p := newPlace(t, extra(sourceSettings))
			p.edit(t, "dsrd.yaml", "redis://"+p.Redis.Addr(), "unix://"+real.Socket)
			c := checkupOf(t, p)
			c.Only, c.Embedded, c.Sources = []string{"clock", "redis"}, false, nil
			c.Now = func() time.Time { return time.Now().Add(k.apart) }
			if got := lines(c.Run(t.Context())); !strings.Contains(got, k.want) || strings.Contains(got, "fail redis") {
				t.Errorf("want %q:\n%s", k.want, got)
			}
		})
	}
}

func TestSourceIsNotReadToItsEnd(t *testing.T) {
	p := newPlace(t, extra(sourceSettings))
	p.Azure.Break("security_contacts", "new links", 0, 0) // a page without end
	c := checkupOf(t, p)
	c.Only = []string{"source"}
	if got := lines(c.Run(t.Context())); !strings.HasPrefix(got, "ok source defender: let us in") {
		t.Errorf("got %s", got)
	}
}

func TestWhatADaemonSaysOfItself(t *testing.T) {
	p := newPlace(t, extra(sourceSettings))
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- p.Operators(ctx) }()
	defer func() {
		stop()
		must(t, <-ended)
	}()
	c := checkupOf(t, p)
	c.Only = []string{"daemon"}
	within(t, 5*time.Second, "it answers", func() bool {
		return strings.HasPrefix(lines(c.Run(t.Context())), "ok daemon : a daemon answers at ")
	})
	p.edit(t, "password", "secret", "wrong")
	if err := p.App.Scan(t.Context()); err == nil {
		t.Fatal("the mailbox was read")
	}
	if got := lines(c.Run(t.Context())); !strings.Contains(got, "warn daemon mailbox dsr: the daemon says: ") {
		t.Errorf("got %s", got)
	}
}
