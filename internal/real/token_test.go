package real_test

import (
	"testing"
	"time"

	"github.com/dsrd/dsrd/internal/office"
)

// TestTokensOpenMailboxAndRelay does the main job without a password. Between its steps the token is
// revoked and all sessions are ended, and later it grows old: another one is fetched each time.
func TestTokensOpenMailboxAndRelay(t *testing.T) {
	for _, auth := range []string{"xoauth2", "oauthbearer"} {
		t.Run(auth, func(t *testing.T) {
			t.Parallel()
			o := office.New(t, office.Common(t), auth)
			o.WithTokens(auth)
			d := o.Serve()
			accounts := o.Site.Dovecot.Accounts
			o.Ask(office.Jane)
			o.AwaitMail(o.Anna(), 1)
			o.AwaitEvents("letter_sent", 1)
			if n := accounts.Given(o.Desk()); n != 1 {
				t.Errorf("%d tokens were given", n)
			}
			accounts.Revoke(o.Desk())
			_, err := o.Site.Dovecot.Doveadm("kick", o.Desk())
			office.NoError(t, err)
			o.Pass(3 * time.Minute) // it may log in as often as it likes
			o.Answer("CONFIRM")
			o.AwaitState("completed")
			o.Opens(o.Inbox(o.Anna())[1])
			before := accounts.Given(o.Desk())
			o.Pass(2 * time.Hour)
			office.Until(t, "a new token", func() bool { return accounts.Given(o.Desk()) > before })
			d.End()
			o.SameBytes()
		})
	}
}
