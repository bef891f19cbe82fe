package inbox

import (
	"context"
	"slices"

	"github.com/emersion/go-imap/v2"
)

// sweep moves what was marked and not moved: by a process that died in between, or by a server
// that refused the move.
func (v *visit) sweep(ctx context.Context) error {
	if v.memo.swept || v.config.After != Move || !v.keywords {
		return nil
	}
	if v.line.client == nil || !v.line.canMove() {
		return nil
	}
	left, err := v.line.search(ctx, "search for marked mail", &imap.SearchCriteria{
		Flag: []imap.Flag{v.config.done()}, NotFlag: []imap.Flag{imap.FlagDeleted},
	})
	if err != nil {
		return err
	}
	for chunk := range slices.Chunk(without(left, v.memo.fixed), v.memo.sweep) {
		_, err := v.sparing(ctx, chunk, func(some []uint32) error {
			return v.line.safeMove(ctx, some, Processed)
		})
		if err == nil {
			continue
		}
		if v.line.client == nil {
			v.narrow(chunk)
		}
		return err
	}
	v.memo.swept = true
	return nil
}

// narrow makes the next sweep a smaller one after the connection broke: one mail that cannot be
// moved shall not keep the others here for ever. Alone it stays, marked.
func (v *visit) narrow(chunk []uint32) {
	if len(chunk) == 1 {
		v.memo.fixed[chunk[0]] = true
		v.memo.sweep = uidsAtOnce
		return
	}
	v.memo.sweep = (len(chunk) + 1) / 2
}
