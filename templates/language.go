package templates

import (
	"fmt"
	"strings"
	"time"
)

// A language is what a template cannot say by itself: names of things, lists and dates.
type language struct {
	tag    string
	and    string
	months [12]string
	days   [7]string // from Sunday
	date   func(day, month string, dayOfMonth, year int) string
	clock  string // layout of a time of day, always in UTC
	names  map[string]map[string]string
}

var languages = []*language{english, german}

// languageFor gives the language of a tag as "de-AT" or "de_AT", or English.
func languageFor(tag string) *language {
	primary, _, _ := strings.Cut(strings.ReplaceAll(strings.ToLower(tag), "_", "-"), "-")
	for _, l := range languages {
		if l.tag == primary {
			return l
		}
	}
	return english
}

// functions are what templates may call; HTML has {{style "part"}} besides, see inline.
func (l *language) functions() map[string]any {
	return map[string]any{
		"kinds":      l.kinds,
		"category":   l.name("category"),
		"scope":      l.name("scope"),
		"reason":     l.name("reason"),
		"role":       l.name("role"),
		"status":     l.name("status"),
		"day":        l.day,
		"instant":    l.instant,
		"hasSuffix":  strings.HasSuffix,
		"trimSuffix": strings.TrimSuffix,
	}
}

// name looks up a word of a kind. A word that is not in the list is shown as it stands: sources
// are configured, and their sets have names of their own.
func (l *language) name(kind string) func(string) string {
	return func(word string) string {
		if known, found := l.names[kind][word]; found {
			return known
		}
		return word
	}
}

// kinds joins the rights that were asked for.
func (l *language) kinds(list []string) string {
	named := make([]string, len(list))
	for i, kind := range list {
		named[i] = l.name("kind")(kind)
	}
	switch n := len(named); n {
	case 0:
		return l.names["kind"][""]
	case 1:
		return named[0]
	default:
		return strings.Join(named[:n-1], ", ") + " " + l.and + " " + named[n-1]
	}
}

// day is a date in words, in the location of t: a legal deadline is a day of a calendar.
func (l *language) day(t time.Time) string {
	return l.date(l.days[t.Weekday()], l.months[t.Month()-1], t.Day(), t.Year())
}

// instant is a date and time in UTC, which is the same for everyone who reads it.
func (l *language) instant(t time.Time) string {
	return fmt.Sprintf("%s, %s", l.day(t.UTC()), t.UTC().Format(l.clock))
}
