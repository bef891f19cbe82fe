package office

import (
	"github.com/dsrd/dsrd/internal/faulty"
	"github.com/dsrd/dsrd/internal/oracle"
)

// Receiver starts an SMTP receiver that records every dialogue, and hands what it takes to
// Dovecot. It is no relay before an office chooses it with To.
func (s *Site) Receiver(path string, plan func(oracle.Stage) oracle.Reply) (*oracle.Receiver, error) {
	certificate, err := s.CA.Server("localhost", "127.0.0.1")
	if err != nil {
		return nil, err
	}
	r, err := oracle.Listen(path, certificate, plan)
	if err != nil {
		return nil, err
	}
	r.Deliver = func(from string, to []string, raw []byte) error {
		for _, who := range to {
			if err := s.Store(from, who, string(raw)); err != nil {
				return err
			}
		}
		return nil
	}
	return r, nil
}

// To makes a receiver the relay.
func To(r *oracle.Receiver) Choice { return func(s *Settings) { s.Submit = r.Port() } }

// Sink makes a server that knows neither TLS nor logins the relay, such as smtp-sink.
func Sink(port int) Choice {
	return func(s *Settings) { s.Submit, s.Relay = port, "none" }
}

// Through makes a proxy the relay, which leads to Postfix or to a receiver.
func Through(p *faulty.Proxy) Choice { return func(s *Settings) { s.Submit = p.Port() } }

// ReadThrough lets the daemon read its mailbox through a proxy.
func ReadThrough(p *faulty.Proxy) Choice { return func(s *Settings) { s.IMAP = p.Port() } }

// Quick shortens all that is waited for: leases of three seconds, and pauses of a fraction of one.
func Quick(s *Settings) {
	s.Idle = true
	s.Timing = map[string]string{
		"lease": "3s", "look": "300ms", "recheck": "2s", "reconnect_first": "200ms",
		"reconnect_longest": "1s", "logins": "1000", "imap_silence": "5s", "smtp_dot": "10s",
	}
}
