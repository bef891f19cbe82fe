package recovery_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dsrd/dsrd/internal/recovery"
	"github.com/dsrd/dsrd/mailer/inbox"
	"github.com/dsrd/dsrd/store"
	"github.com/dsrd/dsrd/workflow"
)

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// disk is what outlives a process: a store, mailboxes. Any call to it may be the last one.
type disk struct {
	mu       sync.Mutex
	standing recovery.Standing
	requests map[workflow.ID]workflow.Request
	applied  map[string]bool
	mails    map[string]workflow.MailRecord
	tasks    map[workflow.ID][]workflow.Task
	events   []string // what was applied, in its order
	boxes    []*box
	cursors  map[string]inbox.Cursor
	named    []time.Time
	epochs   []int64 // of each life that began

	calls int
	// dies is the number of the call at which the process ends; after says whether what was
	// asked for has happened by then.
	dies  int
	after bool
}

var errDead = errors.New("the process is dead")

func newDisk() *disk {
	return &disk{
		standing: recovery.Standing{Empty: true}, requests: map[workflow.ID]workflow.Request{},
		applied: map[string]bool{}, mails: map[string]workflow.MailRecord{},
		tasks: map[workflow.ID][]workflow.Task{}, cursors: map[string]inbox.Cursor{},
	}
}

// call does something unless the process is dead by then.
func (d *disk) call(f func() error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls++
	switch {
	case d.dies > 0 && d.calls > d.dies:
		return errDead
	case d.calls == d.dies && d.after:
		return errors.Join(f(), errDead)
	case d.calls == d.dies:
		return errDead
	}
	return f()
}

// again is the next process.
func (d *disk) again() { d.calls, d.dies = 0, 0 }

func (d *disk) recovery() *recovery.Recovery {
	r := &recovery.Recovery{
		Store: d, Workflow: law{d}, Copies: readCopy, Memory: memory{d}, Personal: 730 * 24 * time.Hour,
		Now: func() time.Time { return noon },
		Named: func(_ context.Context, since time.Time) error {
			return d.call(func() error { d.named = append(d.named, since); return nil })
		},
	}
	for _, b := range d.boxes {
		r.Mailboxes = append(r.Mailboxes, recovery.Mailbox{
			Name: b.name, Box: b, Desk: clerk{d}, Folders: []string{b.name + "/INBOX"},
		})
	}
	return r
}

func (d *disk) Standing(context.Context) (s recovery.Standing, err error) {
	err = d.call(func() error { s = d.standing; return nil })
	return s, err
}

func (d *disk) Begin(
	_ context.Context, epoch int64, ancestor string,
) (s recovery.Standing, err error) {
	err = d.call(func() error {
		begun := epoch == d.standing.Epoch && d.standing.Phase == recovery.Recovering
		if epoch <= d.standing.Epoch && !begun {
			return workflow.Outdated
		}
		if d.standing.Generation == "" {
			d.standing.Generation = "new"
		}
		if ancestor != "" && !slices.Contains(d.standing.Ancestors, ancestor) {
			d.standing.Ancestors = append(d.standing.Ancestors, ancestor)
		}
		if epoch > d.standing.Epoch {
			d.epochs = append(d.epochs, epoch)
		}
		d.standing.Epoch, d.standing.Phase = epoch, recovery.Recovering
		s = d.standing
		return nil
	})
	return s, err
}

func (d *disk) End(_ context.Context, epoch int64) error {
	return d.call(func() error {
		if epoch != d.standing.Epoch {
			return workflow.Outdated
		}
		d.standing.Phase = recovery.Working
		return nil
	})
}

func (d *disk) List(
	_ context.Context, q store.Query,
) (page []workflow.Request, next string, err error) {
	err = d.call(func() error {
		var ids []workflow.ID
		for id, r := range d.requests {
			if slices.Contains(q.States, r.State) && string(id) > q.After {
				ids = append(ids, id)
			}
		}
		slices.Sort(ids)
		if len(ids) > 2 { // pages are small here
			ids, next = ids[:2], string(ids[1])
		}
		for _, id := range ids {
			page = append(page, d.requests[id])
		}
		return nil
	})
	return page, next, err
}

func (d *disk) Load(_ context.Context, id workflow.ID) (r workflow.Request, err error) {
	err = d.call(func() error {
		var there bool
		if r, there = d.requests[id]; !there {
			return workflow.NotFound
		}
		return nil
	})
	return r, err
}

func (d *disk) Mail(_ context.Context, digest string) (m workflow.MailRecord, err error) {
	err = d.call(func() error {
		var there bool
		if m, there = d.mails[digest]; !there {
			return workflow.NotFound
		}
		return nil
	})
	return m, err
}

func (d *disk) Tasks(_ context.Context, id workflow.ID) (t []workflow.Task, err error) {
	err = d.call(func() error { t = d.tasks[id]; return nil })
	return t, err
}

// commit counts one.
func (d *disk) commit() {
	d.standing.Sequence++
	d.standing.Sequences = []int64{d.standing.Sequence}
	d.standing.Empty = false
}

// law stands in for the workflow.
type law struct{ d *disk }

func (l law) Step(
	_ context.Context, id workflow.ID, e workflow.Event,
) (r workflow.Request, err error) {
	err = l.d.call(func() error {
		var there bool
		if r, there = l.d.requests[id]; !there {
			return workflow.NotFound
		}
		if op := string(id) + " " + e.Op; l.d.applied[op] {
			return nil
		} else if e.Type == workflow.LetterSent {
			l.d.tasks[id] = slices.DeleteFunc(l.d.tasks[id], func(t workflow.Task) bool {
				return t.Effect != nil && t.Effect.ID == e.Effect
			})
			l.d.applied[op] = true
		} else if r, err = recovered(r, e); err != nil {
			return err
		} else {
			l.d.applied[op] = true
		}
		l.d.requests[id] = r
		l.d.events = append(l.d.events, fmt.Sprintf("%s %s", id, r.State))
		l.d.commit()
		return nil
	})
	return r, err
}

func recovered(r workflow.Request, e workflow.Event) (workflow.Request, error) {
	if e.Type != workflow.Recovered || r.Customer == "stubborn" {
		return r, workflow.Refused
	}
	// Asked again after it was over, as far as the store knows: its number is a single digit here.
	asked := e.Proof != nil && e.Proof.Type == workflow.SendConfirmation &&
		string(e.Proof.Effect) > fmt.Sprintf("%s.%d", r.ID, r.Ordered)
	r.Version++
	r.Ordered = max(r.Ordered, e.Base)
	r.Challenge = nil
	switch {
	case r.State.Terminal() && (r.State != workflow.RefusedState || !asked):
	case e.Proof != nil && e.Proof.Type == workflow.SendPackage:
		r.State, r.Ack, r.Package = workflow.Completed, e.Proof.Ack, e.Proof.Package
	case e.Proof != nil && e.Proof.Type == workflow.SendDeclined:
		r.State = workflow.Declined
	case e.Proof != nil && e.Proof.Type == workflow.SendRefusal:
		r.State = workflow.RefusedState
	case r.State == workflow.Stuck || r.State == workflow.NeedsReview:
	case aged(r.ReceivedAt, r) && (e.Proof == nil || aged(e.Proof.At, r)):
		r.State, r.Reason = workflow.NeedsReview, workflow.AfterRecovery
	default:
		r.State, r.Ack, r.Package = workflow.AwaitingConfirmation, nil, nil
		r.Ordered++
	}
	return r, nil
}

func aged(at time.Time, r workflow.Request) bool { return noon.Sub(at) >= r.Policy.CodeLife }

// clerk stands in for the desk: "ask ID CUSTOMER" is born or joins, "withdraw ID" ends what
// waits, "returned ID" opens what has ended if anything ends it, "broken" cannot be treated, "poison" is none of the mail's faults.
type clerk struct{ d *disk }

func (c clerk) Recover(_ context.Context, m inbox.Mail, last bool) (made recovery.Rebuilt, err error) {
	err = c.d.call(func() error {
		made, err = c.treat(m, last)
		return err
	})
	return made, err
}

func (c clerk) treat(m inbox.Mail, last bool) (recovery.Rebuilt, error) {
	sum := sha256.Sum256(m.Raw)
	key := hex.EncodeToString(sum[:])
	if rec := c.d.mails[key]; rec.Outcome != "" {
		return recovery.Rebuilt{Outcome: rec.Outcome, Requests: rec.Requests, Known: true}, nil
	}
	words := strings.Fields(string(m.Raw))
	made := recovery.Rebuilt{Outcome: workflow.MailNoted}
	switch words[0] {
	case "broken":
		return made, errors.New("nobody can read this")
	case "poison":
		return made, workflow.Unavailable
	case "ask":
		made.Outcome, made.Requests = c.ask(workflow.ID(words[1]), workflow.Address(words[2]), m.Arrived)
	case "returned":
		r := c.d.requests[workflow.ID(words[1])]
		if !last && !r.State.Terminal() {
			return recovery.Rebuilt{}, nil
		}
		if r.State == workflow.Completed {
			r.State = workflow.Stuck
			c.d.requests[r.ID] = r
			c.d.commit()
			c.d.events = append(c.d.events, fmt.Sprintf("%s %s", r.ID, r.State))
		}
	case "withdraw":
		made.Withdraws = true
		r, there := c.d.requests[workflow.ID(words[1])]
		if !there {
			return recovery.Rebuilt{Withdraws: true}, nil // it may come yet
		}
		made.Outcome, made.Requests = workflow.MailHeld, []workflow.ID{r.ID}
		if !r.State.Terminal() {
			r.State = workflow.Cancelled
			c.d.requests[r.ID] = r
			c.d.commit()
			c.d.events = append(c.d.events, fmt.Sprintf("%s %s", r.ID, r.State))
			made.Outcome = workflow.MailAnswered
		}
	}
	c.d.mails[key] = workflow.MailRecord{Digest: key, Outcome: made.Outcome, Requests: made.Requests}
	return made, nil
}

func (c clerk) ask(
	id workflow.ID, customer workflow.Address, at time.Time,
) (workflow.Outcomes, []workflow.ID) {
	for other, r := range c.d.requests {
		if r.Customer == customer && !r.State.Terminal() {
			return workflow.MailRepeated, []workflow.ID{other}
		}
	}
	base := workflow.EffectBase(c.d.standing.Epoch)
	c.d.requests[id] = workflow.Request{
		ID: id, Version: 1, State: workflow.AwaitingConfirmation, Customer: customer, ReceivedAt: at,
		Ordered: base + 1, Policy: workflow.DefaultPolicy(),
	}
	c.d.commit()
	c.d.events = append(c.d.events, fmt.Sprintf("%s born", id))
	return workflow.MailStarted, []workflow.ID{id}
}

type memory struct{ d *disk }

func (m memory) Cursor(_ context.Context, name string) (c inbox.Cursor, err error) {
	err = m.d.call(func() error { c = m.d.cursors[name]; return nil })
	return c, err
}

func (m memory) SaveCursor(context.Context, string, inbox.Cursor) error {
	return errors.New("a recovery saves no cursor")
}

// box stands in for a mailbox.
type box struct {
	d       *disk
	name    string
	folders map[inbox.Folder][]inbox.Mail
	done    []inbox.Mail
	marker  *inbox.Marker
	gone    error // why it cannot be read
}

func (d *disk) box(name string) *box {
	b := &box{d: d, name: name, folders: map[inbox.Folder][]inbox.Mail{}}
	d.boxes = append(d.boxes, b)
	return b
}

// put lays a mail into a folder, so many days ago.
func (b *box) put(in inbox.Folder, days int, text string) {
	b.folders[in] = append(b.folders[in], inbox.Mail{
		Mailbox: b.name, UID: uint32(len(b.folders[in]) + 1), Raw: []byte(text),
		Arrived: noon.Add(-time.Duration(days) * 24 * time.Hour),
	})
}

func (b *box) processed(days int, text string) { b.put(inbox.Processed, days, text) }

// sent lays a copy into Sent of a letter that left so many days ago.
func (b *box) sent(days int, kind workflow.EffectType, effect workflow.EffectID, epoch int64) {
	id, _, _ := strings.Cut(string(effect), ".")
	c := recovery.Copy{
		Request: workflow.ID(id), Effect: effect, Type: kind, Epoch: epoch,
		At: noon.Add(-time.Duration(days) * 24 * time.Hour),
	}
	if kind == workflow.SendPackage {
		c.Package, c.Ack = &workflow.Package{Blob: "package"}, &workflow.Ack{Number: 1}
	}
	text, err := json.Marshal(c)
	if err != nil {
		panic(err)
	}
	b.put(inbox.Sent, days, "copy "+string(text))
}

func readCopy(raw []byte) (c recovery.Copy, err error) {
	text, is := strings.CutPrefix(string(raw), "copy ")
	switch {
	case strings.HasPrefix(string(raw), "forged"):
		return c, recovery.ErrForged
	case !is:
		return c, recovery.ErrNotACopy
	}
	return c, json.Unmarshal([]byte(text), &c)
}

func (b *box) read(
	ctx context.Context, mails []inbox.Mail, each func(context.Context, inbox.Mail) error,
) (r inbox.Report, err error) {
	if err := b.d.call(func() error { return b.gone }); err != nil {
		return r, err
	}
	for _, m := range mails {
		r.Seen++
		switch err := each(ctx, m); {
		case errors.Is(err, inbox.ErrOurs):
			return r, err
		case err != nil:
			r.Failed++
		}
		if ctx.Err() != nil {
			return r, ctx.Err()
		}
	}
	return r, nil
}

func (b *box) Replay(
	ctx context.Context, from inbox.Folder, each func(context.Context, inbox.Mail) error,
) (inbox.Report, error) {
	return b.read(ctx, b.folders[from], each)
}

func (b *box) ReplayDone(ctx context.Context, each func(context.Context, inbox.Mail) error) (
	inbox.Report, error,
) {
	return b.read(ctx, b.done, each)
}

func (b *box) Above(ctx context.Context, in inbox.Folder, uid uint32,
	each func(context.Context, inbox.Mail) error,
) (uint32, error) {
	next := uint32(len(b.folders[in]) + 1)
	err := b.d.call(func() error { return b.gone })
	if err != nil || each == nil {
		return next, err
	}
	for _, m := range b.folders[in] {
		if m.UID < uid {
			continue
		}
		if err := each(ctx, m); err != nil {
			return next, err
		}
	}
	return next, nil
}

func (b *box) ReadMarker(context.Context) (m inbox.Marker, found bool, err error) {
	err = b.d.call(func() error {
		if b.marker != nil {
			m, found = *b.marker, true
		}
		return b.gone
	})
	return m, found && err == nil, err
}

func (b *box) WriteMarker(_ context.Context, m inbox.Marker) error {
	return b.d.call(func() error {
		if b.marker != nil && (b.marker.Epoch > m.Epoch ||
			b.marker.Epoch == m.Epoch && b.marker.Sequence > m.Sequence) {
			return inbox.ErrStale
		}
		b.marker = &m
		return nil
	})
}

// states are those of all requests.
func (d *disk) states() map[workflow.ID]workflow.State {
	all := map[workflow.ID]workflow.State{}
	for id, r := range d.requests {
		all[id] = r.State
	}
	return all
}

// marked is a marker with the numbers of the mails that come next.
func marked(generation string, epoch, sequence int64, processed, sent uint32) *inbox.Marker {
	return &inbox.Marker{
		Generation: generation, Epoch: epoch, Sequence: sequence, Sequences: []int64{sequence},
		Next: map[inbox.Folder]uint32{inbox.Processed: processed, inbox.Sent: sent},
	}
}

func run(t testing.TB, d *disk) recovery.Result {
	t.Helper()
	result, err := d.recovery().Run(t.Context(), recovery.Options{})
	if err != nil {
		t.Fatalf("recover: %v", err)
	}
	return result
}
