package chaos_test

import (
	"testing"
	"time"

	"github.com/dsrd/dsrd/internal/office"
	"github.com/dsrd/dsrd/internal/oracle"
)

// String is who, and when.
func (k killing) String() string { return k.victim + " " + k.at.Format("15:04:05.000") }

// judge lets the oracle speak.
func (w *world) judge() {
	t := w.t
	asked := make([]oracle.Asked, 0, len(w.asked))
	for _, a := range w.asked {
		if a.Answered.IsZero() {
			a.Answered = time.Now() // who has not answered yet has released nothing
		}
		asked = append(asked, *a)
	}
	e, err := w.office.Evidence("dsrd.sock", asked, w.office.Anna(), w.office.Records())
	office.NoError(t, err)
	v := oracle.Judge(e)
	for _, why := range v.Why {
		t.Log(why)
	}
	w.waits(e)
	w.victims()
	missing := w.sent(e)
	needless := w.needless(v.Doubled)
	t.Logf("%d requests, %d letters, %d duplicates that no history admits, %d that no death explains",
		v.Asked, v.Mails, v.Unnoticed, needless)
	wrong := v.Wrong + v.Unlike + v.Unnoticed + v.Forgotten + needless + missing
	t.Logf("figure: %d kills: %d lost, %d stuck, %d wrong, %d duplicates", *kills, v.Lost, v.Stuck, wrong, v.Duplicates)
	if !v.Holds(oracle.Allowed{Duplicates: len(w.killed)}) || needless+missing > 0 {
		t.Error("the promises do not hold")
	}
}

// victims tells who was killed how often.
func (w *world) victims() {
	for _, victim := range victims {
		n := 0
		for _, k := range w.killed {
			if k.victim == victim {
				n++
			}
		}
		w.t.Logf("%s: %d kills", victim, n)
	}
}

// needless counts the copies that left although neither a daemon nor the relay died meanwhile: a
// daemon that lives remembers what it sent, however long the store is away. One death explains one
// copy of each mail.
func (w *world) needless(all []oracle.Doubled) (n int) {
	for _, d := range all {
		meanwhile := between(w.killed, d)
		w.t.Logf("doubled: %s, %d times from %s to %s; killed meanwhile: %v", d.Tag, len(d.At),
			d.At[0].Format("15:04:05"), d.At[len(d.At)-1].Format("15:04:05"), meanwhile)
		n += max(0, len(d.At)-1-deaths(meanwhile))
	}
	return n
}

// between are those who were killed between the first and the last copy, which are told to the
// second.
func between(all []killing, d oracle.Doubled) (some []killing) {
	first, last := d.At[0], d.At[len(d.At)-1].Add(time.Second)
	for _, k := range all {
		if k.at.After(first) && k.at.Before(last) {
			some = append(some, k)
		}
	}
	return some
}

// deaths counts those after which nobody may know that a mail has left.
func deaths(all []killing) (n int) {
	for _, k := range all {
		if k.victim != "redis" && k.victim != "dovecot" {
			n++
		}
	}
	return n
}

func TestACopyIsExplainedByADeathBetween(t *testing.T) {
	at := func(second float64) time.Time {
		return time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC).Add(time.Duration(second * float64(time.Second)))
	}
	for name, c := range map[string]struct {
		killed []killing
		copies []float64
		want   int
	}{
		"a daemon that died":                 {[]killing{{"dsrd 1", at(5.3)}}, []float64{5, 8}, 0},
		"a relay that died":                  {[]killing{{"postfix", at(8.7)}}, []float64{5, 8}, 0},
		"a store that was away":              {[]killing{{"redis", at(5.3)}}, []float64{5, 8}, 1},
		"a mailbox that was away":            {[]killing{{"dovecot", at(5.3)}}, []float64{5, 8}, 1},
		"a daemon that died before":          {[]killing{{"dsrd 1", at(4.9)}}, []float64{5, 8}, 1},
		"a daemon that died afterwards":      {[]killing{{"dsrd 1", at(9.1)}}, []float64{5, 8}, 1},
		"two copies, and one death":          {[]killing{{"dsrd 1", at(5.3)}, {"redis", at(6)}}, []float64{5, 8, 11}, 1},
		"two copies, and two deaths":         {[]killing{{"dsrd 1", at(5.3)}, {"dsrd 2", at(8.5)}}, []float64{5, 8, 11}, 0},
		"two deaths do not make up for more": {[]killing{{"dsrd 1", at(5.3)}, {"dsrd 2", at(5.5)}}, []float64{5, 8}, 0},
	} {
		w := &world{t: t, killed: c.killed}
		d := oracle.Doubled{Tag: name}
		for _, second := range c.copies {
			d.At = append(d.At, at(second))
		}
		if got := w.needless([]oracle.Doubled{d}); got != c.want {
			t.Errorf("%s: %d needless copies, not %d", name, got, c.want)
		}
	}
}
