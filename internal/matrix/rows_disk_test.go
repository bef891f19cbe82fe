package matrix_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/export/source/defender/defendertest"
	"github.com/dsrd/dsrd/internal/office"
	"github.com/dsrd/dsrd/internal/oracle"
	"github.com/dsrd/dsrd/internal/real"
)

// tiny puts a disk of so many bytes at a folder of the office; room makes it larger. It needs root.
func (w *world) tiny(folder, bytes string) (room func()) {
	w.t.Helper()
	path := w.Path(folder)
	office.NoError(w.t, os.MkdirAll(path, 0o700))
	mount := func(options string) {
		out, err := exec.Command("mount", "-t", "tmpfs", "-o", options, "tmpfs", path).CombinedOutput()
		denied := strings.Contains(string(out), "permission denied") || os.Geteuid() != 0
		if err != nil && (denied || os.Getenv("REQUIRE_REAL") == "") {
			w.t.Skipf("a disk cannot be mounted here: %s", out)
		}
		office.NoError(w.t, err)
	}
	mount("mode=0700,size=" + bytes)
	w.t.Cleanup(func() { exec.Command("umount", "-l", path).Run() })
	return func() { mount("remount,size=64m") }
}

// TestRow38TheDiskIsFull while a package is compiled, and while it is kept. The job waits, leaves no
// file behind, and is done when there is room.
func TestRow38TheDiskIsFull(t *testing.T) {
	t.Parallel()
	for _, folder := range []string{"work", "blobs"} {
		t.Run(folder, func(t *testing.T) {
			w := row(t, "r38"+folder)
			w.Replace("dsrd.yaml", "  blob_dir: blobs", "  blob_dir: blobs\n  blob_in_redis_max: 1KiB")
			w.Replace("dsrd.yaml", "first: 1s, longest: 2s", "first: 1s, longest: 1s")
			room := w.tiny(folder, "4k") // one page
			d := w.Serve()
			c := w.asks(1)
			if folder == "work" {
				w.waitsForRoom(c[0])
			} else {
				d.Await("no space left on device") // not even for a letter
				if s := w.states()[c[0]]; s.State != "awaiting_confirmation" || len(s.Waiting) != 1 {
					t.Errorf("it is %s for %q after %v", s.State, s.Reason, s.events())
				}
			}
			office.Until(t, "nothing is left behind", func() bool { return len(unfinished(t, w.Path(folder))) == 0 })
			room()
			if folder != "work" {
				w.confirms(c...)
			}
			w.Passing(20*time.Minute, "the package", func() bool { return len(w.Packages(w.Anna())) == 1 })
			w.judge(oracle.Allowed{})
		})
	}
}

// unfinished are the files below a folder that nobody has finished writing.
func unfinished(t *testing.T, folder string) (left []string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, d os.DirEntry, err error) error {
		if base := filepath.Base(path); strings.HasPrefix(base, ".tmp-") || strings.HasPrefix(base, "rows-") {
			left = append(left, base)
		}
		if errors.Is(err, os.ErrNotExist) {
			return nil // it went while we looked
		}
		return err
	})
	office.NoError(t, err)
	return left
}

// waitsForRoom lets the admin confirm, and waits until the job has found no room.
func (w *world) waitsForRoom(c string) {
	w.t.Helper()
	w.confirms(c)
	office.Until(w.t, "the job waits for room", func() bool {
		s := w.states()[c]
		return s.State == "compiling" && len(s.Waiting) > 0 && s.Waiting[0].Note != ""
	})
	if s := w.states()[c]; s.State != "compiling" {
		w.t.Errorf("it is %s for %q after %v", s.State, s.Reason, s.events())
	}
}

// traced starts the program under strace, which looks at some calls, with what it is to inject. It is
// the daemon itself that is started and signalled: strace looks on from behind.
func (w *world) traced(calls, inject, log string) {
	w.t.Helper()
	if _, err := exec.LookPath("strace"); err != nil {
		if os.Getenv("REQUIRE_REAL") == "" {
			w.t.Skip("strace is not installed (apt-get install strace)")
		}
		w.t.Fatal(err)
	}
	if out, err := exec.Command("strace", "-qq", "-o", os.DevNull, "true").CombinedOutput(); err != nil {
		w.t.Skipf("the kernel lets nobody be traced here: %s", out)
	}
	script := fmt.Sprintf("#!/bin/sh\nexec strace -D -f -qq -o %s -e trace=%s -e inject=%s %s \"$@\"\n",
		w.Path(log), calls, inject, w.Program)
	path := w.Path("traced-" + log)
	office.NoError(w.t, os.WriteFile(path, []byte(script), 0o700))
	w.Program = path
}

// TestRow39TheDiskForgets: a file cannot be synced. Nothing that was not synced is mailed, nobody asks
// the same file again, and the job is done anew.
func TestRow39TheDiskForgets(t *testing.T) {
	t.Parallel()
	for n := 1; n <= size(3, 12); n++ {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			w := row(t, fmt.Sprintf("r39x%d", n))
			w.Replace("dsrd.yaml", "  blob_dir: blobs", "  blob_dir: blobs\n  blob_in_redis_max: 1KiB")
			plain := w.Program
			w.traced("fsync,close", fmt.Sprintf("fsync:error=EIO:when=%d", n), "strace")
			w.Serve()
			packages := 0
			office.Until(t, "a sync fails", func() bool { // strace counts those of each thread
				w.confirms(w.asks(1)...)
				packages++
				w.Passing(20*time.Minute, "the package", func() bool { return len(w.Packages(w.Anna())) == packages })
				return strings.Contains(readFile(t, w.Path("strace")), "EIO")
			})
			w.Program = plain
			w.judge(oracle.Allowed{})
			syncedAgain(t, readFile(t, w.Path("strace")))
			left, _ := filepath.Glob(w.Path("blobs/*tmp*"))
			if len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

// syncedAgain wants no file to be synced once more after that has failed, before it was closed: what
// the kernel then says of it is not true any more.
func syncedAgain(t *testing.T, log string) {
	t.Helper()
	for _, fd := range againAfterEIO(log) {
		t.Errorf("descriptor %s is synced again after EIO", fd)
	}
}

// call is a line of strace about a descriptor, and how it began or ended.
var call = regexp.MustCompile(`^(\d+) +(?:(fsync|close)\((\d+)|<\.\.\. fsync resumed>)`)

// againAfterEIO are the descriptors that were synced after that has failed, and not closed in between.
func againAfterEIO(log string) (again []string) {
	failed, syncs := map[string]bool{}, map[string]string{} // by descriptor; by thread
	for line := range strings.Lines(log) {
		m := call.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		thread, what, fd := m[1], m[2], m[3]
		switch {
		case what == "close":
			delete(failed, fd)
			continue
		case what == "fsync" && failed[fd]:
			again = append(again, fd)
		}
		if what == "fsync" {
			syncs[thread] = fd
		}
		if strings.Contains(line, "EIO") {
			failed[syncs[thread]] = true
		}
	}
	return again
}

// TestASyncAfterEIOIsSeen holds how a trace is read against what strace writes.
func TestASyncAfterEIOIsSeen(t *testing.T) {
	const eio = "= -1 EIO (Input/output error) (INJECTED)\n"
	for name, c := range map[string]struct {
		log  string
		want int
	}{
		"no error":          {"7 fsync(9) = 0\n7 fsync(9) = 0\n", 0},
		"once more":         {"7 fsync(9) " + eio + "8 fsync(9) = 0\n", 1},
		"another one":       {"7 fsync(9) " + eio + "8 fsync(8) = 0\n", 0},
		"closed in between": {"7 fsync(9) " + eio + "8 close(9) = 0\n7 fsync(9) = 0\n", 0},
		"in two lines": {"7 fsync(9 <unfinished ...>\n8 fsync(8) = 0\n7 <... fsync resumed>) " + eio +
			"8 fsync(9) = 0\n", 1},
		"the other thread's": {"7 fsync(9 <unfinished ...>\n8 fsync(8 <unfinished ...>\n7 <... fsync resumed>) " +
			eio + "8 <... fsync resumed>) = 0\n8 fsync(8) = 0\n", 0},
	} {
		t.Run(name, func(t *testing.T) {
			if got := againAfterEIO(c.log); len(got) != c.want {
				t.Errorf("synced again: %v", got)
			}
		})
	}
}

// slowAzure gives the office an API of its own: so many pages, each of which takes a while.
func (w *world) slowAzure(pages int, delay time.Duration) *real.Azure {
	w.t.Helper()
	s := defendertest.Sample("11111111-1111-1111-1111-111111111111", office.Jane)
	for id, rows := range s {
		for len(rows.Activity) < 3*pages {
			rows.Activity = append(rows.Activity, json.RawMessage(strings.ReplaceAll(string(rows.Activity[0]),
				"event", fmt.Sprintf("event%d", len(rows.Activity)))))
		}
		s[id] = rows
	}
	a, err := real.StartAzure(w.Site.CA, s)
	office.NoError(w.t, err)
	w.t.Cleanup(func() { a.Close() })
	a.Delay = delay
	w.Write("azure.pem", string(a.Roots))
	w.Replace("dsrd.yaml", w.Site.Azure.URL(), a.URL())
	w.Replace("dsrd.yaml", w.Site.Azure.Authority, a.Authority)
	return a
}

// TestRow49ItIsStoppedWhileItCompiles: it ends well and in time, and another replica goes on where it
// was, asking for no more than the page that was under way once more.
func TestRow49ItIsStoppedWhileItCompiles(t *testing.T) {
	w := row(t, "r49")
	pages := size(40, 50)
	a := w.slowAzure(pages, 100*time.Millisecond)
	d := w.Serve()
	stops := size(2, 10)
	w.notes(office.Jane).Requester = w.Jane()
	w.Ask(office.Jane)
	w.confirms(office.Jane)
	for range stops {
		seen := len(a.Requests())
		more := 3 + rand.IntN(max(1, pages/stops-3))
		office.Until(t, "some pages are read", func() bool { return len(a.Requests()) >= seen+more })
		d.End()
		d = w.Serve()
	}
	w.judge(oracle.Allowed{})
	w.Opens(w.Packages(w.Anna())[0])
	again := 0
	times := map[string]int{}
	for _, r := range a.Requests() {
		times[r.Path+"?"+r.Query]++
	}
	for link, n := range times {
		if n-1 > stops {
			t.Errorf("%s was asked for %d times in %d lives", link, n, stops+1)
		}
		again += n - 1
	}
	w.figure("%d SIGTERMs while %d pages were read: exit 0 each time, %d pages asked for again", stops, pages, again)
}
