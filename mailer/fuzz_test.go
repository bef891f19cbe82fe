package mailer_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"sync"
	"testing"
	"time"

	"github.com/dsrd/dsrd/mailer"
	"github.com/dsrd/dsrd/mailer/inbox"
	"github.com/dsrd/dsrd/workflow"
)

// ends keeps what each mail came to, and how often.
type ends struct {
	mailer.Journal
	mu  sync.Mutex
	all map[string][]workflow.Outcomes
}

func (e *ends) FinishMail(ctx context.Context, m workflow.MailRecord) error {
	e.mu.Lock()
	e.all[m.Digest] = append(e.all[m.Digest], m.Outcome)
	e.mu.Unlock()
	return e.Journal.FinishMail(ctx, m)
}

// Whatever bytes come in: no panic, one outcome, the same answer the second time,
// and nothing is released.
func FuzzHandle(f *testing.F) {
	s := newScene(f)
	for _, write := range honest {
		f.Add(write(s), false)
	}
	for _, name := range []string{"marks of two requests", "a second From on top of a colleague's mail",
		"a file is all there is", "From as a group", "no Date at all"} {
		f.Add(refused[name].write(s), true)
	}
	h, _ := readMail(f, s.confirmation)
	f.Add(s.bounceOf(desk, h.Get("Message-Id"), "failed"), false)
	f.Add(s.signed(mark, "x", "Please export and erase the data of "+jane+".\n"), false)
	f.Add([]byte("\xff\x00"), true)
	journal := &ends{Journal: s.store, all: map[string][]workflow.Outcomes{}}
	s.desk.Journal = journal
	s.epoch++ // what a seed brings is proven, and still not live
	f.Fuzz(func(t *testing.T, raw []byte, junk bool) {
		m := inbox.Mail{Mailbox: "dsr", Folder: "INBOX", Arrived: s.now, Raw: raw, Junk: junk}
		first, err := s.desk.Handle(t.Context(), m)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := s.desk.Handle(t.Context(), m); err != nil || again != first {
			t.Fatalf("disposition %v, then %v, %v", first, again, err)
		}
		sum := sha256.Sum256(raw)
		if got := journal.all[hex.EncodeToString(sum[:])]; len(got) == 0 || !junk && got[len(got)-1] == "" {
			t.Errorf("the mail came to %v", got)
		}
		r, err := s.store.Load(t.Context(), s.id)
		if err != nil || r.Ack != nil || r.State == workflow.Confirmed {
			t.Fatalf("state %s, ack %v, %v", r.State, r.Ack, err)
		}
	})
}

// BenchmarkHandle takes requests from a stranger, and answers that are held.
func BenchmarkHandle(b *testing.B) {
	for name, write := range map[string]func(*scene) []byte{
		"request": func(s *scene) []byte { return s.signed(mark, "x", "Please export the data of "+jane+".\n") },
		"answer":  func(s *scene) []byte { return s.answer(s.confirmation, berta, "CONFIRM") },
	} {
		b.Run(name, func(b *testing.B) {
			s := newScene(b)
			var mails [][]byte
			for range b.N {
				s.pass(time.Second)
				mails = append(mails, write(s))
			}
			b.ReportAllocs()
			b.ResetTimer()
			for _, raw := range mails {
				if _, err := s.try(raw); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
