package export

import (
	"encoding/json"
	"slices"
	"time"

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
	used             int64 // of left
	tally            source.Tally
	started          time.Time
	finished         time.Time
	resumed          []time.Time
	// kept is what a checkpoint holds of the set, mark the newest place behind it that another
	// process could go on from; nil when there is none. marked is called at each.
	kept   past
	mark   *mark
	marked func()
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
	if in.byAnyField() && !source.Names(raw, in.customer) {
		return in.fail(source.Foreign, "a row does not name the customer")
	}
	if !in.set.KeepOthers {
		masked, n := source.Mask(raw, in.customer)
		raw = masked
		in.tally.Masked += n
	}
	if err := in.fields(raw); err != nil {
		return err
	}
	in.used += int64(len(raw))
	if *in.left -= int64(len(raw)); *in.left < 0 {
		return in.fail(source.TooLarge, "there is more than one package may hold")
	}
	if err := in.spool.add(raw); err != nil {
		in.broken = err
		return err
	}
	return nil
}

// byAnyField: the customer's address may stand anywhere in the row.
func (in *intake) byAnyField() bool { return in.compared() && in.set.Key == "" }

// byKey: the customer's address must stand in one field.
func (in *intake) byKey() bool { return in.compared() && in.set.Key != "" }

func (in *intake) compared() bool {
	return in.set.Scope == source.ScopeCustomer && !in.set.Vouches
}

// fields enters the row's fields as columns and compares the key with the customer. It fails
// closed: a key that is missing, is no text, or stands there twice with two values is foreign.
// Masking came before, so that columns have no addresses in their names; what is checked is what
// goes into the package.
func (in *intake) fields(raw json.RawMessage) error {
	same, other := false, false
	valid := in.columns.Add(raw, func(path, text []byte) {
		if string(path) != in.set.Key {
			return
		}
		if source.SameAddress(string(text), in.customer) {
			same = true
		} else {
			other = true
		}
	})
	if !valid {
		return in.fail(source.Malformed, "a row is no JSON")
	}
	if in.byKey() && (!same || other) {
		return in.fail(source.Foreign, "a row does not name the customer in its key")
	}
	return nil
}

// Tally adds to the figures of the set.
func (in *intake) Tally(set string, t source.Tally) {
	if set == in.set.Name {
		in.tally = in.tally.Add(t)
	}
}

// Mark notes that the pages up to here are whole.
func (in *intake) Mark(set string, here source.Cursor) error {
	if in.refused != nil {
		return in.refused
	}
	if set == in.set.Name && in.marked != nil {
		in.mark = in.here()
		in.mark.cursor = here
		in.marked()
	}
	return nil
}

// end closes the spool of a set that is whole.
func (in *intake) end() error {
	in.broken = in.spool.finish()
	return in.broken
}

// finish notes that the set is whole, or that the source does not know the customer.
func (in *intake) finish(unknown bool) {
	if in.marked == nil || in.kept.FinishedAt != nil {
		return
	}
	in.mark = in.here()
	if unknown {
		in.mark = &mark{tally: in.tally, unknown: true}
	}
	in.marked()
}

func (in *intake) here() *mark {
	return &mark{
		rows: in.spool.count, bytes: in.spool.at, sum: in.spool.sum.Sum32(), tally: in.tally,
	}
}

// unsaved is how many bytes of rows a checkpoint would have to keep.
func (in *intake) unsaved() int64 {
	if in.mark == nil {
		return 0
	}
	return max(in.mark.bytes-in.kept.Bytes, 0)
}

// past is the mark as a checkpoint writes it down, with the segments that are kept already.
func (in *intake) past() past {
	m := in.mark
	p := past{
		Source: in.source, Set: in.set.Name, StartedAt: in.started, ResumedAt: in.resumed,
		Unknown: m.unknown, Tally: m.tally, Rows: m.rows, Bytes: m.bytes, Sum: m.sum,
	}
	if m.cursor == nil {
		p.FinishedAt = &in.finished
	} else {
		p.Cursor = m.cursor()
	}
	if !m.unknown {
		p.Segments = slices.Clone(in.kept.Segments)
	}
	return p
}

func (in *intake) fail(kind source.Kind, reason string) error {
	return &source.Error{Kind: kind, Source: in.source, Set: in.set.Name, Reason: reason}
}
