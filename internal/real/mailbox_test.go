package real_test

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dsrd/dsrd/internal/real"
)

// TestARenumberedMailboxStartsNothingTwice makes all mails look new: another UIDVALIDITY, and every
// mark of ours gone, as after a restored backup.
func TestARenumberedMailboxStartsNothingTwice(t *testing.T) {
	t.Parallel()
	o := newOffice(t, common(t), "renumbered", func(s *settings) { s.after = "keep" })
	o.serve()
	began := time.Now()
	until(t, "the next second, for servers tell arrivals by the second", func() bool {
		return time.Since(began) > time.Second
	})
	o.ask(jane)
	o.awaitMail(o.anna(), 1)
	o.awaitEvents("letter_sent", 1)
	d := o.site.dovecot
	_, err := d.Doveadm("flags", "remove", "-u", o.desk(), `$DsrdDone`, "mailbox", "INBOX", "all")
	noError(t, err)
	noError(t, d.Renumber(o.desk(), "INBOX"))
	o.ask("other@customer.example")
	o.awaitMail(o.anna(), 2)
	until(t, "both mails are marked again", func() bool {
		out, err := d.Doveadm("search", "-u", o.desk(), "mailbox", "INBOX", "keyword", `$DsrdDone`)
		return err == nil && strings.Count(out, "\n") == 2
	})
	if n := len(o.requests()); n != 2 {
		t.Errorf("there are %d requests", n)
	}
	if n := len(o.inbox(o.anna())); n != 2 {
		t.Errorf("anna has %d mails", n)
	}
}

// TestAFullMailboxLosesNothing: what cannot be delivered waits at Postfix, what dsrd cannot write
// down is told, and all goes on when there is room.
func TestAFullMailboxLosesNothing(t *testing.T) {
	t.Parallel()
	o := newOffice(t, common(t), "full")
	d := o.serve()
	o.ask(jane)
	o.awaitMail(o.anna(), 1)
	o.awaitEvents("letter_sent", 1)
	noError(t, o.site.dovecot.SetQuota(o.desk(), 1))
	_, err := o.site.dovecot.Doveadm("kick", o.desk()) // sessions keep the limit that they began with
	noError(t, err)
	o.answer("CONFIRM")
	until(t, "the answer waits at Postfix", func() bool {
		queue, err := o.site.postfix.Queue()
		noError(t, err)
		for _, q := range queue {
			for _, r := range q.Recipients {
				if strings.HasPrefix(r.Address, "desk-"+o.name) && strings.Contains(r.Reason, "uota") {
					return true
				}
			}
		}
		return false
	})
	got := dsrd(t, nil, "note", o.only().ID, "she is on the phone", "--socket", d.socket)
	if got.code != 0 {
		t.Errorf("note: %+v", got) // something happened that the mailbox should know of
	}
	d.await("what=checkpoint")
	if r := o.only(); r.State != "awaiting_confirmation" {
		t.Errorf("the request is %s", r.State)
	}
	noError(t, o.site.dovecot.SetQuota(o.desk(), 0))
	o.awaitState("completed")
	if n := len(o.packages(o.anna())); n != 1 {
		t.Errorf("anna has %d packages", n)
	}
	o.passing(time.Minute, "the marker is written", func() bool { return strings.Contains(d.Said(), `msg="works again" what=checkpoint`) })
}

// TestAServerThatHangsHoldsUpNoOtherMailbox stops a second IMAP server in the middle of its work.
func TestAServerThatHangsHoldsUpNoOtherMailbox(t *testing.T) {
	t.Parallel()
	s := common(t)
	dir, err := real.Scratch()
	noError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	other, err := real.StartDovecot(dir, s.ca)
	noError(t, err)
	t.Cleanup(other.Close)
	o := newOffice(t, s, "hanging")
	noError(t, other.AddUsers(password, o.desk()))
	text := o.read("dsrd.yaml")
	box := text[:strings.Index(text, "smtp:")]
	hanging := strings.NewReplacer("mailboxes:\n", "", "name: dsr", "name: hanging",
		"address: desk-", "address: hangs-", port(s.dovecot.IMAPS), port(other.IMAPS)).Replace(box)
	o.write("dsrd.yaml", strings.Replace(text, "smtp:", hanging+"smtp:", 1))
	d := o.serve()
	until(t, "both mailboxes are read", func() bool {
		keys, err := s.redis.Ask(o.database, "KEYS", "*cursor*")
		all := keys + d.values(keys)
		return err == nil && strings.Contains(all, "scan of dsr") && strings.Contains(all, "scan of hanging")
	})
	other.Pause()
	t.Cleanup(other.Resume)
	began := time.Now()
	o.ask(jane)
	o.awaitMail(o.anna(), 1)
	o.answer("CONFIRM")
	o.awaitState("completed")
	if d := time.Since(began); d > 30*time.Second {
		t.Errorf("it took %s", d)
	}
	other.Resume()
	o.pass(3 * time.Minute) // it may log in again
	mail := letter{from: o.jane(), to: o.desk(), subjectLine: "My data", date: o.now(),
		body: "Please send me a copy of the data you hold about other@customer.example.\n"}.String()
	_, err = other.DoveadmWith(mail, "save", "-u", o.desk(), "-m", "INBOX")
	noError(t, err)
	until(t, "the mail in the other mailbox", func() bool { return len(o.requests()) == 2 })
}

// values are what a hash of cursors holds.
func (d *daemon) values(keys string) (all string) {
	for _, k := range strings.Fields(keys) {
		v, _ := d.office.site.redis.Ask(d.office.database, "HGETALL", k)
		all += v
	}
	return all
}

// TestAChangedPasswordIsReadAgain: the server changes it, the file follows later.
func TestAChangedPasswordIsReadAgain(t *testing.T) {
	t.Parallel()
	o := newOffice(t, common(t), "password")
	d := o.serve()
	noError(t, o.site.dovecot.SetPassword(o.desk(), "quite another one"))
	_, err := o.site.dovecot.Doveadm("kick", o.desk())
	noError(t, err)
	d.await("refused the login")
	if !d.Running() || strings.Contains(d.Said(), "quite another") {
		t.Error("it should go on, and tell nobody")
	}
	o.write("password", "quite another one\n")
	o.passing(time.Minute, "the login works", func() bool { return strings.Contains(d.Said(), `msg="works again" what="mailbox dsr"`) })
	o.ask(jane)
	o.awaitMail(o.anna(), 1)
	if n := strings.Count(d.Said(), "refused the login"); n > 5 {
		t.Errorf("it is told %d times", n)
	}
}

func TestABrokenRegistryLeavesTheOldOneInForce(t *testing.T) {
	t.Parallel()
	o := newOffice(t, common(t), "broken")
	d := o.serve()
	good := o.read("tenants.yaml")
	o.write("tenants.yaml", "tenants: [{id: acme, admins: 7}]\n")
	d.Tell(syscall.SIGHUP)
	d.await("the old ones stay in force")
	o.ask(jane)
	o.awaitMail(o.anna(), 1)
	o.write("tenants.yaml", good)
	d.Tell(syscall.SIGHUP)
	d.await("tenants reloaded")
	o.answer("CONFIRM")
	o.awaitState("completed")
}

func port(n int) string { return fmt.Sprintf("port: %d", n) }
