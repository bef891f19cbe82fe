package app_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/internal/app"
)

func TestUnsafeRedisIsRefusedWithTheSettingToChange(t *testing.T) {
	for _, k := range []struct {
		name     string
		settings []string
		want     string
	}{
		{"nothing is written", []string{"--appendonly", "no"}, `"appendonly yes" into redis.conf`},
		{"written each second", []string{"--appendfsync", "everysec"}, `"appendfsync always" into redis.conf`},
		{"keys are evicted", []string{"--maxmemory-policy", "allkeys-lru"}, `"maxmemory-policy noeviction" into redis.conf`},
	} {
		t.Run(k.name, func(t *testing.T) {
			p := newPlace(t)
			o, _ := p.onReal(t, k.settings...)
			a, err := app.New(t.Context(), o)
			if err == nil {
				a.Close()
				t.Fatal("it starts")
			}
			for _, want := range []string{k.want, "redis.accept_data_loss: true"} {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got %v, want it to say %q", err, want)
				}
			}
			o.Config.Redis.AcceptDataLoss = true
			a, err = app.New(t.Context(), o)
			must(t, err)
			defer a.Close()
			if !strings.Contains(p.log.String(), strings.Split(strings.Trim(k.want, `"`), " ")[0]) ||
				!strings.Contains(p.log.String(), "level=WARN") {
				t.Errorf("it starts and does not say so: %s", p.log)
			}
		})
	}
}

func TestSafeRedisIsTaken(t *testing.T) {
	p := newPlace(t)
	o, _ := p.onReal(t)
	a, err := app.New(t.Context(), o)
	must(t, err)
	must(t, a.Close())
	if p.log.count("level=WARN") > 0 {
		t.Errorf("it warns: %s", p.log)
	}
}

func TestRedisThatRefusesUsIsNamed(t *testing.T) {
	p := newPlace(t)
	o, _ := p.onReal(t, "--requirepass", "secret")
	_, err := app.Start(t.Context(), o)
	if err == nil || !strings.Contains(err.Error(), "password") {
		t.Errorf("got %v", err)
	}
}

// TestRedisThatIsNotThereYetIsWaitedFor starts the server while the daemon waits.
func TestRedisThatIsNotThereYetIsWaitedFor(t *testing.T) {
	p := newPlace(t)
	must(t, p.App.Close())
	p.Redis.Close()
	o, err := p.Assembly()
	must(t, err)
	waits := 0
	o.Sleep = func(context.Context, time.Duration) error {
		if waits++; waits == 3 {
			return p.Redis.Restart()
		}
		return nil
	}
	a, err := app.Start(t.Context(), o)
	must(t, err)
	defer a.Close()
	if waits != 3 || p.log.count("msg=failing what=redis") != 1 || p.log.count("works again") != 1 {
		t.Errorf("waited %d times, said: %s", waits, p.log)
	}
}

func TestWaitingEndsWithItsContext(t *testing.T) {
	p := newPlace(t)
	p.Redis.Close()
	o, err := p.Assembly()
	must(t, err)
	ctx, stop := context.WithCancel(t.Context())
	o.Sleep = func(ctx context.Context, d time.Duration) error {
		if d <= 0 || d > time.Minute {
			t.Errorf("it waits %s", d)
		}
		stop()
		return ctx.Err()
	}
	if _, err := app.Start(ctx, o); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestMailboxThatIsNotThereYetIsWaitedFor(t *testing.T) {
	p := newPlace(t)
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	silent.Close() // nobody is at this port
	port := p.Config.Mailboxes[0].Port
	o, err := p.Assembly()
	must(t, err)
	o.Config.Mailboxes[0].Port = silent.Addr().(*net.TCPAddr).Port
	ctx, stop := context.WithCancel(t.Context())
	waits := 0
	o.Sleep = func(ctx context.Context, d time.Duration) error {
		p.Clock.Advance(time.Minute)
		if waits++; waits == 5 {
			stop()
		}
		return ctx.Err()
	}
	a, err := app.Start(t.Context(), o)
	must(t, err)
	defer a.Close()
	if err := a.Run(ctx); err != nil {
		t.Errorf("told to end while it waited, it says %v", err)
	}
	if waits != 5 || p.log.count("msg=failing what=start") != 1 || p.log.count("dsrd runs") != 0 {
		t.Errorf("port %d, waited %d times, said: %s", port, waits, p.log)
	}
}
