package mailer

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/dsrd/dsrd/mailer/authentic"
	"github.com/dsrd/dsrd/mailer/reader"
	"github.com/dsrd/dsrd/workflow"
)

// Probes remember the probes that were sent. A probe is a harmless mail to an admin
// whose answer shows whether that admin's mail can be checked; no request comes of it.
type Probes interface {
	// Probe gives what is known of a probe; NotFound.
	Probe(ctx context.Context, id string) (Probe, error)
	// FinishProbe notes what an answer showed, in place of what an earlier one did.
	FinishProbe(ctx context.Context, id string, v ProbeVerdict) error
}

// Probe is a probe that was sent.
type Probe struct {
	Admin  workflow.Address // who was asked to answer
	Proven bool             // an answer was confirmable already
}

// ProbeVerdict is what the answer to a probe shows. The field names are stored: add,
// never rename.
type ProbeVerdict struct {
	Confirmable bool             `json:"confirmable"` // ack/from, ack/authentic and ack/human hold
	Result      authentic.Result `json:"result"`      // of ack/authentic; "" for a bounce
	Way         authentic.Way    `json:"way,omitempty"`
	FromDomain  string           `json:"from_domain,omitempty"`
	Signatures  []ProbeSignature `json:"signatures,omitempty"`
	Failures    []ProbeFailure   `json:"failures,omitempty"`
	Returned    bool             `json:"returned,omitempty"`    // our probe came back: nobody answered
	AuthServID  string           `json:"authserv_id,omitempty"` // topmost, as it would be pinned; proves nothing
	Mailbox     string           `json:"mailbox"`               // of ours, that the answer came to
}

// ProbeSignature is a DKIM signature of the answer.
type ProbeSignature struct {
	Domain   string           `json:"domain"`
	Selector string           `json:"selector"`
	Result   authentic.Result `json:"result"`
	Aligned  bool             `json:"aligned"`           // the domain may speak for that of From
	Altered  bool             `json:"altered,omitempty"` // it fails as if the mail was rewritten
	Why      string           `json:"why,omitempty"`
}

// ProbeFailure is a rule of the acknowledgement that the answer does not meet.
type ProbeFailure struct {
	Rule string `json:"rule"`
	Why  string `json:"why"`
}

// ruleProbe marks a mail that answered a probe.
const ruleProbe = "probe"

// probed tells which probe a mail answers, if any.
func (d *Desk) probed(m *reader.Mail) (string, bool) {
	marks := append([]string{m.MicrosoftOriginalID, m.Bounce.OriginalMessageID}, m.InReplyTo...)
	marks = append(marks, m.Recipients...)
	for _, mark := range marks[:min(len(marks), maxMarks)] {
		if id, ok := d.Marks.Probe(mark); ok {
			return id, true
		}
	}
	return "", false
}

// probe notes what the answer to a probe shows. Nothing else ever comes of such a mail,
// whatever it says or carries: not even a live code in it decides anything.
func (d *Desk) probe(ctx context.Context, in incoming, mailbox, id string) (ending, error) {
	if d.Probes == nil {
		return noted(ruleProbe), nil
	}
	p, err := d.Probes.Probe(ctx, id)
	if errors.Is(err, workflow.NotFound) {
		return noted(ruleProbe), nil // it was long ago
	}
	if err != nil {
		return ending{}, fmt.Errorf("look for a probe: %w", err)
	}
	v, shows := returned(in.mail)
	if in.mail.Class != reader.Bounce {
		in.verdict = d.Verifier.Verify(ctx, in.raw, in.arrived)
		if in.verdict.Result == authentic.TempError && d.Now().Sub(in.seen) < lookupPatience {
			return ending{}, errLater
		}
		v, shows = shown(in, p.Admin), true
	}
	if !shows || p.Proven && !v.Confirmable {
		return noted(ruleProbe), nil // a vacation program, say, takes no proof back
	}
	v.Mailbox = mailbox
	err = d.Probes.FinishProbe(ctx, id, v)
	if err != nil && !errors.Is(err, workflow.NotFound) {
		return ending{}, fmt.Errorf("note the answer to a probe: %w", err)
	}
	return noted(ruleProbe), nil
}

// returned is what a notice shows that the probe could not be delivered; one that is
// only late shows nothing.
func returned(m *reader.Mail) (ProbeVerdict, bool) {
	v := ProbeVerdict{Returned: true, Failures: []ProbeFailure{{ruleHuman, "class " + string(m.Class)}}}
	return v, m.Class == reader.Bounce && failedForGood(m)
}

// shown holds an answer against the rules that need no request: who wrote it, whether
// the bytes prove that, and whether it was a person.
func shown(in incoming, admin workflow.Address) ProbeVerdict {
	a := answer{mail: in.mail, verdict: in.verdict}
	q := question{named: true, request: workflow.Request{Challenge: &workflow.Challenge{Admin: admin}}}
	v := ProbeVerdict{
		Result: in.verdict.Result, Way: in.verdict.Way, FromDomain: plain(in.verdict.FromDomain),
		AuthServID: plain(authentic.TopAuthServID(in.raw)),
	}
	for _, f := range append(sender(a, q), readable(a)...) {
		v.Failures = append(v.Failures, ProbeFailure{f.Rule, plain(f.Why)})
	}
	v.Confirmable = len(v.Failures) == 0
	for _, s := range in.verdict.DKIM {
		v.Signatures = append(v.Signatures, ProbeSignature{
			Domain: plain(s.Domain), Selector: plain(s.Selector), Result: s.Result, Aligned: s.Aligned,
			Altered: s.Altered, Why: plain(s.Why),
		})
	}
	return v
}

// maxPlain is what is kept of a word of the mail: a domain has 253 characters at most
// (RFC 1035 2.3.4).
const maxPlain = 255

// plain keeps what cannot play tricks on an operator's screen.
func plain(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return -1
		}
		return r
	}, s)
	return s[:min(len(s), maxPlain)]
}
