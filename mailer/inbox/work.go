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
}

// work fetches the mails in batches, hands them out and marks them. While a batch is handled the
// next one is fetched; marks wait for both, because one connection serves all.
func (v *visit) work(ctx context.Context, uids []uint32) error {
	if len(uids) == 0 {
		v.read = true
		return nil
	}
	sizes, err := v.sizes(ctx, uids)
	if err != nil {
		return err
	}
	var marks []error
	var handling <-chan []outcome
	for _, batch := range v.split(uids, sizes) {
		var mails []Mail
		mails, err = v.gather(ctx, batch, sizes)
		if handling != nil {
			marks = append(marks, v.settle(ctx, <-handling))
		}
		handling = v.hand(ctx, mails)
		if err != nil {
			break
		}
	}
	marks = append(marks, v.settle(ctx, <-handling))
	v.read = err == nil
	if v.read {
		marks = append(marks, v.setAside(ctx))
	}
	return errors.Join(append(marks, err)...)
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
				d, err := v.box.handle(ctx, mails[i])
				outcomes[i] = outcome{uid: mails[i].UID, disposition: d, err: err}
			}
		})
	}
	go func() {
		workers.Wait()
		done <- outcomes
	}()
	return done
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
