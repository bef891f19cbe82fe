package authentic_test

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/mailer/authentic"
	"golang.org/x/net/dns/dnsmessage"
)

// nameServer speaks DNS over a pipe; what it answers hangs on the first label.
func nameServer() *net.Resolver {
	dial := func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go func() {
			defer ours.Close()
			if q, err := readQuery(ours); err == nil {
				answerQuery(ours, q)
			}
		}()
		return theirs, nil
	}
	return &net.Resolver{PreferGo: true, Dial: dial}
}

// readQuery reads one message with the length in front that a stream has (RFC
// 1035 4.2.2).
func readQuery(r io.Reader) (m dnsmessage.Message, err error) {
	var size [2]byte
	if _, err := io.ReadFull(r, size[:]); err != nil {
		return m, err
	}
	buf := make([]byte, binary.BigEndian.Uint16(size[:]))
	if _, err := io.ReadFull(r, buf); err != nil {
		return m, err
	}
	return m, m.Unpack(buf)
}

func answerQuery(w io.Writer, m dnsmessage.Message) {
	m.Response, m.Authoritative, m.RecursionAvailable = true, true, true
	m.Additionals = nil
	q := m.Questions[0]
	head := dnsmessage.ResourceHeader{Name: q.Name, Type: dnsmessage.TypeTXT, Class: q.Class, TTL: 60}
	label, _, _ := strings.Cut(q.Name.String(), ".")
	switch label {
	case "silent":
		return
	case "missing":
		m.RCode = dnsmessage.RCodeNameError
	case "broken":
		m.RCode = dnsmessage.RCodeServerFailure
	case "refused":
		m.RCode = dnsmessage.RCodeRefused
	case "two":
		m.Answers = []dnsmessage.Resource{
			{Header: head, Body: &dnsmessage.TXTResource{TXT: []string{"v=DKIM1; ", "p=abc"}}},
			{Header: head, Body: &dnsmessage.TXTResource{TXT: []string{"second"}}},
		}
	}
	wire, err := m.Pack()
	if err != nil {
		return
	}
	w.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(wire))), wire...))
}

func TestDNSAnswers(t *testing.T) {
	d := authentic.DNS{Net: nameServer(), Timeout: 5 * time.Second}
	for name, c := range map[string]struct {
		txt string
		err error
	}{
		"two.acme.example":     {"v=DKIM1; p=abc|second", nil},
		"two.acme.example.":    {"v=DKIM1; p=abc|second", nil},
		"missing.acme.example": {"", authentic.ErrNoRecord},
		"empty.acme.example":   {"", authentic.ErrNoRecord},
		"broken.acme.example":  {"", authentic.ErrTemporary},
		"refused.acme.example": {"", authentic.ErrTemporary},
		"silent.acme.example":  {"", authentic.ErrTemporary},
	} {
		txt, err := d.LookupTXT(context.Background(), name)
		if strings.Join(txt, "|") != c.txt || !errors.Is(err, c.err) {
			t.Errorf("%s: got %q, %v; want %q, %v", name, txt, err, c.txt, c.err)
		}
	}
}
