package demo

// configuration is the dsrd.yaml of this world: ports of IMAP and SMTP, the address
// of Redis, a folder of letters and the export schedule are filled in.
const configuration = `mailboxes:
  - name: dsr
    address: dsr-requests@provider.example
    host: localhost
    port: %d
    user: dsr-requests@provider.example
    password_file: password
    ca_file: ca.pem
smtp:
  host: localhost
  port: %d
  user: dsr-requests@provider.example
  password_file: password
  ca_file: ca.pem
  from_name: Provider privacy desk
redis:
  url: redis://%s
tenants:
  files: [tenants.yaml]
delivery:
  encryption: age
  blob_dir: blobs
  letters_dir: "%s"
export:
  work_dir: work
schedules:
  scan: "@every 5s"
  export: "%s"
console:
  socket: dsrd.sock
  listen: "off"
telemetry:
  format: text
keys:
  file: keys.yaml
`

// tenants is the registry of this world: an age recipient and two subscriptions
// are filled in.
const tenants = `tenants:
  - id: acme
    name: Acme GmbH
    admins:
      - address: anna.admin@acme.example
        role: account_administrator
        public_key: %s
    domains: [customer.example]
    second_contact: records@acme.example
    parameters:
      defender: {subscriptions: %s}
  - id: globex
    name: Globex
    admins:
      - {address: bob.admin@globex.example, role: reader}
    domains: [buyer.example]
    second_contact: secretary@globex.example
    encryption: passphrase
    parameters:
      defender: {subscriptions: %s}
`
