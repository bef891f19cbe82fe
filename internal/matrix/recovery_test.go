package matrix_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dsrd/dsrd/internal/office"
	"github.com/dsrd/dsrd/internal/oracle"
	"github.com/dsrd/dsrd/store/redistest"
)

// persists lets the admin answer whatever she is asked, as she has decided, until all is quiet.
func (w *world) persists() {
	w.t.Helper()
	answered := map[string]bool{}
	clear(w.rests)
	if !office.Within(2*office.Deadline, func() bool {
		by := w.states()
		for c, m := range w.letters() {
			id := office.Header(m).Get("Message-Id")
			a := w.of(c)
			if a.Answer == oracle.None || answered[id] || by[c].State != "awaiting_confirmation" {
				continue
			}
			answered[id] = true
			w.Send(office.Reply(m, w.Settings.Anna, map[oracle.Answer]string{
				oracle.Confirmed: "CONFIRM", oracle.Rejected: "REJECT",
			}[a.Answer]))
		}
		return w.isQuiet()
	}) {
		w.t.Errorf("it does not get quiet: %v", w.restless())
		w.stacks()
	}
}

// every is one request in each state in which one can rest for long.
func (w *world) every() (all []string) {
	w.t.Helper()
	all = w.asks(4)
	w.answers("REJECT", all[1])
	w.confirms(all[0], all[2])
	w.awaitEnd(all[0], "completed")
	w.awaitEnd(all[1], "declined")
	return all // the third is on its way, nobody has answered the fourth
}

// sequence is how many commits a Redis knows of.
func sequence(s *redistest.Server) int {
	said, err := s.Ask("GET", "{dsrd:00}:seq")
	if err != nil {
		return 0
	}
	n, _ := strconv.Atoi(said) // none yet is 0
	return n
}

// recovered is when a daemon said that it has filled Redis again.
var recovered = regexp.MustCompile(`time=(\S+) .*msg="redis was recovered from the mailboxes"`)

// recoveries are those of all daemons, in order.
func (w *world) recoveries() (all []time.Time) {
	for _, d := range w.Daemons {
		for _, m := range recovered.FindAllStringSubmatch(d.Said(), -1) {
			if at, err := time.Parse(time.RFC3339, m[1]); err == nil {
				all = append(all, at)
			}
		}
	}
	slices.SortFunc(all, time.Time.Compare)
	return all
}

// awaitRecovery waits until Redis was recovered once more than before, and says how long that took.
// Nobody may have been written to between the moment from and then; what was allowed to leave while
// Redis was still there may arrive later.
func (w *world) awaitRecovery(before int, from time.Time) time.Duration {
	w.t.Helper()
	office.Until(w.t, "redis is recovered", func() bool { return len(w.recoveries()) > before })
	at := w.recoveries()[before]
	for _, r := range w.relay.Received() {
		if r.Named.After(from) && r.Named.Before(at) {
			w.t.Errorf("a mail left %s after Redis was back, before what it had lost was known", r.Named.Sub(from))
		}
	}
	return at.Sub(from)
}

// sentSince are the letters that the relay has taken since then: what may have been forgotten.
func (w *world) sentSince(at time.Time) (n int) {
	for _, r := range w.relay.Received() {
		if r.At.After(at) && r.Accepted() {
			n++
		}
	}
	return n
}

// cuts lets Redis lose what it wrote last, at a byte that chance has chosen, not more than since the
// moment when mark bytes were written, and leaves it dead. It gives how many letters have left since
// then: what may be forgotten.
func (w *world) cuts(s *redistest.Server, mark int64, since time.Time) (sent int) {
	w.t.Helper()
	s.Kill()
	end, err := s.Written()
	office.NoError(w.t, err)
	office.NoError(w.t, s.Cut(1+rand.Int64N(min(64<<10, end-mark))))
	return w.sentSince(since)
}

// wholeChains wants every history to be numbered from 1 without a gap, and shows one that is not.
func (w *world) wholeChains(s *redistest.Server) {
	w.t.Helper()
	for _, key := range w.Store.Keys("*:h:*") {
		said, err := w.Store.Ask(key, "LRANGE", key, "0", "-1")
		office.NoError(w.t, err)
		for i, entry := range strings.Split(said, "\n") {
			if strings.Contains(entry, fmt.Sprintf(`"Seq":%d,`, i+1)) {
				continue
			}
			if path, err := s.AOF(); err == nil && os.Getenv("MATRIX_STACKS") != "" {
				b := readFile(w.t, path)
				office.NoError(w.t, os.WriteFile(filepath.Join(os.Getenv("MATRIX_STACKS"), "aof"), []byte(b), 0o600))
			}
			w.t.Fatalf("the history %s:\n%s", key, said)
		}
	}
}

// afterLoss is verdict where Redis has lost histories: letters that left may be unknown to them, as
// many as had left in what was lost. All else is judged as always.
func (w *world) afterLoss(lost int) oracle.Verdict {
	w.t.Helper()
	v := w.verdictOf()
	w.t.Logf("%d letters are forgotten, of %d that had left in what was lost", v.Forgotten, lost)
	w.holds(v, oracle.Allowed{Duplicates: lost, Forgotten: lost})
	return v
}

// figure is a line for the page that shows figures.
func (w *world) figure(format string, args ...any) {
	w.t.Helper()
	w.t.Logf("figure: %s", strings.TrimSpace(fmt.Sprintf(format, args...)))
}
