package real_test

import (
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dsrd/dsrd/internal/office"

	"github.com/dsrd/dsrd/internal/real"
)

// TestARenumberedMailboxStartsNothingTwice makes all mails look new: another UIDVALIDITY, and every
// mark of ours gone, as after a restored backup.
func TestARenumberedMailboxStartsNothingTwice(t *testing.T) {
	t.Parallel()
	o := office.New(t, office.Common(t), "renumbered", func(s *office.Settings) { s.After = "keep" })
	o.Serve()
	began := time.Now()
	office.Until(t, "the next second, for servers tell arrivals by the second", func() bool {
		return time.Since(began) > time.Second
	})
	o.Ask(office.Jane)
	o.AwaitMail(o.Anna(), 1)
	o.AwaitEvents("letter_sent", 1)
	d := o.Site.Dovecot
	_, err := d.Doveadm("flags", "remove", "-u", o.Desk(), `$DsrdDone`, "mailbox", "INBOX", "all")
	office.NoError(t, err)
	office.NoError(t, d.Renumber(o.Desk(), "INBOX"))
	o.Ask("other@customer.example")
	o.AwaitMail(o.Anna(), 2)
	office.Until(t, "both mails are marked again", func() bool {
		out, err := d.Doveadm("search", "-u", o.Desk(), "mailbox", "INBOX", "keyword", `$DsrdDone`)
		return err == nil && strings.Count(out, "\n") == 2
	})
	if n := len(o.Requests()); n != 2 {
		t.Errorf("there are %d requests", n)
	}
	if n := len(o.Inbox(o.Anna())); n != 2 {
		t.Errorf("anna has %d mails", n)
	}
}

// TestAFullMailboxLosesNothing: what cannot be delivered waits at Postfix, what dsrd cannot write
// down is told, and all goes on when there is room.
func TestAFullMailboxLosesNothing(t *testing.T) {
	t.Parallel()
	o := office.New(t, office.Common(t), "full")
	d := o.Serve()
	o.Ask(office.Jane)
	o.AwaitMail(o.Anna(), 1)
	o.AwaitEvents("letter_sent", 1)
	office.NoError(t, o.Site.Dovecot.SetQuota(o.Desk(), 1))
	_, err := o.Site.Dovecot.Doveadm("kick", o.Desk()) // sessions keep the limit that they began with
	office.NoError(t, err)
	o.Answer("CONFIRM")
	office.Until(t, "the answer waits at Postfix", func() bool {
		queue, err := o.Site.Postfix.Queue()
		office.NoError(t, err)
		for _, q := range queue {
			for _, r := range q.Recipients {
				if strings.HasPrefix(r.Address, "desk-"+o.Name) && strings.Contains(r.Reason, "uota") {
					return true
				}
			}
		}
		return false
	})
	got := office.Dsrd(t, nil, "note", o.Only().ID, "she is on the phone", "--socket", d.Socket)
	if got.Code != 0 {
		t.Errorf("note: %+v", got) // something happened that the mailbox should know of
	}
	d.Await("what=checkpoint")
	if r := o.Only(); r.State != "awaiting_confirmation" {
		t.Errorf("the request is %s", r.State)
	}
	office.NoError(t, o.Site.Dovecot.SetQuota(o.Desk(), 0))
	o.AwaitState("completed")
	if n := len(o.Packages(o.Anna())); n != 1 {
		t.Errorf("anna has %d packages", n)
	}
	o.Passing(time.Minute, "the marker is written", func() bool { return strings.Contains(d.Said(), `msg="works again" what=checkpoint`) })
}

// TestAServerThatHangsHoldsUpNoOtherMailbox stops a second IMAP server in the middle of its work.
func TestAServerThatHangsHoldsUpNoOtherMailbox(t *testing.T) {
	t.Parallel()
	s := office.Common(t)
	dir, err := real.Scratch()
	office.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	other, err := real.StartDovecot(dir, s.CA)
	office.NoError(t, err)
	t.Cleanup(other.Close)
	o := office.New(t, s, "hanging")
	office.NoError(t, other.AddUsers(office.Password, o.Desk()))
	text := o.Read("dsrd.yaml")
	box := text[:strings.Index(text, "smtp:")]
	hanging := strings.NewReplacer("mailboxes:\n", "", "name: dsr", "name: hanging",
		"address: desk-", "address: hangs-", office.Port(s.Dovecot.IMAPS), office.Port(other.IMAPS)).Replace(box)
	o.Write("dsrd.yaml", strings.Replace(text, "smtp:", hanging+"smtp:", 1))
	d := o.Serve()
	office.Until(t, "both mailboxes are read", func() bool {
		keys := strings.Join(o.Store.Keys("*cursor*"), " ")
		all := keys + d.Values(keys)
		return err == nil && strings.Contains(all, "scan of dsr") && strings.Contains(all, "scan of hanging")
	})
	other.Pause()
	t.Cleanup(other.Resume)
	began := time.Now()
	o.Ask(office.Jane)
	o.AwaitMail(o.Anna(), 1)
	o.Answer("CONFIRM")
	o.AwaitState("completed")
	if d := time.Since(began); d > 30*time.Second {
		t.Errorf("it took %s", d)
	}
	other.Resume()
	o.Pass(3 * time.Minute) // it may log in again
	mail := office.Letter{From: o.Jane(), To: o.Desk(), SubjectLine: "My data", Date: o.Now(),
		Body: "Please send me a copy of the data you hold about other@customer.example.\n"}.String()
	_, err = other.DoveadmWith(mail, "save", "-u", o.Desk(), "-m", "INBOX")
	office.NoError(t, err)
	office.Until(t, "the mail in the other mailbox", func() bool { return len(o.Requests()) == 2 })
}

// TestAChangedPasswordIsReadAgain: the server changes it, the file follows later.
func TestAChangedPasswordIsReadAgain(t *testing.T) {
	t.Parallel()
	o := office.New(t, office.Common(t), "password")
	d := o.Serve()
	office.NoError(t, o.Site.Dovecot.SetPassword(o.Desk(), "quite another one"))
	_, err := o.Site.Dovecot.Doveadm("kick", o.Desk())
	office.NoError(t, err)
	d.Await("refused the login")
	if !d.Running() || strings.Contains(d.Said(), "quite another") {
		t.Error("it should go on, and tell nobody")
	}
	o.Write("password", "quite another one\n")
	o.Passing(time.Minute, "the login works", func() bool { return strings.Contains(d.Said(), `msg="works again" what="mailbox dsr"`) })
	o.Ask(office.Jane)
	o.AwaitMail(o.Anna(), 1)
	if n := strings.Count(d.Said(), "refused the login"); n > 5 {
		t.Errorf("it is told %d times", n)
	}
}

func TestABrokenRegistryLeavesTheOldOneInForce(t *testing.T) {
	t.Parallel()
	o := office.New(t, office.Common(t), "broken")
	d := o.Serve()
	good := o.Read("tenants.yaml")
	o.Write("tenants.yaml", "tenants: [{id: acme, admins: 7}]\n")
	d.Tell(syscall.SIGHUP)
	d.Await("the old ones stay in force")
	o.Ask(office.Jane)
	o.AwaitMail(o.Anna(), 1)
	o.Write("tenants.yaml", good)
	d.Tell(syscall.SIGHUP)
	d.Await("tenants reloaded")
	o.Answer("CONFIRM")
	o.AwaitState("completed")
}
