package mailer

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"
	"time"

	"github.com/dsrd/dsrd/workflow"
)

// takesPlace reports whether a letter to an admin, or to a tenant's second contact, comes of
// what somebody wrote to us, and so may come in any number. Others come of what the
// admin did, or in the place of a letter that had one.
func takesPlace(r workflow.Request, t workflow.EffectType) bool {
	switch t {
	case workflow.SendQuestion, workflow.SendPackage, workflow.SendPassphrase, workflow.SendRefusal:
		return false
	case workflow.SendDeclined:
		// Who clears a flood away must not send another, nor must who takes one back.
		return r.Reason == workflow.ByOperator || r.Reason == workflow.ByRequester
	}
	return true
}

// askStays says what becomes of a letter that asks and finds no place; nil when it has
// one. A confirmation waits and is lost to nobody. Another letter is dropped: the code
// that is out lives on, and the digest stands for what was not sent.
func (p *Postman) askStays(
	ctx context.Context, r workflow.Request, t workflow.Task, to addressee,
) (*workflow.Outcome, error) {
	if !takesPlace(r, t.Effect.Type) || placed(t) {
		return nil, nil
	}
	o, err := p.order(ctx, r, *t.Effect)
	if err != nil {
		return nil, err
	}
	if !o.newest {
		out := dropped("superseded")
		return &out, nil
	}
	now := p.Now()
	ok, err := p.Limits.TakePlace(ctx, string(t.Effect.ID), p.roads(errand{r, t, to}, o), now)
	if err != nil {
		return nil, fmt.Errorf("look for a place for %s: %w", t.Effect.ID, err)
	}
	switch {
	case ok && left(t.Note, noteFlood):
		return nil, p.Limits.WaitsNoMore(ctx, r.TenantID, r.ID)
	case ok:
		return nil, nil
	case t.Effect.Type != workflow.SendConfirmation:
		out := dropped("limit")
		return &out, nil
	}
	out := p.putOff(t, p.nextLook(*t.Effect), noteFlood)
	return &out, p.Limits.Waits(ctx, r.TenantID, r.ID, now)
}

// placed reports whether the letter has a place from an attempt before. After an error of
// ours, or a stop by the breaker, it looks once more: that takes no second place.
func placed(t workflow.Task) bool {
	if !ambiguous(t.Note) && (left(t.Note, noteFlood) || left(t.Note, noteFailed)) {
		return false
	}
	return counted(t)
}

// order is what the history tells of an order to send.
type order struct {
	newest bool // no later one asks the admin
	hand   bool // an operator gave it
	// asked says that it came of a recovery, and that the admin had been asked before.
	asked bool
}

// order looks an order to ask the admin up. Two of them may wait at a time, for instance
// when somebody better proven joined: one letter is to come of both.
func (p *Postman) order(
	ctx context.Context, r workflow.Request, e workflow.Effect,
) (order, error) {
	if e.Type != workflow.SendConfirmation || r.Version == 1 { // nothing came after birth
		return order{newest: true}, nil
	}
	_, number, _ := cutEffect(string(e.ID))
	n, err := strconv.Atoi(number)
	if err != nil {
		return order{}, fmt.Errorf("read the number of order %s: %v", e.ID, err)
	}
	entries, err := p.Requests.History(ctx, r.ID)
	if err != nil {
		return order{}, fmt.Errorf("read the history of %s: %w", r.ID, err)
	}
	count, err := bornAt(entries)
	if err != nil {
		return order{}, fmt.Errorf("read the birth of %s: %v", r.ID, err)
	}
	o := order{newest: true}
	for _, entry := range entries {
		count = max(count, entry.Event.Base) // a recovery numbers on from there
		for _, ordered := range entry.Effects {
			count++
			if ordered != workflow.SendConfirmation {
				continue
			}
			o.newest = count <= n
			if count != n {
				continue
			}
			o.hand = strings.HasPrefix(entry.Event.Actor, "operator:")
			if o.asked, err = askedBefore(entry); err != nil {
				return order{}, fmt.Errorf("read how %s was recovered: %v", r.ID, err)
			}
		}
	}
	return o, nil
}

// bornAt is the number from which a request's orders are numbered on at its birth.
func bornAt(entries []workflow.Entry) (int, error) {
	if len(entries) == 0 {
		return 0, nil
	}
	born, err := privateOf(entries[0])
	if err != nil || born.Birth == nil {
		return 0, err
	}
	return born.Birth.Ordered, nil
}

// askedBefore reports whether an entry tells of a recovery that found a letter which had
// asked the admin: such a request has had its place among those of a flood.
func askedBefore(entry workflow.Entry) (bool, error) {
	if entry.Event.Type != workflow.Recovered {
		return false, nil
	}
	found, err := privateOf(entry)
	if err != nil || found.Proof == nil {
		return false, err
	}
	letter := found.Proof.Type
	return letter == workflow.SendConfirmation || letter == workflow.SendReminder, nil
}

// privateOf is the personal part of an entry; zero once it is removed.
func privateOf(entry workflow.Entry) (p workflow.Private, err error) {
	if entry.Private != nil {
		err = json.Unmarshal(entry.Private, &p)
	}
	return p, err
}

// nextLook is when a letter that waits looks again whether there is room. The longer it
// waits, the rarer it looks, but within the hour in which the store takes it for waiting;
// and no heap of letters looks at one moment.
func (p *Postman) nextLook(e workflow.Effect) time.Time {
	l, now := p.Asks.withDefaults(), p.Now()
	pause := min(max(now.Sub(e.OrderedAt)/8, l.Pause), max(l.LongPause, l.Pause))
	h := fnv.New32a()
	fmt.Fprintf(h, "%s|%d", e.ID, now.Unix())
	const parts = 1 << 10
	spread := pause / 5 * time.Duration(h.Sum32()%parts) / parts
	return now.Add(pause + spread)
}

// role of a recipient: what an admin is asked takes no place of a second contact's.
func (to addressee) role() string {
	if to.admin.Address == "" {
		return "second"
	}
	return "admin"
}
