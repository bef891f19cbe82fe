package mailer_test

import (
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/mailer"
)

func TestArrivalIsTheServersWordBeforeTheMails(t *testing.T) {
	now := time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)
	stamped := time.Date(2026, 11, 2, 10, 0, 0, 0, time.FixedZone("", 3600))
	for name, c := range map[string]struct {
		internal time.Time
		raw      string
		want     time.Time
	}{
		"INTERNALDATE":            {stamped, "Received: by a; Mon, 2 Nov 2026 08:00:00 +0000\r\n\r\n", stamped},
		"INTERNALDATE to come":    {now.Add(time.Hour), "\r\n", now.Add(time.Hour)},
		"the topmost Received":    {time.Time{}, "Received: by a; Mon, 2 Nov 2026 08:00:00 +0000\r\nReceived: by b; Mon, 2 Nov 2026 07:00:00 +0000\r\n\r\n", now.Add(-4 * time.Hour)},
		"a folded one":            {time.Time{}, "X-A: b\r\nReceived: from a;b\r\n\tby c\r\n id d; Mon,\r\n 2 Nov 2026 08:00:00 +0000\r\n\r\n", now.Add(-4 * time.Hour)},
		"only LF":                 {time.Time{}, "received : by a; 2 Nov 2026 08:00:00 +0000\nFrom: x\n\n", now.Add(-4 * time.Hour)},
		"without end of header":   {time.Time{}, "Received: by a; 2 Nov 2026 08:00:00 +0000", now.Add(-4 * time.Hour)},
		"Received to come":        {time.Time{}, "Received: by a; Mon, 2 Nov 2026 13:00:00 +0000\r\n\r\n", now},
		"Received without a date": {time.Time{}, "Received: by a\r\n\r\n", now},
		"Received in the body":    {time.Time{}, "From: x\r\n\r\nReceived: by a; Mon, 2 Nov 2026 08:00:00 +0000\r\n", now},
		"nothing":                 {time.Time{}, "", now},
		"a huge header":           {time.Time{}, strings.Repeat("X: y\r\n", 1<<16) + "Received: by a; Mon, 2 Nov 2026 08:00:00 +0000\r\n\r\n", now},
	} {
		if got := mailer.Arrival(c.internal, []byte(c.raw), now); !got.Equal(c.want) || got.Location() != time.UTC {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}
