package reader

import (
	"net/mail"
	"strconv"
	"strings"
	"time"

	"github.com/dsrd/dsrd/mailer/reader/parts"
)

// literalDate is a date as RFC 5322 3.3 writes it or in one of the oddDates; zero when it is
// written in another way.
func literalDate(value string) time.Time {
	if t, err := mail.ParseDate(value); err == nil {
		return t
	}
	for _, layout := range oddDates {
		if t, err := time.Parse(layout, value); err == nil {
			return t
		}
	}
	return time.Time{}
}

// oddDates are forms outside of RFC 5322 3.3 that mail systems write.
var oddDates = []string{time.RFC3339, time.ANSIC, time.UnixDate, time.RFC850,
	"2006-01-02 15:04:05 -0700", "Mon, 2 Jan 2006 15:04:05", "2 Jan 2006 15:04:05"}

// maxDate is longer than any date with its comments, in bytes.
const maxDate = 200

// lenientDate reads a date whatever the order and marks of its parts: a month by name or two
// marks between numbers, a time with colons, a zone. Weekdays say nothing that the rest does
// not, and are passed over in any language.
func lenientDate(value string) (time.Time, bool) {
	if len(value) > maxDate {
		return time.Time{}, false
	}
	d := looseDate{year: -1, zone: time.UTC}
	value = strings.TrimSpace(parts.WithoutComments(value))
	if t, err := time.Parse(time.RFC3339, value); err == nil {
		return t, true
	}
	for word := range strings.FieldsFuncSeq(value, isDateBlank) {
		d.word(word)
	}
	return d.time()
}

func isDateBlank(r rune) bool { return r == ' ' || r == '\t' || r == ',' }

// A looseDate is filled word by word.
type looseDate struct {
	year, day            int // year -1: not yet
	month                time.Month
	hour, minute, second int
	hasTime              bool
	zone                 *time.Location
}

func (d *looseDate) word(w string) {
	lower := strings.ToLower(w)
	switch {
	case strings.Count(w, "-") == 2 || strings.Count(w, "/") == 2:
		d.dashed(strings.FieldsFunc(w, func(r rune) bool { return r == '-' || r == '/' }))
	case !d.hasTime && d.clock(w):
	case d.hasTime && d.offset(w):
	case lower == "pm" && d.hasTime && d.hour < 12:
		d.hour += 12
	case lower == "am" && d.hasTime && d.hour == 12:
		d.hour = 0
	case d.monthName(lower):
	default:
		d.number(strings.Trim(w, ".'"))
	}
}

// dashed reads 05-Jan-2026, 2026-01-05 and 2026/01/05; other orders of numbers say no date
// for sure.
func (d *looseDate) dashed(words []string) {
	if len(words) != 3 {
		return
	}
	if len(words[0]) == 4 {
		words[0], words[2] = words[2], words[0]
		if m, err := strconv.Atoi(words[1]); err == nil && m >= 1 && m <= 12 {
			d.month = time.Month(m)
		}
	}
	if d.month == 0 && !d.monthName(strings.ToLower(words[1])) {
		return
	}
	d.number(words[0])
	d.number(words[2])
}

// clock reads 10:00, 10:00:00, 10:00:00.123 and 10.00.00.
func (d *looseDate) clock(w string) bool {
	if !strings.Contains(w, ":") {
		if strings.Count(w, ".") != 2 {
			return false
		}
		w = strings.ReplaceAll(w, ".", ":")
	}
	w, _, _ = strings.Cut(w, ".")
	fields := strings.Split(w, ":")
	var n [3]int
	if len(fields) > 3 {
		return false
	}
	for i, f := range fields {
		v, err := strconv.Atoi(f)
		if err != nil || v < 0 || len(f) > 2 {
			return false
		}
		n[i] = v
	}
	d.hour, d.minute, d.second, d.hasTime = n[0], n[1], n[2], true
	return true
}

// offset reads +0100, +01:00, +100, GMT+0100, Z and the names of zones (RFC 5322 4.3).
func (d *looseDate) offset(w string) bool {
	for _, name := range []string{"GMT", "UTC", "UT"} {
		if rest, ok := strings.CutPrefix(w, name); ok && rest != "" {
			w = rest
		}
	}
	if hours, ok := zones[strings.ToUpper(w)]; ok {
		d.zone = time.FixedZone(strings.ToUpper(w), hours*3600)
		return true
	}
	if len(w) < 3 || w[0] != '+' && w[0] != '-' {
		return false
	}
	n, err := strconv.Atoi(strings.ReplaceAll(w[1:], ":", ""))
	if err != nil || n < 0 || n > 1500 || n%100 > 59 {
		return false
	}
	if len(w) == 3 {
		n *= 100
	}
	seconds := (n/100*60 + n%100) * 60
	if w[0] == '-' {
		seconds = -seconds
	}
	d.zone = time.FixedZone("", seconds)
	return true
}

// zones are hours east of Greenwich. Of names that several countries use, the ones that RFC
// 5322 4.3 defines count.
var zones = map[string]int{"GMT": 0, "UT": 0, "UTC": 0, "Z": 0, "EST": -5, "EDT": -4,
	"CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "AKST": -9, "HST": -10,
	"WET": 0, "WEST": 1, "CET": 1, "CEST": 2, "MET": 1, "MEST": 2, "MEZ": 1, "MESZ": 2, "EET": 2,
	"EEST": 3, "MSK": 3, "JST": 9, "KST": 9, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13,
	"SGT": 8, "HKT": 8}

// monthName reads English names, short or in full.
func (d *looseDate) monthName(w string) bool {
	w = strings.TrimSuffix(w, ".")
	if d.month != 0 || len(w) < 3 {
		return false
	}
	for m := time.January; m <= time.December; m++ {
		if strings.HasPrefix(strings.ToLower(m.String()), w) || w == "sept" && m == time.September {
			d.month = m
			return true
		}
	}
	return false
}

// number takes the first number for the day, the next for the year (RFC 5322 4.3 for years
// of two and three digits).
func (d *looseDate) number(w string) {
	n, err := strconv.Atoi(w)
	switch {
	case err != nil || n < 0 || n > 9999:
	case d.day == 0 && n >= 1 && n <= 31 && len(w) <= 2:
		d.day = n
	case d.year >= 0:
	case n < 50:
		d.year = 2000 + n
	case n < 1000:
		d.year = 1900 + n
	default:
		d.year = n
	}
}

// time is the date, when all of it was there and it exists.
func (d *looseDate) time() (time.Time, bool) {
	if d.year < 0 || d.month == 0 || d.day == 0 || !d.hasTime ||
		d.hour > 23 || d.minute > 59 || d.second > 60 {
		return time.Time{}, false
	}
	t := time.Date(d.year, d.month, d.day, d.hour, d.minute, d.second, 0, d.zone)
	return t, t.Day() == d.day || d.second == 60
}
