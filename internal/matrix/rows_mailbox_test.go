package matrix_test

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/internal/office"
	"github.com/dsrd/dsrd/internal/oracle"
)

// TestRow00NoFault is what all rows do, and nothing is broken.
func TestRow00NoFault(t *testing.T) {
	w := row(t, "r00")
	w.Serve()
	all := w.asks(3)
	w.confirms(all[0], all[1])
	w.answers("REJECT", all[2])
	w.judge(oracle.Allowed{})
}

// processed is how many mails of a mailbox dsrd is done with.
func (w *world) processed(who string) int {
	w.t.Helper()
	return len(w.Site.Mails(w.t, who, "DSRD.Processed"))
}

// another gives the office a second mailbox, and its address. Its lines may be changed.
func (w *world) another(name string, change ...string) string {
	w.t.Helper()
	who := name + "-" + w.Name + "@provider.example"
	office.NoError(w.t, w.Site.Dovecot.AddUsers(office.Password, who))
	w.Write(name+"-password", office.Password(who))
	text := w.Read("dsrd.yaml")
	box := text[:strings.Index(text, "smtp:")]
	lines := strings.NewReplacer(append(change, "mailboxes:\n", "", "name: dsr", "name: "+name, w.Desk(), who,
		"password_file: password", "password_file: "+name+"-password")...).Replace(box)
	w.Write("dsrd.yaml", strings.Replace(text, "smtp:", lines+"smtp:", 1))
	_, folder, named := strings.Cut(lines, "\n    folder: ")
	if folder, _, _ = strings.Cut(folder, "\n"); !named {
		folder = "INBOX"
	}
	w.more = append(w.more, desk{who, folder})
	return who
}

// TestRow04TheSameMailTwice comes over two accounts, the second time with other Received lines and
// in another transfer encoding.
func TestRow04TheSameMailTwice(t *testing.T) {
	w := row(t, "r04")
	second := w.another("second")
	w.Serve()
	c := w.customer()
	w.notes(c)
	raw := w.Signed(w.writes(c))
	office.NoError(t, w.Site.Deliver(c, w.Desk(), raw))
	w.awaitAsked(c)
	head, _, _ := strings.Cut(raw, "\r\n\r\n")
	head = strings.Replace(head, "quoted-printable", "base64", 1)
	again := fmt.Sprintf("Received: from gateway.example by mx2.provider.example; %s\r\n%s\r\n\r\n%s\r\n",
		w.Now().Format(time.RFC1123Z), head, base64.StdEncoding.EncodeToString([]byte(w.writes(c).Body)))
	office.NoError(t, w.Site.Store(c, w.Desk(), again))
	office.NoError(t, w.Site.Store(c, second, again))
	office.NoError(t, w.Site.Store(c, second, raw))
	office.Until(t, "all four are done", func() bool { return w.processed(w.Desk()) == 2 && w.processed(second) == 2 })
	w.confirms(c)
	w.judge(oracle.Allowed{})
}

// TestRow05TheSameNameAnotherText is a mail with the Message-ID of another one. It is merged with
// nothing, starts nothing, and is told of.
func TestRow05TheSameNameAnotherText(t *testing.T) {
	w := row(t, "r05")
	w.Serve()
	c := w.customer()
	w.notes(c)
	raw := w.Signed(w.writes(c))
	office.NoError(t, w.Site.Deliver(c, w.Desk(), raw))
	w.awaitAsked(c)
	head, _, _ := strings.Cut(raw, "\r\n\r\n")
	other := head + "\r\n\r\nPlease send me a copy of the data you hold about " + c + ". Ask nobody, we know each other.\r\n"
	office.NoError(t, w.Site.Deliver(c, w.Desk(), other))
	office.Until(t, "it is told of", func() bool { return slices.Contains(w.states()[c].events(), "held") })
	w.confirms(c)
	w.judge(oracle.Allowed{})
}

// TestRow06UIDVALIDITY makes all mails look new, twice, while requests are open.
func TestRow06UIDVALIDITY(t *testing.T) {
	w := row(t, "r06", func(c *office.Settings) { c.After = "keep" })
	w.Serve()
	all := w.asks(3)
	w.awaitAsked(all...)
	for range 2 {
		_, err := w.Site.Dovecot.Doveadm("flags", "remove", "-u", w.Desk(), `$DsrdDone`, "mailbox", "INBOX", "all")
		office.NoError(t, err)
		office.NoError(t, w.Site.Dovecot.Renumber(w.Desk(), "INBOX"))
		more := w.asks(1)
		w.confirms(more...)
		all = append(all, more...)
		office.Until(t, "all mails are marked again", func() bool {
			out, err := w.Site.Dovecot.Doveadm("search", "-u", w.Desk(), "mailbox", "INBOX", "keyword", `$DsrdDone`)
			return err == nil && strings.Count(out, "\n") >= len(all)
		})
	}
	w.confirms(all[:3]...)
	w.judge(oracle.Allowed{})
}

// TestRow07AFolderThatIsGone is deleted, and made again; and renamed, and renamed back. The other
// mailbox goes on, readiness says which one is missed, and nobody makes the folder but its owner.
func TestRow07AFolderThatIsGone(t *testing.T) {
	w := row(t, "r07")
	second := w.another("second", "after: move", "after: move\n    folder: Requests")
	doveadm := func(words ...string) {
		t.Helper()
		_, err := w.Site.Dovecot.Doveadm(words...)
		office.NoError(t, err)
	}
	into := func() string {
		c := w.customer()
		w.notes(c)
		_, err := w.Site.Dovecot.DoveadmWith(w.Signed(w.writes(c)), "save", "-u", second, "-m", "Requests")
		office.NoError(t, err)
		return c
	}
	doveadm("mailbox", "create", "-u", second, "Requests")
	w.Serve()
	all := []string{into()}
	w.awaitAsked(all...)
	for _, gone := range [][2][]string{
		{{"mailbox", "delete", "-u", second, "Requests"}, {"mailbox", "create", "-u", second, "Requests"}},
		{{"mailbox", "rename", "-u", second, "Requests", "Elsewhere"}, {"mailbox", "rename", "-u", second, "Elsewhere", "Requests"}},
	} {
		doveadm(gone[0]...)
		if why := w.awaitReady(false); !strings.Contains(why, "mailbox second") || strings.Contains(why, "mailbox dsr") {
			t.Errorf("readiness says: %s", why)
		}
		all = append(all, w.asks(1)...)
		w.awaitAsked(all...) // the other mailbox is read
		if out, err := w.Site.Dovecot.Doveadm("mailbox", "list", "-u", second); err != nil || slices.Contains(strings.Fields(out), "Requests") {
			t.Errorf("somebody made the folder: %s, %v", out, err)
		}
		doveadm(gone[1]...)
		all = append(all, into())
		w.Pass(3 * time.Minute) // it may log in again
		w.awaitAsked(all...)
		w.awaitReady(true)
	}
	w.confirms(all...)
	w.judge(oracle.Allowed{})
}

// TestRow08ALoginThatIsRefused changes the password, and with tokens the secret of whoever gives
// them. Nobody hammers at the door, and the file is read again.
func TestRow08ALoginThatIsRefused(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"password", "token"} {
		t.Run(how, func(t *testing.T) {
			w := row(t, "r08"+how, throughPostfix)
			right := "password"
			if how == "token" {
				w.WithTokens("xoauth2")
				right = "client"
			}
			d := w.Serve()
			open := w.asks(1)
			w.awaitAsked(open...)
			secret := w.Read(right)
			if how == "token" {
				w.Write(right, "it has expired")
				w.Site.Dovecot.Accounts.Revoke(w.Desk())
			} else {
				secret = "quite another one"
				office.NoError(t, w.Site.Dovecot.SetPassword(w.Desk(), secret))
			}
			_, err := w.Site.Dovecot.Doveadm("kick", w.Desk())
			office.NoError(t, err)
			w.awaitReady(false)
			late := w.asks(1)
			for range 5 {
				w.Pass(3 * time.Minute)
				office.Within(time.Second, func() bool { return false }) // it has time to try
			}
			log := strings.Count(d.Said(), "level=ERROR")
			if log > 12 || !d.Running() {
				t.Errorf("%d errors are told in 15 minutes", log)
			}
			w.Write(right, secret)
			w.Passing(time.Minute, "the login works", func() bool { return w.letters()[late[0]] != "" })
			w.confirms(open[0], late[0])
			w.Passing(time.Minute, "copies that waited for the login are kept, too", w.isQuiet)
			if how == "password" { // or nobody can look into the mailbox
				office.NoError(t, w.Site.Dovecot.SetPassword(w.Desk(), office.Password(w.Desk())))
			}
			w.judge(oracle.Allowed{})
		})
	}
}
