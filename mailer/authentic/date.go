package authentic

import (
	"regexp"
	"strings"
	"time"
)

// dateShape is RFC 5322 3.3 without comments between the parts, with a numeric
// zone or one of the names for UTC: time.Parse takes any other zone name for
// an offset of zero.
var dateShape = regexp.MustCompile(`^(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), ?)?` +
	`(\d{1,2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} ` +
	`\d{2}:\d{2})(:\d{2})? ([+-]\d{4}|GMT|UTC?|Z)(?: \([^()\\]{0,64}\))?$`)

// date reads the Date field, or gives the zero time: a mail without one clear
// date cannot be called fresh.
func (m *message) date() time.Time {
	f := m.named("date")
	if len(f) != 1 || f[0].spaced() || f[0].blankLine() || len(f[0].raw) > 512 {
		return time.Time{}
	}
	return parseDate(unfold(f[0].value()))
}

func parseDate(v string) time.Time {
	parts := dateShape.FindStringSubmatch(strings.Join(strings.Fields(v), " "))
	if parts == nil {
		return time.Time{}
	}
	seconds, zone := parts[2], parts[3]
	if seconds == "" {
		seconds = ":00"
	}
	if zone[0] != '+' && zone[0] != '-' {
		zone = "+0000"
	}
	t, err := time.Parse("2 Jan 2006 15:04:05 -0700", parts[1]+seconds+" "+zone)
	if err != nil {
		return time.Time{}
	}
	return t
}
