package recovery

import (
	"context"
	"errors"
	"fmt"

	"github.com/dsrd/dsrd/mailer/inbox"
	"github.com/dsrd/dsrd/workflow"
)

// errFound ends a look: one thing that is missing is enough.
var errFound = errors.New("found")

// Look finds out, without reading much, whether the mailboxes tell of something that the
// store lacks; "" when they do not. Only what came into Processed and Sent since the last
// marker is read: it closes the gap that markers and what this machine saw leave.
func (r *Recovery) Look(ctx context.Context) (string, error) {
	for _, m := range r.Mailboxes {
		marker, found, err := m.Box.ReadMarker(ctx)
		if err != nil && !errors.Is(err, inbox.ErrForged) {
			return "", fmt.Errorf("look at mailbox %s: %w", m.Name, err)
		}
		next := marker.Next
		why, err := r.missing(ctx, m.Box, inbox.Sent, next[inbox.Sent], r.lacksCopy)
		// A mailbox without a number of Processed may have a hundred thousand mails there.
		if _, known := next[inbox.Processed]; found && known && why == "" && err == nil {
			why, err = r.missing(ctx, m.Box, inbox.Processed, next[inbox.Processed], r.lacksMail)
		}
		if err != nil {
			return "", fmt.Errorf("look at mailbox %s: %w", m.Name, err)
		}
		if why != "" {
			return "mailbox " + m.Name + " holds " + why, nil
		}
	}
	return "", nil
}

// missing looks for the first mail that the store lacks something of.
func (r *Recovery) missing(
	ctx context.Context, box Box, in inbox.Folder, from uint32,
	lacks func(context.Context, inbox.Mail) (string, error),
) (why string, err error) {
	_, err = box.Above(ctx, in, from, func(ctx context.Context, m inbox.Mail) (err error) {
		if handed := m.Missing == nil; handed {
			why, err = lacks(ctx, m)
		}
		if why != "" {
			return errFound
		}
		return err
	})
	if why != "" {
		return why, nil
	}
	return "", err
}

// lacksMail reports a mail that was treated, and of which the store has no end.
func (r *Recovery) lacksMail(ctx context.Context, m inbox.Mail) (string, error) {
	treated, err := r.treated(ctx, m)
	if err != nil || treated {
		return "", err
	}
	return "a mail that was treated, and redis does not know it", nil
}

// treated reports whether the store knows what became of a mail, or that an operator wanted it
// judged anew: then it may lie where it lay for a moment still.
func (r *Recovery) treated(ctx context.Context, m inbox.Mail) (bool, error) {
	rec, err := r.Store.Mail(ctx, digest(m))
	if errors.Is(err, workflow.NotFound) {
		return false, nil
	}
	return rec.Outcome != "" || rec.Replays > 0, err
}

// lacksCopy reports a letter that left, and that the store did not order or still has to send.
// A copy is written only once it is committed that the letter left.
func (r *Recovery) lacksCopy(ctx context.Context, m inbox.Mail) (string, error) {
	c, proves := r.copied(m)
	if !proves {
		return "", nil
	}
	q, err := r.Store.Load(ctx, c.Request)
	switch {
	case errors.Is(err, workflow.NotFound):
		return "the copy of a letter about a request that redis does not have", nil
	case err != nil:
		return "", err
	case ordinal(c.Effect) > q.Ordered:
		return "the copy of a letter that redis never ordered", nil
	}
	tasks, err := r.Store.Tasks(ctx, c.Request)
	if err != nil {
		return "", err
	}
	if waits(tasks, c.Effect) {
		return "the copy of a letter that redis still has to send", nil
	}
	return "", nil
}

// copied reads a copy, if the mail is one and proves something.
func (r *Recovery) copied(m inbox.Mail) (Copy, bool) {
	c, err := r.Copies(m.Raw)
	return c, err == nil
}
