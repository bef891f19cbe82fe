package app_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/dsrd/dsrd/internal/app"
	"github.com/dsrd/dsrd/internal/demo"
	"github.com/dsrd/dsrd/mailer/mailtest"
)

// TestALetterOnItsWayIsCarriedToItsEnd tells a daemon to end while the relay thinks about a letter
// that it has got as a whole. It leaves once, and is written down as left.
func TestALetterOnItsWayIsCarriedToItsEnd(t *testing.T) {
	thinking, thought := make(chan struct{}, 8), make(chan struct{})
	p := newPlace(t, func(o *demo.Options) {
		o.Hook = func(_ context.Context, s mailtest.Stage, _ mailtest.Envelope) error {
			if s == mailtest.StageDot {
				thinking <- struct{}{}
				<-thought
			}
			return nil
		}
	})
	must(t, p.Settle(t.Context()))
	p.ask(t)
	must(t, p.App.Close())
	o, err := p.Assembly()
	must(t, err)
	o.Sleep = app.Sleep
	a, err := app.New(t.Context(), o)
	must(t, err)
	defer a.Close()
	r := run(t.Context(), a)
	<-thinking
	r.stop()
	within(t, 5*time.Second, "it has heard", func() bool {
		_, err := os.Stat(p.Config.Console.Socket)
		return err != nil
	})
	close(thought)
	r.finish(t)
	p.Clock.Advance(time.Hour)
	must(t, p.Start(t.Context()))
	must(t, p.Settle(t.Context()))
	if mails, err := p.Inbox(demo.Anna); err != nil || len(mails) != 1 {
		t.Errorf("anna has %d mails, %v", len(mails), err)
	}
}
