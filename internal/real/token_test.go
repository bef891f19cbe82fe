package real_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/dsrd/dsrd/internal/real"
)

// withTokens lets an office log in with tokens alone, to the mailbox and to the relay.
func withTokens(o *office, auth string) {
	o.t.Helper()
	o.replace("dsrd.yaml", "    password_file: password\n", "    auth: "+auth+"\n    token: mail\n")
	o.replace("dsrd.yaml", "  password_file: password\n", "  auth: "+auth+"\n  token: mail\n")
	o.write("client", real.AccountsSecret)
	o.write("password", "of no use")
	o.replace("dsrd.yaml", "smtp:\n", fmt.Sprintf("tokens:\n  - name: mail\n    grant: client_credentials\n"+
		"    endpoint: %s\n    client_id: %s\n    secret_file: client\n    ca_file: ca.pem\nsmtp:\n",
		o.site.dovecot.Accounts.Endpoint, o.desk()))
}

// TestTokensOpenMailboxAndRelay does the main job without a password. Between its steps the token is
// revoked and all sessions are ended, and later it grows old: another one is fetched each time.
func TestTokensOpenMailboxAndRelay(t *testing.T) {
	for _, auth := range []string{"xoauth2", "oauthbearer"} {
		t.Run(auth, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t, common(t), auth)
			withTokens(o, auth)
			d := o.serve()
			accounts := o.site.dovecot.Accounts
			o.ask(jane)
			o.awaitMail(o.anna(), 1)
			o.awaitEvents("letter_sent", 1)
			if n := accounts.Given(o.desk()); n != 1 {
				t.Errorf("%d tokens were given", n)
			}
			accounts.Revoke(o.desk())
			_, err := o.site.dovecot.Doveadm("kick", o.desk())
			noError(t, err)
			o.pass(3 * time.Minute) // it may log in as often as it likes
			o.answer("CONFIRM")
			o.awaitState("completed")
			o.opens(o.inbox(o.anna())[1])
			before := accounts.Given(o.desk())
			o.pass(2 * time.Hour)
			until(t, "a new token", func() bool { return accounts.Given(o.desk()) > before })
			d.end()
			o.sameBytes()
		})
	}
}
