package inbox_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/dsrd/dsrd/mailer/inbox"
	"github.com/dsrd/dsrd/mailer/mailtest"
)

// A server that floods an IDLE with news is hung up on, and watched again after the pause; wake-ups
// are hints, and none comes where there was no news.
func TestAnIdleThatFloodsIsLeft(t *testing.T) {
	number := "* " + strings.Repeat("0", 100) + "1 " // long, so that the bound is reached soon
	for name, news := range map[string]string{
		"EXISTS": number + "EXISTS\r\n", "EXPUNGE": number + "EXPUNGE\r\n",
		"bodies": number + "FETCH (BODY[] {3}\r\nabc)\r\n", "a line without end": "* OK x",
	} {
		t.Run(name, func(t *testing.T) {
			var w *watching
			s := newScriptedServer(t, "IDLE", func(c *inbox.Config) {
				w = observe(t, c, &clock{now: noon})
			}, 0, mailtest.Rule{On: "IDLE", Say: []string{"+ idling"}, Pour: endless(news), Times: 1})
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var wakes atomic.Int64
			ended := make(chan error, 1)
			go func() { ended <- s.box.Watch(ctx, func() { wakes.Add(1) }) }()
			for err := error(nil); err == nil; { // it began
				if err = next(t, w.told, "the end of IDLE"); err != nil && !errors.Is(err, inbox.ErrLost) {
					t.Fatalf("got %v, want ErrLost", err)
				}
			}
			for pause := next(t, w.alarms, "a timer"); ; pause = next(t, w.alarms, "the pause") {
				if pause.after < slice {
					pause.ring()
					break
				}
			}
			for next(t, w.told, "an IDLE that holds") != nil {
			}
			cancel()
			next(t, ended, "the end of Watch")
			if n := s.Asked("AUTHENTICATE"); n != 2 {
				t.Errorf("got %d logins, want 2", n)
			}
			if name != "EXISTS" && wakes.Load() > 2 {
				t.Errorf("got %d wake-ups for nothing", wakes.Load())
			}
		})
	}
}

// A folder that is numbered anew while somebody idles is read anew by the next scan.
func TestANewUIDValidityInIdleIsFoundByTheNextScan(t *testing.T) {
	f := newFolder(1)
	var w *watching
	idle := mailtest.Rule{On: "IDLE", Times: 1, Say: []string{
		"+ idling", "* OK [UIDVALIDITY 2] new", "* OK [UIDNEXT 2] next", "* 1 EXISTS", "HEAR", "TAG OK done",
	}}
	s := newFaked(t, f, func(c *inbox.Config) { w = observe(t, c, &clock{now: noon}) },
		mailtest.Rule{On: "CAPABILITY", Say: []string{"* CAPABILITY IMAP4rev1 IDLE MOVE", "TAG OK x"}}, idle)
	s.desk.answer = left
	s.scans(t)
	f.change(func(f *folder) { f.validity = validity(2) })
	w.start(s.box)
	w.idles()
	next(t, w.wakes, "the wake-up")
	if r := s.scans(t); r.Left != 1 || !r.Renumbered {
		t.Errorf("got %+v, want it renumbered and the mail again", r)
	}
	w.ends()
}
