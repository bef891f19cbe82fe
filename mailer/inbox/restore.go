package inbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// Trace is what is remembered of a mail that was handed out: it narrows the search down. Zero
// fields are not known.
type Trace struct {
	UIDValidity, UID uint32    // where it lay when it was handed out
	Size             int64     // RFC822.SIZE
	Arrived          time.Time // INTERNALDATE
}

// ErrGone: the mail is in none of the folders.
const ErrGone Fault = "the mail is not in the mailbox any more"

// Restore finds a mail that was done, quarantined or left for good, and undoes that: the next scan
// hands it out again, in the folder where it lies or lay. is tells it from others by what a handler
// would be given. ErrGone when it was not found.
//
// What is in Quarantine and still lies marked in its folder is handed out from there; the copy stays.
func (b *Box) Restore(ctx context.Context, t Trace, is func(Mail) bool) error {
	b.scanning.Lock()
	defer b.scanning.Unlock()
	err := b.restore(ctx, t, is)
	b.reader.pace.ended(ctx, err, b.reader.client != nil)
	if err != nil {
		return fmt.Errorf("bring a mail back in %s: %w", b.config.Name, err)
	}
	return nil
}

func (b *Box) restore(ctx context.Context, t Trace, is func(Mail) bool) error {
	if err := b.ready(ctx, b.reader); err != nil {
		return err
	}
	here := []string{b.config.Folder}
	if b.config.Junk != "" {
		here = append(here, b.config.Junk)
	}
	ours := []string{b.reader.path(Processed), b.reader.path(Quarantined)}
	for _, folder := range append(here, ours...) {
		s := &rescue{visit: b.visit(folder, &Report{}), trace: t, is: is}
		uid, err := s.find(ctx)
		var no *refused
		if errors.As(err, &no) {
			continue // a folder that cannot be opened does not hold up the others
		}
		if err != nil {
			return err
		}
		if uid != 0 {
			return s.undo(ctx, uid, slices.Contains(ours, folder))
		}
	}
	return ErrGone
}

// rescue is the visit of one folder in search of one mail.
type rescue struct {
	*visit
	trace Trace
	is    func(Mail) bool
}

// find gives the mail's present UID, 0 when it is not here.
func (s *rescue) find(ctx context.Context) (uint32, error) {
	if err := s.reenter(ctx); err != nil {
		return 0, err
	}
	s.memo = newMemo(s.data.UIDValidity) // what scans remember is none of its business
	if s.data.UIDValidity == s.trace.UIDValidity && s.trace.UID != 0 && !s.own() {
		if uid, err := s.inPlace(ctx); uid != 0 || err != nil {
			return uid, err
		}
	}
	for _, narrow := range s.searches() {
		uids, err := s.line.search(ctx, "look for a mail", narrow)
		var no *refused
		if errors.As(err, &no) {
			continue // a server that does not know this search
		}
		if err != nil {
			return 0, err
		}
		slices.Reverse(uids) // the newest first: it is sooner the one that somebody asks about
		if uid, err := s.among(ctx, uids); uid != 0 || err != nil {
			return uid, err
		}
	}
	return 0, nil
}

// inPlace looks where the mail was. One that never had a body is told by its place alone.
func (s *rescue) inPlace(ctx context.Context) (uint32, error) {
	there, err := s.line.exists(ctx, s.trace.UID) // what somebody deleted is not
	if err != nil || !there {
		return 0, err
	}
	uid, err := s.among(ctx, []uint32{s.trace.UID})
	if uid != 0 || err != nil || len(s.missed) == 0 {
		return uid, err
	}
	if s.is(s.absent(s.missed[0])) {
		return s.missed[0].uid, nil
	}
	return 0, nil
}

// own says whether this is a folder of ours, whose numbers have nothing to do with the trace.
func (s *rescue) own() bool { return s.folder != s.config.Folder && !s.junk() }

// searches are the narrow one first, and then one that trusts nothing but the day: sizes are what
// a server says, and days are those of its zone.
func (s *rescue) searches() []*imap.SearchCriteria {
	const day = 24 * time.Hour
	alive := []imap.Flag{imap.FlagDeleted}
	var all []*imap.SearchCriteria
	if s.trace.Size > 1 {
		all = append(all, &imap.SearchCriteria{
			NotFlag: alive, Larger: s.trace.Size - 1, Smaller: s.trace.Size + 1,
		})
	}
	if !s.trace.Arrived.IsZero() {
		all = append(all, &imap.SearchCriteria{
			NotFlag: alive, Since: s.trace.Arrived.Add(-day), Before: s.trace.Arrived.Add(2 * day),
		})
	}
	return all
}

// among fetches mails as a scan would, and gives the UID of the one; 0 when it is none of them.
func (s *rescue) among(ctx context.Context, uids []uint32) (uint32, error) {
	if len(uids) == 0 {
		return 0, nil
	}
	sizes, err := s.sizes(ctx, uids)
	if err != nil {
		return 0, err
	}
	var found uint32
	err = s.through(ctx, uids, sizes, func(m Mail) (more bool) {
		if s.is(m) {
			found = m.UID
		}
		return found == 0
	})
	return found, err
}

// undo takes the marks off and, out of a folder of ours, moves the mail back to where scans look.
// The marks come first: with them no scan would find it.
func (s *rescue) undo(ctx context.Context, uid uint32, away bool) error {
	uids := []uint32{uid}
	if s.keywords {
		err := s.line.unflag(ctx, uids, s.config.done(), s.config.quarantine())
		if err != nil {
			return err
		}
	}
	if away {
		return s.line.moveBack(ctx, uids, s.config.Folder)
	}
	if memo := s.box.memos[s.folder]; memo != nil && memo.validity == s.data.UIDValidity {
		delete(memo.settled, uid)
		delete(memo.unread, uid)
		delete(memo.uncopied, uid)
	}
	return nil
}

// unflag removes flags or keywords from mails.
func (l *line) unflag(ctx context.Context, uids []uint32, flags ...imap.Flag) error {
	return l.do(ctx, l.config.Timeouts.Store, "unflag mails", func(c *imapclient.Client) error {
		return c.Store(uidSet(uids), &imap.StoreFlags{
			Op: imap.StoreFlagsDel, Silent: true, Flags: flags,
		}, nil).Close()
	})
}

// moveBack moves mails out of a folder of ours. Where that cannot be done safely a copy is as good:
// the handler knows what it took.
func (l *line) moveBack(ctx context.Context, uids []uint32, folder string) error {
	if l.caps.Has(imap.CapMove) {
		return l.moveInto(ctx, uids, folder)
	}
	if err := l.copyInto(ctx, uids, folder); err != nil || !l.caps.Has(imap.CapUIDPlus) {
		return err
	}
	return l.expunge(ctx, uids)
}
