package inbox

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
)

// outcome is what the handler said to one mail.
type outcome struct {
	uid         uint32
	disposition Disposition
	err         error
	untried     bool // it was not handed out: what stopped the scan is no fault of this mail
}

// work fetches the mails, hands them out and marks them, but for those that broke a connection.
func (v *visit) work(ctx context.Context, uids []uint32) error {
	v.doubtful = within(uids, v.memo.suspects)
	uids = without(uids, v.memo.suspects)
	sizes, err := v.sizes(ctx, uids)
	if err != nil {
		return err
	}
	marks, err := v.batches(ctx, uids, sizes)
	v.doubtful = append(v.doubtful, v.putOff...)
	v.read = err == nil && !v.halted()
	return errors.Join(append(marks, err)...)
}

// batches works through mails. While a batch is handled the next one is fetched; marks wait for
// both, because one connection serves all. The marks are the errors of marking.
func (v *visit) batches(
	ctx context.Context, uids []uint32, sizes map[uint32]int64,
) (marks []error, err error) {
	var handling <-chan []outcome
	queue := v.split(uids, sizes)
	for len(queue) > 0 && err == nil && !v.halted() {
		var mails []Mail
		mails, err = v.gather(ctx, queue[0], sizes)
		if handling != nil {
			marks = append(marks, v.settle(ctx, <-handling))
		}
		handling = v.hand(ctx, mails)
		queue = append(v.bigger(sizes), queue[1:]...)
	}
	if handling != nil {
		marks = append(marks, v.settle(ctx, <-handling))
	}
	return marks, err
}

// bigger makes batches of mails that turned out to be bigger than the server said.
func (v *visit) bigger(sizes map[uint32]int64) [][]uint32 {
	for _, uid := range v.late {
		sizes[uid] = v.config.MaxBytes
	}
	batches := v.split(v.late, sizes)
	v.late = nil
	return batches
}

// hand gives mails to the handler, Workers at a time, in order.
func (v *visit) hand(ctx context.Context, mails []Mail) <-chan []outcome {
	done := make(chan []outcome, 1)
	outcomes := make([]outcome, len(mails))
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(v.config.Workers, len(mails)) {
		workers.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(mails)); i = next.Add(1) - 1 {
				outcomes[i] = v.offer(ctx, mails[i])
			}
		})
	}
	go func() {
		workers.Wait()
		done <- outcomes
	}()
	return done
}

// offer gives one mail to the handler, unless the handler has said that none would fare better.
func (v *visit) offer(ctx context.Context, m Mail) outcome {
	if v.halted() {
		return outcome{uid: m.UID, untried: true}
	}
	d, err := v.box.handle(ctx, m)
	return outcome{uid: m.UID, disposition: d, err: err, untried: v.halt.heed(err)}
}

// handle calls the handler. A panic is an error of this mail: the others still want to be read.
func (b *Box) handle(ctx context.Context, m Mail) (d Disposition, err error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case runtime.Error: // these texts hold indexes and types, no mail
			err = fmt.Errorf("the handler panicked: %s", r)
		default:
			err = fmt.Errorf("the handler panicked with a %T", r)
		}
	}()
	if err := ctx.Err(); err != nil {
		return Leave, err
	}
	return b.handler(ctx, m)
}

// settle counts the outcomes of a batch and marks its mails.
func (v *visit) settle(ctx context.Context, outcomes []outcome) error {
	var done, quarantined []uint32
	for _, o := range outcomes {
		switch {
		case o.untried:
		case o.err != nil:
			v.fail(o.uid, o.err)
		case o.disposition == Done:
			v.report.Handled++
			done = append(done, o.uid)
		case o.disposition == Quarantine:
			v.report.Quarantined++
			quarantined = append(quarantined, o.uid)
		case o.disposition == Ignore:
			v.report.Left++
			v.memo.settled[o.uid] = Ignore
		default:
			v.report.Left++
		}
	}
	return errors.Join(v.finish(ctx, done), v.isolate(ctx, quarantined))
}
