package matrix_test

import (
	"testing"
	"time"

	"github.com/dsrd/dsrd/internal/office"
	"github.com/dsrd/dsrd/internal/oracle"
)

// TestRow35TheScheduleIsMissed while the daemon is down for 26 hours, and in the hour that New York
// does not have in March: what fell due is done once, when there is somebody to do it.
func TestRow35TheScheduleIsMissed(t *testing.T) {
	t.Parallel()
	t.Run("down", func(t *testing.T) {
		w := row(t, "r35down")
		d := w.Serve()
		all := w.asks(3)
		w.awaitSent(all...)
		d.Kill()
		w.Pass(26 * time.Hour)
		w.Serve()
		w.remindedOnce(all)
	})
	t.Run("gap", func(t *testing.T) {
		w := row(t, "r35gap", func(c *office.Settings) { c.Env = append(c.Env, "TZ=America/New_York") })
		w.Replace("dsrd.yaml", `remind: "@every 1s"`, `remind: "30 2 * * *"`)
		march := time.Date(w.Now().Year()+1, time.March, 8, 0, 0, 0, 0, time.UTC)
		second := march.AddDate(0, 0, (7-int(march.Weekday()))%7) // the second Sunday
		w.Pass(second.Add(-15 * time.Hour).Sub(w.Now()))          // the day before, at nine
		w.Serve()
		all := w.asks(3)
		w.awaitAsked(all...)
		for range 30 { // over the gap, from two to three at New York, and on
			w.Pass(time.Hour)
			office.Within(300*time.Millisecond, func() bool { return false })
		}
		w.remindedOnce(all)
	})
}

// remindedOnce wants a reminder to each, one and no more, and everything after it to go its way.
func (w *world) remindedOnce(all []string) {
	w.t.Helper()
	w.Passing(time.Minute, "the reminders", func() bool { return len(w.Inbox(w.Anna())) == 2*len(all) })
	for range 3 {
		w.Pass(10 * time.Minute)
		office.Within(500*time.Millisecond, func() bool { return false })
	}
	w.confirms(all...)
	w.judge(oracle.Allowed{})
	if n := len(w.Inbox(w.Anna())); n != 3*len(all) {
		w.t.Errorf("anna has %d mails about %d requests: an ask, a reminder and a package each", n, len(all))
	}
}

// TestRow36TheScheduleIsDoubled: three replicas wake every second for all there is to do, and the
// clock of all of them goes back by an hour.
func TestRow36TheScheduleIsDoubled(t *testing.T) {
	w := row(t, "r36")
	w.replicas(3)
	all := w.asks(4)
	w.awaitAsked(all...)
	w.Pass(23 * time.Hour)
	w.Pass(-time.Hour)
	w.Pass(2*time.Hour + time.Minute)
	w.remindedOnce(all)
}
