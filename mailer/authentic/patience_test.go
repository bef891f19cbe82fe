package authentic_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/dsrd/dsrd/mailer/authentic"
)

// telling answers as told, and counts.
type telling struct {
	err   error
	asked int
}

func (n *telling) LookupTXT(context.Context, string) ([]string, error) {
	n.asked++
	return nil, n.err
}

func TestAResolverThatFailsIsLeftAloneForAWhile(t *testing.T) {
	now := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	dns := &telling{err: authentic.ErrTemporary}
	p := &authentic.Impatient{DNS: dns, Most: 3, After: time.Minute, Now: func() time.Time { return now }}
	look := func(times int, err error, want int) {
		t.Helper()
		dns.err, dns.asked = err, 0
		for range times {
			if _, got := p.LookupTXT(t.Context(), "x.example"); err != nil && !errors.Is(got, err) &&
				!errors.Is(got, authentic.ErrTemporary) {
				t.Errorf("got %v", got)
			}
		}
		if dns.asked != want {
			t.Errorf("asked %d times, want %d", dns.asked, want)
		}
	}
	look(2, authentic.ErrTemporary, 2)
	look(1, authentic.ErrNoRecord, 1) // a clear answer: it works
	look(2, errors.New("i/o timeout"), 2)
	look(1, nil, 1)
	look(10, authentic.ErrTemporary, 3)
	look(10, nil, 0)
	if _, err := p.LookupTXT(t.Context(), "x.example"); !errors.Is(err, authentic.ErrTemporary) {
		t.Errorf("meanwhile: got %v", err)
	}
	now = now.Add(time.Minute)
	look(5, nil, 5)
}
