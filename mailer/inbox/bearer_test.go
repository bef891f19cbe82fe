package inbox_test

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dsrd/dsrd/mailer/inbox"
	"github.com/dsrd/dsrd/mailer/mailtest"
	"github.com/google/go-cmp/cmp"
)

const stale, fresh = "stale-token-0123456789", "fresh-token-0123456789"

// wallet hands out a stale token until that was refused.
type wallet struct {
	mu    sync.Mutex
	now   string
	next  string
	asked []bool
}

func (w *wallet) login(_ context.Context, refused bool) (inbox.Login, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked = append(w.asked, refused)
	if refused && w.next != "" {
		w.now = w.next
	}
	// The password is there to be fallen back to, which must not happen.
	return inbox.Login{User: user, Password: secret, Token: w.now}, nil
}

func TestATokenLogsInWithWhatTheServerOffers(t *testing.T) {
	both := []string{"PLAIN", "XOAUTH2", "OAUTHBEARER"}
	implicit := func(*mailtest.IMAPConfig, *inbox.Config) {}
	only := func(mechanism string) func(*mailtest.IMAPConfig, *inbox.Config) {
		return func(_ *mailtest.IMAPConfig, c *inbox.Config) { c.Mechanism = mechanism }
	}
	startTLS := func(s *mailtest.IMAPConfig, c *inbox.Config) { s.StartTLS, c.TLS = true, inbox.TLSStart }
	for _, c := range []struct {
		name   string
		change func(*mailtest.IMAPConfig, *inbox.Config)
		offer  []string
		first  string
		said   []string
		fails  bool
	}{
		{"both", implicit, both, fresh, []string{"AUTHENTICATE XOAUTH2"}, false},
		{"XOAUTH2 alone", implicit, []string{"XOAUTH2"}, fresh, []string{"AUTHENTICATE XOAUTH2"}, false},
		{"OAUTHBEARER alone", implicit, []string{"PLAIN", "OAUTHBEARER"}, fresh,
			[]string{"AUTHENTICATE OAUTHBEARER"}, false},
		{"both, and one of them is wanted", only("OAUTHBEARER"), both, fresh,
			[]string{"AUTHENTICATE OAUTHBEARER"}, false},
		{"the other is wanted", only("OAUTHBEARER"), []string{"XOAUTH2"}, fresh, nil, true},
		{"a stale token, XOAUTH2", implicit, both, stale,
			[]string{"AUTHENTICATE XOAUTH2", "AUTHENTICATE XOAUTH2"}, false},
		{"a stale token, OAUTHBEARER", implicit, []string{"OAUTHBEARER"}, stale,
			[]string{"AUTHENTICATE OAUTHBEARER", "AUTHENTICATE OAUTHBEARER"}, false},
		{"a stale token after STARTTLS", startTLS, both, stale,
			[]string{"AUTHENTICATE XOAUTH2", "AUTHENTICATE XOAUTH2"}, false},
		{"passwords alone: they are not tried", implicit, []string{"PLAIN"}, fresh, nil, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			purse := &wallet{now: c.first, next: fresh}
			w := newWorld(t, func(s *mailtest.IMAPConfig, b *inbox.Config) {
				c.change(s, b)
				s.Mechanisms = c.offer
				s.Token = func(u, token string) bool { return u == user && token == fresh }
				b.Credential = purse.login
			})
			_, err := w.box.Scan(t.Context())
			if c.fails != errors.Is(err, inbox.ErrAuth) || c.fails != (err != nil) {
				t.Errorf("got %v, want ErrAuth: %v", err, c.fails)
			}
			var said []string
			for _, command := range w.server.Commands() {
				if strings.HasPrefix(command, "AUTH") || strings.HasPrefix(command, "LOGIN") {
					said = append(said, command)
				}
			}
			if diff := cmp.Diff(c.said, said); diff != "" {
				t.Errorf("logins (-want +got):\n%s", diff)
			}
		})
	}
}

func TestATokenThatExpiresInMidSessionIsRenewedAtTheNextLogin(t *testing.T) {
	purse := &wallet{now: "first-token", next: "second-token"}
	var mu sync.Mutex
	good := "first-token"
	w := newWorld(t, func(s *mailtest.IMAPConfig, c *inbox.Config) {
		s.Token = func(_, token string) bool {
			mu.Lock()
			defer mu.Unlock()
			return token == good
		}
		c.Credential = purse.login
	})
	w.deliver("one")
	w.scan()
	mu.Lock()
	good = "second-token"
	mu.Unlock()
	w.deliver("two")
	w.scan() // the session outlives its token
	w.server.Hangup()
	w.deliver("three")
	if report := w.scan(); report.Handled != 1 || !report.Complete {
		t.Errorf("got %+v, want the third mail handled", report)
	}
	if diff := cmp.Diff([]bool{false, false, true}, purse.asked[:3]); diff != "" {
		t.Errorf("the credential was asked with refused (-want +got):\n%s", diff)
	}
}

// challenge is what Exchange Online and Gmail say to a bad token.
var challenge = "+ " + base64.StdEncoding.EncodeToString([]byte(`{"status":"401","schemes":"Bearer"}`))

func TestTheChallengeIsAnsweredAndTheTokenRefusedWhateverFollows(t *testing.T) {
	for _, c := range []struct {
		name, caps, answer string
		then               mailtest.Rule
	}{
		{"XOAUTH2 and NO", "AUTH=XOAUTH2", "", mailtest.Rule{
			Say: []string{challenge, "HEAR", "TAG NO AUTHENTICATE failed."}}},
		{"XOAUTH2 and BAD", "AUTH=XOAUTH2", "", mailtest.Rule{
			Say: []string{challenge, "HEAR", "TAG BAD command received in invalid state"}}},
		{"XOAUTH2 and a hangup", "AUTH=XOAUTH2", "", mailtest.Rule{
			Say: []string{challenge, "HEAR"}, Drop: true}},
		{"XOAUTH2 and no end of challenges", "AUTH=XOAUTH2", "", mailtest.Rule{
			Say: []string{challenge, "HEAR", challenge, "HEAR", challenge, "HEAR"}}},
		{"OAUTHBEARER and NO", "AUTH=OAUTHBEARER", "AQ==", mailtest.Rule{
			Say: []string{challenge, "HEAR", "TAG NO SASL authentication failed"}}},
		{"OAUTHBEARER and a hangup", "AUTH=OAUTHBEARER", "AQ==", mailtest.Rule{
			Say: []string{challenge, "HEAR"}, Drop: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.then.On = "AUTHENTICATE"
			purse := &wallet{now: stale}
			s := newScriptedServer(t, c.caps, func(b *inbox.Config) { b.Credential = purse.login }, 0, c.then)
			if _, err := s.box.Scan(t.Context()); !errors.Is(err, inbox.ErrAuth) {
				t.Errorf("got %v, want ErrAuth", err)
			}
			if diff := cmp.Diff([]bool{false, true}, purse.asked); diff != "" {
				t.Errorf("the credential was asked with refused (-want +got):\n%s", diff)
			}
			if n := s.Asked("HEARD " + c.answer); n != 1 || s.Asked("HEARD =") != 0 {
				t.Errorf("got %q, want the answer %q once", s.Commands(), c.answer)
			}
			if got := s.box.Next().Sub(noon); got != time.Minute {
				t.Errorf("got a pause of %v, want that of a refused login", got)
			}
		})
	}
}

func TestAServerInTroubleDoesNotRefuseTheToken(t *testing.T) {
	purse := &wallet{now: fresh}
	s := newScriptedServer(t, "AUTH=XOAUTH2", func(c *inbox.Config) { c.Credential = purse.login }, 0,
		mailtest.Rule{On: "AUTHENTICATE", Say: []string{"TAG NO [UNAVAILABLE] later"}})
	if _, err := s.box.Scan(t.Context()); err == nil || errors.Is(err, inbox.ErrAuth) {
		t.Errorf("got %v, want an error that is not ErrAuth", err)
	}
	if len(purse.asked) != 1 {
		t.Errorf("the credential was asked %v, want once", purse.asked)
	}
}

func TestARenewalThatFailsIsToldBesideTheRefusal(t *testing.T) {
	away := errors.New("the token endpoint is away")
	w := newWorld(t, func(s *mailtest.IMAPConfig, c *inbox.Config) {
		s.Token = func(string, string) bool { return false }
		c.Credential = func(_ context.Context, refused bool) (inbox.Login, error) {
			if refused {
				return inbox.Login{}, away
			}
			return inbox.Login{User: user, Token: stale}, nil
		}
	})
	_, err := w.box.Scan(t.Context())
	if !errors.Is(err, inbox.ErrAuth) || !errors.Is(err, away) {
		t.Errorf("got %v, want the refusal and why nothing better was to be had", err)
	}
}

func TestNoSecretIsRepeatedInAnError(t *testing.T) {
	in64 := base64.StdEncoding.EncodeToString
	plain := in64([]byte("\x00" + user + "\x00" + secret))
	token := in64([]byte("user=" + user + "\x01auth=Bearer " + fresh + "\x01\x01"))
	for _, c := range []struct{ name, caps, answer string }{
		{"a password", "", "TAG NO wrong password " + secret},
		{"a command with a password", "", "TAG BAD AUTHENTICATE PLAIN " + plain},
		{"a token", "AUTH=XOAUTH2", "TAG NO bad token " + fresh},
		{"a token in quotes", "AUTH=XOAUTH2", `TAG NO bad token "` + fresh + `"`},
		{"a command with a token", "AUTH=XOAUTH2", "TAG BAD AUTHENTICATE XOAUTH2 " + token},
		{"the beginning of such a command", "AUTH=XOAUTH2", "TAG BAD unknown " + token[:30]},
		{"something that is no IMAP", "AUTH=XOAUTH2", "TAG WHAT " + fresh},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScriptedServer(t, c.caps, func(b *inbox.Config) {
				if c.caps != "" {
					b.Credential = (&wallet{now: fresh}).login
				}
			}, 0, mailtest.Rule{On: "AUTHENTICATE", Say: []string{c.answer}})
			_, err := s.box.Scan(t.Context())
			if err == nil {
				t.Fatal("got no error")
			}
			for _, leak := range []string{secret, "horse", fresh, plain, token[:20]} {
				if strings.Contains(err.Error(), leak) {
					t.Errorf("got %q, which repeats %q", err, leak)
				}
			}
		})
	}
}

func TestACredentialThatBreaksOutOfTheLoginIsNotSaid(t *testing.T) {
	for _, who := range []inbox.Login{
		{User: user, Token: "token\x01\x01"},
		{User: user, Token: "two tokens"},
		{User: user, Token: "token\r\nT9 NOOP"},
		{User: user + "\x01auth=Bearer x", Token: fresh},
		{User: user + "\x00", Password: secret},
	} {
		w := newWorld(t, func(s *mailtest.IMAPConfig, c *inbox.Config) {
			s.Token = func(string, string) bool { return true }
			c.Credential = func(context.Context, bool) (inbox.Login, error) { return who, nil }
		})
		_, err := w.box.Scan(t.Context())
		if err == nil || len(w.server.Commands()) != 0 || strings.Contains(err.Error(), "token\x01") {
			t.Errorf("%q: got %v after %q, want a refusal before the login", who, err, w.server.Commands())
		}
	}
}

func TestOAuthBearerSaysWhoAndWhere(t *testing.T) {
	s := newScriptedServer(t, "AUTH=OAUTHBEARER", func(c *inbox.Config) {
		c.Credential = func(context.Context, bool) (inbox.Login, error) {
			return inbox.Login{User: "desk,a=b", Token: fresh}, nil
		}
	}, 0)
	if _, err := s.box.Scan(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, command := range s.Commands() {
		said, found := strings.CutPrefix(command, "AUTHENTICATE OAUTHBEARER ")
		if !found {
			continue
		}
		got, err := base64.StdEncoding.DecodeString(said)
		host, port, _ := strings.Cut(s.Addr(), ":")
		want := "n,a=desk=2Ca=3Db,\x01host=" + host + "\x01port=" + port +
			"\x01auth=Bearer " + fresh + "\x01\x01" // RFC 7628 3.1
		if err != nil || string(got) != want {
			t.Errorf("got %q, %v; want %q", got, err, want)
		}
		return
	}
	t.Errorf("got %q, want OAUTHBEARER", s.Commands())
}
