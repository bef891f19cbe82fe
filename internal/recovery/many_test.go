package recovery_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/dsrd/dsrd/internal/recovery"
	"github.com/dsrd/dsrd/mailer/inbox"
	"github.com/dsrd/dsrd/store/storetest"
	"github.com/dsrd/dsrd/workflow"
)

// TestManyMailsAreReadBack rebuilds a store from as many mails as a busy desk has in a year:
// 10,000 with MATRIX=full, on a Redis that syncs every write where one is installed.
func TestManyMailsAreReadBack(t *testing.T) {
	many, most := 200, time.Minute
	s := newServers(t)
	if os.Getenv("MATRIX") == "full" {
		many, most = 10_000, 5*time.Minute
		if redis := storetest.RealRedis(t); redis != nil {
			s.redis = redis.Socket
		}
	}
	w := s.world(t)
	w.mark()
	for i := range many {
		raw := fmt.Sprintf("From: c%d@customer.example\r\nTo: %s\r\nSubject: My data\r\nDate: %s\r\n"+
			"Message-ID: <many%d@x.example>\r\nMIME-Version: 1.0\r\n"+
			"Content-Type: text/plain; charset=utf-8\r\n\r\n"+
			"Please export the data of c%d@customer.example.\r\n",
			i, ourDesk, noon.Format(time.RFC1123Z), i, i)
		at := noon.Add(time.Duration(i) * time.Second)
		w.must(s.imap.Deliver(w.user, "DSRD/Processed", []byte(raw), at))
	}
	w.lose()
	began := time.Now()
	got := w.recover()
	took := time.Since(began)
	if got.Born != many || got.Asked != many || got.Mails != many {
		t.Errorf("got %+v, want %d requests", got, many)
	}
	if took > most {
		t.Errorf("%d mails took %s, want less than %s", many, took, most)
	}
	t.Logf("figure: %d mails read back in %.1f s", many, took.Seconds())
	w.letters(t, many)
}

// letters recovers once more, from as many copies of what left.
func (w *world) letters(t *testing.T, many int) {
	t.Helper()
	for id := range w.requests() {
		c := recovery.Copy{
			Request: id, Effect: workflow.EffectID(string(id) + ".1004"), Epoch: 2,
			Type: workflow.SendPackage, At: w.now.AddDate(0, 0, 1),
			Package: &workflow.Package{Encryption: workflow.EncryptNone},
			Ack:     &workflow.Ack{Admin: anna, Number: 1},
		}
		text, err := json.Marshal(c)
		w.must(err)
		raw := append([]byte("Subject: copy\r\n\r\ncopy "), text...)
		w.must(w.servers.imap.Deliver(w.user, "DSRD/"+string(inbox.Sent), raw, w.now))
	}
	w.lose()
	r := w.recovery(w.process)
	r.Copies = func(raw []byte) (recovery.Copy, error) {
		_, body, _ := bytes.Cut(raw, []byte("\r\n\r\n"))
		return readCopy(body)
	}
	began := time.Now()
	got, err := r.Run(w.ctx, recovery.Options{})
	w.must(err)
	if got.Completed != many || got.Asked != 0 || got.Epoch != 3 {
		t.Errorf("got %+v, want %d completed in life 3", got, many)
	}
	took := time.Since(began)
	t.Logf("figure: %d mails and %d copies read back in %.1f s", many, many, took.Seconds())
}
