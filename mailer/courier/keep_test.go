package courier_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dsrd/dsrd/mailer/courier"
)

func keeping(s *script, n int) *courier.Courier {
	server := s.plain()
	server.Idle = n
	return courier.New(server, time.Now)
}

func TestAConnectionIsUsedAgain(t *testing.T) {
	for variant, offers := range variants {
		t.Run(variant, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{offers: offers}
				c := keeping(s, 1)
				for range 3 {
					if got := send(c); got.Verdict != courier.Accepted {
						t.Fatalf("got %+v", got)
					}
				}
				c.Close()
				s.serving.Wait()
				if s.connections != 1 || s.accepted != 3 || s.commands[len(s.commands)-1] != "QUIT" {
					t.Errorf("%d connections, %d mails, heard %q", s.connections, s.accepted, s.commands)
				}
			})
		})
	}
}

func TestAnIdleConnectionIsEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{}
		c := keeping(s, 1)
		send(c)
		s.serving.Wait() // no Close: the clock ends it
		if !slices.Contains(s.commands, "QUIT") {
			t.Errorf("heard %q", s.commands)
		}
		if got := send(c); got.Verdict != courier.Accepted || s.connections != 2 {
			t.Errorf("after it: %+v, %d connections", got, s.connections)
		}
		c.Close()
	})
}

// The server may close a kept connection at any time; that is no word about the next mail.
func TestADeadKeptConnectionIsReplaced(t *testing.T) {
	for _, end := range []string{"drop", "421 4.4.2 idle too long"} {
		for variant, offers := range variants {
			t.Run(end+", "+variant, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := &script{offers: offers}
					c := keeping(s, 1)
					send(c)
					s.stages, s.more = at("MAIL", end), true // the next connection behaves
					got := send(c)
					if got.Verdict != courier.Accepted || s.connections != 2 || s.accepted != 2 {
						t.Errorf("got %+v on %d connections, %d mails", got, s.connections, s.accepted)
					}
					c.Close()
				})
			})
		}
	}
}

func TestAFreshConnectionThatIsDroppedIsNotTriedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{stages: at("MAIL", "drop")}
		c := keeping(s, 1)
		if got := send(c); got.Verdict != courier.Refused || s.connections != 1 {
			t.Errorf("got %+v on %d connections", got, s.connections)
		}
		c.Close()
	})
}

func TestAfterARefusalTheConnectionIsNotKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{stages: at("RCPT", "550 5.1.1 unknown"), more: true}
		c := keeping(s, 1)
		first, second := send(c), send(c)
		if first.Verdict != courier.Refused || second.Verdict != courier.Accepted || s.connections != 2 {
			t.Errorf("%+v, %+v on %d connections", first, second, s.connections)
		}
		c.Close()
	})
}

func TestAfterCloseNothingIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{}
		c := keeping(s, 4)
		c.Close()
		began := time.Now()
		if got := send(c); got.Verdict != courier.Accepted {
			t.Errorf("got %+v", got)
		}
		s.serving.Wait()
		if took := time.Since(began); took != 0 {
			t.Errorf("kept for %v", took)
		}
		if s.commands[len(s.commands)-1] != "QUIT" {
			t.Errorf("heard %q", s.commands)
		}
	})
}

func TestAConnectionCarriesAHundredMails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{}
		c := keeping(s, 1)
		for range 250 {
			send(c)
		}
		if s.connections != 3 || s.accepted != 250 {
			t.Errorf("%d connections for %d mails", s.connections, s.accepted)
		}
		c.Close()
	})
}

func TestManyAtATime(t *testing.T) {
	s := &script{offers: []string{"PIPELINING"}}
	port := s.listen(t)
	server := courier.Server{Host: "127.0.0.1", Port: port, TLS: courier.NoTLS, HELO: "x.example", Idle: 4}
	c := courier.New(server, time.Now)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 25 {
				if got := send(c); got.Verdict != courier.Accepted {
					t.Errorf("got %+v", got)
				}
			}
		})
	}
	all.Wait()
	c.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.accepted != 200 {
		t.Errorf("%d mails at the server", s.accepted)
	}
	for _, mail := range s.mails {
		if mail != body {
			t.Fatalf("a mail changed: %q", mail)
		}
	}
}

func TestTheCheckRunsForEachMailOfAConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{offers: []string{"PIPELINING"}}
		c := keeping(s, 1)
		send(c)
		got := c.Send(context.Background(), someone, strings.NewReader(body), int64(len(body)),
			func(context.Context) error { return errors.New("changed") })
		third := send(c)
		if got.Verdict != courier.Withheld || third.Verdict != courier.Accepted || s.accepted != 2 {
			t.Errorf("%+v, then %+v, %d mails", got, third, s.accepted)
		}
		c.Close()
	})
}

func BenchmarkSend(b *testing.B) {
	for name, c := range map[string]struct {
		idle, size int
		offers     []string
	}{
		"5 KB, a connection a mail": {0, 5_000, nil},
		"5 KB, kept connection":     {1, 5_000, nil},
		"5 KB, kept and pipelined":  {1, 5_000, []string{"PIPELINING"}},
		"27 MB, kept connection":    {1, 27_000_000, nil},
	} {
		b.Run(name, func(b *testing.B) {
			s := &sink{offers: c.offers}
			server := courier.Server{Host: "127.0.0.1", Port: s.listen(b), TLS: courier.NoTLS,
				HELO: "x.example", Idle: c.idle}
			cour := courier.New(server, time.Now)
			defer cour.Close()
			line := strings.Repeat("x", 76) + "\r\n"
			mail := strings.Repeat(line, c.size/len(line))
			b.SetBytes(int64(len(mail)))
			b.ReportAllocs()
			for b.Loop() {
				if got := sendThat(cour, mail); got.Verdict != courier.Accepted {
					b.Fatalf("got %+v", got)
				}
			}
		})
	}
}
