package inbox

import (
	"maps"
	"slices"
)

// memo is what a process remembers about a folder between scans. Losing it costs work, not mail.
type memo struct {
	validity uint32
	next     uint32 // the highest UIDNEXT
	// settled are mails that the handler took and that could not be marked, or shall not be.
	settled  map[uint32]Disposition
	uncopied map[uint32]int // of those, how often the copy to Quarantine failed
	// suspects broke the connection when they were fetched: they come last and alone, so that
	// they stop nobody else.
	suspects map[uint32]*suspicion
	unread   map[uint32]*tries // could not be fetched
	came     int               // bodies that could
	mute     map[uint32]bool   // their size or date broke the connection
	fixed    map[uint32]bool   // moving them did
	sweep    int               // how many mails to move at a time
	old      map[uint32]bool   // arrived before the first start, in a renumbered folder
	counted  bool              // pending holds their number
	pending  int
	swept    bool // leftovers of a former process were moved
}

func newMemo(validity uint32) *memo {
	return &memo{
		validity: validity, settled: map[uint32]Disposition{}, uncopied: map[uint32]int{},
		suspects: map[uint32]*suspicion{}, unread: map[uint32]*tries{},
		mute: map[uint32]bool{}, fixed: map[uint32]bool{}, sweep: uidsAtOnce, old: map[uint32]bool{},
	}
}

// prune forgets mails that are not in the folder any more, or were marked.
func (m *memo) prune(found []uint32) {
	gone := func(uid uint32) bool {
		_, there := slices.BinarySearch(found, uid)
		return !there
	}
	forget(m.settled, gone)
	forget(m.uncopied, gone)
	forget(m.suspects, gone)
	forget(m.unread, gone)
	forget(m.mute, gone)
	forget(m.old, gone)
}

func forget[V any](of map[uint32]V, gone func(uint32) bool) {
	maps.DeleteFunc(of, func(uid uint32, _ V) bool { return gone(uid) })
}
