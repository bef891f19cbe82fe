package office

import (
	"fmt"

	"github.com/dsrd/dsrd/internal/real"
)

// WithTokens lets the office log in with tokens alone, to the mailbox and to the relay; auth is the
// mechanism, xoauth2 or oauthbearer.
func (o *Office) WithTokens(auth string) {
	o.T.Helper()
	o.Replace("dsrd.yaml", "    password_file: password\n", "    auth: "+auth+"\n    token: mail\n")
	o.Replace("dsrd.yaml", "  password_file: password\n", "  auth: "+auth+"\n  token: mail\n")
	o.Write("client", real.AccountsSecret)
	o.Write("password", "of no use")
	o.Replace("dsrd.yaml", "smtp:\n", fmt.Sprintf("tokens:\n  - name: mail\n    grant: client_credentials\n"+
		"    endpoint: %s\n    client_id: %s\n    secret_file: client\n    ca_file: ca.pem\nsmtp:\n",
		o.Site.Dovecot.Accounts.Endpoint, o.Desk()))
}
