package recovery

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/dsrd/dsrd/mailer/inbox"
	"github.com/dsrd/dsrd/workflow"
)

// Mailbox is one account with its desk.
type Mailbox struct {
	Name string
	Box  Box
	Desk Desk
	// Folders are the keys of its cursors in Memory, "name/folder".
	Folders []string
}

// Recovery holds a store against the mailboxes, and rebuilds what it lost. It has no way to
// send anything: what it orders waits until it has ended.
type Recovery struct {
	Store     Store
	Mailboxes []Mailbox
	Workflow  Workflow
	// Copies reads a mail of Sent: ErrForged, ErrNotACopy.
	Copies func(raw []byte) (Copy, error)
	Memory inbox.Memory // cursors, which markers carry
	// Personal is how long personal data are kept after the end of a request. What came
	// longer ago than that before the legal end of its answer is not revived.
	Personal time.Duration
	// Named notes the registry as it is: entries that the store does not know of are named
	// since then; zero: from the beginning. It is called more than once. Nil: nothing is noted.
	Named func(ctx context.Context, since time.Time) error
	// Registry tells of the registry as it is, for markers; nil: they say nothing of it, and
	// all of it is new after a loss.
	Registry func(ctx context.Context) (inbox.Registry, error)
	// Alone gives the right to recover, which one replica has at a time; workflow.Fenced when
	// another has it. The context it gives ends with that right. Nil: the caller sees to it.
	Alone func(ctx context.Context) (context.Context, func(), error)
	Local *Local  // what this machine saw; nil when it saw nothing
	Keep  *Keeper // told how far the store came at the end; nil: nobody is
	Now   func() time.Time
	Tell  func(Progress) // may be nil; it must not block
}

// Options say what a person, or the configuration, allows.
type Options struct {
	// Replace lets a store that is Foreign be recovered: its content stays, and what the
	// mailboxes know is added to it.
	Replace bool
}

// Judge reads the markers and holds the store against them, and then Closer against what the
// mailboxes hold. It changes nothing.
func (r *Recovery) Judge(ctx context.Context) (Judgement, error) {
	s, err := r.judge(ctx)
	return s.Judgement, err
}

func (r *Recovery) judge(ctx context.Context) (survey, error) {
	s, err := r.survey(ctx)
	if err == nil {
		s.Judgement, err = r.Closer(ctx, s.Judgement)
	}
	return s, err
}

// Closer looks again at a store that seems to lack nothing: one that holds all that markers saw
// is Behind still if Look finds more, and one that is empty, and that no marker tells of, is
// Empty and no First. Somebody may have removed the markers with the store; what left stays.
func (r *Recovery) Closer(ctx context.Context, j Judgement) (Judgement, error) {
	if j.Verdict != First && j.Verdict != Normal {
		return j, nil
	}
	why, err := r.Look(ctx)
	switch {
	case err != nil || why == "":
		return j, err
	case j.Verdict == First:
		return Judgement{Empty, why}, nil
	}
	return Judgement{Behind, why}, nil
}

// Run recovers the store if it is Behind or Empty, with Options.Replace also if it is Foreign.
// A store that is First or Normal, also to Look, is left as it is, and the Result says so.
// After an error the store stays closed to everybody, and the next Run goes on where this one
// was. Refused when nobody allowed it, workflow.Fenced when another replica is at it.
func (r *Recovery) Run(ctx context.Context, o Options) (Result, error) {
	// Before the right to it is taken: that writes into a store which may be another's.
	s, err := r.wants(ctx, o)
	result := Result{Judgement: s.Judgement}
	if err != nil || !s.wanting() {
		return result, err
	}
	held, release, err := r.alone(ctx)
	if err != nil {
		return result, fmt.Errorf("recover the store: %w", err)
	}
	defer release()
	s, err = r.wants(held, o) // somebody else may have done it meanwhile
	result = Result{Judgement: s.Judgement}
	if err != nil || !s.wanting() {
		return result, err
	}
	if err := r.recover(held, s, &result); err != nil {
		return result, fmt.Errorf("recover the store: %w", err)
	}
	return result, nil
}

// wants finds out whether there is something to recover, and whether that is allowed.
func (r *Recovery) wants(ctx context.Context, o Options) (survey, error) {
	s, err := r.judge(ctx)
	if err == nil {
		err = allowed(s.Judgement, o)
	}
	return s, err
}

func (s survey) wanting() bool { return s.Verdict != First && s.Verdict != Normal }

func (r *Recovery) alone(ctx context.Context) (context.Context, func(), error) {
	if r.Alone == nil {
		return ctx, func() {}, nil
	}
	return r.Alone(ctx)
}

func allowed(j Judgement, o Options) error {
	switch {
	case j.Verdict == Unknown:
		return fmt.Errorf("recover the store: %s: %w", j.Why, workflow.Refused)
	case j.Verdict == Foreign && !o.Replace:
		return fmt.Errorf("recover the store: %s: is redis.url right, with its database number? "+
			"if this redis is to take the other's place, say so: %w", j.Why, workflow.Refused)
	}
	return nil
}

// recover is the whole of it. Whatever a crash leaves is done again, and comes to the same.
func (r *Recovery) recover(ctx context.Context, s survey, result *Result) error {
	l := &life{
		Recovery: r, result: result, empty: s.standing.Empty, again: map[string]bool{},
	}
	r.tell(StepBegin, 0)
	if err := l.begin(ctx, s, s.nextEpoch(r.Local)); err != nil {
		return err
	}
	if err := l.named(ctx, s); err != nil {
		return err
	}
	r.tell(StepSent, 0)
	var err error
	if l.sent, err = r.sent(ctx, result); err != nil {
		return err
	}
	if next := l.sent.next(); next > l.epoch { // copies tell of more than the markers
		if err := l.begin(ctx, s, next); err != nil {
			return err
		}
	}
	for _, step := range []func(context.Context) error{
		l.settle, l.survivors, l.mails, l.withdrawals, l.requests, l.marks,
	} {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := step(ctx); err != nil {
			return err
		}
	}
	r.tell(StepEnd, 0)
	if ctx.Err() != nil {
		return context.Cause(ctx) // somebody else is at it by now, and knows whether it ended
	}
	return r.Store.End(ctx, l.epoch)
}

// begin closes the store to everybody else.
func (l *life) begin(ctx context.Context, s survey, epoch int64) error {
	for _, ancestor := range s.ancestors() {
		if _, err := l.Store.Begin(ctx, epoch, ancestor); err != nil {
			return err
		}
	}
	l.epoch, l.result.Epoch = epoch, epoch
	return nil
}

// nextEpoch is that of the life to begin. One that was begun goes on under its own, unless
// somebody saw more of it than there is: then it lost something again.
func (s survey) nextEpoch(local *Local) int64 {
	highest, goesOn := s.standing.Epoch, s.standing.Phase == Recovering
	see := func(seen Seen) {
		highest = max(highest, seen.Epoch)
		sameLife := seen.Generation == s.standing.Generation && seen.Epoch == s.standing.Epoch
		goesOn = goesOn && (seen.Epoch < s.standing.Epoch || sameLife && s.standing.lacks(seen) == "")
	}
	for _, v := range s.views {
		if v.Seen != nil {
			see(*v.Seen)
		}
	}
	if local != nil && s.standing.lastSeenBy(local) {
		see(local.seen())
	}
	if goesOn {
		return s.standing.Epoch
	}
	return highest + 1
}

// lastSeenBy reports whether this machine's knowledge is of this store or one before it.
func (s Standing) lastSeenBy(l *Local) bool {
	return s.Generation == "" || s.Empty || l.Generation == s.Generation ||
		slices.Contains(s.Ancestors, l.Generation)
}

// ancestors are the generations that the store takes over; "" alone when there are none.
func (s survey) ancestors() []string {
	var all []string
	for _, v := range s.views {
		if v.Seen != nil && v.Seen.Generation != s.standing.Generation {
			all = append(all, v.Seen.Generation)
		}
	}
	slices.Sort(all)
	if all = slices.Compact(all); len(all) == 0 {
		return []string{""}
	}
	return all
}

// named keeps what is cooling off from counting at once: the registry is noted as the newest
// marker knew it, and as new if it is another now.
func (l *life) named(ctx context.Context, s survey) error {
	if l.Named == nil {
		return nil
	}
	since := l.Now()
	if l.Registry != nil && s.newest != nil {
		now, err := l.Registry(ctx)
		if err != nil {
			return fmt.Errorf("read the registry: %w", err)
		}
		if known := s.newest.Registry; known.Sum != "" && known.Sum == now.Sum {
			since = known.Youngest
		}
	}
	if err := l.Named(ctx, since); err != nil {
		return fmt.Errorf("note the registry: %w", err)
	}
	return nil
}
