package inbox

import (
	"context"
	"errors"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// Quota is how full the account is, by its server (RFC 9208): of all its limits the one that is
// nearest. A full account takes neither mail nor our copies.
type Quota struct {
	Resource    string // STORAGE, in units of 1,024 bytes, MESSAGE, in mails, or another
	Used, Limit int64  // Limit is 0 when the server has none, or does not say
}

// Share is the part that is used; 0 when there is no limit.
func (q Quota) Share() float64 {
	if q.Limit <= 0 {
		return 0
	}
	return float64(q.Used) / float64(q.Limit)
}

const quotaEvery = time.Hour

// measure asks how full the account is, once an hour. A server that cannot say it in a way that
// go-imap understands, which costs the connection, is not asked again.
func (b *Box) measure(ctx context.Context) error {
	l, now := b.reader, b.config.Now()
	if l.client == nil || b.unmeasured || !l.caps.Has(imap.CapQuota) {
		return nil
	}
	if !b.measured.IsZero() && now.Sub(b.measured) < quotaEvery {
		return nil
	}
	b.measured = now
	var nearest Quota
	err := l.do(ctx, l.config.Timeouts.Login, "ask for the quota", func(c *imapclient.Client) error {
		roots, err := c.GetQuotaRoot(b.config.Folder).Wait()
		for _, root := range roots {
			for name, r := range root.Resources {
				q := Quota{Resource: string(name), Used: r.Usage, Limit: r.Limit}
				if nearest.Limit == 0 || q.Share() > nearest.Share() {
					nearest = q
				}
			}
		}
		return err
	})
	var no *refused
	switch {
	case err == nil:
		b.quota = nearest
	case errors.As(err, &no):
		return nil
	case errors.Is(err, ErrLost):
		b.unmeasured = true
	}
	return err
}
