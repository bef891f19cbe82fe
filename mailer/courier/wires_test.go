package courier_test

import (
	"context"
	"crypto/tls"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dsrd/dsrd/mailer/courier"
)

// What happens between the greeting and the first mail on a connection with TLS and login; each
// fault says nothing about the mail, so it is for now.
func TestFaultsBeforeTheMail(t *testing.T) {
	for name, c := range map[string]struct {
		stages map[string]string
		want   courier.Result
	}{
		"421 to EHLO":                {at("EHLO", "421 4.3.2 later"), refused("ehlo", 421, "4.3.2", "4.3.2 later")},
		"421 to STARTTLS":            {at("STARTTLS", "421 4.3.2 later"), refused("starttls", 421, "4.3.2", "4.3.2 later")},
		"454 to STARTTLS":            {at("STARTTLS", "454 4.3.0 TLS not available"), refused("starttls", 454, "4.3.0", "4.3.0 TLS not available")},
		"500 to STARTTLS":            {at("STARTTLS", "502 5.5.1 no"), config(refused("starttls", 502, "5.5.1", "5.5.1 no"))},
		"421 to AUTH":                {at("AUTH", "421 4.7.0 later"), refused("auth", 421, "4.7.0", "4.7.0 later")},
		"drop at STARTTLS":           {at("STARTTLS", "drop"), refused("starttls", 0, "", "")},
		"drop at AUTH":               {at("AUTH", "drop"), refused("auth", 0, "", "")},
		"silence at STARTTLS":        {at("STARTTLS", "hang"), refused("starttls", 0, "", "")},
		"silence at AUTH":            {at("AUTH", "hang"), refused("auth", 0, "", "")},
		"silence in the handshake":   {at("TLS", "hang"), refused("starttls", 0, "", "")},
		"drop in the handshake":      {at("TLS", "drop"), refused("starttls", 0, "", "")},
		"no TLS after STARTTLS":      {at("TLS", "clear"), config(refused("starttls", 0, "", ""))},
		"TLS dropped after the mail": {at(".", "drop"), ambiguous},
		"TLS dropped at DATA":        {at("DATA", "drop"), refused("data", 0, "", "")},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				config, roots := authority(t, time.Now().Add(time.Hour), "mail.example")
				s := &script{tls: config, offers: []string{"AUTH PLAIN"}, stages: c.stages}
				got := send(courier.New(login(s.secured(courier.StartTLS, roots), "dsrd"), time.Now))
				if diff := cmp.Diff(c.want, got, sansErr); diff != "" {
					t.Errorf("result (-want +got):\n%s", diff)
				}
				s.serving.Wait()
				if said := strings.Join(s.commands, "\n"); got.Stage == courier.StageStartTLS &&
					(strings.Contains(said, "AUTH") || strings.Contains(said, "MAIL")) {
					t.Errorf("in the clear the server heard %q", s.commands)
				}
			})
		})
	}
}

// A port that speaks in the clear where TLS is wanted from the start is a setting to be put right.
func TestAPortThatSpeaksNoTLS(t *testing.T) {
	s := &script{offers: []string{"AUTH PLAIN"}}
	server := login(courier.Server{Host: "127.0.0.1", Port: s.listen(t), TLS: courier.ImplicitTLS,
		HELO: "x.example"}, "dsrd")
	got := send(courier.New(server, time.Now))
	if !got.Config || got.Permanent || !strings.Contains(got.Err.Error(), "465") {
		t.Errorf("got %+v", got)
	}
}

func TestAServerThatIsNotThere(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	gone := courier.Server{Host: "127.0.0.1", Port: port, TLS: courier.NoTLS, HELO: "x.example"}
	nowhere := gone
	nowhere.Host, nowhere.TLS, nowhere.TLSConfig = "mail.invalid", courier.StartTLS, &tls.Config{}
	nowhere.Dial = func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.DNSError{Err: "no such host", Name: "mail.invalid", IsNotFound: true}
	}
	for name, c := range map[string]struct {
		server courier.Server
		says   string
	}{
		"nobody listens":         {gone, "connection refused"},
		"the name has no server": {nowhere, "no such host"},
	} {
		t.Run(name, func(t *testing.T) {
			got := send(courier.New(c.server, time.Now))
			if diff := cmp.Diff(refused("connect", 0, "", ""), got, sansErr); diff != "" {
				t.Errorf("result (-want +got):\n%s", diff)
			}
			if !strings.Contains(got.Err.Error(), c.says) {
				t.Errorf("error %v", got.Err)
			}
		})
	}
}

// A server that takes less than it announces says so itself; one that announces nothing sensible
// is not believed.
func TestASizeThatLies(t *testing.T) {
	for name, c := range map[string]struct {
		offer  string
		stages map[string]string
		want   courier.Result
		limit  int64
		said   string // a command that was heard
	}{
		"it takes less, and says so at MAIL": {"SIZE 10240000", at("MAIL", "552 5.3.4 too large"),
			permanent(refused("mail", 552, "5.3.4", "5.3.4 too large")), 10240000,
			"MAIL FROM:<bounce+k4f9@provider.example> SIZE=39"},
		"it takes less, and says so at the dot": {"SIZE 10240000", at(".", "552 5.2.3 too large"),
			permanent(refused("dot", 552, "5.2.3", "5.2.3 too large")), 10240000, "DATA"},
		"it would take more than it says": {"SIZE 38", nil, courier.Result{Verdict: courier.Refused,
			Permanent: true, Stage: courier.StageSize}, 38, "QUIT"},
		"it announces words": {"SIZE large", nil, queued, 0,
			"MAIL FROM:<bounce+k4f9@provider.example> SIZE=39"},
		"it announces less than nothing":   {"SIZE -1", nil, queued, 0, "DATA"},
		"it announces no number that fits": {"SIZE 99999999999999999999", nil, queued, 0, "DATA"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{offers: []string{c.offer}, stages: c.stages}
				got := send(courier.New(s.plain(), time.Now))
				c.want.Limit = c.limit
				if diff := cmp.Diff(c.want, got, sansErr); diff != "" {
					t.Errorf("result (-want +got):\n%s", diff)
				}
				s.serving.Wait()
				if !strings.Contains("\n"+strings.Join(s.commands, "\n")+"\n", "\n"+c.said+"\n") {
					t.Errorf("server heard %q, want %q", s.commands, c.said)
				}
			})
		})
	}
}
