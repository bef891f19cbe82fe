package app_test

import (
	"encoding/binary"
	"errors"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dsrd/dsrd/internal/app"
	"github.com/dsrd/dsrd/internal/demo"
	"github.com/dsrd/dsrd/mailer/authentic"
	"github.com/dsrd/dsrd/workflow"
)

// nameserver answers every question with one TXT record, or with an error code of
// RFC 1035 4.1.1; silent says nothing.
type nameserver struct {
	net.PacketConn
	asked atomic.Int32
	code  byte
	text  string
}

const silent = 255

func newNameserver(t *testing.T, code byte, text string) *nameserver {
	t.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	must(t, err)
	n := &nameserver{PacketConn: c, code: code, text: text}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		n.serve()
	}()
	t.Cleanup(func() { c.Close(); <-ended })
	return n
}

func (n *nameserver) serve() {
	packet := make([]byte, 1500)
	for {
		size, from, err := n.ReadFrom(packet)
		if err != nil {
			return
		}
		n.asked.Add(1)
		if n.code != silent && size > 12 {
			_, _ = n.WriteTo(n.reply(packet[:size]), from)
		}
	}
}

// reply is a header, the question as it came, and at most one answer.
func (n *nameserver) reply(question []byte) []byte {
	end := 12
	for question[end] != 0 {
		end += int(question[end]) + 1
	}
	end += 5 // the root, type and class
	answers := byte(1)
	if n.code != 0 || n.text == "" {
		answers = 0
	}
	out := append([]byte{question[0], question[1], 0x84, 0x00 | n.code, 0, 1, 0, answers, 0, 0, 0, 0},
		question[12:end]...)
	if answers == 0 {
		return out
	}
	out = append(out, 0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 60) // the name above, TXT, IN, a minute
	out = binary.BigEndian.AppendUint16(out, uint16(len(n.text)+1))
	return append(append(out, byte(len(n.text))), n.text...)
}

func (n *nameserver) addr() string { return n.LocalAddr().String() }

func TestConfiguredNameServersAreAskedInTurn(t *testing.T) {
	const failure, noName = 2, 3
	for _, k := range []struct {
		name  string
		codes []byte
		want  error
		asked []bool
	}{
		{"the first answers", []byte{0, 0}, nil, []bool{true, false}},
		{"the first fails", []byte{failure, 0}, nil, []bool{true, true}},
		{"the first is silent", []byte{silent, 0}, nil, []bool{true, true}},
		{"no such name is an answer", []byte{noName, 0}, authentic.ErrNoRecord, []bool{true, false}},
		{"all fail", []byte{failure, failure}, authentic.ErrTemporary, []bool{true, true}},
	} {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			var servers []*nameserver
			var addresses []string
			for _, code := range k.codes {
				s := newNameserver(t, code, "v=DKIM1; p=")
				servers, addresses = append(servers, s), append(addresses, s.addr())
			}
			txt, err := app.Resolver(addresses).LookupTXT(t.Context(), "key._domainkey.acme.example")
			if !errors.Is(err, k.want) || k.want == nil && (len(txt) != 1 || txt[0] != "v=DKIM1; p=") {
				t.Errorf("got %q, %v; want %v", txt, err, k.want)
			}
			for i, s := range servers {
				if got := s.asked.Load() > 0; got != k.asked[i] {
					t.Errorf("server %d was asked: %v", i, got)
				}
			}
		})
	}
}

func TestResolverWithoutServersIsTheSystems(t *testing.T) {
	if got := app.Resolver(nil); got != app.DNS() {
		t.Errorf("got %T", got)
	}
}

// TestAnswerWaitsWhileNameServersFail lets every look-up fail for a while: the answer
// is neither believed nor lost.
func TestAnswerWaitsWhileNameServersFail(t *testing.T) {
	p := newPlace(t)
	must(t, p.Settle(t.Context()))
	p.ask(t)
	must(t, p.Settle(t.Context()))
	s := newNameserver(t, 2, "")
	p.edit(t, "dsrd.yaml", "redis:\n", "dns:\n  servers: [\""+s.addr()+"\"]\nredis:\n")
	p.restart(t)
	must(t, p.Answer(demo.Anna, "CONFIRM"))
	if err := p.App.Scan(t.Context()); err == nil {
		if !p.App.CompleteSince().IsZero() {
			t.Error("the mailbox is said to be read")
		}
	}
	if r := p.only(t); s.asked.Load() == 0 || r.State != workflow.AwaitingConfirmation {
		t.Errorf("the server was asked %d times, the request is %s", s.asked.Load(), r.State)
	}
	p.edit(t, "dsrd.yaml", "dns:\n  servers: [\""+s.addr()+"\"]\n", "")
	p.restart(t)
	p.Clock.Advance(time.Hour)
	must(t, p.Settle(t.Context()))
	if r := p.only(t); r.State != workflow.Confirmed {
		t.Errorf("the request is %s", r.State)
	}
}
