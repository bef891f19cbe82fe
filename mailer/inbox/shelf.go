package inbox

import (
	"github.com/emersion/go-imap/v2"
)

// shelf is where the bodies of mails go, so many bytes of them and no more: what a server says of
// their sizes may be wrong, and all of a batch is in memory at once.
type shelf struct {
	part imap.PartSpecifier
	most int64 // of one body
	room int64 // for all of them
	got  map[uint32][]byte
	late map[uint32]bool // there was no room for them
}

func newShelf(part imap.PartSpecifier, most, room int64) *shelf {
	return &shelf{
		part: part, most: most, room: max(most, room),
		got: map[uint32][]byte{}, late: map[uint32]bool{},
	}
}

// items is BODY.PEEK[<part>]<0.most>: what leaves \Seen alone, and no more than that whatever the
// size item said.
func (s *shelf) items() *imap.FetchOptions {
	return &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{{
		Specifier: s.part, Peek: true, Partial: &imap.SectionPartial{Offset: 0, Size: s.most},
	}}}
}

// wants says whether this is the section that was asked for: another one, or another piece of it, is
// not the mail. Servers leave the origin out when they send all there is.
func (s *shelf) wants(section *imap.FetchItemBodySection) bool {
	return s != nil && section.Specifier == s.part && len(section.Part) == 0 &&
		len(section.HeaderFields)+len(section.HeaderFieldsNot) == 0 &&
		(section.Partial == nil || section.Partial.Offset == 0)
}

// fits says whether there is room for a body.
func (s *shelf) fits(body imap.LiteralReader) bool { return min(body.Size(), s.most) <= s.room }

// put keeps the body of a mail: the first that came.
func (s *shelf) put(f fetched) {
	switch {
	case s.got[f.uid] != nil:
	case len(f.body) > 0:
		s.got[f.uid] = f.body
		s.room -= int64(len(f.body))
		delete(s.late, f.uid)
	case f.full:
		s.late[f.uid] = true
	}
}

// lacking lists the mails that did not come, though there was room for them.
func (s *shelf) lacking(uids []uint32) []uint32 {
	var rest []uint32
	for _, uid := range uids {
		if s.got[uid] == nil && !s.late[uid] {
			rest = append(rest, uid)
		}
	}
	return rest
}
