package courier_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dsrd/dsrd/mailer/courier"
)

// A source of tokens remembers what it was asked.
type source struct {
	tokens []string // one for each time it is asked, the last for ever
	asked  []bool   // refused, each time
}

func (s *source) token(_ context.Context, refused bool) (string, error) {
	s.asked = append(s.asked, refused)
	return s.tokens[min(len(s.asked), len(s.tokens))-1], nil
}

// bearing is a server with TLS that logs in with the tokens of from.
func (s *script) bearing(t *testing.T, mechanism string, from *source) courier.Server {
	t.Helper()
	config, roots := authority(t, time.Now().Add(time.Hour), "mail.example")
	s.tls = config
	server := s.secured(courier.StartTLS, roots)
	server.User, server.Token, server.AuthMech = "dsrd,1=x@provider.example", from.token, mechanism
	return server
}

func encoded(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

// auths are the lines that a login consists of.
func (s *script) auths() []string {
	var lines []string
	in := false
	for _, line := range s.commands {
		verb, _, _ := strings.Cut(line, " ")
		switch verb {
		case "AUTH":
			in = true
		case "MAIL", "EHLO", "QUIT", "STARTTLS":
			in = false
		}
		if in {
			lines = append(lines, line)
		}
	}
	return lines
}

func TestATokenLogsIn(t *testing.T) {
	const long = 1500
	for name, c := range map[string]struct {
		offer, mechanism, token string
		stages                  map[string]string
		want                    []string
	}{
		"xoauth2": {"AUTH XOAUTH2 OAUTHBEARER", "", "t0ken", nil,
			[]string{"AUTH XOAUTH2 " + encoded("user=dsrd,1=x@provider.example\x01auth=Bearer t0ken\x01\x01")}},
		"oauthbearer": {"AUTH XOAUTH2 OAUTHBEARER", courier.OAuthBearer, "t0ken", nil,
			[]string{"AUTH OAUTHBEARER " + encoded("n,a=dsrd=2C1=3Dx@provider.example,\x01"+
				"host=mail.example\x01port=25\x01auth=Bearer t0ken\x01\x01")}},
		"the one that is offered": {"AUTH OAUTHBEARER", "", "t0ken", nil,
			[]string{"AUTH OAUTHBEARER " + encoded("n,a=dsrd=2C1=3Dx@provider.example,\x01"+
				"host=mail.example\x01port=25\x01auth=Bearer t0ken\x01\x01")}},
		"a token too long for one line": {"AUTH XOAUTH2", "", strings.Repeat("t", long),
			map[string]string{"AUTH": "334 ", "": "235 2.7.0 ok"},
			[]string{"AUTH XOAUTH2", encoded("user=dsrd,1=x@provider.example\x01auth=Bearer " +
				strings.Repeat("t", long) + "\x01\x01")}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{offers: []string{c.offer}, stages: c.stages}
				from := &source{tokens: []string{c.token}}
				got := send(courier.New(s.bearing(t, c.mechanism, from), time.Now))
				s.serving.Wait()
				if got.Verdict != courier.Accepted || s.connections != 1 {
					t.Fatalf("got %+v on %d connections", got, s.connections)
				}
				if diff := cmp.Diff(c.want, s.auths()); diff != "" {
					t.Errorf("login (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff([]bool{false}, from.asked); diff != "" {
					t.Errorf("asked (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestARefusedTokenIsAskedForOnceMore(t *testing.T) {
	const invalid = `{"status":"invalid_token","schemes":"bearer"}`
	for name, c := range map[string]struct {
		mechanism string
		stages    map[string]string
		recovers  bool
		answer    string // to the challenge
		status    string
	}{
		"xoauth2 with a challenge": {courier.XOAuth2,
			map[string]string{"AUTH": "334 " + encoded(invalid), "": "535 5.7.8 no"}, true, "", "invalid_token"},
		"oauthbearer with a challenge": {courier.OAuthBearer,
			map[string]string{"AUTH": "334 " + encoded(invalid), "": "535 5.7.8 no"}, true,
			encoded("\x01"), "invalid_token"},
		"refused at once":      {courier.XOAuth2, at("AUTH", "535 5.7.3 expired"), true, "none", ""},
		"refused both times":   {courier.XOAuth2, at("AUTH", "535 5.7.3 expired"), false, "none", ""},
		"a challenge of noise": {courier.XOAuth2, map[string]string{"AUTH": "334 %%%", "": "535 5.7.8 no"}, false, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{offers: []string{"AUTH XOAUTH2 OAUTHBEARER"}, stages: c.stages, more: c.recovers}
				from := &source{tokens: []string{"old", "new"}}
				got := send(courier.New(s.bearing(t, c.mechanism, from), time.Now))
				s.serving.Wait()
				if diff := cmp.Diff([]bool{false, true}, from.asked); diff != "" {
					t.Errorf("asked (-want +got):\n%s", diff)
				}
				if accepted := got.Verdict == courier.Accepted; accepted != c.recovers || s.connections != 2 {
					t.Errorf("got %+v on %d connections", got, s.connections)
				}
				if !c.recovers && (!got.Config || got.Permanent || got.Code != 535) {
					t.Errorf("got %+v", got)
				}
				if c.answer != "none" && s.auths()[1] != c.answer {
					t.Errorf("the challenge was answered by %q", s.auths())
				}
				if last := s.auths()[len(s.auths())-1]; c.recovers && !strings.Contains(last, " ") {
					t.Errorf("the second login: %q", s.auths())
				}
				if !c.recovers && c.status != "" && !strings.Contains(got.Reply, c.status) {
					t.Errorf("reply %q", got.Reply)
				}
			})
		})
	}
}

func TestOnlyA535AsksForAnotherToken(t *testing.T) {
	for _, answer := range []string{"454 4.7.0 later", "421 4.7.0 later", "534 5.7.9 stronger", "drop"} {
		t.Run(answer, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{offers: []string{"AUTH XOAUTH2"}, stages: at("AUTH", answer)}
				from := &source{tokens: []string{"t0ken"}}
				got := send(courier.New(s.bearing(t, "", from), time.Now))
				s.serving.Wait()
				if got.Verdict != courier.Refused || got.Permanent || s.connections != 1 || len(from.asked) != 1 {
					t.Errorf("got %+v, asked %v", got, from.asked)
				}
			})
		})
	}
}

func TestAMechanismThatIsNotOfferedIsNotReplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{offers: []string{"AUTH XOAUTH2 PLAIN"}}
		from := &source{tokens: []string{"t0ken"}}
		got := send(courier.New(s.bearing(t, courier.OAuthBearer, from), time.Now))
		s.serving.Wait()
		if !got.Config || len(from.asked) != 0 || !strings.Contains(fmt.Sprint(got.Err), "OAUTHBEARER") {
			t.Errorf("got %+v", got)
		}
	})
}

// A login that the server gave up on a kept connection is no word about the next mail.
func TestALoginThatRanOutOnAKeptConnectionIsRenewed(t *testing.T) {
	for _, words := range []string{"530 5.7.0 log in first", "535 5.7.3 token expired"} {
		t.Run(words, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{offers: []string{"AUTH XOAUTH2"}}
				from := &source{tokens: []string{"t0ken"}}
				server := s.bearing(t, "", from)
				server.Idle = 1
				c := courier.New(server, time.Now)
				send(c)
				s.stages, s.more = at("MAIL", words), true
				got := send(c)
				c.Close()
				s.serving.Wait()
				if got.Verdict != courier.Accepted || s.connections != 2 || len(from.asked) != 2 {
					t.Errorf("got %+v on %d connections", got, s.connections)
				}
				if !slices.Equal(from.asked, []bool{false, false}) {
					t.Errorf("asked %v", from.asked)
				}
			})
		})
	}
}
