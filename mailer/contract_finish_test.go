package mailer_test

import (
	"context"
	"crypto/rand"
	"strings"
	"testing"

	"github.com/dsrd/dsrd/mailer"
	"github.com/dsrd/dsrd/mailer/inbox"
	"github.com/dsrd/dsrd/mailer/mailtest"
	"github.com/dsrd/dsrd/workflow"
)

// finishing looks around before and after a mail's record is written, which fails as often as told;
// where the reply is lost, it was written.
type finishing struct {
	mailer.Journal
	look  func(when string)
	fails int
	lost  bool
}

func (f *finishing) FinishMail(ctx context.Context, m workflow.MailRecord) error {
	f.look("before its record was written")
	if f.fails > 0 && !f.lost {
		f.fails--
		return workflow.Unavailable
	}
	err := f.Journal.FinishMail(ctx, m)
	f.look("before anybody knew that its record is written")
	if f.fails > 0 {
		f.fails--
		return workflow.Unavailable
	}
	return err
}

// cursors are kept in memory.
type cursors map[string]inbox.Cursor

func (c cursors) Cursor(_ context.Context, mailbox string) (inbox.Cursor, error) {
	return c[mailbox], nil
}

func (c cursors) SaveCursor(_ context.Context, mailbox string, at inbox.Cursor) error {
	c[mailbox] = at
	return nil
}

// Until the store has confirmed what became of a mail, the mail lies where it arrived, unmarked: it
// is the only one that knows. The desk and the mailbox each keep a part of that promise.
func TestNoMailIsMarkedBeforeItsEndIsWrittenDown(t *testing.T) {
	const user, secret = "desk", "correct horse"
	for name, c := range map[string]struct {
		fails int
		lost  bool
	}{
		"the store is away": {fails: 2},
		"the reply is lost": {fails: 1, lost: true}, // whoever asks again hears that it is written
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			server, err := mailtest.NewIMAP(mailtest.IMAPConfig{Now: w.clock})
			w.must(err)
			t.Cleanup(func() { _ = server.Close() })
			w.must(server.AddUser(user, secret))
			unmarked := func(when string) {
				t.Helper()
				for _, command := range server.Commands() {
					verb, _, _ := strings.Cut(strings.TrimPrefix(command, "UID "), " ")
					switch verb {
					case "STORE", "MOVE", "COPY", "EXPUNGE":
						t.Errorf("%s %s", command, when)
					}
				}
			}
			journal := &finishing{Journal: w.desk.Journal, look: unmarked, fails: c.fails, lost: c.lost}
			w.desk.Journal = journal
			box, err := inbox.New(inbox.Config{
				Name: "dsr", Addr: server.Addr(), TLS: inbox.TLSNone, MaxLogins: 100, Now: w.clock,
				Credential: func(context.Context, bool) (inbox.Login, error) {
					return inbox.Login{User: user, Password: secret}, nil
				},
				MarkerKey: []byte(strings.Repeat("k", 32)), Random: rand.Reader,
			}, cursors{}, w.desk.Handle)
			w.must(err)
			t.Cleanup(func() { box.Close(context.Background()) })
			scan := func() []mailtest.Stored {
				failing := journal.fails > 0
				_, err := box.Scan(w.ctx())
				if err != nil && !failing {
					t.Fatal(err)
				}
				done, err := server.Stored(user, "DSRD/Processed")
				w.must(err)
				return done
			}
			scan() // the first start, which leaves alone what was there
			w.must(server.Deliver(user, "INBOX", w.signed(jane, "My data",
				"Please export the data of "+jane+".\n"), w.now))
			for scans := 1; ; scans++ {
				failing := journal.fails > 0
				done := scan()
				if failing && len(done) > 0 || scans > 3 {
					t.Fatalf("after %d scans, %d failures to come: %d mails are done", scans, journal.fails, len(done))
				}
				if !failing || len(done) > 0 {
					if len(done) != 1 || !done[0].Has("$DsrdDone") || len(w.requests()) != 1 {
						t.Errorf("%d mails are done, %d requests", len(done), len(w.requests()))
					}
					return
				}
				unmarked("though its record was never confirmed")
			}
		})
	}
}
