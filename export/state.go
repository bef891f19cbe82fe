package export

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/dsrd/dsrd/export/archive"
	"github.com/dsrd/dsrd/export/source"
)

const (
	// stateVersion changes when rows are checked or masked in another way, or the form does: what
	// was read by other rules is read again.
	stateVersion = 1
	// oldest is how long a state is good for: links to pages expire, and so does the claim that a
	// package shows the data of one time.
	oldest = time.Hour
)

// A state is what the processes that worked on a job have read, and where they kept it.
type state struct {
	Version int
	// Job is the digest of what was asked for; the rows of another job are none of ours.
	Job     string
	Written time.Time
	// Taken is the number of segments that may exist: all have lower numbers. It is written down
	// before the first of them is, so that each can be found and removed.
	Taken int
	Sets  []past
}

// A past is what was read of one set.
type past struct {
	Source, Set string
	StartedAt   time.Time
	// FinishedAt is nil when the set goes on at Cursor.
	FinishedAt *time.Time      `json:",omitempty"`
	ResumedAt  []time.Time     `json:",omitempty"`
	Cursor     json.RawMessage `json:",omitempty"`
	// Unknown: the source does not know the customer, which counts as holding nothing.
	Unknown bool `json:",omitempty"`
	Tally   source.Tally
	// Rows lie one behind the other in Segments, Bytes with their lengths, and have the sum Sum.
	Rows     int
	Bytes    int64
	Sum      uint32
	Segments []segment `json:",omitempty"`
}

// A segment is a part of the rows of a set, compressed in a blob of its own.
type segment struct {
	Number int
	// Bytes is the size of the rows with their lengths, Packed that of the blob.
	Bytes, Packed int64
	// SHA256 is that of the compressed bytes: another process may have written them anew.
	SHA256 string
}

// text is the state as it is stored: its JSON behind the SHA-256 of it. The store would notice that
// the bytes were changed; this notices that they were before the store got them, or after. A
// source's cursor that is no JSON is an error.
func (s state) text() ([]byte, error) {
	text, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("write state: %v", err)
	}
	sum := sha256.Sum256(text)
	return append(sum[:], text...), nil
}

// parseState reads what text wrote, or says errUseless.
func parseState(raw []byte) (s state, err error) {
	if len(raw) < sha256.Size {
		return s, errUseless
	}
	text := raw[sha256.Size:]
	if sha256.Sum256(text) != [sha256.Size]byte(raw[:sha256.Size]) || json.Unmarshal(text, &s) != nil {
		return state{}, errUseless
	}
	return s, nil
}

// good reports whether the state is of this job and young enough. A state of the future comes
// from a clock that cannot be trusted with an age.
func (s state) good(job string, now time.Time) bool {
	age := now.Sub(s.Written)
	return s.Version == stateVersion && s.Job == job && age <= oldest && age >= -time.Minute
}

// of gives what was read of a set.
func (s state) of(name, set string) (past, bool) {
	i := slices.IndexFunc(s.Sets, func(p past) bool { return p.Source == name && p.Set == set })
	if i < 0 {
		return past{}, false
	}
	return s.Sets[i], true
}

// packed is the size of all segments.
func (s state) packed() (size int64) {
	for _, p := range s.Sets {
		for _, g := range p.Segments {
			size += g.Packed
		}
	}
	return size
}

// digest tells jobs apart that would read or keep other rows, or release them to somebody else.
func (j Job) digest() string {
	type reading struct {
		Source         string
		Sets           []source.Set
		Parameters     map[string]string
		Limits         source.Limits
		NotFoundIsNone bool
	}
	asked := struct {
		Request, Kind, Tenant, Customer, For string
		Allowed                              []string
		LeftOut                              []archive.LeftOut
		Incomplete                           Incomplete
		MaxBytes                             int64
		Readings                             []reading
	}{
		Request: j.Request, Kind: j.Kind, Tenant: j.Tenant, Customer: j.Customer,
		For: j.Checkpoints.For, Allowed: slices.Sorted(slices.Values(j.Allowed)),
		LeftOut: j.LeftOut, Incomplete: j.Incomplete, MaxBytes: j.MaxBytes,
	}
	for _, r := range j.Sources {
		asked.Readings = append(asked.Readings, reading{
			r.Source.Name(), r.Source.Sets(), r.Parameters, r.Limits, r.NotFoundIsNone,
		})
	}
	text, _ := json.Marshal(asked) // strings, numbers and lists: it cannot fail
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
