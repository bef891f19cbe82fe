package inbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/emersion/go-imap/v2"
)

// memo is what a process remembers about a folder between scans. Losing it costs work, not mail.
type memo struct {
	validity uint32
	// settled are mails that the handler took and that could not be marked, or shall not be.
	settled map[uint32]Disposition
	// suspects broke the connection when they were fetched: they come last and alone, so that
	// they stop nobody else.
	suspects map[uint32]bool
	unread   map[uint32]*tries // could not be fetched
	old      map[uint32]bool   // arrived before the first start, in a renumbered folder
	counted  bool              // pending holds their number
	pending  int
	swept    bool // leftovers of a former process were moved
}

func newMemo(validity uint32) *memo {
	return &memo{
		validity: validity, settled: map[uint32]Disposition{},
		suspects: map[uint32]bool{}, unread: map[uint32]*tries{}, old: map[uint32]bool{},
	}
}

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
	memo     *memo
	strikes  int // mails in a row that broke the connection
	fetched  int // bodies that came
	missed   []missing
	read     bool // every mail of the folder that is ours was tried
}

func (b *Box) visit(folder string, report *Report) *visit {
	return &visit{box: b, line: b.reader, config: &b.config, folder: folder, report: report}
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
	if v.data != nil && v.data.UIDValidity != data.UIDValidity {
		return errors.New("the folder was renumbered during the scan: the next scan begins anew")
	}
	v.data = data
	v.keywords = takes(data.PermanentFlags, v.config.done()) &&
		takes(data.PermanentFlags, v.config.quarantine())
	return nil
}

// takes says whether a keyword may be stored: it is known already, or \* allows new ones
// (RFC 9051 7.1, PERMANENTFLAGS). Servers spell keywords as they like.
func takes(permanent []imap.Flag, keyword imap.Flag) bool {
	return slices.ContainsFunc(permanent, func(f imap.Flag) bool {
		return f == imap.FlagWildcard || strings.EqualFold(string(f), string(keyword))
	})
}

// alive makes the connection again if the error says that it is gone; other errors pass.
func (v *visit) alive(ctx context.Context, err error) error {
	if !errors.Is(err, ErrLost) {
		return err
	}
	return v.reenter(ctx)
}
