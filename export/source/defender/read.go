package defender

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"net/url"
	"strings"
	"time"

	"github.com/dsrd/dsrd/export/source"
)

// The limits of one Read where the query sets none.
const (
	maxPages = 20_000
	maxRows  = 2_000_000
	maxBytes = 4 << 30
	maxTime  = 30 * time.Minute
	// pageBytes bounds one page, which is held in memory until all of it is checked.
	pageBytes = 32 << 20
)

// A reader is one Read: what it has left of its limits, and which links it has seen.
type reader struct {
	*Source
	kind    kind
	query   source.Query
	out     source.Sink
	allowed source.Limits
	limits  source.Limits
	until   time.Time
	seen    map[digest]bool
	// trail is what was seen, in order. It only grows, so that a Cursor may keep its beginning.
	trail []byte
}

// A digest tells links apart. 16 bytes are enough against chance, and nobody gains by a
// collision: it would only end the reading.
type digest [16]byte

func newReader(s *Source, k kind, q source.Query, out source.Sink) *reader {
	limits := q.Limits
	limits.Pages = orDefault(limits.Pages, maxPages)
	limits.Rows = orDefault(limits.Rows, maxRows)
	limits.Bytes = orDefault(limits.Bytes, maxBytes)
	limits.Time = orDefault(limits.Time, maxTime)
	return &reader{
		Source: s, kind: k, query: q, out: out, allowed: limits, limits: limits,
		until: s.config.Now().Add(limits.Time),
		seen:  map[digest]bool{},
	}
}

func orDefault[N int | int64 | time.Duration](n, otherwise N) N {
	if n <= 0 {
		return otherwise
	}
	return n
}

func (r *reader) fail(kind source.Kind, reason string) *source.Error {
	return &source.Error{Kind: kind, Source: Name, Set: r.query.Set, Reason: reason}
}

// subscription reads the pages of one subscription from a link on.
func (r *reader) subscription(ctx context.Context, id, link string) error {
	for link != "" {
		if err := r.remember(link); err != nil {
			return err
		}
		if r.limits.Pages--; r.limits.Pages < 0 {
			return r.fail(source.TooLarge, "there are more pages than allowed")
		}
		p, err := r.page(ctx, link)
		if err != nil {
			return err
		}
		r.out.Tally(r.query.Set, source.Tally{Pages: 1})
		if link, err = r.nextLink(p.nextLink, id); err != nil {
			return err
		}
		if err := r.rows(p.rows, id); err != nil {
			return err
		}
		if err := r.mark(id, link); err != nil {
			return err
		}
	}
	return nil
}

// remember refuses a link for the second time: pages in a circle never end.
func (r *reader) remember(link string) error {
	sum := sha256.Sum256([]byte(link))
	if r.seen[digest(sum[:16])] {
		return r.fail(source.Malformed, "the pages go round in a circle")
	}
	r.see(digest(sum[:16]))
	return nil
}

func (r *reader) see(d digest) {
	r.seen[d] = true
	r.trail = append(r.trail, d[:]...)
}

// nextLink checks where the next page lies before any token goes there. The library's own pagers
// follow a link to any host.
func (r *reader) nextLink(link, subscription string) (string, error) {
	if link == "" {
		return "", nil
	}
	u, err := url.Parse(link)
	if err != nil {
		return "", r.fail(source.Malformed, "the link to the next page is no URL")
	}
	if u.Scheme != r.endpoint.Scheme || !sameHost(u, r.endpoint) || u.User != nil {
		return "", r.fail(source.Foreign, "the link to the next page leads to another host")
	}
	prefix := strings.TrimRight(r.endpoint.Path, "/") + "/subscriptions/" + subscription + "/"
	if !hasPrefixFold(u.Path, prefix) || strings.Contains(u.Path, "/..") {
		return "", r.fail(source.Foreign, "the link to the next page leaves the subscription")
	}
	u.Fragment = ""
	return u.String(), nil
}

// sameHost compares host names without regard to case, and ports with https's own (RFC 9110 4.2.2).
func sameHost(a, b *url.URL) bool {
	return strings.EqualFold(a.Hostname(), b.Hostname()) && port(a) == port(b)
}

func port(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	return "443"
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// rows hands on the rows of a page that belong to the set. A row of another subscription makes the
// whole answer worthless.
func (r *reader) rows(rows []json.RawMessage, subscription string) error {
	prefix := "/subscriptions/" + subscription + "/"
	for _, row := range rows {
		if r.limits.Rows--; r.limits.Rows < 0 {
			return r.fail(source.TooLarge, "there are more rows than allowed")
		}
		var head struct {
			ID string `json:"id"`
		}
		if err := json.Unmarshal(row, &head); err != nil || head.ID == "" {
			return r.fail(source.Malformed, "a row has no id")
		}
		if !hasPrefixFold(head.ID, prefix) {
			return r.fail(source.Foreign, "a row belongs to another subscription")
		}
		kept, masked, ok := r.kind.keep(row, r.query.Customer)
		if !ok {
			r.out.Tally(r.query.Set, source.Tally{LeftOut: 1})
			continue
		}
		r.out.Tally(r.query.Set, source.Tally{Masked: masked})
		if err := r.out.Row(r.query.Set, kept); err != nil {
			return err
		}
	}
	return nil
}
