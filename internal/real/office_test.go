package real_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"filippo.io/age"

	"github.com/dsrd/dsrd/internal/real"
)

// An office is one installation: its configuration, its mailbox and its people. Nobody else of the
// site writes to them.
type office struct {
	t        testing.TB
	site     *site
	name     string // in all its addresses
	dir      string
	database int
	identity *age.X25519Identity // anna's
	settings settings
	program  string // that serves
	daemons  []*daemon
}

// settings are what a test may choose of a configuration.
type settings struct {
	ports    *real.Postfix // to choose from
	submit   int           // port of the relay
	after    string        // what becomes of a mail that is done: move, keep
	security string        // of IMAP
	idle     bool
	extra    string // further top-level keys
	policy   string // further lines of policy
	anna     string // the admin's address; hers in acme.example otherwise
}

// newOffice makes the mailboxes and files of an installation.
func newOffice(t testing.TB, s *site, name string, choose ...func(*settings)) *office {
	t.Helper()
	dir, err := real.Scratch()
	noError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	o := &office{t: t, site: s, name: name, dir: dir, program: build(t, "testclock")}
	o.settings = settings{ports: s.postfix, submit: s.postfix.Submit, after: "move", security: "implicit", anna: o.anna()}
	for _, c := range choose {
		c(&o.settings)
	}
	noError(t, s.dovecot.AddUsers(password, o.desk(), o.anna(), o.records(), o.jane()))
	t.Cleanup(func() {
		if log, err := os.ReadFile(s.postfix.Log()); err == nil && t.Failed() {
			t.Logf("postfix said of %s:\n%s", name, strings.Join(lines(log, "-"+name), ""))
		}
	})
	o.identity, err = age.GenerateX25519Identity()
	noError(t, err)
	o.writeFiles()
	return o
}

func (o *office) desk() string    { return "desk-" + o.name + "@provider.example" }
func (o *office) anna() string    { return "anna-" + o.name + "@acme.example" }
func (o *office) records() string { return "records-" + o.name + "@acme.example" }
func (o *office) jane() string    { return "jane-" + o.name + "@customer.example" }

func (o *office) path(name string) string { return filepath.Join(o.dir, name) }

func (o *office) write(name, text string) {
	o.t.Helper()
	noError(o.t, os.WriteFile(o.path(name), []byte(text), 0o600))
}

func (o *office) read(name string) string {
	o.t.Helper()
	b, err := os.ReadFile(o.path(name))
	noError(o.t, err)
	return string(b)
}

// replace changes a file that an operator would.
func (o *office) replace(name, from, to string) {
	o.t.Helper()
	text := o.read(name)
	if !strings.Contains(text, from) {
		o.t.Fatalf("%s does not hold %q", name, from)
	}
	o.write(name, strings.ReplaceAll(text, from, to))
}

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
		"AFTER", o.settings.after, "ENDPOINT", o.site.azure.URL(), "AUTHORITY", o.site.azure.Authority, "AZURETENANT", real.AzureTenant,
		"AZURECLIENT", real.AzureClient, "DNS", o.site.dns.Addr(),
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
smtp:
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

// A daemon is a running dsrd.
type daemon struct {
	*real.Process
	office *office
	socket string
}

// serve starts the daemon and waits for its first scan: what lay in the mailbox before is left alone.
func (o *office) serve() *daemon {
	o.t.Helper()
	d := o.serveAs("dsrd.yaml", "dsrd.sock")
	d.ready()
	return d
}

// serveAs starts a daemon without waiting for anything.
func (o *office) serveAs(config, socket string) *daemon {
	o.t.Helper()
	p, err := real.Launch(o.path(fmt.Sprintf("dsrd-%d.log", len(o.daemons))),
		[]string{"TESTCLOCK_AHEAD=" + o.path("ahead")},
		o.program, "serve", "--config", o.path(config))
	noError(o.t, err)
	d := &daemon{p, o, o.path(socket)}
	o.daemons = append(o.daemons, d)
	o.t.Cleanup(func() {
		if o.t.Failed() && d.Running() {
			for _, r := range o.requestsBy(socket) {
				o.t.Logf("%s", dsrd(o.t, nil, "show", r.ID, "--socket", d.socket).out)
			}
		}
		if d.Running() {
			d.Kill()
		}
		if o.t.Failed() {
			o.t.Logf("%s said:\n%s", filepath.Base(config), end(d.Said()))
		}
	})
	return d
}

// end is the end of a log.
func end(log string) string { return log[max(0, len(log)-20000):] }

// ready waits until the mailbox was read once.
func (d *daemon) ready() {
	d.office.t.Helper()
	until(d.office.t, "the first scan", func() bool {
		if !d.Running() {
			d.office.t.Fatalf("dsrd has ended:\n%s", d.Said())
		}
		value, err := d.office.site.redis.Ask(d.office.database, "KEYS", "*cursor*")
		if err != nil || value == "" {
			return false
		}
		return strings.Contains(d.Said(), "dsrd runs") // before, operators are told to wait
	})
}

// end stops the daemon as a service manager does, and wants it to end well.
func (d *daemon) end() {
	d.office.t.Helper()
	d.Tell(syscall.SIGTERM)
	until(d.office.t, "the daemon ends", func() bool { return !d.Running() })
	if code := d.ExitCode(); code != 0 {
		d.office.t.Errorf("dsrd ended with %d", code)
	}
}

// await waits for a line in the log.
func (d *daemon) await(text string) {
	d.office.t.Helper()
	until(d.office.t, fmt.Sprintf("dsrd says %q", text), func() bool { return strings.Contains(d.Said(), text) })
}

// A request is one as operators see it.
type request struct {
	ID, Tag, State, Reason string
	Package                *struct{ Size int64 }
	History                []struct{ Event, Actor, From, To, Rule, Reason, Note string }
	Waiting                []struct{ Effect, Note string }
	Proof                  string `json:"history_check"`
}

// events are the names of what happened, oldest first.
func (r request) events() (all []string) {
	for _, h := range r.History {
		all = append(all, h.Event)
	}
	return all
}

func (r request) rules() (all []string) {
	for _, h := range r.History {
		if h.Rule != "" {
			all = append(all, h.Rule)
		}
	}
	return all
}

// requests asks the daemon for all there are, as an operator does.
func (o *office) requests() []request {
	o.t.Helper()
	return o.requestsBy("dsrd.sock")
}

func (o *office) requestsBy(socket string) []request {
	o.t.Helper()
	got := dsrd(o.t, nil, "queue", "--state", "all", "--json", "--limit", "1000", "--socket", o.path(socket))
	if got.code != 0 {
		return nil
	}
	var page struct{ Requests []request }
	if err := json.Unmarshal([]byte(got.out), &page); err != nil {
		o.t.Fatalf("read the queue %q: %v", got.out, err)
	}
	return page.Requests
}

// show gives one request with its history.
func (o *office) show(id string) (r request) {
	o.t.Helper()
	got := dsrd(o.t, nil, "show", id, "--json", "--socket", o.path("dsrd.sock"))
	if err := json.Unmarshal([]byte(got.out), &r); err != nil {
		o.t.Fatalf("read %+v: %v", got, err)
	}
	return r
}

// only gives the one request that there must be.
func (o *office) only() request {
	o.t.Helper()
	all := o.requests()
	if len(all) != 1 {
		o.t.Fatalf("there are %d requests, not 1: %+v", len(all), all)
	}
	return o.show(all[0].ID)
}

// awaitState waits until the only request is in that state.
func (o *office) awaitState(state string) request {
	o.t.Helper()
	var last []request
	if !within(deadline, func() bool {
		last = o.requests()
		return len(last) == 1 && last[0].State == state
	}) {
		o.t.Fatalf("in vain: the request is %s; there are %+v", state, last)
	}
	return o.only()
}

// now is the office's time.
func (o *office) now() time.Time {
	b, err := os.ReadFile(o.path("ahead"))
	noError(o.t, err)
	ahead, err := time.ParseDuration(string(b))
	noError(o.t, err)
	return time.Now().Add(ahead)
}

// pass lets time pass for the daemon.
func (o *office) pass(d time.Duration) {
	o.t.Helper()
	ahead := o.now().Add(d).Sub(time.Now()).Round(time.Second)
	o.write("ahead.new", ahead.String())
	noError(o.t, os.Rename(o.path("ahead.new"), o.path("ahead"))) // never half a time
}

// passing lets time pass step by step, and the daemon work in between, until something holds.
func (o *office) passing(step time.Duration, what string, holds func() bool) {
	o.t.Helper()
	for range 60 {
		if within(time.Second, holds) {
			return
		}
		o.pass(step)
	}
	o.t.Fatalf("in vain: %s", what)
}

// ask lets jane ask for a customer's data.
func (o *office) ask(customer string) {
	o.t.Helper()
	o.send(letter{from: o.jane(), to: o.desk(), subjectLine: "My data",
		body: "Please send me a copy of the data you hold about " + customer + ".\n"})
}

// send signs a letter, and hands it to Postfix.
func (o *office) send(l letter) {
	o.t.Helper()
	if l.date.IsZero() {
		l.date = o.now()
	}
	domain := l.signAs
	if domain == "" {
		domain = domainOf(l.from)
	}
	raw, err := o.site.signers.sign(l.String(), domain)
	noError(o.t, err)
	noError(o.t, o.site.deliver(l.from, l.to, raw))
}

// inbox is what somebody has got.
func (o *office) inbox(who string) []string { return o.site.mails(o.t, who, "INBOX") }

// awaitMail waits until somebody has got at least n mails, and gives all.
func (o *office) awaitMail(who string, n int) []string {
	o.t.Helper()
	var mails []string
	if !within(deadline, func() bool {
		mails, _ = o.site.look(who, "INBOX") // a server may be down meanwhile
		return len(mails) >= n
	}) {
		o.t.Fatalf("in vain: mail %d for %s; there are %d", n, who, len(mails))
	}
	return mails
}

// answer lets anna answer the newest mail that she has.
func (o *office) answer(text string) {
	o.t.Helper()
	mails := o.inbox(o.anna())
	o.send(reply(mails[len(mails)-1], o.anna(), text))
}

// packages are the mails with an attachment that somebody has got.
func (o *office) packages(who string) (all []string) {
	for _, m := range o.inbox(who) {
		if _, ok := attachment(m); ok {
			all = append(all, m)
		}
	}
	return all
}

// confirmations are the mails with a code that somebody has got.
func (o *office) confirmations(who string) []string {
	return slices.DeleteFunc(o.inbox(who), func(m string) bool { return !strings.Contains(body(m), "\nCode: ") })
}
