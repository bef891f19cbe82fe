package authentic

import (
	"errors"
	"fmt"
	"strings"
)

// WithoutAuthServID is the Options.AuthServID of Microsoft 365, whose servers
// stamp mail without naming themselves: the topmost Authentication-Results
// counts if it has no authserv-id.
const WithoutAuthServID = "topmost-no-authserv-id"

// A stamp is the Authentication-Results field of the pinned server, with what
// there is to hold against it.
type stamp struct {
	authResults
	field field
}

// stamped is the second way of rule ack/authentic: the pinned server verified
// the signature before the mail was rewritten on its way into the mailbox. It
// gives the index of the signature that is vouched for, or the result and the
// reason of a refusal.
func (e *examination) stamped() (int, Result, string) {
	if e.from == "" {
		return -1, Fail, "without a clear From there is nothing to vouch for"
	}
	st, err := e.findStamp()
	if err == nil {
		err = st.checkPolicy(e.from)
	}
	if err != nil {
		return -1, None, err.Error()
	}
	result, why := None, "the stamp has no dkim=pass for a domain of From"
	for _, r := range st.results {
		if !r.vouches(e.from) {
			continue
		}
		i, res, w := e.vouched(st, r)
		if i >= 0 {
			return i, Pass, ""
		}
		if result != TempError {
			result, why = res, w
		}
	}
	return -1, result, why
}

// findStamp finds the pinned server's field and makes sure of its place. RFC
// 8601 4.1: the field is prepended and never reordered, so the last server to
// judge the mail is on top, and what stands lower is the sender's to write.
func (e *examination) findStamp() (*stamp, error) {
	fields := e.mail.named("authentication-results")
	if len(fields) == 0 {
		return nil, errors.New("no Authentication-Results")
	}
	top, err := readAuthResults(fields[0])
	if err != nil {
		return nil, fmt.Errorf("the topmost Authentication-Results: %w", err)
	}
	if !top.isBy(e.pinned) {
		return nil, errors.New("the topmost Authentication-Results is not of the pinned server")
	}
	st := &stamp{top, fields[0]}
	if err := e.checkPlace(st); err != nil {
		return nil, err
	}
	for _, f := range fields[1:] {
		if err := st.checkLower(f, e.pinned); err != nil {
			return nil, err
		}
	}
	return st, nil
}

func (a authResults) isBy(pinned string) bool {
	if pinned == WithoutAuthServID {
		return a.id == ""
	}
	return a.id == pinned
}

// checkPlace demands that the stamp stands above the Received field with which
// the provider took the mail from outside. Whatever a sender forges stands
// below that one, also where no stamp was added and nothing was removed: RFC
// 8601 5 wants the border to remove forged fields, and 7.1 warns of borders
// that do not. The price is that stamps which a server puts below its own
// Received, as Postfix does for milters, never count.
func (e *examination) checkPlace(st *stamp) error {
	below := false
	for _, f := range e.mail.named("received") {
		if f.start > st.field.start {
			below = true
		} else if !insideHop(f, e.pinned == WithoutAuthServID) {
			return errors.New("the stamp stands below a Received field from outside")
		}
	}
	if !below {
		return errors.New("the stamp stands above no Received field")
	}
	return nil
}

// checkLower looks at a field below the stamp. One in the pinned server's name
// that grants something, or cannot be read, shows a border that does not remove
// what is forged in its name (RFC 8601 5), and then nothing is sure. Exchange
// Online's own note on what leaves it, dkim=none and dmarc=none, is harmless.
func (st *stamp) checkLower(f field, pinned string) error {
	forged := errors.New("a second Authentication-Results in the pinned server's name")
	other, err := readAuthResults(f)
	switch {
	case err != nil && other.id == "" && mentions(f, pinned):
		return forged
	case !other.isBy(pinned):
		return nil
	case err != nil:
		return forged
	}
	for _, r := range other.results {
		if r.result == "none" {
			continue
		}
		if r.method == "dkim" || r.method == "dmarc" {
			return forged
		}
	}
	return nil
}

// mentions: where not even the id can be read, the name anywhere is enough.
func mentions(f field, pinned string) bool {
	return strings.Contains(lower(unfold(f.value())), pinned)
}

// checkPolicy holds the stamp's DMARC result against the rest. It is not asked
// for, since a pass may rest on SPF alone; but two of them, a fail, or one of
// another From are no stamp to rely on.
func (st *stamp) checkPolicy(from string) error {
	seen := false
	for _, r := range st.results {
		if r.method != "dmarc" {
			continue
		}
		if seen {
			return errors.New("the stamp has two dmarc results")
		}
		seen = true
		if r.result == "fail" {
			return errors.New("the stamp says dmarc=fail")
		}
		author, ok := r.props["header.from"]
		if !ok {
			continue
		}
		author = author[strings.LastIndexByte(author, '@')+1:]
		if d, err := foldDomain(author); err != nil || d != from {
			return errors.New("the stamp is on another From")
		}
	}
	return nil
}
