package chaos_test

import (
	"strings"
	"time"

	"github.com/dsrd/dsrd/internal/office"
	"github.com/dsrd/dsrd/internal/oracle"
)

// judge lets the oracle speak.
func (w *world) judge() {
	t := w.t
	asked := make([]oracle.Asked, 0, len(w.asked))
	for _, a := range w.asked {
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
	needless := w.needless(v.Doubled)
	t.Logf("%d requests, %d letters, %d duplicates that no history admits, %d that no death explains",
		v.Asked, v.Mails, v.Unnoticed, needless)
	wrong := v.Wrong + v.Unlike + v.Unnoticed + needless
	t.Logf("figure: %d kills: %d lost, %d stuck, %d wrong, %d duplicates", *kills, v.Lost, v.Stuck, wrong, v.Duplicates)
	if !v.Holds(oracle.Allowed{Duplicates: len(w.killed)}) || needless > 0 {
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

// needless counts the mails that left once more although neither a daemon nor the relay died
// meanwhile: a daemon that lives remembers what it sent, however long the store is away.
func (w *world) needless(all []oracle.Doubled) (n int) {
	for _, d := range all {
		first, last := d.At[0], d.At[len(d.At)-1].Add(time.Second) // they are told to the second
		explained := false
		var near []string
		for _, k := range w.killed {
			if k.at.After(first) && k.at.Before(last) {
				explained = explained || k.victim != "redis" && k.victim != "dovecot"
				near = append(near, k.victim+" "+k.at.Format("15:04:05.000"))
			}
		}
		w.t.Logf("doubled: %s at %s and %s; killed meanwhile: %s", d.Tag, first.Format("15:04:05"),
			d.At[len(d.At)-1].Format("15:04:05"), strings.Join(near, ", "))
		if !explained {
			n++
		}
	}
	return n
}
