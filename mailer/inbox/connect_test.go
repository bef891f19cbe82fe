package inbox_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dsrd/dsrd/mailer/inbox"
	"github.com/dsrd/dsrd/mailer/mailtest"
)

func TestEveryWayToProtectTheConnection(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*mailtest.IMAPConfig, *inbox.Config)
		works  bool
	}{
		{"implicit TLS", func(*mailtest.IMAPConfig, *inbox.Config) {}, true},
		{"STARTTLS", func(s *mailtest.IMAPConfig, b *inbox.Config) {
			s.StartTLS, b.TLS = true, inbox.TLSStart
		}, true},
		{"STARTTLS that the server, or somebody before it, does not offer",
			func(s *mailtest.IMAPConfig, b *inbox.Config) { s.TLS, b.TLS = nil, inbox.TLSStart }, false},
		{"plain text on loopback", func(s *mailtest.IMAPConfig, b *inbox.Config) {
			s.TLS, b.TLS = nil, inbox.TLSNone
		}, true},
		{"a certificate of an authority that we do not trust",
			func(_ *mailtest.IMAPConfig, b *inbox.Config) { b.TLSConfig = nil }, false},
		{"a certificate for another name", func(_ *mailtest.IMAPConfig, b *inbox.Config) {
			b.TLSConfig.ServerName = "imap.example.test"
		}, false},
		{"STARTTLS with a certificate for another name",
			func(s *mailtest.IMAPConfig, b *inbox.Config) {
				s.StartTLS, b.TLS, b.TLSConfig.ServerName = true, inbox.TLSStart, "imap.example.test"
			}, false},
		{"a server that speaks only TLS 1.1", func(s *mailtest.IMAPConfig, b *inbox.Config) {
			s.TLS.MinVersion, s.TLS.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
			b.TLSConfig.MinVersion = tls.VersionTLS10
		}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, c.change)
			_, err := w.box.Scan(t.Context())
			if (err == nil) != c.works {
				t.Errorf("got %v, want it to work: %v", err, c.works)
			}
			if !c.works && w.asked("LOGIN") != 0 {
				t.Error("the password was said all the same")
			}
		})
	}
}

func TestPlainTextIsForLoopbackAlone(t *testing.T) {
	var own net.IP
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range addresses {
		if ip, ok := a.(*net.IPNet); ok && !ip.IP.IsLoopback() && ip.IP.To4() != nil {
			own = ip.IP
		}
	}
	if own == nil {
		t.Skip("this machine has no other address than loopback")
	}
	w := newWorld(t, func(s *mailtest.IMAPConfig, b *inbox.Config) {
		s.Listen, s.TLS, b.TLS = net.JoinHostPort(own.String(), "0"), nil, inbox.TLSNone
	})
	if _, err := w.box.Scan(t.Context()); err == nil || w.asked("LOGIN") != 0 {
		t.Errorf("got %v after %q, want a refusal before the login", err, w.server.Commands())
	}
}

func TestAConfigurationThatCannotBeSafeIsRefused(t *testing.T) {
	good := inbox.Config{
		Name: "desk", Addr: "127.0.0.1:993", Credential: password(secret),
		Now: (&clock{}).Now, Random: rand.Reader,
	}
	for _, c := range []struct {
		name   string
		change func(*inbox.Config)
	}{
		{"verification turned off", func(c *inbox.Config) {
			c.TLSConfig = &tls.Config{InsecureSkipVerify: true}
		}},
		{"an unknown TLS mode", func(c *inbox.Config) { c.TLS = "optional" }},
		{"deleting", func(c *inbox.Config) { c.After = "delete" }},
		{"an address without port", func(c *inbox.Config) { c.Addr = "imap.example.test" }},
		{"a short marker key", func(c *inbox.Config) { c.MarkerKey = []byte("short") }},
		{"no clock", func(c *inbox.Config) { c.Now = nil }},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := good
			c.change(&config)
			if _, err := inbox.New(config, &memory{}, (&desk{}).handle); err == nil {
				t.Error("got no error")
			}
		})
	}
	if _, err := inbox.New(good, &memory{}, (&desk{}).handle); err != nil {
		t.Errorf("the good one: got %v", err)
	}
}

func TestARefusedLoginIsAClassOfItsOwnAndSlowsDown(t *testing.T) {
	w := newWorld(t, func(_ *mailtest.IMAPConfig, c *inbox.Config) { c.Credential = password("wrong") })
	for _, pause := range []time.Duration{1, 5, 15, 30, 30} {
		if _, err := w.box.Scan(t.Context()); !errors.Is(err, inbox.ErrAuth) {
			t.Fatalf("got %v, want ErrAuth", err)
		}
		until := w.clock.Now().Add(pause * time.Minute)
		if got := w.box.Next(); !got.Equal(until) {
			t.Fatalf("got next at %v, want %v", got, until)
		}
		w.clock.add(pause*time.Minute - time.Second)
		before := len(w.server.Commands())
		var early inbox.TooEarly
		if _, err := w.box.Scan(t.Context()); !errors.As(err, &early) || !early.Until.Equal(until) {
			t.Fatalf("a second too early: got %v, want TooEarly", err)
		}
		if len(w.server.Commands()) != before {
			t.Fatal("the server was asked too early")
		}
		w.clock.add(time.Second)
	}
}

func TestARefusedCredentialIsRenewedOnce(t *testing.T) {
	var asked []bool
	w := newWorld(t, func(_ *mailtest.IMAPConfig, c *inbox.Config) {
		c.Credential = func(_ context.Context, refused bool) (inbox.Login, error) {
			asked = append(asked, refused)
			if refused {
				return inbox.Login{User: user, Password: secret}, nil
			}
			return inbox.Login{User: user, Password: "of yesterday"}, nil
		}
	})
	w.scan()
	if len(asked) != 2 || asked[0] || !asked[1] {
		t.Errorf("the credential was asked %v, want once as it is and once renewed", asked)
	}
}

func TestAServerInTroubleIsNoRefusedLogin(t *testing.T) {
	s := newScripted(t, 0, mailtest.Rule{
		On: "AUTHENTICATE", Say: []string{"TAG NO [UNAVAILABLE] ask desk@x.test later"},
	})
	_, err := s.box.Scan(t.Context())
	if err == nil || errors.Is(err, inbox.ErrAuth) {
		t.Errorf("got %v, want an error that is not ErrAuth", err)
	}
	if strings.Contains(err.Error(), "desk@x.test") {
		t.Errorf("got %q, want no address in it", err)
	}
}

// half is randomness that always says one half.
type half struct{}

func (half) Read(p []byte) (int, error) {
	copy(p, bytes.Repeat([]byte{0}, len(p)))
	p[0] = 0x80
	return len(p), nil
}

func TestReconnectsComeSlowerUntilAScanSucceeds(t *testing.T) {
	s, err := mailtest.NewScript("")
	if err != nil {
		t.Fatal(err)
	}
	addr := s.Addr()
	_ = s.Close() // nobody listens there now
	c := &clock{now: noon}
	box, err := inbox.New(inbox.Config{
		Name: "desk", Addr: addr, TLS: inbox.TLSNone, Credential: password(secret),
		Now: c.Now, Random: half{},
	}, &memory{}, (&desk{}).handle)
	if err != nil {
		t.Fatal(err)
	}
	for _, seconds := range []time.Duration{1, 2, 4, 8, 16, 32, 40, 40} { // half of 2, 4, ... 80
		if _, err := box.Scan(t.Context()); !errors.Is(err, inbox.ErrLost) {
			t.Fatalf("got %v, want ErrLost", err)
		}
		if got := box.Next().Sub(c.Now()); got != seconds*time.Second {
			t.Fatalf("got a pause of %v, want %v", got, seconds*time.Second)
		}
		c.add(seconds * time.Second)
	}
}

func TestAServerThatLetsUsInAndFailsEachScanIsNotHammered(t *testing.T) {
	c := &clock{now: noon}
	s := newScriptedBox(t, func(b *inbox.Config) { b.Now, b.Random = c.Now, half{} }, 1,
		mailtest.Rule{On: "UID SEARCH UNDELETED", Drop: true, Times: 3},
		mailtest.Rule{On: "UID SEARCH UID 1:* UNDELETED", Drop: true, Times: 3},
		mailtest.Rule{On: "UID SEARCH", Say: []string{"* SEARCH", "TAG OK done"}},
	)
	for _, seconds := range []time.Duration{1, 2, 4} {
		if _, err := s.box.Scan(t.Context()); !errors.Is(err, inbox.ErrLost) {
			t.Fatalf("got %v, want ErrLost", err)
		}
		if got := s.box.Next().Sub(c.Now()); got != seconds*time.Second {
			t.Fatalf("got a pause of %v, want %v", got, seconds*time.Second)
		}
		c.add(seconds * time.Second)
	}
	if _, err := s.box.Scan(t.Context()); err != nil || !s.box.Next().IsZero() {
		t.Fatalf("a good scan: got %v, next %v", err, s.box.Next())
	}
}

func TestPausesAreAsConfigured(t *testing.T) {
	w := newWorld(t, func(_ *mailtest.IMAPConfig, c *inbox.Config) {
		c.Random, c.MaxLogins = half{}, 1
		c.Pauses = inbox.Pauses{
			First: 200 * time.Millisecond, Longest: 300 * time.Millisecond,
			Auth: []time.Duration{3 * time.Second}, Window: 10 * time.Second,
		}
	})
	w.scan()
	w.server.Hangup()
	var early inbox.TooEarly
	if _, err := w.box.Scan(t.Context()); !errors.As(err, &early) {
		t.Fatalf("second login: got %v, want TooEarly", err)
	}
	if want := noon.Add(10 * time.Second); !early.Until.Equal(want) {
		t.Errorf("after one login: until %v, want %v", early.Until, want)
	}
	w.clock.add(10 * time.Second)
	_ = w.server.Close()
	for _, pause := range []time.Duration{100, 150, 150} { // half of it
		if _, err := w.box.Scan(t.Context()); !errors.Is(err, inbox.ErrLost) {
			t.Fatalf("got %v, want ErrLost", err)
		}
		if got := w.box.Next().Sub(w.clock.Now()); got != pause*time.Millisecond {
			t.Errorf("after a lost connection: %v, want %v", got, pause*time.Millisecond)
		}
		w.clock.add(pause * time.Millisecond)
	}
	w2 := newWorld(t, func(_ *mailtest.IMAPConfig, c *inbox.Config) {
		c.Credential, c.Pauses.Auth = password("wrong"), []time.Duration{3 * time.Second}
	})
	for range 2 {
		if _, err := w2.box.Scan(t.Context()); !errors.Is(err, inbox.ErrAuth) {
			t.Fatalf("got %v, want ErrAuth", err)
		}
		if got := w2.box.Next().Sub(w2.clock.Now()); got != 3*time.Second {
			t.Errorf("after a refused login: %v, want 3 s", got)
		}
		w2.clock.add(3 * time.Second)
	}
}

func TestPausesThatAreNoneAreRefused(t *testing.T) {
	for name, p := range map[string]inbox.Pauses{
		"longer first than longest": {First: time.Minute, Longest: time.Second},
		"less than nothing":         {First: -1},
		"none after a refusal":      {Auth: []time.Duration{0}},
		"a window of less":          {Window: -time.Second},
	} {
		_, err := inbox.New(inbox.Config{
			Name: "desk", Addr: "127.0.0.1:143", Credential: password(secret), Now: (&clock{}).Now,
			Random: half{}, Pauses: p,
		}, &memory{}, (&desk{}).handle)
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// Every connection goes by the way that is given: those of scans, of writing and of watching.
func TestTheConnectionsAreDialledAsConfigured(t *testing.T) {
	var dialled atomic.Int64
	w := newWorld(t, func(_ *mailtest.IMAPConfig, c *inbox.Config) {
		c.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			dialled.Add(1)
			return new(net.Dialer).DialContext(ctx, network, address)
		}
	})
	w.scan()
	if _, _, err := w.box.ReadMarker(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	_ = w.box.Watch(ctx, stop)
	if n := dialled.Load(); n != 3 {
		t.Errorf("dialled %d times, want 3", n)
	}
}

func TestNoMoreThanTwoLoginsInTwoMinutes(t *testing.T) {
	w := newWorld(t, func(_ *mailtest.IMAPConfig, c *inbox.Config) { c.MaxLogins = 2 })
	w.scan()
	w.server.Hangup()
	w.scan() // the connection died while it was idle: made again at once
	w.server.Hangup()
	var early inbox.TooEarly
	if _, err := w.box.Scan(t.Context()); !errors.As(err, &early) {
		t.Fatalf("third login: got %v, want TooEarly", err)
	}
	if want := noon.Add(2 * time.Minute); !early.Until.Equal(want) {
		t.Errorf("got until %v, want %v", early.Until, want)
	}
	w.clock.add(2 * time.Minute)
	w.scan()
}

func TestAScanEndsWithItsContext(t *testing.T) {
	s := newScriptedBox(t, func(c *inbox.Config) { c.Timeouts = inbox.Timeouts{} }, 1,
		mailtest.Rule{On: "UID SEARCH", Hang: true})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := s.box.Scan(ctx)
	if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, inbox.ErrLost) {
		t.Errorf("got %v, want the context's own error", err)
	}
	if !s.box.Next().IsZero() {
		t.Error("our own end must not slow the next scan down")
	}
}

func TestAfterTheEndOfTheContextNothingIsMarked(t *testing.T) {
	w := newWorld(t, nil)
	w.deliver("one", "two")
	ctx, cancel := context.WithCancel(t.Context())
	w.desk.answer = func(inbox.Mail) (inbox.Disposition, error) {
		cancel() // the lease was lost while the first mail was handled
		return inbox.Done, nil
	}
	report, err := w.box.Scan(ctx)
	if !errors.Is(err, context.Canceled) || report.Complete {
		t.Errorf("got %+v, %v; want the context's error", report, err)
	}
	if got := w.holds(inBox); len(got) != 2 || got[0] != "one" || got[1] != "two" {
		t.Errorf("INBOX: got %q, want both mails unmarked", got)
	}
	if n := len(w.desk.mails); n != 1 {
		t.Errorf("got %d mails handed out, want one", n)
	}
}
