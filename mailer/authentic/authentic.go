// Package authentic says who wrote a mail, judged on its raw bytes: it reads
// From in one way or not at all, verifies DKIM (RFC 6376, 8301, 8463) itself,
// asks a second implementation, and checks that the signer may speak for From.
//
// It must never pick one reading where two are possible, and never believe
// what the mail says about itself: no header that a relay or a stranger wrote
// counts as a verdict here. The one exception is the Authentication-Results
// (RFC 8601) of a server that the operator pinned by name.
package authentic

import (
	"context"
	"time"
)

// Defaults of Options.
const (
	defaultBudget     = 10 * time.Second
	defaultSignatures = 5
)

// Options tune a Verifier; the zero value is the default of each.
type Options struct {
	// Strict demands that d= equals the From domain, whatever its DMARC
	// record says; otherwise the same organisational domain is enough.
	Strict bool
	// Budget is for all look-ups of one mail together; 0 means 10 s.
	Budget time.Duration
	// MaxSignatures is how many signatures of one mail are computed; those
	// whose d= could speak for From come first. 0 means 5.
	MaxSignatures int
	// AuthServID pins the server whose Authentication-Results may stand in for
	// a signature that was broken by rewriting on the way into the mailbox:
	// its authserv-id, compared without regard to case, or WithoutAuthServID.
	// Empty means that no Authentication-Results counts.
	AuthServID string
}

// A Verifier judges mails. It keeps nothing between them and may be used by
// many goroutines at once.
type Verifier struct {
	dns  Resolver
	opts Options
}

// New makes a Verifier that finds keys and policies through dns.
func New(dns Resolver, opts Options) *Verifier {
	if opts.Budget <= 0 {
		opts.Budget = defaultBudget
	}
	if opts.MaxSignatures <= 0 {
		opts.MaxSignatures = defaultSignatures
	}
	opts.AuthServID = lower(opts.AuthServID)
	return &Verifier{dns: dns, opts: opts}
}

// Verify judges one mail. Raw is the mail as the server handed it over; lines
// that all end in a bare LF, as in a file, are read as if they ended in CRLF.
// Arrived is when the mail reached the mailbox: x= is judged then, not now; the
// zero time fails every signature that expires.
func (v *Verifier) Verify(ctx context.Context, raw []byte, arrived time.Time) Verdict {
	ctx, cancel := context.WithTimeout(ctx, v.opts.Budget)
	defer cancel()
	raw = withCRLF(raw)
	m := split(raw)
	d := Verdict{Proof: -1, Date: m.date()}
	d.From, d.FromDomain, d.Failures = readFrom(m)
	if m.oversized() {
		// Nothing is computed on it: its cost is the sender's to choose.
		d.Result = Fail
		return d
	}
	e := &examination{
		mail: m, raw: raw, arrived: arrived, from: d.FromDomain,
		dns: &memo{dns: v.dns, seen: map[string]answer{}}, strict: v.opts.Strict,
		pinned: v.opts.AuthServID,
	}
	e.run(ctx, v.opts.MaxSignatures)
	e.judge(&d)
	return d
}
