package matrix_test

import (
	"bytes"
	"path/filepath"
	"time"

	"github.com/dsrd/dsrd/internal/office"
	"github.com/dsrd/dsrd/internal/oracle"
)

// evidence gathers what people have got, what the desk has read, left lying and kept of what it
// sent, what the relay took, what Redis holds.
func (w *world) evidence() oracle.Evidence {
	w.t.Helper()
	w.tidy()
	owners := append([]string{w.Anna(), w.Records(), w.Jane(), w.Desk()}, w.others...)
	e, err := w.Evidence(w.socket(), w.said(), owners...)
	office.NoError(w.t, err)
	w.elsewhere(&e)
	if w.relay != nil {
		e.Received = w.relay.Received()
	}
	all, _ := w.look()
	w.last = map[string]shown{}
	for _, s := range all {
		w.last[s.Customer] = s
		if e.Entries[s.ID] == nil { // the queue has it, and it has no history
			e.Requests = append(e.Requests, s.raw)
		}
	}
	return e
}

// socket is that of a daemon which runs, in the office's folder.
func (w *world) socket() string {
	w.t.Helper()
	all := w.daemons()
	if len(all) == 0 {
		w.t.Fatal("no daemon runs that could be asked")
	}
	return filepath.Base(all[0].Socket)
}

// said is what was asked. Whoever has not answered until now has released nothing.
func (w *world) said() (all []oracle.Asked) {
	for _, a := range w.asked {
		one := *a
		if one.Answered.IsZero() {
			one.Answered = time.Now()
		}
		all = append(all, one)
	}
	return all
}

// tidy waits until the desk has put away what it has read. What still lies there then is the
// oracle's to name.
func (w *world) tidy() {
	w.t.Helper()
	office.Within(10*time.Second, func() bool {
		for _, d := range w.desks() {
			if len(w.lying(d)) > 0 {
				return false
			}
		}
		return true
	})
}

// elsewhere adds what lies at the other desks, and takes away what nobody has to put away.
func (w *world) elsewhere(e *oracle.Evidence) {
	w.t.Helper()
	if w.Settings.After != "move" {
		return
	}
	e.Inbox = nil
	for i, d := range w.desks() {
		e.Inbox = append(e.Inbox, w.lying(d)...)
		if i > 0 { // the first one's are there
			e.Kept = append(e.Kept, w.mailsIn(d.address, "DSRD.Processed")...)
			e.Sent = append(e.Sent, w.mailsIn(d.address, "DSRD.Sent")...)
		}
	}
}

// desks are all folders that are read; the office's own comes first.
func (w *world) desks() []desk { return append([]desk{{w.Desk(), "INBOX"}}, w.more...) }

// lying are the mails that a desk has not put away, and has to.
func (w *world) lying(d desk) (all []oracle.Mail) {
	w.t.Helper()
	if w.Settings.After != "move" {
		return nil
	}
	for _, m := range w.mailsIn(d.address, d.folder) {
		if w.stays == "" || !bytes.Contains(m.Raw, []byte(w.stays)) {
			all = append(all, m)
		}
	}
	return all
}

// mailsIn is what lies in a folder.
func (w *world) mailsIn(owner, folder string) (all []oracle.Mail) {
	w.t.Helper()
	for _, m := range w.Site.Mails(w.t, owner, folder) {
		all = append(all, oracle.Mail{Owner: owner, Raw: []byte(m)})
	}
	return all
}
