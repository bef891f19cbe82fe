package authentic

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"slices"
	"time"
)

// An examination is the work on the signatures of one mail.
type examination struct {
	mail    *message
	raw     []byte
	arrived time.Time
	from    string // From domain, empty if From is refused
	strict  bool
	pinned  string // authserv-id, empty if none is
	dns     *memo

	read      []*claim // all of the mail, in its order
	claims    []*claim // those of them that were examined
	position  []int    // of each among all signature fields of the mail
	unchecked int
	policyErr error // why nobody knows whether alignment is strict
	counts    map[string]int
	bodies    map[bodyForm]bodyResult
}

type bodyResult struct {
	sum [32]byte
	err error
}

// run examines at most limit signatures.
func (e *examination) run(ctx context.Context, limit int) {
	e.counts = e.mail.count()
	e.bodies = map[bodyForm]bodyResult{}
	e.choose(limit)
	for _, c := range e.claims {
		if c.Result == "" {
			e.verify(ctx, c)
		}
	}
	e.align(ctx)
}

// choose reads all signature fields, which is cheap, and keeps those that could
// speak for From before any other: whoever passes a mail on puts signatures on
// top, and would push the writer's out of the first five.
func (e *examination) choose(limit int) {
	fields := e.mail.named("dkim-signature")
	claims := make([]*claim, len(fields))
	order := make([]int, len(fields))
	for i, f := range fields {
		c, err := readClaim(f)
		if err != nil {
			c.fail(err.Error())
		}
		claims[i], order[i] = c, i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return e.rank(claims[a]) - e.rank(claims[b])
	})
	e.read = claims
	e.unchecked = max(0, len(order)-limit)
	order = order[:min(len(order), limit)]
	slices.Sort(order)
	for _, i := range order {
		e.claims, e.position = append(e.claims, claims[i]), append(e.position, i)
	}
}

func (e *examination) rank(c *claim) int {
	switch {
	case c.Result == Fail:
		return 2
	case related(c.Domain, e.from):
		return 0
	}
	return 1
}

// verify computes one signature; the cheap questions come first.
func (e *examination) verify(ctx context.Context, c *claim) {
	if why := e.objection(c); why != "" {
		c.fail(why)
		return
	}
	keys, err := findKeys(ctx, e.dns, c)
	switch {
	case errors.Is(err, ErrTemporary):
		c.Result, c.Why = TempError, "the key look-up failed for now"
		return
	case errors.Is(err, ErrNoRecord):
		c.fail("the signer publishes no key")
		return
	case err != nil:
		c.fail(err.Error())
		return
	}
	if sum := e.body(c); sum.err != nil {
		c.fail(sum.err.Error())
		return
	} else if subtle.ConstantTimeCompare(sum.sum[:], c.bodyHash) != 1 {
		c.alter("the body was changed", keys)
		return
	}
	e.tryKeys(c, keys)
}

// objection is what speaks against a signature without any computing.
func (e *examination) objection(c *claim) string {
	// RFC 6376 3.5, x=: compared with the arrival, so that a mail that waited
	// for us is not the older for it.
	if !c.ExpiresAt.IsZero() && (e.arrived.IsZero() || e.arrived.After(c.ExpiresAt)) {
		return "the signature had expired on arrival"
	}
	// RFC 6376 8.15: a second instance above the signed one is what a reader
	// sees and nobody signed.
	for _, name := range onceOnly {
		if n := signedTimes(c, name); n > 0 && e.counts[name] > n {
			return fmt.Sprintf("an unsigned %s field was added", name)
		}
	}
	return ""
}

func signedTimes(c *claim, name string) int {
	n := 0
	for _, h := range c.Headers {
		if h == name {
			n++
		}
	}
	return n
}

func (e *examination) body(c *claim) bodyResult {
	form := bodyForm{c.relaxedBody, c.length}
	r, ok := e.bodies[form]
	switch {
	case ok:
		return r
	case len(e.bodies) >= maxBodies && c.length >= 0:
		return bodyResult{err: errors.New("too many lengths of the body are signed")}
	}
	r.sum, r.err = bodyDigest(e.mail.body, form)
	e.bodies[form] = r
	return r
}

// maxBodies is from when on an l=, which proves nothing here, is not worth another hash of
// the body: a signer that nobody trusts could ask for one with each signature.
const maxBodies = 2

func (e *examination) tryKeys(c *claim, keys []key) {
	digest := headerDigest(e.mail, c)
	if len(keys) > 1 {
		c.Weak = append(c.Weak, "several keys under one name")
	}
	c.alter("the signature does not fit the header", keys)
	for _, k := range keys {
		if !k.made(c.value, digest) {
			continue
		}
		c.Altered = false
		if k.exact && !c.ownIdentity() {
			c.fail("the key wants i= to be d= itself")
			continue
		}
		if k.testing {
			c.Weak = append(c.Weak, "the key is in test mode")
		}
		c.Result, c.Why = Pass, ""
		return
	}
}

// ownIdentity reports whether i= is at d= itself, not below it.
func (c *claim) ownIdentity() bool {
	n := len(c.Identity) - len(c.Domain)
	return n > 0 && c.Identity[n-1] == '@' && lower(c.Identity[n:]) == c.Domain
}

func (c *claim) fail(why string) { c.Result, c.Why = Fail, why }

// alter is a failure that rewriting of the mail would explain, and no doubt of
// the signature itself; what its keys leave to doubt is kept.
func (c *claim) alter(why string, keys []key) {
	c.fail(why)
	c.Altered = true
	if len(keys) > 1 {
		c.keyDoubt = "several keys under one name"
	}
	for _, k := range keys {
		switch {
		case k.testing:
			c.keyDoubt = "the key is in test mode"
		case k.exact && !c.ownIdentity():
			c.keyDoubt = "the key wants i= to be d= itself"
		}
	}
}

// align decides who may speak for From. The DMARC record is asked for only
// where it makes a difference: d= equal to From is aligned either way.
func (e *examination) align(ctx context.Context) {
	asked := e.strict
	for _, c := range e.claims {
		if !related(c.Domain, e.from) {
			continue
		}
		if c.Domain != e.from && !asked {
			asked = true
			e.strict, e.policyErr = strictPolicy(ctx, e.dns, e.from)
		}
		c.Aligned = c.Domain == e.from || !e.strict && e.policyErr == nil
	}
}
