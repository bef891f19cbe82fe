package real_test

import (
	"fmt"
	"os"
	"strings"

	"github.com/dsrd/dsrd/internal/real"
)

func (o *office) writeFiles() {
	o.t.Helper()
	url, database := o.site.redis.Database()
	o.database = database
	o.write("ca.pem", string(o.site.ca.PEM()))
	o.write("azure.pem", string(o.site.azure.Roots))
	o.write("password", password(o.desk()))
	o.write("secret", real.AzureSecret)
	o.write("identity", o.identity.String()+"\n")
	o.write("ahead", "0s")
	o.write("tenants.yaml", fmt.Sprintf(tenants, o.settings.anna, o.identity.Recipient(), o.records(), subscription))
	o.write("dsrd.yaml", o.configuration(url))
	noError(o.t, os.Mkdir(o.path("blobs"), 0o700))
	if got := dsrd(o.t, nil, "keys", "new", "--out", o.path("keys.yaml")); got.code != 0 {
		o.t.Fatalf("make keys: %+v", got)
	}
}

func (o *office) configuration(redis string) string {
	port := o.site.dovecot.IMAPS
	if o.settings.security == "starttls" {
		port = o.site.dovecot.IMAP
	}
	return strings.NewReplacer(
		"DESK", o.desk(), "NAME", o.name, "IMAPPORT", fmt.Sprint(port), "SECURITY", o.settings.security,
		"IDLE", fmt.Sprint(o.settings.idle), "SMTPPORT", fmt.Sprint(o.settings.submit), "REDIS", redis,
		"AFTER", o.settings.after, "MORE", o.settings.mailbox, "ENDPOINT", o.site.azure.URL(), "AUTHORITY", o.site.azure.Authority, "AZURETENANT", real.AzureTenant,
		"AZURECLIENT", real.AzureClient, "DNS", o.settings.dns,
	).Replace(configuration + o.settings.policy + o.settings.extra)
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
  user: DESK
  password_file: password
  ca_file: ca.pem
  from_name: Provider privacy desk
  reply: confirm-NAME@provider.example
  bounce: bounce-NAME@provider.example
  retry: {first: 1s, longest: 2s, for: 5d, ambiguous: 2s}
dns:
  servers: ["DNS"]
redis:
  url: REDIS
tenants:
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
