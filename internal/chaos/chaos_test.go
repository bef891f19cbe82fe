package chaos_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/internal/office"
)

// victims are whom it may hit.
var victims = []string{"dsrd 1", "dsrd 2", "dsrd 3", "redis", "dovecot", "postfix"}

// TestChaos kills at random while people ask and answer. When all is quiet, each request has come to
// its end, nobody has got what is not his, and what is there twice is the same and was told.
func TestChaos(t *testing.T) {
	began := *seed
	if began == 0 {
		began = uint64(time.Now().UnixNano())
	}
	t.Logf("seed %d", began)
	w := newWorld(t, began)
	w.people.Add(3)
	go w.customers()
	go w.anna()
	go w.reminds()
	defer w.home()
	for range *kills {
		w.sleeps(time.Duration(1500+w.draw(2500)) * time.Millisecond)
		if w.draw(2) == 0 {
			w.aim()
		}
		w.kill(victims[w.draw(len(victims))])
	}
	close(w.calm)
	w.quiet()
	w.home()
	w.judge()
}

// home sends everybody home.
func (w *world) home() {
	select {
	case <-w.stop:
	default:
		close(w.stop)
	}
	w.people.Wait()
}

// aim waits until Postfix has taken a mail of a daemon, which does not know that yet, or has not
// written it down: chance alone seldom finds this moment. It does not wait for long.
func (w *world) aim() {
	log, err := os.Open(w.office.Site.Postfix.Log())
	office.NoError(w.t, err)
	defer log.Close()
	_, err = log.Seek(0, io.SeekEnd)
	office.NoError(w.t, err)
	ticks, late := time.NewTicker(time.Millisecond), time.After(2*time.Second)
	defer ticks.Stop()
	for {
		select {
		case <-late:
			return
		case <-ticks.C:
			if b, _ := io.ReadAll(log); bytes.Contains(b, []byte(": from=<b-")) {
				return
			}
		}
	}
}

// kill ends a victim as a power cut does, and starts it again.
func (w *world) kill(victim string) {
	w.t.Helper()
	var start func() error
	switch victim {
	case "redis":
		w.redis.Kill()
		start = func() error { return w.redis.Start() }
	case "dovecot", "postfix":
		s := w.office.Site.Server(victim)
		s.Kill()
		start = s.Start
	default:
		n := int(victim[len(victim)-1] - '0')
		w.daemons[n-1].Kill()
		start = func() error { w.daemons[n-1] = w.office.Replica(n); return nil }
	}
	w.killed = append(w.killed, killing{victim, time.Now()})
	w.t.Logf("%s killed %s", time.Now().Format("15:04:05.000"), victim)
	w.sleeps(w.absence())
	office.NoError(w.t, start())
}

// absence is how long it stays away: two seconds at most, and now and then longer than anybody who
// waits for it may be expected to.
func (w *world) absence() time.Duration {
	if w.draw(5) == 0 {
		return time.Duration(2000+w.draw(4000)) * time.Millisecond
	}
	return time.Duration(w.draw(2000)) * time.Millisecond
}

// calmTime is how long everything may take to come to its end when nothing breaks any more.
const calmTime = 90 * time.Second

// quiet waits until nothing is left to do, as the store has it.
func (w *world) quiet() {
	began := time.Now()
	w.office.Nudge()
	asked := w.count()
	w.t.Logf("calm; still to do: %s", w.left())
	ended := office.Within(calmTime, func() bool {
		return w.states("needs_review", "completed", "declined", "stuck") >= asked && len(w.waiting()) == 0 && w.count() == asked
	})
	w.t.Logf("quiet after %s: %t; %d asked", time.Since(began).Round(time.Second), ended, w.count())
	w.office.Delivered()
}

func (w *world) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.asked)
}

// states is how many requests are in one of them.
func (w *world) states(names ...string) (n int) {
	for _, key := range w.office.Store.Keys("*:state:*") {
		if slices.Contains(names, key[strings.LastIndexByte(key, ':')+1:]) {
			ids, err := w.office.Store.Ask(key, "ZRANGE", key, "0", "-1")
			if err == nil {
				n += len(strings.Fields(ids))
			}
		}
	}
	return n
}

// left is what is still to do, by effect.
func (w *world) left() string {
	n := map[string]int{}
	for _, key := range w.office.Store.Keys("*:task") {
		tasks, _ := w.office.Store.Ask(key, "HVALS", key)
		for task := range strings.Lines(tasks) {
			var effect struct{ Type string }
			_ = json.Unmarshal([]byte(task), &effect)
			n[effect.Type]++
		}
	}
	return fmt.Sprint(n)
}

// waiting are the requests with something to do.
func (w *world) waiting() []string { return w.office.Store.Keys("*:w:*") }
