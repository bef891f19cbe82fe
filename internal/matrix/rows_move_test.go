package matrix_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dsrd/dsrd/internal/office"
	"github.com/dsrd/dsrd/internal/oracle"
)

// TestRow03TheServerCannotMove: one that has no MOVE, one that has no UIDPLUS either, and one that
// offers MOVE and forbids it. What was read is moved by UID, or marked where it lies, and moved once
// that is allowed; nothing is taken on twice, and what somebody else wants to expunge stays.
func TestRow03TheServerCannotMove(t *testing.T) {
	t.Parallel()
	s := office.Own(t)
	w := newWorld(t, s, "r03")
	conf := filepath.Join(s.Dir, "d", "dovecot.conf")
	usual := readFile(t, conf)
	acl := filepath.Join(s.Dir, "d", "acl")
	office.NoError(t, os.WriteFile(acl, []byte("DSRD.Processed owner lrwstekxa\n"), 0o644)) // no i: nothing is put there
	forbidden := fmt.Sprintf("mail_plugins = $mail_plugins acl\nplugin {\n  acl = vfile:%s\n}\n"+
		"protocol imap {\n  mail_plugins = quota imap_quota acl\n}\n", acl)
	offered := w.capabilities()

	stranger := w.person("stranger@elsewhere.example")
	raw := w.Signed(office.Letter{From: stranger, To: w.Desk(), SubjectLine: "Old", Body: "Old.\n"})
	_, err := s.Dovecot.DoveadmWith(raw, "save", "-u", w.Desk(), "-m", "INBOX")
	office.NoError(t, err)
	_, err = s.Dovecot.Doveadm("flags", "add", "-u", w.Desk(), `\Deleted`, "mailbox", "INBOX", "all")
	office.NoError(t, err)
	w.stays = "\nOld." // it lay there before, and somebody wants to expunge it
	d := w.Serve()

	moved, left := 0, 1 // the stranger's
	for _, c := range []struct {
		name, conf string
		lacks      []string
		moves      bool
	}{
		{"no MOVE", "", []string{"MOVE"}, true},
		{"neither", "", []string{"MOVE", "UIDPLUS"}, false},
		{"forbidden", forbidden, nil, false},
		{"all", "", nil, true}, // and what was marked before
	} {
		d.End()
		s.Dovecot.Stop()
		may := slices.DeleteFunc(slices.Clone(offered), func(s string) bool { return slices.Contains(c.lacks, s) })
		office.NoError(t, os.WriteFile(conf, []byte(usual+"imap_capability = "+strings.Join(may, " ")+"\n"+c.conf), 0o644))
		office.NoError(t, s.Dovecot.Start())
		if has := w.capabilities(); !slices.Equal(has, may) {
			t.Fatalf("%s: the server offers %v, and not %v", c.name, has, may)
		}
		d = w.Serve()
		asked := w.asks(1)
		w.confirms(asked...)
		w.awaitEnd(asked[0], "completed")
		left += 2 // the mail that asked, and the answer
		if c.moves {
			moved, left = moved+left-1, 1
		}
		if !office.Within(office.Deadline, func() bool {
			return w.processed(w.Desk()) == moved && len(w.Inbox(w.Desk())) == left
		}) {
			t.Errorf("%s: %d mails were moved, and %d are left; not %d and %d", c.name,
				w.processed(w.Desk()), len(w.Inbox(w.Desk())), moved, left)
		}
	}
	w.judge(oracle.Allowed{})
	if all := w.Inbox(w.Desk()); len(all) != 1 || !strings.Contains(all[0], "\nOld.") {
		t.Errorf("%d mails are left, and not the stranger's alone", len(all))
	}
}

// capabilities are what the server offers to whoever has logged in, as another client sees it.
func (w *world) capabilities() []string {
	w.t.Helper()
	r, err := office.DialIMAP(w.Site.Dovecot, w.Site.CA, w.Desk(), office.Password(w.Desk()))
	office.NoError(w.t, err)
	defer r.Conn.Close()
	answers, err := r.Do("CAPABILITY")
	office.NoError(w.t, err)
	for _, a := range answers {
		if all, ok := strings.CutPrefix(a, "* CAPABILITY "); ok {
			return strings.Fields(all)
		}
	}
	w.t.Fatalf("the server names none: %v", answers)
	return nil
}
