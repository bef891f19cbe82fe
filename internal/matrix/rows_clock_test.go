package matrix_test

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/internal/office"
	"github.com/dsrd/dsrd/internal/oracle"
)

// short is a ladder of one reminder after a day and an end after two, long before any warning of the
// legal deadline: those come whatever the clock says, one too early harms nobody.
func short(c *office.Settings) {
	c.Policy += "  reminders: [24h]\n  code_life: 48h\n  escalations: 0\n"
}

// TestRow37AClockThatIsNotTrusted is that of the daemon's machine alone: a year ahead or an hour
// behind when the daemon starts, or ahead by more and more while it runs. What it says itself expires
// nothing, and what falls due meanwhile by the clock of Redis waits: nobody is reminded, no code
// ends, a person is told, mail goes on. All of it happens once, when the clock is right.
func TestRow37AClockThatIsNotTrusted(t *testing.T) {
	t.Parallel()
	for name, steps := range map[string][]time.Duration{
		"year":  {365 * 24 * time.Hour},
		"hour":  {-time.Hour},
		"drift": {80 * time.Second, 150 * time.Second}, // the first of which is forgiven
	} {
		t.Run(name, func(t *testing.T) {
			w := row(t, "r37"+name, short)
			w.Settings.Env = append(w.Settings.Env, "TESTCLOCK_WRONG="+w.Path("wrong"))
			w.Write("wrong", "0s")
			w.Serve()
			all := w.asks(3)
			w.awaitSent(all...)
			w.goesWrong(steps)
			w.confirms(all[0]) // whose answer is neither old nor of tomorrow
			w.awaitEnd(all[0], "completed")
			w.nothingDue(all, "")

			w.Pass(25 * time.Hour)
			w.waitForTheClock(2)
			w.nothingDue(all, "")
			w.isRight(steps)
			w.Passing(time.Minute, "the reminders", func() bool { return w.happened(all, "reminder_due") == 2 })

			w.goesWrong(steps)
			w.Pass(24 * time.Hour)
			w.waitForTheClock(2)
			w.nothingDue(all, "reminder_due")
			w.isRight(steps)
			w.Passing(time.Minute, "the end of two codes", func() bool { return w.happened(all, "code_expired") == 2 })

			for _, c := range all[1:] {
				w.of(c).Ends = []string{"needs_review"}
			}
			w.judge(oracle.Allowed{})
			w.dated()
			if n := len(w.Inbox(w.Anna())); n != 3+1+2 {
				t.Errorf("anna has %d mails: three asks, a package and two reminders", n)
			}
			if n := w.reminders(); n != 2 {
				t.Errorf("%d reminders for two requests", n)
			}
		})
	}
}

// goesWrong lets the clock of the daemon's machine go astray, and waits until a person is told: by a
// probe, by a metric, and in the log.
func (w *world) goesWrong(steps []time.Duration) {
	w.t.Helper()
	for _, ahead := range steps {
		w.sets(ahead, len(steps) > 1)
	}
	if why := w.awaitReady(false); !strings.Contains(why, "clock") {
		w.t.Errorf("readiness says: %s", why)
	}
	d := w.Daemons[len(w.Daemons)-1]
	office.Until(w.t, "it is told", func() bool {
		return strings.LastIndex(d.Said(), "msg=failing what=clock") > strings.LastIndex(d.Said(), `msg="works again" what=clock`)
	})
}

// isRight puts the clock right the way it went astray, and waits until that is seen.
func (w *world) isRight(steps []time.Duration) {
	w.t.Helper()
	for _, ahead := range slices.Backward(append([]time.Duration{0}, steps[:len(steps)-1]...)) {
		w.sets(ahead, len(steps) > 1)
	}
	w.awaitReady(true)
}

// sets puts the clock of the daemon's machine ahead. While the daemon runs only a little at a time:
// such a jump takes the clock along by which it counts from one answer of Redis to the next, and no
// machine's does that.
func (w *world) sets(ahead time.Duration, runs bool) {
	w.t.Helper()
	if !runs {
		for _, d := range w.daemons() {
			d.End()
		}
	}
	w.Write("wrong", ahead.String())
	if !runs {
		w.ServeAs("dsrd.yaml", "dsrd.sock")
	}
	office.Until(w.t, "it is seen that the clock is "+ahead.String()+" ahead", func() bool {
		_, text := w.get("/metrics")
		const name = "dsrd_clock_offset_seconds"
		return strings.Contains(text, "\n"+name+" ") && math.Abs(sumOf(text, name, "")-ahead.Seconds()) < 5
	})
}

// waitForTheClock waits until n timers have come due and were put off for the sake of the clock.
func (w *world) waitForTheClock(n int) {
	w.t.Helper()
	office.Until(w.t, "the timers wait for the clock", func() bool {
		said, err := w.Store.Ask("{dsrd:00}:note", "HVALS", "{dsrd:00}:note")
		return err == nil && office.Count(strings.Fields(said), "clock") == n
	})
}

// nothingDue wants no timer to have done anything, but for what may have happened before.
func (w *world) nothingDue(customers []string, but string) {
	w.t.Helper()
	for _, event := range []string{"reminder_due", "code_expired", "escalated", "personal_expired", "package_expired"} {
		if n := w.happened(customers, event); n != 0 && event != but {
			w.t.Errorf("%s, %d times, by a clock that is not trusted", event, n)
		}
	}
}

// happened is how many of them something has happened to, in the histories.
func (w *world) happened(customers []string, event string) (n int) {
	w.t.Helper()
	by := w.states()
	for _, c := range customers {
		if slices.Contains(by[c].events(), event) {
			n++
		}
	}
	return n
}

// reminders are those of the histories that were there when it was judged.
func (w *world) reminders() (n int) {
	for _, s := range w.last {
		n += office.Count(s.events(), "reminder_due")
	}
	return n
}

// dated wants each letter to be dated when it was handed over, by the clock that the office goes by.
func (w *world) dated() {
	w.t.Helper()
	for _, m := range w.Inbox(w.Anna()) {
		date, err := time.Parse(time.RFC1123Z, office.Header(m).Get("Date"))
		if err != nil {
			w.t.Errorf("read the date of a letter: %v", err)
			continue
		}
		if ago := w.Now().Sub(date); ago < -time.Minute || ago > 60*time.Hour {
			w.t.Errorf("a letter is dated %s, %s ago", date, ago)
		}
	}
}
