package office

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/dsrd/dsrd/internal/real"
)

func (o *Office) writeFiles() {
	o.T.Helper()
	o.Write("ca.pem", string(o.Site.CA.PEM()))
	o.Write("azure.pem", string(o.Site.Azure.Roots))
	o.Write("password", Password(o.Desk()))
	o.Write("secret", real.AzureSecret)
	o.Write("identity", o.Identity.String()+"\n")
	o.Write("ahead", "0s")
	o.Write("tenants.yaml", fmt.Sprintf(tenants, o.Settings.Anna, o.Identity.Recipient(), o.Records(), subscription))
	o.Write("dsrd.yaml", o.configuration())
	for _, folder := range []string{"blobs", "state"} {
		NoError(o.T, os.Mkdir(o.Path(folder), 0o700))
	}
	if got := Dsrd(o.T, nil, "keys", "new", "--out", o.Path("keys.yaml")); got.Code != 0 {
		o.T.Fatalf("make keys: %+v", got)
	}
}

func (o *Office) configuration() string {
	port := o.Settings.IMAP
	if port == 0 {
		port = map[string]int{"implicit": o.Site.Dovecot.IMAPS, "starttls": o.Site.Dovecot.IMAP}[o.Settings.Security]
	}
	return strings.NewReplacer(
		"DESK", o.Desk(), "NAME", o.Name, "IMAPPORT", fmt.Sprint(port), "SECURITY", o.Settings.Security,
		"IDLE", fmt.Sprint(o.Settings.Idle), "SMTPPORT", fmt.Sprint(o.Settings.Submit),
		"RELAY", o.Settings.Relay, "LOGIN", o.login(),
		"REDIS", o.Store.Configuration()+o.Settings.Redis,
		"AFTER", o.Settings.After, "MORE", o.Settings.Mailbox, "ENDPOINT", o.Site.Azure.URL(),
		"AUTHORITY", o.Site.Azure.Authority, "AZURETENANT", real.AzureTenant,
		"AZURECLIENT", real.AzureClient, "DNS", o.Settings.Dns,
	).Replace(configuration + o.Settings.Policy + o.timing() + o.Settings.Extra)
}

// login is how the relay gets to know the daemon. Over a connection that is not encrypted nobody does.
func (o *Office) login() string {
	if o.Settings.Relay == "none" {
		return ""
	}
	return "  user: " + o.Desk() + "\n  password_file: password\n"
}

// timing is what is not waited for as long as usual.
func (o *Office) timing() string {
	if len(o.Settings.Timing) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("timing:\n")
	for _, key := range slices.Sorted(maps.Keys(o.Settings.Timing)) {
		fmt.Fprintf(&b, "  %s: %s\n", key, o.Settings.Timing[key])
	}
	return b.String()
}

const configuration = `mailboxes:
  - name: dsr
    address: DESK
    host: localhost
    port: IMAPPORT
    security: SECURITY
    idle: IDLE
    user: DESK
    password_file: password
    ca_file: ca.pem
    after: AFTER
MOREsmtp:
  host: localhost
  port: SMTPPORT
  security: RELAY
LOGIN  ca_file: ca.pem
  from_name: Provider privacy desk
  reply: confirm-NAME@provider.example
  bounce: b-NAME@provider.example
  retry: {first: 1s, longest: 2s, for: 5d, ambiguous: 2s}
dns:
  servers: ["DNS"]
redis:
  state_dir: state
REDIStenants:
  files: [tenants.yaml]
sources:
  - name: defender
    kind: defender
    endpoint: ENDPOINT
    ca_file: azure.pem
    credential:
      kind: client_secret
      tenant_id: AZURETENANT
      client_id: AZURECLIENT
      secret_file: secret
      authority_host: AUTHORITY
delivery:
  encryption: age
  blob_dir: blobs
export:
  work_dir: work
schedules:
  scan: "@every 1s"
  export: "@every 1s"
  remind: "@every 1s"
  deadline: "@every 1s"
  retention: "@every 1s"
  checkpoint: "@every 1s"
console:
  socket: dsrd.sock
  listen: "off"
telemetry:
  format: text
  level: debug
keys:
  file: keys.yaml
policy:
  breaker_limit: 0
`

const tenants = `tenants:
  - id: acme
    name: Acme GmbH
    admins:
      - address: %s
        role: account_administrator
        public_key: %s
    domains: [customer.example]
    second_contact: %s
    parameters:
      defender: {subscriptions: %s}
`

// Port is how a configuration names a port.
func Port(n int) string { return fmt.Sprintf("port: %d", n) }
