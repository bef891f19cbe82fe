// Package source is the port through which an export reads what a system holds about one customer.
//
// It must never read, hand on or keep a row of anybody but the customer that a Query names.
package source

import (
	"context"
	"encoding/json"
	"time"
)

// A Source is one system that holds data: an API, a database, a tree of files.
//
// A source is safe for concurrent use and keeps nothing between two calls of Read.
type Source interface {
	// Name is the source's folder in a package: lower-case letters, digits, '_' and '-'.
	Name() string
	// Sets lists what the source can read, always in the same order.
	Sets() []Set
	// Read reads one set, named by q.Set, from its beginning to its end and gives each row to out.
	// With q.Resume it reads only what comes behind that place. A source that cannot tell places
	// never gets one.
	//
	// It returns nil only when the set was read completely; rows given before an error are
	// worthless, and the caller throws them away. Every failure is an *Error; an error of the
	// sink or of ctx comes back unchanged.
	Read(ctx context.Context, q Query, out Sink) error
}

// A Scope says whose data the rows of a set are.
type Scope string

const (
	// ScopeCustomer marks a set whose every row is about the customer of the query.
	ScopeCustomer Scope = "customer"
	// ScopeTenant marks a set that is the tenant's as a whole and names no customer; packages
	// label it so.
	ScopeTenant Scope = "tenant"
)

// A Class says what kind of data a set holds, in the words of the provider's privacy notice.
type Class string

const (
	// Personal data identify a person: an address, a phone number.
	Personal Class = "personal"
	// NonIdentifiable data name no person: an address range that may enter a machine.
	NonIdentifiable Class = "non_identifiable"
	// Security data describe an incident; they are read-only.
	Security Class = "security"
)

// A Set is one kind of row that a source can read.
type Set struct {
	// Name is the set's file name in a package, without extension; same alphabet as Source.Name.
	Name string
	// Title names the set for a person who reads the package.
	Title string
	Scope Scope
	// Category is what roles are granted on: security_contacts, jit_policies, alerts.
	Category       string
	Classification Class
	// Retention is how long the provider keeps the rows: "30 days", "2 years", or "" when unknown.
	Retention string
	// APIVersion is the version of the interface that is asked, or "".
	APIVersion string
	// Key is the dotted path of the field that holds the customer's address in every row, for
	// sources that are asked by address; "" means that the address may stand anywhere in the row.
	// A row of a customer-scoped set that does not name the customer there is foreign, and fails
	// the set, unless the source Vouches.
	Key string
	// Vouches says that the source compares each row with the customer itself, in a way that Key
	// cannot express.
	Vouches bool
	// KeepOthers leaves addresses of other people readable; they are masked and counted otherwise.
	KeepOthers bool
	// Note is a sentence for the reader of the package about the limits of the set, or "".
	Note string
}

// A Query asks for one set of one customer of one tenant.
type Query struct {
	// Request is the id of the request that is answered, for the source's own log.
	Request string
	// Tenant is the id of the tenant whose data are read.
	Tenant string
	// Customer is the e-mail address of the person whose data are asked for.
	Customer string
	// Set is the Name of one of the source's sets.
	Set string
	// Parameters are the tenant's settings for this source, such as its subscription ids.
	Parameters map[string]string
	Limits     Limits
	// Resume is a Cursor's answer from an earlier Read of the same query, of which the caller has
	// all rows; nil begins at the beginning. A place that leads nowhere any more is an *Error that
	// is not Temporary, and the caller begins anew.
	Resume json.RawMessage
}

// Limits bound one Read. A field that is zero or less takes the source's own default; there is no
// way to ask for no limit.
type Limits struct {
	Pages int
	Rows  int
	Bytes int64
	Time  time.Duration
}

// A Sink takes what a source reads.
type Sink interface {
	// Row takes one row as the source sent it: one valid JSON value, byte for byte. The sink keeps
	// no reference to raw and is called by one goroutine at a time. An error ends the Read and is
	// returned by it unchanged.
	Row(set string, raw json.RawMessage) error
	// Tally adds to the figures of the set that the rows do not show.
	Tally(set string, t Tally)
}

// A Marker is a Sink that can go on from the middle of a set. A source that can do so, too, marks
// each whole page, after its rows and tallies.
type Marker interface {
	Sink
	// Mark says that everything up to here was handed on. Its error ends the Read like Row's.
	Mark(set string, here Cursor) error
}

// A Cursor tells the place of one Mark, for Query.Resume: JSON without a token or a password. It
// may be asked later, when the Read has gone on or has ended, and tells the same place. It is
// asked by the goroutine that calls Mark, or when the Read has ended.
type Cursor func() json.RawMessage

// A Tally counts what happened to a set besides its rows.
type Tally struct {
	// Pages is the number of pages that were read.
	Pages int
	// LeftOut is the number of rows that are about somebody or something else and were not handed
	// on.
	LeftOut int
	// Masked is the number of mentions of other people that the source itself masked.
	Masked int
}

// Add returns the sum of two tallies.
func (t Tally) Add(u Tally) Tally {
	return Tally{
		Pages:   t.Pages + u.Pages,
		LeftOut: t.LeftOut + u.LeftOut,
		Masked:  t.Masked + u.Masked,
	}
}
