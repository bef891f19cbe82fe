package matrix_test

import (
	"crypto/tls"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/internal/faulty"
	"github.com/dsrd/dsrd/internal/office"
	"github.com/dsrd/dsrd/internal/oracle"
	"github.com/dsrd/dsrd/internal/real"
	"github.com/dsrd/dsrd/mailer/mailtest"
)

// TestRow09ABadLineToTheMailbox swallows all, carries a kilobyte a second, gives single bytes, and
// cuts at chosen places. What was read before stays done; what was not is read when the line is good.
func TestRow09ABadLineToTheMailbox(t *testing.T) {
	s := office.Common(t)
	p, err := faulty.Listen(fmt.Sprintf("127.0.0.1:%d", s.Dovecot.IMAPS))
	office.NoError(t, err)
	t.Cleanup(p.Close)
	w := row(t, "r09", office.ReadThrough(p))
	w.Serve()
	all := w.asks(1)
	w.awaitAsked(all...)
	for _, m := range []faulty.Mode{faulty.Slow(8 << 10), faulty.Slice(1)} { // bad, and yet it works
		p.Set(m)
		all = append(all, w.asks(1)...)
		w.awaitAsked(all...)
	}
	modes := []faulty.Mode{faulty.Swallow(), faulty.Refuse()}
	for range size(4, 40) {
		modes = append(modes, faulty.CutAfter(200*(len(modes)+1)))
	}
	for _, m := range modes {
		p.Set(m)
		all = append(all, w.asks(1)...)
		if m == faulty.Swallow() || m == faulty.Refuse() {
			w.awaitReady(false)
		} else {
			office.Until(t, "the line is cut", func() bool { return p.Fired() > 0 })
		}
		p.Set(faulty.Pass())
		// A mail that broke a connection is tried again alone, and not at once.
		w.Passing(5*time.Minute, "all are asked about", func() bool { return len(w.letters()) == len(all) })
	}
	w.confirms(all...)
	w.judge(oracle.Allowed{})
}

// TestRow10WhoeverIsNotWhoTheySay: certificates that are self-signed or another's, and an offer of
// TLS that somebody takes away. Nothing is said to them, least of all the password.
func TestRow10WhoeverIsNotWhoTheySay(t *testing.T) {
	t.Parallel()
	s := office.Common(t)
	other, err := mailtest.NewCA()
	office.NoError(t, err)
	for name, certificate := range map[string]func() (*tls.Config, error){
		"self-signed": func() (*tls.Config, error) { return other.Server("localhost", "127.0.0.1") },
		"another":     func() (*tls.Config, error) { return s.CA.Server("imap.elsewhere.example") },
	} {
		t.Run(name, func(t *testing.T) {
			c, err := certificate()
			office.NoError(t, err)
			impostor, err := oracle.Listen(filepath.Join(t.TempDir(), "received"), c, nil)
			office.NoError(t, err)
			t.Cleanup(func() { impostor.Close() })
			w := row(t, "r10"+strings.ReplaceAll(name, "-", ""))
			w.Replace("dsrd.yaml", office.Port(w.relay.Port()), office.Port(impostor.Port()))
			d := w.Serve()
			all := w.asks(1)
			d.Await("msg=failing what=relay")
			if n := len(impostor.Received()); n != 0 || !strings.Contains(d.Said(), "certificate") {
				t.Errorf("it got %d mails", n)
			}
			d.End()
			w.Replace("dsrd.yaml", office.Port(impostor.Port()), office.Port(w.relay.Port()))
			w.Serve()
			w.Pass(time.Hour)
			w.confirms(all...)
			w.judge(oracle.Allowed{})
		})
	}
	t.Run("stripped", func(t *testing.T) {
		imap, err := faulty.Listen(fmt.Sprintf("127.0.0.1:%d", s.Dovecot.IMAP))
		office.NoError(t, err)
		t.Cleanup(imap.Close)
		w := row(t, "r10stripped", office.ReadThrough(imap), func(c *office.Settings) { c.Security = "starttls" })
		smtp, err := faulty.Listen(net.JoinHostPort("127.0.0.1", fmt.Sprint(w.relay.Port())))
		office.NoError(t, err)
		t.Cleanup(smtp.Close)
		w.Replace("dsrd.yaml", office.Port(w.relay.Port()), office.Port(smtp.Port()))
		d := w.Serve()
		smtp.Set(faulty.StripSTARTTLS())
		all := w.asks(1)
		d.Await("msg=failing what=relay")
		imap.Set(faulty.Refuse()) // or the old connection serves
		imap.Set(faulty.StripSTARTTLS())
		all = append(all, w.asks(1)...) // STARTTLS is said to the mailbox, offered or not
		office.Until(t, "both were tried", func() bool { return imap.Heard() != "" && smtp.Heard() != "" })
		office.Until(t, "the mail is read", func() bool { return len(w.states()) == len(all) })
		for _, secret := range []string{office.Password(w.Desk()), "LOGIN", "AUTH"} {
			if strings.Contains(imap.Heard()+smtp.Heard(), secret) {
				t.Errorf("%q was said in the open", secret)
			}
		}
		imap.Set(faulty.Pass())
		smtp.Set(faulty.Pass())
		w.Passing(20*time.Minute, "all are asked about", func() bool { return len(w.letters()) == len(all) })
		w.confirms(all...)
		w.judge(oracle.Allowed{})
	})
}

// resolver stands between the daemon and name servers: it asks the one that it is told to ask.
type resolver struct {
	conn net.PacketConn
	to   chan string // holds the server's address; "" is none, and silence
}

func listenNames(t *testing.T, to string) *resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	office.NoError(t, err)
	r := &resolver{conn: conn, to: make(chan string, 1)}
	r.to <- to
	t.Cleanup(func() { conn.Close() })
	go r.serve()
	return r
}

func (r *resolver) set(to string) { <-r.to; r.to <- to }

func (r *resolver) serve() {
	for {
		b := make([]byte, 4096)
		n, from, err := r.conn.ReadFrom(b)
		if err != nil {
			return
		}
		to := <-r.to
		r.to <- to
		if to != "" {
			go r.pass(b[:n], from, to)
		}
	}
}

func (r *resolver) pass(question []byte, from net.Addr, to string) {
	c, err := net.Dial("udp", to)
	if err != nil {
		return
	}
	defer c.Close()
	answer := make([]byte, 4096)
	if _, err := c.Write(question); err != nil {
		return
	}
	if c.SetReadDeadline(time.Now().Add(5*time.Second)) != nil {
		return
	}
	if n, err := c.Read(answer); err == nil {
		r.conn.WriteTo(answer[:n], from) // or it is asked again
	}
}

// TestRow11NamesThatAreNotFound: servers that fail, say nothing, or deny for a while what is there.
// An answer that nobody can prove waits, is neither believed nor lost.
func TestRow11NamesThatAreNotFound(t *testing.T) {
	s := office.Common(t)
	names := office.OwnNames(t, s)
	between := listenNames(t, names.Addr())
	w := row(t, "r11", func(c *office.Settings) { c.Dns = between.conn.LocalAddr().String() })
	d := w.Serve()
	for i, c := range []struct {
		name       string
		begin, end func()
	}{
		{"SERVFAIL", func() { names.Fail(true) }, func() { names.Fail(false) }},
		{"silence", func() { between.set("") }, func() { between.set(names.Addr()) }},
	} {
		who := w.asks(1)[0]
		w.awaitAsked(who)
		c.begin()
		w.send(who, "CONFIRM")
		office.Until(t, c.name+" is met", func() bool { return strings.Count(d.Said(), "a look-up failed for now") > i })
		if st := w.states()[who]; st.State != "awaiting_confirmation" {
			t.Errorf("%s: the request is %s", c.name, st.State)
		}
		c.end()
		w.awaitEnd(who, "completed")
	}
	// A key that is denied is no key: the answer is held, and anna sends it again when it is back.
	who := w.asks(1)[0]
	w.awaitAsked(who)
	nothing, err := real.StartDNS()
	office.NoError(t, err)
	t.Cleanup(func() { nothing.Close() })
	between.set(nothing.Addr())
	w.send(who, "CONFIRM")
	office.Until(t, "it is held", func() bool { return strings.Contains(strings.Join(w.states()[who].events(), " "), "held") })
	between.set(names.Addr())
	w.send(who, "CONFIRM")
	w.judge(oracle.Allowed{})
}

// TestRow12NoKeyForDays ends the waiting for a proof: the answer is held and told of, never believed,
// and counts when anna sends it again.
func TestRow12NoKeyForDays(t *testing.T) {
	s := office.Common(t)
	names := office.OwnNames(t, s)
	w := row(t, "r12", func(c *office.Settings) { c.Dns = names.Addr() })
	d := w.Serve()
	who := w.asks(1)[0]
	w.awaitAsked(who)
	names.Fail(true)
	w.send(who, "CONFIRM")
	d.Await("a look-up failed for now")
	w.AfterLookup(names, 37*time.Minute)
	office.Until(t, "it is held", func() bool { return strings.Contains(strings.Join(w.states()[who].events(), " "), "held") })
	if n := len(w.Packages(w.Anna())); n != 0 {
		t.Errorf("anna has %d packages", n)
	}
	names.Fail(false)
	w.send(who, "CONFIRM")
	w.judge(oracle.Allowed{})
}
