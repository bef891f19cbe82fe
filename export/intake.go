package export

import (
	"encoding/json"
	"strings"

	"github.com/dsrd/dsrd/export/archive"
	"github.com/dsrd/dsrd/export/source"
)

// An intake is the sink of one set: it checks every row, hides other people in it and spools it.
type intake struct {
	source, customer string
	set              source.Set
	spool            *spool
	columns          *archive.Columns
	left             *int64
	tally            source.Tally
	// refused is the first error, kept in case the source does not hand it back.
	refused error
	// broken is a failure of this machine, not of the source.
	broken error
}

// Row takes one row, or says why the set is worthless.
func (in *intake) Row(set string, raw json.RawMessage) error {
	if in.refused == nil {
		in.refused = in.take(set, raw)
	}
	return in.refused
}

func (in *intake) take(set string, raw json.RawMessage) error {
	if set != in.set.Name {
		return in.fail(source.Malformed, "a row of another set")
	}
	if !json.Valid(raw) {
		return in.fail(source.Malformed, "a row is no JSON")
	}
	if !in.belongs(raw) {
		return in.fail(source.Foreign, "a row does not name the customer")
	}
	if !in.set.KeepOthers {
		masked, n := source.Mask(raw, in.customer)
		raw = masked
		in.tally.Masked += n
	}
	if *in.left -= int64(len(raw)); *in.left < 0 {
		return in.fail(source.TooLarge, "there is more than one package may hold")
	}
	if err := in.spool.add(raw); err != nil {
		in.broken = err
		return err
	}
	in.columns.Add(raw)
	return nil
}

// belongs compares a row of a customer's set with the customer. It fails closed: what cannot be
// compared is foreign.
func (in *intake) belongs(raw json.RawMessage) bool {
	if in.set.Scope == source.ScopeTenant || in.set.Vouches {
		return true
	}
	if in.set.Key == "" {
		return source.Names(raw, in.customer)
	}
	for key := range strings.SplitSeq(in.set.Key, ".") {
		var fields map[string]json.RawMessage
		if json.Unmarshal(raw, &fields) != nil {
			return false
		}
		raw = fields[key]
	}
	var address string
	return json.Unmarshal(raw, &address) == nil && source.SameAddress(address, in.customer)
}

// Tally adds to the figures of the set.
func (in *intake) Tally(set string, t source.Tally) {
	if set == in.set.Name {
		in.tally = in.tally.Add(t)
	}
}

func (in *intake) fail(kind source.Kind, reason string) error {
	return &source.Error{Kind: kind, Source: in.source, Set: in.set.Name, Reason: reason}
}
