package authentic

import (
	"context"
	"errors"
	"strings"
)

// A Resolver looks up TXT records. One string is one record; the strings a
// record consists of are joined without a space (RFC 6376 3.6.2.2). Its errors
// are a LookupError or wrap one; any other error counts as ErrTemporary.
type Resolver interface {
	LookupTXT(ctx context.Context, name string) ([]string, error)
}

// A LookupError is the kind of failure of a look-up.
type LookupError string

func (e LookupError) Error() string { return string(e) }

const (
	// ErrNoRecord: the name does not exist or has no TXT record.
	ErrNoRecord LookupError = "no such record"
	// ErrTemporary: the same question may be answered later.
	ErrTemporary LookupError = "look-up failed for now"
	// ErrPermanent: the question cannot be asked, now or later.
	ErrPermanent LookupError = "look-up cannot succeed"
)

// A Zone is a Resolver made of names and their TXT records. Names are compared
// without regard to case or a trailing dot; a record "!temp" or "!perm" makes
// the look-up fail with ErrTemporary or ErrPermanent.
type Zone map[string][]string

// LookupTXT answers from the zone; a name that is not in it does not exist.
func (z Zone) LookupTXT(_ context.Context, name string) ([]string, error) {
	txt, ok := z[name]
	if !ok {
		txt = z.search(zoneName(name))
	}
	for _, t := range txt {
		switch t {
		case "!temp":
			return nil, ErrTemporary
		case "!perm":
			return nil, ErrPermanent
		}
	}
	if len(txt) == 0 {
		return nil, ErrNoRecord
	}
	return txt, nil
}

func (z Zone) search(name string) []string {
	for n, txt := range z {
		if zoneName(n) == name {
			return txt
		}
	}
	return nil
}

func zoneName(s string) string { return lower(strings.TrimSuffix(s, ".")) }

// A memo asks each question once for one mail, so that five signatures with
// one key cost one look-up, and the second opinion sees the same answers.
type memo struct {
	dns  Resolver
	seen map[string]answer
}

type answer struct {
	txt []string
	err error
}

func (m *memo) lookup(ctx context.Context, name string) ([]string, error) {
	if a, ok := m.seen[name]; ok {
		return a.txt, a.err
	}
	txt, err := m.dns.LookupTXT(ctx, name)
	if err == nil && len(txt) == 0 {
		err = ErrNoRecord
	}
	a := answer{txt, kind(err)}
	m.seen[name] = a
	return a.txt, a.err
}

// kind reduces an error to its LookupError; what is unknown may pass.
func kind(err error) error {
	var k LookupError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &k):
		return k
	}
	return ErrTemporary
}
