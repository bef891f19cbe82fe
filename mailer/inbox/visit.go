package inbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/emersion/go-imap/v2"
)

// visit is the scan of one folder.
type visit struct {
	box    *Box
	line   *line
	config *Config
	folder string
	report *Report

	data     *imap.SelectData
	keywords bool // the folder takes our keywords
	cursor   Cursor
	next     uint32 // UIDNEXT, 0 when there is none to go by
	memo     *memo
	strikes  int      // mails in a row that broke the connection
	came     int      // bodies that had come before this scan
	late     []uint32 // turned out to be bigger than there was room for
	putOff   []uint32 // suspected in this scan
	doubtful []uint32 // suspected at all
	missed   []missing
	refusals int   // of commands that mark or move
	read     bool  // every mail of the folder that is ours was tried
	halt     *halt // shared by the visits of a scan
}

func (b *Box) visit(folder string, report *Report) *visit {
	return &visit{box: b, line: b.reader, config: &b.config, folder: folder, report: report,
		halt: new(halt)}
}

// run scans the folder.
func (v *visit) run(ctx context.Context) error {
	if err := v.enter(ctx); err != nil {
		return v.says(err)
	}
	if err := v.begin(ctx); err != nil {
		return v.says(err)
	}
	uids, err := v.candidates(ctx)
	if err != nil {
		return v.says(err)
	}
	var taken, open []uint32
	for _, uid := range uids {
		if _, settled := v.memo.settled[uid]; settled {
			taken = append(taken, uid)
		} else {
			open = append(open, uid)
		}
	}
	late := v.catchUp(ctx, taken)
	v.report.Seen += len(open)
	err = v.work(ctx, open)
	return v.says(errors.Join(late, err, v.sweep(ctx)))
}

func (v *visit) says(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("scan %s: %w", v.key(), err)
}

// key is the folder's name towards Memory.
func (v *visit) key() string { return v.config.Name + "/" + v.folder }

func (v *visit) junk() bool { return v.folder == v.config.Junk }

// enter opens the folder; a connection that died while it was idle is made again once.
func (v *visit) enter(ctx context.Context) error {
	idle := v.line.client != nil
	err := v.reenter(ctx)
	if idle && errors.Is(err, ErrLost) {
		err = v.reenter(ctx)
	}
	return err
}

// reenter opens the folder, in the middle of a scan too: then its numbering must be the same.
func (v *visit) reenter(ctx context.Context) error {
	if err := v.box.ready(ctx, v.line); err != nil {
		return err
	}
	data, err := v.line.toRead(ctx, v.folder)
	if err != nil {
		return err
	}
	if err := v.sameAs(data); err != nil {
		return err
	}
	v.data = data
	v.keywords = takes(data.PermanentFlags, v.config.done()) &&
		takes(data.PermanentFlags, v.config.quarantine())
	return nil
}

// sameAs says whether the folder still is what it was at the beginning of the scan. If not, the
// connection ends here: on it, what is known by number would mark other mails.
func (v *visit) sameAs(data *imap.SelectData) error {
	var err error
	switch {
	case data.UIDValidity == 0:
		// RFC 3501 2.3.1.1: such a server has no unique identifiers. On another connection the same
		// number may be another mail, and what was never read would be marked as done.
		err = fmt.Errorf("%w: %s", ErrNoValidity, v.folder)
	case v.data != nil && v.data.UIDValidity != data.UIDValidity:
		err = errors.New("the folder was renumbered during the scan: the next scan begins anew")
	}
	if err != nil && v.data != nil {
		v.line.drop()
	}
	return err
}

// takes says whether a keyword may be stored: it is known already, or \* allows new ones
// (RFC 9051 7.1, PERMANENTFLAGS). Servers spell keywords as they like.
func takes(permanent []imap.Flag, keyword imap.Flag) bool {
	return slices.ContainsFunc(permanent, func(f imap.Flag) bool {
		return f == imap.FlagWildcard || strings.EqualFold(string(f), string(keyword))
	})
}

// here makes the connection again if it is gone.
func (v *visit) here(ctx context.Context) error {
	if v.line.client != nil {
		return nil
	}
	return v.reenter(ctx)
}
