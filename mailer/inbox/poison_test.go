package inbox_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/dsrd/dsrd/mailer/inbox"
)

// patience scans every minute, as production does, until a scan is complete without an error. It
// says how many logins that took and how long.
func (w *faked) patience(t *testing.T, most time.Duration) {
	t.Helper()
	for range int(most / time.Minute) {
		report, err := w.box.Scan(t.Context())
		var early inbox.TooEarly
		if err != nil && !errors.Is(err, inbox.ErrLost) && !errors.As(err, &early) {
			t.Fatalf("scan: %v", err)
		}
		if err == nil && report.Complete {
			return
		}
		w.clock.add(time.Minute)
	}
	t.Fatalf("no complete scan within %v", most)
}

// One bad mail kills each connection on which it is fetched, wherever it lies: the others are read
// in the same scan with two logins, and it alone is put aside after three attempts.
func TestOneBadMailIsPutAsideAloneWhereverItLies(t *testing.T) {
	for name, poison := range map[string]func(uid uint32) *hurt{
		"it cuts the connection": func(uint32) *hurt { return &hurt{drop: true} },
		"an item that nobody knows": func(uid uint32) *hurt {
			return &hurt{say: fmt.Sprintf("* 1 FETCH (UID %d X-GUID 7)", uid)}
		},
		"a literal8 for a body": func(uid uint32) *hurt {
			return &hurt{say: fmt.Sprintf("* 1 FETCH (UID %d BODY[]<0> ~{3}\r\nabc)", uid)}
		},
		"a literal that does not wait": func(uid uint32) *hurt {
			return &hurt{say: fmt.Sprintf("* 1 FETCH (UID %d BODY[]<0> {3+}\r\nabc)", uid)}
		},
		"a literal of less than nothing": func(uid uint32) *hurt {
			return &hurt{say: fmt.Sprintf("* 1 FETCH (UID %d BODY[]<0> {-3}\r\nabc)", uid)}
		},
		"a literal of 4 GiB": func(uid uint32) *hurt {
			return &hurt{say: fmt.Sprintf("* 1 FETCH (UID %d BODY[]<0> {4294967296}\r\nabc)", uid)}
		},
		"parentheses that do not close": func(uid uint32) *hurt {
			return &hurt{say: fmt.Sprintf("* 1 FETCH (UID %d FLAGS ((( BODY[]<0> {3}\r\nabc)", uid)}
		},
		"NUL in the answer": func(uid uint32) *hurt {
			return &hurt{say: fmt.Sprintf("* 1 FETCH (UID %d \x00 BODY[]<0> {3}\r\nabc)", uid)}
		},
		"8-bit in the answer": func(uid uint32) *hurt {
			return &hurt{say: fmt.Sprintf("* 1 FETCH (UID %d \xff\xfe BODY[]<0> {3}\r\nabc)", uid)}
		},
		"an answer to nobody's command": func(uint32) *hurt { return &hurt{say: "X99 OK done"} },
		"a + that nobody waits for":     func(uint32) *hurt { return &hurt{say: "+ go on"} },
	} {
		for _, place := range []uint32{1, 100, 250} {
			t.Run(fmt.Sprintf("%s, mail %d of 250", name, place), func(t *testing.T) {
				f := newFolder(upTo(250)...)
				f.body = func(uid uint32) *hurt {
					if uid != place {
						return nil
					}
					return poison(uid)
				}
				w := newFaked(t, f, nil)
				report, err := w.box.Scan(t.Context())
				if err != nil || report.Handled != 249 || report.Failed != 1 || report.Complete {
					t.Fatalf("first scan: got handled %d, failed %d, %v; want all but one in the same scan",
						report.Handled, report.Failed, err)
				}
				if n := w.Asked("AUTHENTICATE"); n != 2 {
					t.Errorf("got %d logins, want 2", n)
				}
				w.patience(t, time.Hour)
				if _, err := w.box.Scan(t.Context()); err != nil { // the mark is set once there is a connection
					t.Error(err)
				}
				w.alone(t, place)
				if n := w.Asked("AUTHENTICATE"); n > 5 {
					t.Errorf("got %d logins, want two for each of the attempts at most", n)
				}
			})
		}
	}
}

// alone checks that these mails were put aside after three attempts, each once, and all others
// handed out once.
func (w *faked) alone(t *testing.T, bad ...uint32) {
	t.Helper()
	whole, missing := w.handed()
	w.folder.mu.Lock()
	defer w.folder.mu.Unlock()
	for uid := range uint32(250) {
		uid++
		isBad := slices.Contains(bad, uid)
		switch {
		case isBad && (missing[uid] != 1 || whole[uid] != 0 || w.folder.marks[uid] != "$DsrdQuarantine"):
			t.Errorf("mail %d: put aside %d times, marked %q; want it put aside once",
				uid, missing[uid], w.folder.marks[uid])
		case isBad && !slices.Contains(w.folder.uids, uid):
			t.Errorf("mail %d is not where it was", uid)
		case !isBad && (whole[uid] != 1 || missing[uid] != 0 || w.folder.moved[uid] != "DSRD/Processed"):
			t.Errorf("mail %d: handed out %d times, then lies in %q", uid, whole[uid], w.folder.moved[uid])
		}
	}
}

func TestTenBadMailsAmongAThousandAreAllThatIsPutAside(t *testing.T) {
	bad := []uint32{1, 2, 3, 4, 100, 101, 500, 777, 999, 1000}
	f := newFolder(upTo(1000)...)
	f.body = func(uid uint32) *hurt {
		if slices.Contains(bad, uid) {
			return &hurt{drop: true}
		}
		return nil
	}
	w := newFaked(t, f, nil)
	start := w.clock.Now()
	w.patience(t, 6*time.Hour)
	t.Logf("all settled within %v with %d logins", w.clock.Now().Sub(start), w.Asked("AUTHENTICATE"))
	w.clock.add(2 * time.Minute)
	if _, err := w.box.Scan(t.Context()); err != nil {
		t.Error(err)
	}
	whole, missing := w.handed()
	for uid := uint32(1); uid <= 1000; uid++ {
		want := [2]int{1, 0}
		if slices.Contains(bad, uid) {
			want = [2]int{0, 1}
		}
		if got := [2]int{whole[uid], missing[uid]}; got != want {
			t.Errorf("mail %d: got %v whole and missing, want %v", uid, got, want)
		}
	}
	if n := w.lost(upTo(1000)); n != 0 {
		t.Errorf("%d mails lost", n)
	}
}

// A new mail is read at once, however many bad ones lie before it.
func TestBadMailsDoNotHoldUpANewOne(t *testing.T) {
	f := newFolder(upTo(5)...)
	f.body = func(uid uint32) *hurt {
		if uid <= 5 {
			return &hurt{drop: true}
		}
		return nil
	}
	w := newFaked(t, f, func(c *inbox.Config) { c.Junk = "Junk" })
	for range 10 {
		_, _ = w.box.Scan(t.Context())
		w.clock.add(2 * time.Minute)
	}
	before := w.Asked(`SELECT "Junk"`)
	f.change(func(f *folder) { f.uids = append(f.uids, 6) })
	report, err := w.box.Scan(t.Context())
	if err != nil || report.Handled != 1 || report.Failed != 5 {
		t.Errorf("got handled %d, failed %d, %v; want the new mail handled and five failures",
			report.Handled, report.Failed, err)
	}
	if w.Asked(`SELECT "Junk"`) == before {
		t.Error("Junk was not read")
	}
	if n := w.lost(upTo(6)); n != 0 {
		t.Errorf("%d mails lost", n)
	}
}

func TestABadMailDoesNotHoldUpTheJunkFolder(t *testing.T) {
	f := newFolder(1)
	f.body = func(uint32) *hurt { return &hurt{drop: true} }
	w := newFaked(t, f, func(c *inbox.Config) { c.Junk = "Junk" })
	if r := w.scans(t); r.Failed != 1 || w.Asked(`SELECT "Junk"`) != 1 {
		t.Errorf("got %+v, %q; want Junk read in the same scan", r, w.Commands())
	}
}
