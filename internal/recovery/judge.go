package recovery

import (
	"errors"
	"fmt"
	"slices"

	"github.com/dsrd/dsrd/mailer/inbox"
)

// Verdict is what a store is, held against what was seen of it.
type Verdict string

// The verdicts, the worst last.
const (
	// First: the store is empty and nobody saw one before. It may be founded, if Closer
	// finds no letter that left either.
	First Verdict = "first start"
	// Normal: the store holds all that was seen. It may be worked with.
	Normal Verdict = "normal"
	// Unknown: no mailbox that could be read knows the store, and one could not be read.
	Unknown Verdict = "unknown"
	// Behind: the store we know has lost something, or a recovery did not come to its end.
	// Recovering it needs no leave; so it is with an empty one after which nothing was lost.
	Behind Verdict = "behind"
	// Empty: nothing is in the store, and more was seen. It may be the wrong database, so a
	// person decides, or the configuration.
	Empty Verdict = "empty"
	// Foreign: the store is another installation's, or one that was replaced. It is never
	// recovered unless a person says so: every admin would be asked again.
	Foreign Verdict = "foreign"
)

func (v Verdict) worse(than Verdict) bool {
	order := []Verdict{First, Normal, Unknown, Behind, Empty, Foreign}
	return slices.Index(order, v) > slices.Index(order, than)
}

// View is what one mailbox knows of the store.
type View struct {
	Mailbox string
	Seen    *Seen // its marker; nil when it has none
	Err     error // why the mailbox could not be read
}

// Judgement is a verdict, and why: a sentence for operators, without personal data.
type Judgement struct {
	Verdict Verdict
	Why     string
}

// Judge tells a first start from a normal one and from a store that lost something. local is
// what this machine saw; nil when it saw none. A marker is signed and speaks for all machines,
// so what this one saw of another store counts only where no marker knows the present one.
func Judge(s Standing, views []View, local *Local) Judgement {
	worst, vouched, unread := Judgement{First, "nothing was ever seen of a store"}, false, ""
	note := func(j Judgement) {
		if j.Verdict.worse(worst.Verdict) {
			worst = j
		}
	}
	for _, v := range views {
		switch {
		case errors.Is(v.Err, inbox.ErrForged) && !s.Empty:
		case v.Err != nil: // of an empty store, a marker that cannot be believed may be the truth
			unread = v.Mailbox
		case v.Seen != nil:
			j := s.against(*v.Seen, "mailbox "+v.Mailbox)
			vouched = vouched || j.Verdict == Normal
			note(j)
		}
	}
	if local != nil {
		if j := s.against(local.seen(), "this machine"); j.Verdict != Foreign || !vouched {
			note(j)
		}
	}
	switch {
	case worst.Verdict == Foreign || worst.Verdict == Empty:
	case s.Phase != Working:
		worst = Judgement{Behind, "redis says of itself: " + string(s.Phase)}
	case worst.Verdict == Behind:
	case unread != "" && !vouched:
		worst = Judgement{
			Unknown, fmt.Sprintf("mailbox %s could not be read, and no other knows redis", unread),
		}
	case worst.Verdict == First && !s.Empty:
		worst = Judgement{Normal, "no mailbox has a marker"}
	}
	return worst
}

// against holds the store against what somebody saw.
func (s Standing) against(seen Seen, who string) Judgement {
	switch {
	case s.Generation == seen.Generation:
		if why := s.lacks(seen); why != "" {
			return Judgement{Behind, who + " knows more than redis: " + why}
		}
		return Judgement{Normal, who + " knows this redis"}
	case slices.Contains(s.Ancestors, seen.Generation) && seen.Epoch < s.Epoch:
		return Judgement{Normal, who + " knows what this redis took over"}
	case s.Empty && seen.commits():
		return Judgement{Empty, who + " knows of a redis with content, and this one is empty"}
	case s.Empty:
		return Judgement{Behind, who + " knows of another redis, as empty as this one"}
	}
	return Judgement{Foreign, who + " knows another redis than this one"}
}
