package defender

import (
	"encoding/json"
	"slices"

	"github.com/dsrd/dsrd/export/source"
)

// A cursor is a place between two pages, and what was used up to come there.
type cursor struct {
	// Subscription is whose page was read last, Next the link behind it; "" when it was the last.
	Subscription string `json:"subscription"`
	Next         string `json:"next,omitempty"`
	// Pages, Rows and Bytes were read so far: the limits are those of the whole set.
	Pages int   `json:"pages"`
	Rows  int   `json:"rows"`
	Bytes int64 `json:"bytes"`
	// Seen holds the digests of the links that were followed.
	Seen []byte `json:"seen"`
}

// mark tells a Marker the place behind the page that was just handed on.
func (r *reader) mark(subscription, next string) error {
	m, ok := r.out.(source.Marker)
	if !ok {
		return nil
	}
	here := cursor{
		Subscription: subscription, Next: next,
		Pages: r.allowed.Pages - r.limits.Pages,
		Rows:  r.allowed.Rows - r.limits.Rows,
		Bytes: r.allowed.Bytes - r.limits.Bytes,
		Seen:  r.trail[:len(r.trail):len(r.trail)],
	}
	return m.Mark(r.query.Set, func() json.RawMessage {
		text, _ := json.Marshal(here) // strings, numbers and bytes: it cannot fail
		return text
	})
}

// A start is the subscription to begin with, and the link of its first page, "" for the beginning.
type start struct {
	index int
	link  string
}

// resume is where the query wants to begin. The link is checked as if a page had given it: the
// token goes there.
func (r *reader) resume(subscriptions []string) (start, error) {
	if len(r.query.Resume) == 0 {
		return start{}, nil
	}
	var c cursor
	if err := json.Unmarshal(r.query.Resume, &c); err != nil {
		return start{}, r.lost()
	}
	i := slices.Index(subscriptions, c.Subscription)
	if i < 0 || c.Pages < 1 || c.Rows < 0 || c.Bytes < 0 || len(c.Seen)%len(digest{}) != 0 {
		return start{}, r.lost()
	}
	r.limits.Pages -= c.Pages
	r.limits.Rows -= c.Rows
	r.limits.Bytes -= c.Bytes
	for d := range slices.Chunk(c.Seen, len(digest{})) {
		r.see(digest(d))
	}
	if c.Next == "" {
		return start{index: i + 1}, nil
	}
	link, err := r.nextLink(c.Next, c.Subscription)
	return start{index: i, link: link}, err
}

func (r *reader) lost() error {
	return r.fail(source.Malformed, "the place to go on from is none of this set")
}
