package real

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/dsrd/dsrd/internal/child"
)

// DNS is a name server on the loopback that knows the TXT and MX records it was told.
type DNS struct {
	Port int

	udp     net.PacketConn
	tcp     net.Listener
	mu      sync.Mutex
	txt     map[string][]string
	mx      map[string][]string
	failing bool
	asked   map[string]int
}

// StartDNS starts a server that knows nothing yet, over UDP and TCP.
func StartDNS() (*DNS, error) {
	d := &DNS{txt: map[string][]string{}, mx: map[string][]string{}, asked: map[string]int{}}
	if err := freePorts(&d.Port); err != nil {
		return nil, err
	}
	var err error
	if d.udp, err = net.ListenPacket("udp", d.Addr()); err != nil {
		return nil, fmt.Errorf("start a name server: %v", err)
	}
	if d.tcp, err = net.Listen("tcp", d.Addr()); err != nil {
		return nil, errors.Join(fmt.Errorf("start a name server: %v", err), d.udp.Close())
	}
	go d.serveUDP()
	go d.serveTCP()
	return d, nil
}

// Addr is host:port.
func (d *DNS) Addr() string { return child.Loopback(d.Port) }

// Close ends the server.
func (d *DNS) Close() error { return errors.Join(d.udp.Close(), d.tcp.Close()) }

// SetTXT publishes the TXT records of a name; none removes it.
func (d *DNS) SetTXT(name string, records ...string) { d.set(d.txt, name, records) }

// SetMX publishes the mail exchangers of a name, all with the same preference.
func (d *DNS) SetMX(name string, hosts ...string) { d.set(d.mx, name, hosts) }

func (d *DNS) set(zone map[string][]string, name string, records []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(zone, canonical(name))
	if len(records) > 0 {
		zone[canonical(name)] = records
	}
}

// Fail answers SERVFAIL to everything, or ends that.
func (d *DNS) Fail(failing bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.failing = failing
}

// Asked is how often a name was asked for.
func (d *DNS) Asked(name string) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.asked[canonical(name)]
}

func canonical(name string) string { return strings.TrimSuffix(strings.ToLower(name), ".") + "." }

func (d *DNS) serveUDP() {
	b := make([]byte, 4096)
	for {
		n, from, err := d.udp.ReadFrom(b)
		if err != nil {
			return
		}
		if reply, ok := d.reply(b[:n], 1232); ok {
			_, _ = d.udp.WriteTo(reply, from) // a lost answer is asked for again
		}
	}
}

func (d *DNS) serveTCP() {
	for {
		c, err := d.tcp.Accept()
		if err != nil {
			return
		}
		go d.serveConn(c)
	}
}

// serveConn answers questions with their length in front (RFC 1035 4.2.2).
func (d *DNS) serveConn(c net.Conn) {
	defer c.Close()
	for {
		var size [2]byte
		if _, err := io.ReadFull(c, size[:]); err != nil {
			return
		}
		b := make([]byte, binary.BigEndian.Uint16(size[:]))
		if _, err := io.ReadFull(c, b); err != nil {
			return
		}
		reply, ok := d.reply(b, 1<<16-1)
		if !ok {
			return
		}
		if _, err := c.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(reply))), reply...)); err != nil {
			return
		}
	}
}

// reply answers a question; one that does not fit is cut and marked so.
func (d *DNS) reply(query []byte, most int) ([]byte, bool) {
	var m dnsmessage.Message
	if m.Unpack(query) != nil || m.Response || len(m.Questions) != 1 {
		return nil, false
	}
	q := m.Questions[0]
	a := dnsmessage.Message{
		Header: dnsmessage.Header{ID: m.ID, Response: true, Authoritative: true,
			RecursionDesired: m.RecursionDesired, RecursionAvailable: true},
		Questions: m.Questions,
	}
	a.RCode, a.Answers = d.answers(q)
	packed, err := a.Pack()
	if err == nil && len(packed) > most {
		a.Truncated, a.Answers = true, nil
		packed, err = a.Pack()
	}
	return packed, err == nil
}

func (d *DNS) answers(q dnsmessage.Question) (dnsmessage.RCode, []dnsmessage.Resource) {
	d.mu.Lock()
	defer d.mu.Unlock()
	name := canonical(q.Name.String())
	d.asked[name]++
	if d.failing {
		return dnsmessage.RCodeServerFailure, nil
	}
	var all []dnsmessage.Resource
	say := func(body dnsmessage.ResourceBody) {
		all = append(all, dnsmessage.Resource{
			Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class, TTL: 1}, Body: body,
		})
	}
	switch q.Type {
	case dnsmessage.TypeTXT:
		for _, r := range d.txt[name] {
			say(&dnsmessage.TXTResource{TXT: strings255(r)})
		}
	case dnsmessage.TypeMX:
		for _, host := range d.mx[name] {
			say(&dnsmessage.MXResource{Pref: 10, MX: dnsmessage.MustNewName(canonical(host))})
		}
	}
	if len(d.txt[name])+len(d.mx[name]) == 0 {
		return dnsmessage.RCodeNameError, nil
	}
	return dnsmessage.RCodeSuccess, all
}

// strings255 cuts a record into the character-strings that it is made of (RFC 1035 3.3).
func strings255(s string) []string {
	var all []string
	for len(s) > 255 {
		all, s = append(all, s[:255]), s[255:]
	}
	return append(all, s)
}
