package app

import (
	"context"
	"errors"
	"time"

	"github.com/dsrd/dsrd/mailer"
	"github.com/dsrd/dsrd/workflow"
)

// grace is how long a letter that is on its way may take after we were told to end.
// Cut off behind its final dot it would leave again, since nobody could know whether
// it left (RFC 5321 4.5.3.2.6). A claim that is not renewed any more lasts longer.
const grace = 5 * time.Second

// lasting carries letters on for a while when everything else ends.
type lasting struct {
	*mailer.Postman
	sleep func(context.Context, time.Duration) error
}

// Carry ends at once when the claim is lost: then another replica may carry it out.
func (l lasting) Carry(
	ctx context.Context, r workflow.Request, t workflow.Task,
) (workflow.Outcome, error) {
	longer, end := context.WithCancelCause(context.WithoutCancel(ctx))
	defer end(nil)
	stop := context.AfterFunc(ctx, func() {
		why := context.Cause(ctx)
		if !errors.Is(why, workflow.Fenced) {
			_ = l.sleep(longer, grace) // or until the letter is away
		}
		end(why)
	})
	defer stop()
	return l.Postman.Carry(longer, r, t)
}
