package courier_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dsrd/dsrd/mailer/courier"
)

// secured is a server with STARTTLS or TLS from the start behind the pipe of s.
func (s *script) secured(how courier.Security, roots *x509.CertPool) courier.Server {
	server := s.plain()
	server.Host, server.TLS, server.TLSConfig = "mail.example", how, &tls.Config{RootCAs: roots}
	s.implicit = how == courier.ImplicitTLS
	return server
}

// login adds the account of a courier.
func login(server courier.Server, user string) courier.Server {
	server.User = user
	server.Password = func(context.Context) (string, error) { return "correct horse", nil }
	return server
}

func TestTLS(t *testing.T) {
	for name, c := range map[string]struct {
		how    courier.Security
		names  []string
		ends   time.Duration
		strip  bool
		want   courier.Verdict
		stage  courier.Stage
		config bool
	}{
		"starttls":             {courier.StartTLS, []string{"mail.example"}, time.Hour, false, courier.Accepted, "dot", false},
		"implicit":             {courier.ImplicitTLS, []string{"mail.example"}, time.Hour, false, courier.Accepted, "dot", false},
		"starttls stripped":    {courier.StartTLS, nil, time.Hour, true, courier.Refused, "starttls", true},
		"starttls, wrong name": {courier.StartTLS, []string{"evil.example"}, time.Hour, false, courier.Refused, "starttls", true},
		"implicit, wrong name": {courier.ImplicitTLS, []string{"evil.example"}, time.Hour, false, courier.Refused, "connect", true},
		"starttls, run out":    {courier.StartTLS, []string{"mail.example"}, -time.Hour, false, courier.Refused, "starttls", true},
		"implicit, run out":    {courier.ImplicitTLS, []string{"mail.example"}, -time.Hour, false, courier.Refused, "connect", true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				config, roots := authority(t, time.Now().Add(c.ends), c.names...)
				s := &script{tls: config, offers: []string{"AUTH PLAIN"}}
				server := login(s.secured(c.how, roots), "dsrd")
				if c.strip {
					s.tls = nil
				}
				got := send(courier.New(server, time.Now))
				if got.Verdict != c.want || got.Stage != c.stage || got.Config != c.config || got.Permanent {
					t.Errorf("got %+v", got)
				}
				s.serving.Wait()
				said := strings.Join(s.commands, "\n")
				if c.want != courier.Accepted && (strings.Contains(said, "AUTH") || strings.Contains(said, "MAIL")) {
					t.Errorf("server heard %q", s.commands)
				}
				if c.want != courier.Accepted && !c.strip {
					for _, word := range []string{"certificate for " + c.names[0], "valid from ", "sha256 "} {
						if !strings.Contains(got.Err.Error(), word) {
							t.Errorf("no %q in %v", word, got.Err)
						}
					}
				}
				if c.strip && !strings.Contains(got.Err.Error(), "does not offer STARTTLS") {
					t.Errorf("error %v", got.Err)
				}
			})
		})
	}
}

func TestAnUnknownAuthorityIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		config, _ := authority(t, time.Now().Add(time.Hour), "mail.example")
		_, others := authority(t, time.Now().Add(time.Hour), "mail.example")
		s := &script{tls: config}
		got := send(courier.New(s.secured(courier.StartTLS, others), time.Now))
		if got.Verdict != courier.Refused || !got.Config || got.Permanent {
			t.Errorf("got %+v", got)
		}
		s.serving.Wait()
	})
}

// What a server said before TLS began counts for nothing afterwards: somebody else may have said it.
func TestNoWordFromBeforeTLSIsBelieved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		config, roots := authority(t, time.Now().Add(time.Hour), "mail.example")
		s := &script{tls: config, stages: map[string]string{"RCPT": "550 5.1.1 unknown",
			"STARTTLS": "220 go\r\n250-evil.example\r\n250 SIZE 1\r\n250 a\r\n250 b\r\n354 c\r\n250 d"}}
		got := send(courier.New(s.secured(courier.StartTLS, roots), time.Now))
		want := permanent(refused("rcpt", 550, "5.1.1", "5.1.1 unknown"))
		if diff := cmp.Diff(want, got, sansErr); diff != "" {
			t.Errorf("result (-want +got):\n%s", diff)
		}
		s.serving.Wait()
	})
}

func TestLogin(t *testing.T) {
	plain := base64.StdEncoding.EncodeToString([]byte("\x00dsrd\x00correct horse"))
	token := base64.StdEncoding.EncodeToString([]byte("user=dsrd\x01auth=Bearer t0ken\x01\x01"))
	challenge := map[string]string{"AUTH": "334 eyJzdGF0dXMiOiI0MDEifQ==", "": "535 5.7.8 no"}
	for name, c := range map[string]struct {
		offer  string
		token  bool
		stages map[string]string
		want   courier.Result
		said   string
	}{
		"PLAIN":              {"AUTH LOGIN PLAIN", false, nil, queued, "AUTH PLAIN " + plain},
		"no login offered":   {"SMTPUTF8", false, nil, config(refused("auth", 0, "", "")), ""},
		"no mechanism known": {"AUTH NTLM GSSAPI", false, nil, config(refused("auth", 0, "", "")), ""},
		"wrong password": {"AUTH PLAIN", false, at("AUTH", "535 5.7.8 Authentication credentials invalid"),
			config(refused("auth", 535, "5.7.8", "5.7.8 Authentication credentials invalid")), "AUTH PLAIN " + plain},
		"mechanism too weak": {"AUTH PLAIN", false, at("AUTH", "534 5.7.9 stronger please"),
			config(refused("auth", 534, "5.7.9", "5.7.9 stronger please")), ""},
		"login broken for now": {"AUTH PLAIN", false, at("AUTH", "454 4.7.0 try later"),
			refused("auth", 454, "4.7.0", "4.7.0 try later"), ""},
		"login answered by 421": {"AUTH PLAIN", false, at("AUTH", "421 4.7.0 later"),
			refused("auth", 421, "4.7.0", "4.7.0 later"), ""},
		"token":                         {"AUTH LOGIN XOAUTH2", true, nil, queued, "AUTH XOAUTH2 " + token},
		"token where only passwords go": {"AUTH PLAIN", true, nil, config(refused("auth", 0, "", "")), ""},
		"token refused after a challenge": {"AUTH XOAUTH2", true, challenge,
			config(refused("auth", 535, "5.7.8", "5.7.8 no (status 401)")), "AUTH XOAUTH2 " + token},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tlsConfig, roots := authority(t, time.Now().Add(time.Hour), "mail.example")
				s := &script{tls: tlsConfig, offers: []string{c.offer}, stages: c.stages}
				server := login(s.secured(courier.StartTLS, roots), "dsrd")
				if c.token {
					server.Token = func(context.Context, bool) (string, error) { return "t0ken", nil }
				}
				got := send(courier.New(server, time.Now))
				if diff := cmp.Diff(c.want, got, sansErr); diff != "" {
					t.Errorf("result (-want +got):\n%s", diff)
				}
				s.serving.Wait()
				if c.said != "" && !slices.Contains(s.commands, c.said) {
					t.Errorf("server heard %q", s.commands)
				}
				if got.Err != nil && (strings.Contains(got.Err.Error(), "horse") || strings.Contains(got.Err.Error(), plain)) {
					t.Errorf("the error holds the secret: %v", got.Err)
				}
			})
		})
	}
}

func TestASecretThatCannotBeReadIsNoFaultOfTheMail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		config, roots := authority(t, time.Now().Add(time.Hour), "mail.example")
		s := &script{tls: config, offers: []string{"AUTH PLAIN"}}
		server := login(s.secured(courier.StartTLS, roots), "dsrd")
		server.Password = func(context.Context) (string, error) { return "", errors.New("no such file") }
		got := send(courier.New(server, time.Now))
		if got.Verdict != courier.Refused || !got.Config || got.Permanent || got.Stage != courier.StageAuth {
			t.Errorf("got %+v", got)
		}
		s.serving.Wait()
	})
}

func TestBadSettings(t *testing.T) {
	good := (&script{}).plain()
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*courier.Server){
		"no host":                   func(s *courier.Server) { s.Host = "" },
		"no port":                   func(s *courier.Server) { s.Port = 0 },
		"a port too high":           func(s *courier.Server) { s.Port = 65536 },
		"no helo":                   func(s *courier.Server) { s.HELO = "" },
		"a command in helo":         func(s *courier.Server) { s.HELO = "x\r\nMAIL" },
		"no word on tls":            func(s *courier.Server) { s.TLS = "" },
		"opportunistic tls":         func(s *courier.Server) { s.TLS = "opportunistic" },
		"no tls to another machine": func(s *courier.Server) { s.Host = "mail.example" },
		"a user without password":   func(s *courier.Server) { s.User = "dsrd" },
	} {
		t.Run(name, func(t *testing.T) {
			s := &script{}
			server := s.plain()
			change(&server)
			if server.Validate() == nil {
				t.Error("accepted")
			}
			got := send(courier.New(server, time.Now))
			if got.Verdict != courier.Refused || !got.Config || got.Permanent || s.connections != 0 {
				t.Errorf("got %+v after %d connections", got, s.connections)
			}
		})
	}
}
