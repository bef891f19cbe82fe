package mailer

import (
	"cmp"
	"time"

	"github.com/dsrd/dsrd/mailer/authentic"
	"github.com/dsrd/dsrd/workflow"
)

// Lane bounds how often people are asked because of what others wrote to us: one
// stranger can name any number of made-up customers of a domain, and each is a request
// of its own. What is above it waits. Zero fields are the defaults.
type Lane struct {
	Hour int // letters in an hour for askers who prove nothing; 0: 5
	Day  int // letters in a day to one person, of all that comes of a flood; 0: 20

	// Spare of them are never taken by a flood: one is the digest's, the others are left
	// for what a customer asks himself, so that even then Day is not exceeded; 0: a fifth.
	Spare int
	// Unproven is what askers who prove nothing may take of a tenant's day, so that those
	// who are proven always find room; 0: three fifths of Day.
	Unproven int
	// Again is what reminders, and other words about what was asked before, may take of
	// a tenant's day: each comes when the place of the day before is free, and would keep
	// all others from being asked at all; a second contact is told half as often. 0: a
	// fifth of Day.
	Again int
	// Days is how many days' letters a week has: a flood that is over in an hour must
	// not fill every day of somebody's weeks; 0: 3.
	Days int

	// One sender's share of a tenant's day, and that of all who write from one
	// registered domain. Who proves nothing may put any name in From, so these are for the
	// simple-minded: a handful for unproven senders, a little more where a domain
	// vouches for an address; 0: 2, 5, 3 and 5.
	UnprovenAddress, UnprovenDomain, ProvenAddress, ProvenDomain int

	// Customers who are proven to ask for their own data have a road of their own, and
	// nobody can be one without owning the customer's domain. It is bounded all the
	// same, for one domain of customers and for the tenant; 0: Day, 20 at least, and two and
	// a half times Day, 50 at least: who can look through more letters than usual can do so
	// for customers who ask for themselves, too.
	SelfDomain, Self int
	// Hand is how many letters a day an operator's own orders send to a tenant, above
	// all others, and how many a recovery sends of those that had been asked before; 0: 50.
	Hand int
	// All is how many letters for others than proven customers leave to all tenants
	// together in the breaker's window, and half of it for who proves nothing, so that
	// a flood does not trip it; 0: half of the breaker's limit.
	All int

	// Pause and LongPause are how long a letter waits before it looks again, at first
	// and in the end; 0: 15 min and 45 min.
	Pause, LongPause time.Duration
}

const (
	aDay  = 24 * time.Hour
	aWeek = 7 * aDay
)

// withDefaults sets what is zero. A handful an hour and 20 a day is what one person can
// look through beside other work: each of them asks for a decision.
func (l Lane) withDefaults() Lane {
	for _, f := range []struct {
		field *int
		value int
	}{
		{&l.Hour, 5}, {&l.Day, 20}, {&l.Days, 3},
		{&l.UnprovenAddress, 2}, {&l.UnprovenDomain, 5}, {&l.ProvenAddress, 3}, {&l.ProvenDomain, 5},
		{&l.Hand, 50},
	} {
		*f.field = cmp.Or(*f.field, f.value)
	}
	l.SelfDomain = cmp.Or(l.SelfDomain, max(20, l.Day))
	l.Self = cmp.Or(l.Self, max(50, l.Day*5/2))
	l.Spare = cmp.Or(l.Spare, l.Day/5)
	l.Unproven = cmp.Or(l.Unproven, max(l.Day*3/5, 1))
	l.Again = cmp.Or(l.Again, max(l.Day/5, 1))
	l.Pause = cmp.Or(l.Pause, 15*time.Minute)
	l.LongPause = cmp.Or(l.LongPause, 45*time.Minute)
	return l
}

// roads are the ways on which a letter that asks may leave, the best first: each is the
// windows in which it takes a place. Who is proven may take the road of those who are
// not, when his own is full.
func (p *Postman) roads(e errand, o order) [][]workflow.Window {
	l := lanes{Lane: p.Asks.withDefaults(), errand: e, breaker: p.Breaker}
	q := e.r.Asker()
	var roads [][]workflow.Window
	if o.hand {
		roads = append(roads, []workflow.Window{l.daily("hand", l.Hand)})
	}
	if o.asked {
		roads = append(roads, []workflow.Window{l.daily("recovered", l.Hand)})
	}
	if q.Verified && q.Address == e.r.Customer {
		roads = append(roads, l.self())
	}
	if q.Verified {
		roads = append(roads, l.proven(q.Address))
	}
	return append(roads, l.unproven(q.Address))
}

// lanes spells the windows for one letter.
type lanes struct {
	Lane
	errand
	breaker Breaker
}

// daily is a window of the tenant's day. It keeps admins and second contacts apart.
func (l lanes) daily(what string, limit int) workflow.Window {
	key := "asks:" + l.to.role() + ":" + l.r.TenantID + ":" + what
	return workflow.Window{Key: key, Limit: limit, Length: aDay}
}

func (l lanes) self() []workflow.Window {
	domain := authentic.Organization(l.r.Customer.Domain())
	return []workflow.Window{
		l.daily("self:@"+domain, l.SelfDomain), l.daily("self", l.Self),
	}
}

func (l lanes) proven(asker workflow.Address) []workflow.Window {
	return append(l.everybody(),
		l.daily("proven:"+string(asker), l.ProvenAddress),
		l.daily("proven:@"+authentic.Organization(asker.Domain()), l.ProvenDomain),
	)
}

func (l lanes) unproven(asker workflow.Address) []workflow.Window {
	hour := l.daily("unproven:hour", l.Hour)
	hour.Length = time.Hour
	week := l.daily("unproven:week", l.Unproven*l.Days)
	week.Length = aWeek
	windows := append(l.everybody(),
		l.daily("unproven:"+string(asker), l.UnprovenAddress),
		l.daily("unproven:@"+authentic.Organization(asker.Domain()), l.UnprovenDomain),
		hour, l.daily("unproven", l.Unproven), week,
	)
	if all := l.all(); all > 0 {
		windows = append(windows, l.overall("asks:all:unproven", max(all/2, 1)))
	}
	return windows
}

// everybody's windows are the recipient's own, whichever tenants name that person, those
// of all tenants, and that of what does not ask for the first time.
func (l lanes) everybody() []workflow.Window {
	person, limit := "asks:person:"+string(l.to.address), max(l.Day-l.Spare, 1)
	windows := []workflow.Window{
		{Key: person, Limit: limit, Length: aDay},
		{Key: person + ":week", Limit: limit * l.Days, Length: aWeek},
	}
	if l.t.Effect.Type != workflow.SendConfirmation {
		limit := l.Again
		if l.to.role() == "second" {
			limit = max(limit/2, 1)
		}
		windows = append(windows, l.daily("again", limit))
	}
	if all := l.all(); all > 0 {
		windows = append(windows, l.overall("asks:all", all))
	}
	return windows
}

// all is the bound over all tenants; 0: there is none.
func (l lanes) all() int {
	if l.breaker.Limit == 0 {
		return 0
	}
	return cmp.Or(l.All, max(l.breaker.Limit/2, 1))
}

func (l lanes) overall(key string, limit int) workflow.Window {
	return workflow.Window{Key: key, Limit: limit, Length: l.breaker.Window}
}
