package inbox_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/dsrd/dsrd/mailer/inbox"
	"github.com/dsrd/dsrd/mailer/mailtest"
)

// folder is an INBOX behind a scripted server: it keeps its mails as an honest server does, and some
// of them do what the test wants when they are fetched, copied or moved.
type folder struct {
	mu       sync.Mutex
	away     bool   // another folder is open
	any      bool   // the test gives the mails texts of its own
	strayed  string // a command that was meant for this folder, while it was
	validity string // the line of SELECT; empty: none
	next     string // likewise
	uids     []uint32
	first    []uint32 // those of the beginning
	marks    map[uint32]string
	moved    map[uint32]string
	copied   map[uint32]int
	search   string                              // says this instead of what is there
	body     func(uid uint32) (bad *hurt)        // what a mail does when it is fetched
	write    func(verb string, uid uint32) *hurt // likewise when it is marked, copied or moved
}

// hurt is what a bad mail does in place of its answer.
type hurt struct {
	say  string // a line in the middle of the answers
	no   string // the end of the command; then no other mail is answered either
	drop bool
}

const allCaps = "MOVE UIDPLUS"

func newFolder(uids ...uint32) *folder {
	return &folder{
		validity: "* OK [UIDVALIDITY 1] valid",
		uids:     uids, first: slices.Clone(uids), marks: map[uint32]string{}, moved: map[uint32]string{}, copied: map[uint32]int{},
	}
}

// upTo counts from 1.
func upTo(n int) []uint32 {
	uids := make([]uint32, n)
	for i := range uids {
		uids[i] = uint32(i) + 1
	}
	return uids
}

// rules plays the folder.
func (f *folder) rules() []mailtest.Rule {
	locked := func(answer func(words []string) mailtest.Rule) func(string) mailtest.Rule {
		return func(command string) mailtest.Rule {
			f.mu.Lock()
			defer f.mu.Unlock()
			words := strings.Fields(command)
			if words[0] == "SELECT" {
				if f.away = words[1] != "INBOX"; f.away {
					return mailtest.Rule{}
				}
			}
			if !f.away {
				return answer(words)
			}
			if words[1] != "SEARCH" {
				f.strayed = command
			}
			return mailtest.Rule{}
		}
	}
	return []mailtest.Rule{
		{On: "SELECT", Make: locked(f.selected)},
		{On: "UID SEARCH", Make: locked(f.found)},
		{On: "UID FETCH", Make: locked(func(w []string) mailtest.Rule { return f.fetched(w[2], w[3:]) })},
		{On: "FETCH", Make: locked(func(w []string) mailtest.Rule {
			var uids []string
			for _, n := range numbers(w[1]) {
				uids = append(uids, fmt.Sprint(f.uids[n-1]))
			}
			return f.fetched(strings.Join(uids, ","), w[2:])
		})},
		{On: "UID STORE", Make: locked(f.stored)},
		{On: "UID MOVE", Make: locked(f.written)},
		{On: "UID COPY", Make: locked(f.written)},
	}
}

func (f *folder) selected([]string) mailtest.Rule {
	say := []string{fmt.Sprintf("* %d EXISTS", len(f.uids)), f.validity, f.next}
	say = append(say, `* OK [PERMANENTFLAGS (\Deleted \*)] flags`, "TAG OK [READ-WRITE] selected")
	return mailtest.Rule{Say: slices.DeleteFunc(say, func(s string) bool { return s == "" })}
}

func (f *folder) found(words []string) mailtest.Rule {
	if f.search != "" {
		return mailtest.Rule{Say: []string{f.search, "TAG OK done"}}
	}
	line := "* SEARCH"
	for _, uid := range f.uids {
		if f.matches(uid, words[2:]) {
			line += fmt.Sprint(" ", uid)
		}
	}
	return mailtest.Rule{Say: []string{line, "TAG OK done"}}
}

func (f *folder) matches(uid uint32, keys []string) bool {
	for i, key := range keys {
		switch key {
		case "UNKEYWORD":
			if f.marks[uid] == keys[i+1] {
				return false
			}
		case "KEYWORD":
			if f.marks[uid] != keys[i+1] {
				return false
			}
		case "UID":
			first, last, _ := strings.Cut(keys[i+1], ":")
			n, _ := strconv.Atoi(first)
			m, err := strconv.Atoi(last)
			if last == "" {
				m = n
			} else if err != nil {
				m = 1 << 32
			}
			if int(uid) < n || int(uid) > m {
				return false
			}
		}
	}
	return true
}

func (f *folder) fetched(set string, items []string) mailtest.Rule {
	what := strings.Join(items, " ")
	var rule mailtest.Rule
	for _, uid := range numbers(set) {
		seq := slices.Index(f.uids, uid) + 1
		if seq == 0 {
			continue
		}
		var bad *hurt
		if f.body != nil && strings.Contains(what, "BODY") {
			bad = f.body(uid)
		}
		switch {
		case bad != nil && bad.no != "":
			rule.Say = append(rule.Say, bad.no)
			return rule
		case bad != nil:
			if bad.say != "" {
				rule.Say = append(rule.Say, bad.say)
			}
			if rule.Drop = bad.drop; bad.drop {
				return rule
			}
		default:
			rule.Say = append(rule.Say, f.line(seq, uid, what))
		}
	}
	rule.Say = append(rule.Say, "TAG OK done")
	return rule
}

func (f *folder) line(seq int, uid uint32, what string) string {
	start := fmt.Sprintf("* %d FETCH (UID %d", seq, uid)
	switch {
	case strings.Contains(what, "RFC822.SIZE"):
		return start + " RFC822.SIZE 40)"
	case strings.Contains(what, "INTERNALDATE"):
		return start + ` INTERNALDATE " 4-May-2026 11:00:00 +0000")`
	case strings.Contains(what, "BODY"):
		return start + " BODY[]<0> " + mailtest.Text(text(uid)) + ")"
	}
	return start + ")"
}

func text(uid uint32) string { return fmt.Sprintf("Subject: mail-%d\r\n\r\nx\r\n", uid) }

func (f *folder) stored(words []string) mailtest.Rule {
	for _, uid := range numbers(words[2]) {
		if rule, bad := f.hurts("STORE", uid); bad {
			return rule
		}
		f.marks[uid] = strings.Trim(words[4], "()")
	}
	return mailtest.Rule{Say: []string{"TAG OK done"}}
}

func (f *folder) written(words []string) mailtest.Rule {
	uids := numbers(words[2])
	for _, uid := range uids { // all of them or none (RFC 9051 6.4.7)
		if rule, bad := f.hurts(words[1], uid); bad {
			return rule
		}
	}
	for _, uid := range uids {
		if words[1] == "COPY" {
			f.copied[uid]++
			continue
		}
		f.moved[uid] = strings.Trim(words[3], `"`)
		f.uids = slices.DeleteFunc(f.uids, func(u uint32) bool { return u == uid })
	}
	return mailtest.Rule{Say: []string{"TAG OK done"}}
}

func (f *folder) hurts(verb string, uid uint32) (mailtest.Rule, bool) {
	if f.write == nil {
		return mailtest.Rule{}, false
	}
	bad := f.write(verb, uid)
	switch {
	case bad == nil:
		return mailtest.Rule{}, false
	case bad.no != "":
		return mailtest.Rule{Say: []string{bad.no}}, true
	}
	return mailtest.Rule{Drop: true}, true
}

// change alters the folder between scans.
func (f *folder) change(how func(f *folder)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	how(f)
}

// numbers reads a sequence set.
func numbers(set string) []uint32 {
	var all []uint32
	for _, part := range strings.Split(set, ",") {
		first, last, ranged := strings.Cut(part, ":")
		a, _ := strconv.ParseUint(first, 10, 32)
		b := a
		if ranged {
			b, _ = strconv.ParseUint(last, 10, 32)
		}
		for n := a; n <= b; n++ {
			all = append(all, uint32(n))
		}
	}
	return all
}

// faked is a box in front of a folder, with production's own budget of logins.
type faked struct {
	*mailtest.Script
	folder *folder
	desk   *desk
	clock  *clock
	memory *memory
	box    *inbox.Box
}

func newFaked(t *testing.T, f *folder, change func(*inbox.Config), more ...mailtest.Rule) *faked {
	t.Helper()
	s, err := mailtest.NewScript(allCaps, append(more, f.rules()...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	w := &faked{Script: s, folder: f, desk: &desk{answer: aside}, clock: &clock{now: noon}, memory: begun(1)}
	config := inbox.Config{
		Name: "desk", Addr: s.Addr(), TLS: inbox.TLSNone, Credential: password(secret),
		Now: w.clock.Now, Random: rand.Reader,
	}
	if change != nil {
		change(&config)
	}
	if w.box, err = inbox.New(config, w.memory, w.desk.handle); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		w.box.Close(context.Background())
		tally.cases.Add(1)
		if n := w.lost(f.everything()); n != 0 {
			tally.lost.Add(int64(n))
			t.Errorf("%d mails lost", n)
		}
	})
	return w
}

// tally counts what the scripted servers of this package did.
var tally struct{ cases, lost atomic.Int64 }

// everything lists all mails that ever lay in the folder.
func (f *folder) everything() []uint32 {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := append(slices.Clone(f.uids), f.first...)
	for uid := range f.moved {
		all = append(all, uid)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// forget drops the bodies that were handed out, but for a byte.
func (d *desk) forget() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := range d.mails {
		d.mails[i].Raw = []byte("x")
	}
}

// handed counts how often each mail was handed out with its body, and how often without.
func (w *faked) handed() (whole, missing map[uint32]int) {
	w.desk.mu.Lock()
	defer w.desk.mu.Unlock()
	whole, missing = map[uint32]int{}, map[uint32]int{}
	for _, m := range w.desk.mails {
		if m.Missing != nil {
			missing[m.UID]++
		} else if w.folder.any || bytes.Equal(m.Raw, []byte(text(m.UID))) {
			whole[m.UID]++
		}
	}
	return whole, missing
}

// lost counts the mails that are neither handed out nor still to be found unmarked in the folder.
func (w *faked) lost(all []uint32) int {
	whole, missing := w.handed()
	w.folder.mu.Lock()
	defer w.folder.mu.Unlock()
	if w.folder.strayed != "" {
		panic("in another folder: " + w.folder.strayed)
	}
	n := 0
	for _, uid := range all {
		there := slices.Contains(w.folder.uids, uid) && w.folder.marks[uid] == ""
		if whole[uid]+missing[uid] == 0 && !there {
			n++
		}
	}
	return n
}
