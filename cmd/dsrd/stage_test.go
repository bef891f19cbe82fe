package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/dsrd/dsrd/export/source/defender/defendertest"
	"github.com/dsrd/dsrd/mailer/mailtest"
	"github.com/dsrd/dsrd/workflow"
	"github.com/dsrd/dsrd/workflow/engine"
)

// settle: the mailbox is read and all that is due is carried out, until nothing is
// left; then everything that must always hold is checked.
func (p *play) settle(_ bool, args []string) error {
	if err := arity(args, 0, 0); err != nil {
		return err
	}
	if err := p.Settle(p.ctx); err != nil {
		return err
	}
	return p.holds()
}

// scan: the mailbox is read, and nothing else happens.
func (p *play) scan(_ bool, args []string) error {
	if err := arity(args, 0, 0); err != nil {
		return err
	}
	return p.App.Scan(p.ctx)
}

// work: what is due is carried out, without reading the mailbox first.
func (p *play) work(_ bool, args []string) error {
	if err := arity(args, 0, 0); err != nil {
		return err
	}
	_, err := p.App.RunDue(p.ctx)
	return err
}

// slot: the export schedule fires.
func (p *play) slot(_ bool, args []string) error {
	if err := arity(args, 0, 0); err != nil {
		return err
	}
	if err := p.App.OpenSlot(p.ctx); err != nil {
		return err
	}
	return p.settle(false, nil)
}

// slotOpens: the export schedule fires, and nothing is carried out yet.
func (p *play) slotOpens(_ bool, args []string) error {
	if err := arity(args, 0, 0); err != nil {
		return err
	}
	return p.App.OpenSlot(p.ctx)
}

// forgetRedis: somebody empties Redis.
func (p *play) forgetRedis(_ bool, args []string) error {
	p.Redis.FlushAll()
	return arity(args, 0, 0)
}

// redisOlder: Redis forgets that anything but its first commit was ever made.
func (p *play) redisOlder(_ bool, args []string) error {
	for _, key := range p.Redis.Keys() {
		if strings.HasSuffix(key, ":seq") {
			return errors.Join(p.Redis.Set(key, "1"), arity(args, 0, 0))
		}
	}
	return errors.New("redis counts no commits")
}

// pass retention|checkpoint|report|digest: one of the other schedules fires.
func (p *play) pass(_ bool, args []string) error {
	if err := arity(args, 1, 1); err != nil {
		return err
	}
	do, ok := map[string]engine.Pass{
		"retention": p.App.Retain, "checkpoint": p.App.Checkpoint, "report": p.App.Report, "digest": p.App.TellWhatWaits,
	}[args[0]]
	if !ok {
		return fmt.Errorf("no schedule is called %q", args[0])
	}
	return do(p.ctx)
}

// down D: the clock is moved and the daemon does nothing, as if it were down.
func (p *play) down(_ bool, args []string) error {
	d, err := span(args)
	if err != nil {
		return err
	}
	p.Clock.Advance(d)
	return nil
}

// tick D: time passes. The daemon wakes whenever something is due, and at each
// export slot that something waits for.
func (p *play) tick(_ bool, args []string) error {
	d, err := span(args)
	if err != nil {
		return err
	}
	end := p.Clock.Now().Add(d)
	for p.Clock.Now().Before(end) {
		next, slot, err := p.next(end)
		if err != nil {
			return err
		}
		p.Clock.Advance(next.Sub(p.Clock.Now()))
		if err := p.Settle(p.ctx); err != nil {
			return err
		}
		if !slot {
			continue
		}
		if err := p.slot(false, nil); err != nil {
			return err
		}
	}
	return p.settle(false, nil)
}

// next is the next moment at which something happens, and whether it is a slot.
func (p *play) next(end time.Time) (time.Time, bool, error) {
	now, first := p.Clock.Now(), end
	due, err := p.ledger.NextDue(p.ctx)
	if err != nil {
		return end, false, err
	}
	if due.After(now) && due.Before(first) {
		first = due
	}
	waiting, err := p.ledger.Count(p.ctx)
	if err != nil || waiting[workflow.Confirmed] == 0 {
		return first, false, err
	}
	slots, err := engine.ParseSpec(p.Config.Schedules.Export, now)
	if err != nil {
		return end, false, err
	}
	if at := slots.Next(now); at.Before(first) {
		return at, true, nil
	}
	return first, false, nil
}

// span reads a length of time: "10m", "3d", "36h".
func span(args []string) (time.Duration, error) {
	if err := arity(args, 1, 1); err != nil {
		return 0, err
	}
	if days, ok := strings.CutSuffix(args[0], "d"); ok {
		n, err := strconv.Atoi(days)
		return time.Duration(n) * 24 * time.Hour, err
	}
	return time.ParseDuration(args[0])
}

// dns DOMAIN fails|answers: the look-up of a domain's key fails for now, or no more.
func (p *play) dns(_ bool, args []string) error {
	if err := arity(args, 2, 2); err != nil {
		return err
	}
	return p.BreakDNS(args[0], args[1] == "fails")
}

// azure FAULT SET [times N]: the API misbehaves for a set; azure mend ends it.
func (p *play) azure(_ bool, args []string) error {
	if len(args) == 1 && args[0] == "mend" {
		p.Azure.Mend()
		return nil
	}
	if err := arity(args, 2, 4); err != nil {
		return err
	}
	times, err := count(args[2:])
	if err != nil {
		return err
	}
	known := []defendertest.Fault{
		defendertest.Unauthorized, defendertest.Forbidden, defendertest.NotFound, defendertest.ServerError,
		defendertest.TooMany, defendertest.TooManyForLong, defendertest.HalfPage, defendertest.CutJSON,
		defendertest.SameLink, defendertest.NewLinks, defendertest.ForeignLink, defendertest.ForeignRow,
	}
	if !slices.Contains(known, defendertest.Fault(args[0])) {
		return fmt.Errorf("azure has no fault %q", args[0])
	}
	p.Azure.Break(args[1], defendertest.Fault(args[0]), 0, times)
	return nil
}

// count reads "times N" at the end of a command; 0 means for ever.
func count(words []string) (int, error) {
	if len(words) == 0 {
		return 0, nil
	}
	if len(words) != 2 || words[0] != "times" {
		return 0, fmt.Errorf("%q is not \"times N\"", strings.Join(words, " "))
	}
	return strconv.Atoi(words[1])
}

// smtp REPLY STAGE [to WHO] [times N]: our relay answers so at that stage of the
// dialogue, "drop" cuts the connection; smtp mend ends it.
func (p *play) smtp(_ bool, args []string) error {
	if len(args) == 1 && args[0] == "mend" {
		p.Post.SMTP.SetHook(nil)
		return nil
	}
	if err := arity(args, 2, 6); err != nil {
		return err
	}
	f := &fault{stage: mailtest.Stage(args[1]), reply: mailtest.ErrDrop}
	if args[0] != "drop" {
		code, text, _ := strings.Cut(args[0], " ")
		n, err := strconv.Atoi(code)
		if err != nil {
			return fmt.Errorf("%q is no SMTP reply", args[0])
		}
		f.reply = mailtest.Reply(n, text)
	}
	rest := args[2:]
	if len(rest) > 1 && rest[0] == "to" {
		to, err := address(rest[1])
		if err != nil {
			return err
		}
		f.to, rest = to, rest[2:]
	}
	times, err := count(rest)
	if err != nil {
		return err
	}
	f.left, f.bounded = times, times > 0
	p.Post.SMTP.SetHook(f.hook)
	return nil
}

// fault is trouble with the relay.
type fault struct {
	stage mailtest.Stage
	reply error
	to    string // "" everybody

	mu      sync.Mutex
	bounded bool
	left    int
}

func (f *fault) hook(_ context.Context, stage mailtest.Stage, e mailtest.Envelope) error {
	if stage != f.stage || f.to != "" && !slices.Contains(e.To, f.to) {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.bounded && f.left == 0 {
		return nil
	}
	f.left--
	return f.reply
}
