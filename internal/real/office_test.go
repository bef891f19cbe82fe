package real_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

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
	dns      string // who is asked; the site's server otherwise
	mailbox  string // further lines of the mailbox
}

// newOffice makes the mailboxes and files of an installation.
func newOffice(t testing.TB, s *site, name string, choose ...func(*settings)) *office {
	t.Helper()
	dir, err := real.Scratch()
	noError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	o := &office{t: t, site: s, name: name, dir: dir, program: build(t, "testclock")}
	o.settings = settings{ports: s.postfix, submit: s.postfix.Submit, after: "move", security: "implicit",
		anna: o.anna(), dns: s.dns.Addr()}
	for _, c := range choose {
		c(&o.settings)
	}
	noError(t, s.dovecot.AddUsers(password, o.desk(), o.anna(), o.records(), o.jane()))
	t.Cleanup(func() {
		if log, err := os.ReadFile(s.postfix.Log()); err == nil && t.Failed() {
			queue, err := s.postfix.Queue()
			t.Logf("postfix has in its queue: %+v, %v", queue, err)
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
