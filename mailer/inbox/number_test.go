package inbox_test

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/mailer/inbox"
	"github.com/dsrd/dsrd/mailer/mailtest"
	"github.com/google/go-cmp/cmp"
)

func validity(n int) string { return fmt.Sprintf("* OK [UIDVALIDITY %d] valid", n) }

// scans scans and expects no error.
func (w *faked) scans(t *testing.T) inbox.Report {
	t.Helper()
	report, err := w.box.Scan(t.Context())
	if err != nil {
		t.Fatalf("scan: %v", err)
	}
	return report
}

// left is a desk that leaves every mail where it is.
func left(inbox.Mail) (inbox.Disposition, error) { return inbox.Leave, nil }

func TestANewUIDValidityMakesEveryUnmarkedMailComeAgain(t *testing.T) {
	for _, c := range []struct {
		name     string
		validity int
		uids     []uint32
		want     []uint32 // handed out in the second scan
	}{
		{"a higher one", 9, []uint32{1, 2, 3}, []uint32{1, 2, 3}},
		{"a lower one", 3, []uint32{1, 2, 3}, []uint32{1, 2, 3}},
		{"numbers that begin at 1 again", 9, []uint32{1}, []uint32{1}},
		{"a folder that is empty now", 9, nil, nil},
		{"the highest there is", math.MaxUint32, []uint32{7}, []uint32{7}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFolder(11, 12, 13)
			f.validity = validity(7)
			w := newFaked(t, f, nil)
			w.memory.cursors["desk/INBOX"] = inbox.Cursor{
				Known: true, UIDValidity: 7, Baseline: 10, Since: noon.Add(-24 * time.Hour),
			}
			w.desk.answer = left
			if r := w.scans(t); r.Left != 3 || r.Renumbered {
				t.Fatalf("got %+v, want three left", r)
			}
			w.desk.mails = nil
			f.change(func(f *folder) { f.validity, f.uids, f.first = validity(c.validity), c.uids, nil })
			r := w.scans(t)
			whole, _ := w.handed()
			if got := slices.Sorted(maps.Keys(whole)); !slices.Equal(got, c.want) || !r.Renumbered {
				t.Errorf("got %v and renumbered %v, want %v", got, r.Renumbered, c.want)
			}
			if got := w.memory.cursors["desk/INBOX"]; got.UIDValidity != uint32(c.validity) || !got.Renumbered {
				t.Errorf("got cursor %+v", got)
			}
			if r := w.scans(t); r.Renumbered {
				t.Error("renumbered once more")
			}
		})
	}
}

// What was marked is found by its keyword, whatever its number is now: nothing is done twice.
func TestANewUIDValidityDoesNothingTwice(t *testing.T) {
	f := newFolder(1, 2, 3)
	w := newFaked(t, f, func(c *inbox.Config) { c.After = inbox.Keep })
	w.scans(t)
	f.change(func(f *folder) { f.validity = validity(2) })
	if r := w.scans(t); r.Seen != 0 || len(w.desk.mails) != 3 {
		t.Errorf("got %+v and %d mails handed out, want none again", r, len(w.desk.mails))
	}
}

func TestAFolderThatIsRenumberedInTheMiddleOfAScanIsLeftForTheNext(t *testing.T) {
	f := newFolder(1, 2, 3)
	f.body = func(uid uint32) *hurt {
		if uid == 2 && f.validity == validity(1) {
			f.validity = validity(2)
			return &hurt{drop: true}
		}
		return nil
	}
	w := newFaked(t, f, nil)
	if _, err := w.box.Scan(t.Context()); err == nil {
		t.Error("got no error")
	}
	if len(f.marks)+len(f.moved) != 0 {
		t.Errorf("marked %v and moved %v by numbers of another time", f.marks, f.moved)
	}
	w.clock.add(2 * time.Minute)
	w.scans(t)
	if whole, _ := w.handed(); whole[1] == 0 || whole[2] != 1 || whole[3] != 1 {
		t.Errorf("got %v, want all of them", whole)
	}
}

// A folder with another UIDVALIDITY at each SELECT is not fetched again and again.
func TestAFolderThatIsAlwaysRenumberedIsReadAFewTimesAnHour(t *testing.T) {
	f := newFolder(1, 2)
	n := 1
	w := newFaked(t, f, nil, mailtest.Rule{On: "SELECT INBOX", Make: func(string) mailtest.Rule {
		n++
		return mailtest.Rule{Say: []string{"* 2 EXISTS", validity(n), `* OK [PERMANENTFLAGS (\Seen)] f`, "TAG OK x"}}
	}})
	w.desk.answer = left
	restless := 0
	for range 3 * 60 {
		_, err := w.box.Scan(t.Context())
		if errors.Is(err, inbox.ErrRestless) {
			restless++
		} else if err != nil {
			t.Fatal(err)
		}
		w.clock.add(time.Minute)
	}
	whole, _ := w.handed()
	if whole[1] != 9 || restless != 3*60-9 {
		t.Errorf("in three hours: handed out %d times, told %d times; want 9 and the rest", whole[1], restless)
	}
	if n := w.Asked("AUTHENTICATE"); n != 1 {
		t.Errorf("got %d logins, want 1", n)
	}
}

// Without UIDVALIDITY a number means nothing on the next connection: nothing is handed out or marked.
func TestAFolderWithoutUIDValidityIsNotRead(t *testing.T) {
	for name, line := range map[string]string{"none": "", "zero": validity(0)} {
		t.Run(name, func(t *testing.T) {
			f := newFolder(1, 2)
			f.validity = line
			w := newFaked(t, f, nil)
			report, err := w.box.Scan(t.Context())
			if !errors.Is(err, inbox.ErrNoValidity) || report.Complete || len(w.desk.mails) != 0 {
				t.Errorf("got %+v, %v; want ErrNoValidity and no mail", report, err)
			}
			if got := w.memory.cursors["desk/INBOX"]; got.UIDValidity != 1 || got.Renumbered {
				t.Errorf("the cursor became %+v", got)
			}
			f.change(func(f *folder) { f.validity = validity(1) })
			if r := w.scans(t); r.Handled != 2 || r.Renumbered {
				t.Errorf("once it is there: got %+v, want both handled", r)
			}
		})
	}
}

func TestAnyUIDNextKeepsOldMailUntouchedAndNewMailRead(t *testing.T) {
	for _, c := range []struct{ name, next string }{
		{"a right one", "* OK [UIDNEXT 42] next"},
		{"none", ""},
		{"zero", "* OK [UIDNEXT 0] next"},
		{"one below mails that are there", "* OK [UIDNEXT 2] next"},
		{"the highest number", "* OK [UIDNEXT 4294967295] next"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFolder(3, 41)
			f.next = c.next
			w := newFaked(t, f, nil)
			delete(w.memory.cursors, "desk/INBOX") // the first start; the mails came an hour before
			if r := w.scans(t); r.Seen != 0 || r.PendingOld != 2 {
				t.Errorf("first start: got %+v, want two old mails untouched", r)
			}
			if got := w.memory.cursors["desk/INBOX"].Baseline; got != 42 {
				t.Errorf("got baseline %d, want 42", got)
			}
			f.change(func(f *folder) { f.uids = append(f.uids, 42) })
			if r := w.scans(t); r.Handled != 1 || w.desk.mails[0].UID != 42 {
				t.Errorf("got %+v, want the new mail handled", r)
			}
		})
	}
}

func TestAFirstStartWhereNoNumberIsLeftIsRefused(t *testing.T) {
	f := newFolder(3, math.MaxUint32)
	w := newFaked(t, f, nil)
	delete(w.memory.cursors, "desk/INBOX")
	if _, err := w.box.Scan(t.Context()); err == nil || w.memory.cursors["desk/INBOX"].Known {
		t.Errorf("got %v and a cursor, want an error", err)
	}
}

// After a restored backup the same UIDVALIDITY may give old numbers to new mails. What this process
// remembers of the numbers must not pass for the new mails.
func TestAUIDNextThatFellMakesNumbersNew(t *testing.T) {
	f := newFolder(1, 2)
	f.next = "* OK [UIDNEXT 50] next"
	w := newFaked(t, f, nil)
	w.desk.answer = func(inbox.Mail) (inbox.Disposition, error) { return inbox.Ignore, nil }
	w.scans(t)
	if w.scans(t); len(w.desk.mails) != 2 {
		t.Fatalf("got %d mails, want 2: ignored ones do not come again", len(w.desk.mails))
	}
	f.change(func(f *folder) { f.next = "* OK [UIDNEXT 3] next" })
	if r := w.scans(t); len(w.desk.mails) != 4 || !r.Renumbered {
		t.Errorf("got %d mails, renumbered %v; want both again", len(w.desk.mails)-2, r.Renumbered)
	}
}

func TestASearchIsReadInWhateverFormItComes(t *testing.T) {
	all := []uint32{1, 2, 3}
	for _, c := range []struct {
		name, line string
		want       []uint32
		fails      bool
	}{
		{"sorted", "* SEARCH 1 2 3", all, false},
		{"unsorted", "* SEARCH 3 1 2", all, false},
		{"with repetitions", "* SEARCH 2 2 1 3 3 1", all, false},
		{"in two lines", "* SEARCH 1 2\r\n* SEARCH 3", all, false},
		{"with a MODSEQ", "* SEARCH 1 2 3 (MODSEQ 917)", all, false},
		{"ESEARCH", "* ESEARCH (TAG \"TAG\") UID ALL 1:3", all, false},
		{"ESEARCH backwards", "* ESEARCH (TAG \"TAG\") UID ALL 3:1", all, false},
		{"ESEARCH with a count", "* ESEARCH (TAG \"TAG\") UID COUNT 3 ALL 1,2:3", all, false},
		{"ESEARCH to somebody else", "* ESEARCH (TAG \"X1\") UID ALL 1:3", nil, false},
		{"ESEARCH of sequence numbers", "* ESEARCH (TAG \"TAG\") ALL 1:3", nil, true},
		{"ESEARCH to nobody", "* ESEARCH UID ALL 1:3", nil, true}, // go-imap wants the tag
		{"empty", "* SEARCH", nil, false},
		{"nothing at all", "* 3 EXISTS", nil, false},
		{"a zero", "* SEARCH 0", nil, true},
		{"a zero among others", "* SEARCH 1 0 3", nil, true},
		{"a number that is none", "* SEARCH 1 x", nil, true},
		{"a number that is too high", "* SEARCH 4294967296", nil, true},
		{"ESEARCH of all numbers", "* ESEARCH (TAG \"TAG\") UID ALL 1:4294967295", nil, true},
		{"ESEARCH with a star", "* ESEARCH (TAG \"TAG\") UID ALL 1:*", nil, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFolder(all...)
			f.search = c.line
			w := newFaked(t, f, func(b *inbox.Config) { b.After = inbox.Keep })
			report, err := w.box.Scan(t.Context())
			if (err != nil) != c.fails || report.Complete == c.fails {
				t.Errorf("got complete %v, %v; want an error: %v", report.Complete, err, c.fails)
			}
			var got []uint32
			for _, m := range w.desk.mails {
				got = append(got, m.UID)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("handed out (-want +got):\n%s", diff)
			}
			if n := w.Asked("AUTHENTICATE"); n != 1 {
				t.Errorf("got %d logins, want 1", n)
			}
		})
	}
}

func TestAMailBeyondUIDNextThatNeverComesStopsNoOther(t *testing.T) {
	f := newFolder(1, 2, 3)
	f.next, f.search = "* OK [UIDNEXT 4] next", "* SEARCH 1 2 3 4294967295"
	w := newFaked(t, f, func(b *inbox.Config) { b.After = inbox.Keep })
	if r := w.scans(t); r.Handled != 3 || r.Failed != 1 || r.Complete {
		t.Errorf("got %+v, want three handled and one failure", r)
	}
}

// A server that finds mails which it has not got is not asked for each of a million.
func TestMailsThatAreNotThereCostALimitedScan(t *testing.T) {
	n := 100_000
	if os.Getenv("TRUST") == "full" {
		n = 1_000_000
	}
	var line strings.Builder
	line.WriteString("* SEARCH")
	for i := range n {
		fmt.Fprintf(&line, " %d", 2*i+10)
	}
	f := newFolder(1)
	w := newFaked(t, f, nil, mailtest.Rule{On: "UID SEARCH UID ", Make: func(command string) mailtest.Rule {
		uid := strings.Fields(command)[3]
		if strings.Contains(uid, ":") {
			return mailtest.Rule{Say: []string{line.String() + " 1", "TAG OK done"}}
		}
		return mailtest.Rule{Say: []string{"* SEARCH " + uid, "TAG OK done"}} // yes, it is there
	}})
	report, err := w.box.Scan(t.Context())
	if err == nil || report.Complete || report.Failed != 1000 || report.Handled != 1 {
		t.Errorf("got handled %d, failed %d, %v; want the one that is there and an end after 1000",
			report.Handled, report.Failed, err)
	}
}
