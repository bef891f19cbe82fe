package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dsrd/dsrd/internal/recovery"
	"github.com/dsrd/dsrd/mailer/inbox"
	"github.com/dsrd/dsrd/store"
	"github.com/dsrd/dsrd/workflow"
)

// Lost says that a store must not be worked with: it lost something, or is not the one that
// the mailboxes know.
type Lost struct{ recovery.Judgement }

// Error ends in what an operator can do.
func (l *Lost) Error() string {
	remedy := "dsrd recover fills it again from the mailboxes"
	if l.Verdict == recovery.Foreign {
		remedy = "dsrd recover --replace lets it take the other's place"
	}
	return fmt.Sprintf("redis must not be worked with: %s (is redis.url right, with its database number? "+
		"%s, or restore redis from its latest backup; until then nothing is read or sent)", l.Why, remedy)
}

// firstLook is how long a mailbox has to show its marker, while others wait for it.
const firstLook = 15 * time.Second

// Recognise holds the store against the mailboxes and what this machine saw, and makes it
// usable if that may be done unasked: it founds what is new, and recovers what the
// configuration allows. *Lost when a person must decide. A mailbox that cannot be read is
// looked at before its first scan if another one vouches for the store; if none does, the
// error says why it could not be read.
func (a *App) Recognise(ctx context.Context) error {
	a.recognising.Lock()
	defer a.recognising.Unlock()
	if err := a.recognise(ctx); err != nil {
		return err
	}
	a.rewrite(ctx)
	return nil
}

// rewriteWait is how long nothing goes on for the sake of a file; a large one is finished
// while work goes on.
const rewriteWait = 30 * time.Second

// rewrite lets servers of Redis that were started anew write their append-only files anew.
func (a *App) rewrite(ctx context.Context) {
	waiting, done := context.WithTimeout(ctx, rewriteWait)
	defer done()
	if err := a.store.Rewrite(waiting); err != nil && ctx.Err() == nil {
		a.options.Log.Warn("a file of redis may end in half a change, which comes back at its next start "+
			"(allow BGREWRITEAOF and INFO, or run redis-check-aof --fix before the start)", "error", err)
	}
}

func (a *App) recognise(ctx context.Context) error {
	g, err := a.store.Generation(ctx)
	if err != nil {
		return err
	}
	s := standingOf(g)
	if known := a.seenHere(); known != nil {
		a.recovery.Local = known
	}
	views, seen, unread := a.views(ctx)
	j := recovery.Judge(s, views, a.recovery.Local)
	if g.Phase == store.Lost && j.Verdict == recovery.Behind {
		j.Why = g.Why // what was seen by whoever saw it
	}
	a.setUnread(views)
	switch j.Verdict {
	case recovery.Unknown:
		return unread
	case recovery.First:
		// A mailbox that cannot be looked at may hold what tells of a store that is gone.
		if j, err = a.recovery.Closer(ctx, j); err != nil {
			return err
		}
		if j.Verdict == recovery.First {
			if _, err := a.store.Found(ctx); err != nil {
				return err
			}
			return a.begin(ctx)
		}
	case recovery.Normal:
		err := a.resume(ctx, seen)
		var lost *Lost
		if !errors.As(err, &lost) {
			return err
		}
		j = lost.Judgement
	}
	return a.regain(ctx, j, s)
}

// views asks every mailbox for its marker, side by side.
func (a *App) views(ctx context.Context) (views []recovery.View, seen []inbox.Marker, unread error) {
	views = make([]recovery.View, len(a.mailboxes))
	markers := make([]*inbox.Marker, len(a.mailboxes))
	index := map[*mailbox]int{}
	for i, m := range a.mailboxes {
		index[m] = i
	}
	unread = a.everyMailbox(func(m *mailbox) error {
		looking, done := context.WithTimeout(ctx, firstLook)
		defer done()
		i := index[m]
		v, marker, err := a.view(looking, m)
		if err != nil && looking.Err() != nil && ctx.Err() == nil {
			err = fmt.Errorf("its marker could not be read within %s", firstLook)
			v.Err = err
		}
		views[i], markers[i] = v, marker
		return err
	})
	for _, m := range markers {
		if m != nil {
			seen = append(seen, *m)
		}
	}
	return views, seen, unread
}

// view is what a mailbox knows of the store; forged markers do not count.
func (a *App) view(ctx context.Context, m *mailbox) (recovery.View, *inbox.Marker, error) {
	v := recovery.View{Mailbox: m.name}
	marker, found, err := m.box.ReadMarker(ctx)
	if errors.Is(err, inbox.ErrForged) {
		a.health.bad("marker in mailbox "+m.name, err)
	}
	switch {
	case found:
		v.Seen = &recovery.Seen{
			Generation: marker.Generation, Epoch: marker.Epoch, Sequence: marker.Sequence,
			Sequences: marker.Sequences,
		}
		return v, &marker, nil
	case errors.Is(err, inbox.ErrForged):
		v.Err = err
		return v, nil, nil
	case err != nil:
		v.Err = fmt.Errorf("read its marker: %w", err)
	}
	return v, nil, v.Err
}

// setUnread notes which mailboxes could not be asked yet.
func (a *App) setUnread(views []recovery.View) {
	for i, m := range a.mailboxes {
		err := views[i].Err
		m.setUnread(err != nil && !errors.Is(err, inbox.ErrForged))
	}
}

// resume goes on with a store that knows all that was seen: from here on it is held against
// that with each change. *Lost when the mailboxes have a letter or a mail that it lacks.
func (a *App) resume(ctx context.Context, seen []inbox.Marker) error {
	if err := a.learn(ctx); err != nil {
		return err
	}
	for _, m := range seen {
		a.expect(store.Seen{Generation: m.Generation, Epoch: m.Epoch, Sequences: m.Sequences})
	}
	if l := a.recovery.Local; l != nil {
		a.expect(store.Seen{Generation: l.Generation, Epoch: l.Epoch, Sequences: l.Sequences})
	}
	if why := a.lookAtLatest(ctx); why != "" {
		return &Lost{recovery.Judgement{Verdict: recovery.Behind, Why: why}}
	}
	return a.begin(ctx)
}

// lookAtLatest compares what was treated and sent last with the store. It is for what markers
// do not tell: whoever cannot be looked at is told of, and does not hold up the others.
func (a *App) lookAtLatest(ctx context.Context) (why string) {
	looking, done := context.WithTimeout(ctx, 2*firstLook)
	defer done()
	look := *a.recovery
	look.Mailboxes = nil
	for _, m := range a.mailboxes {
		if !m.isUnread() {
			look.Mailboxes = append(look.Mailboxes, m.recoverable())
		}
	}
	why, err := look.Look(looking)
	if err != nil && ctx.Err() == nil {
		a.options.Log.Warn("what was treated last could not be compared with redis", "error", err)
	}
	return why
}

// expect takes over what was seen of this store, of others nothing.
func (a *App) expect(seen store.Seen) {
	if known := a.store.Seen(); seen.Generation == known.Generation && seen.Epoch == known.Epoch {
		a.store.Expect(seen)
	}
}

// regain recovers a store that lost something, if that may be done unasked.
func (a *App) regain(ctx context.Context, j recovery.Judgement, s recovery.Standing) error {
	a.lost(j)
	if !a.mayRecover(j.Verdict) {
		if j.Verdict == recovery.Behind && s.Phase == recovery.Working && s.Generation != "" {
			if err := a.store.Halt(ctx, j.Why); err != nil {
				return err
			}
		}
		a.doubt(j.Why)
		return &Lost{j}
	}
	_, err := a.recover(ctx, recovery.Options{})
	return err
}

// recover fills the store again, and goes on with it.
func (a *App) recover(ctx context.Context, o recovery.Options) (recovery.Result, error) {
	result, err := a.recovery.Run(ctx, o)
	if err != nil {
		return result, err
	}
	a.metrics.Recovering("")
	a.tellResult(result)
	if err := a.learn(ctx); err != nil {
		return result, err
	}
	return result, a.begin(ctx)
}

// learn takes over the epoch of a store that may be worked with.
func (a *App) learn(ctx context.Context) error {
	g, err := a.store.Learn(ctx)
	switch {
	case err != nil:
		return err
	case g.Phase != store.Working:
		return fmt.Errorf("learn how far redis has come: another replica is at it (%s): %w", g.Phase, workflow.Outdated)
	case g.ID == "" && g.Empty:
		return fmt.Errorf("learn how far redis has come: it was emptied meanwhile: %w", workflow.Outdated)
	}
	return nil
}

// tellResult writes down what a recovery came to.
func (a *App) tellResult(r recovery.Result) {
	a.options.Log.Warn("redis was recovered from the mailboxes", "why", r.Why, "epoch", r.Epoch,
		"mails", r.Mails, "born", r.Born, "joined", r.Joined, "completed", r.Completed, "ended", r.Ended,
		"asked", r.Asked, "review", r.Review, "settled", r.Settled, "withdrawn", r.Withdrawn, "forged", r.Forged,
		"orphans", r.Orphans, "too_old", r.TooOld, "unread", r.Unread)
}

// begin is what comes once the store is known to be the right one, and no sooner: on another
// one whatever is noted of the registry would be false.
func (a *App) begin(ctx context.Context) error {
	if err := a.acquaint(ctx, nil); err != nil {
		return err
	}
	a.found()
	a.vouched.Store(true)
	if !a.running.Load() {
		a.doubts.settle(a.doubts.raised()) // nobody else does
	}
	return nil
}

// Trust takes the store for the right one without asking the mailboxes; a fresh one is
// founded. It is for a Redis that lives no longer than a demonstration, or a test.
func (a *App) Trust(ctx context.Context, fresh bool) error {
	if fresh {
		if _, err := a.store.Found(ctx); err != nil {
			return err
		}
		return a.acquaint(ctx, nil)
	}
	g, err := a.store.Learn(ctx)
	if err != nil || g.ID == "" || g.Phase != store.Working {
		return err // somebody emptied it: Recognise says so
	}
	return a.acquaint(ctx, nil)
}

// recogniseLate is for a mailbox that could not be read when the store was recognised.
func (a *App) recogniseLate(ctx context.Context, m *mailbox) error {
	if !m.isUnread() {
		return nil
	}
	s, err := a.recovery.Store.Standing(ctx)
	if err != nil {
		return err
	}
	v, _, err := a.view(ctx, m)
	if err != nil {
		return err
	}
	j := recovery.Judge(s, []recovery.View{v}, nil)
	switch j.Verdict {
	case recovery.First, recovery.Normal:
		m.setUnread(false)
		return nil
	case recovery.Behind:
		a.lose(ctx, j)
	}
	return &Lost{j}
}

func (m *mailbox) isUnread() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.unread
}

func (m *mailbox) setUnread(unread bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.unread = unread
}
