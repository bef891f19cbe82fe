package office

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/dsrd/dsrd/internal/real"
)

// An Office is one installation: its configuration, its mailbox and its people. Nobody else of the
// site writes to them.
type Office struct {
	T        testing.TB
	Site     *Site
	Name     string // in all its addresses
	dir      string
	Store    Store
	Identity *age.X25519Identity // anna's
	Settings Settings
	Program  string // that serves
	Daemons  []*Daemon
}

// Settings are what a test may choose of a configuration, and of the program.
type Settings struct {
	Ports    *real.Postfix // to choose from
	Submit   int           // port of the relay
	Relay    string        // security of the relay: starttls, none
	IMAP     int           // port of the mailbox's server; 0: Dovecot's, as Security wants it
	After    string        // what becomes of a mail that is done: move, keep
	Security string        // of IMAP
	Idle     bool
	Extra    string            // further top-level keys, in whole lines
	Policy   string            // further lines of policy, each two blanks deep
	Redis    string            // further lines of redis, likewise
	Timing   map[string]string // such as lease: 3s
	Anna     string            // the admin's address; hers in acme.example otherwise
	Dns      string            // who is asked; the site's server otherwise
	Mailbox  string            // further lines of the mailbox, each four blanks deep
	Store    Store             // where it remembers; a database of the site's Redis otherwise
	Tags     []string          // that the program is built with, beside testclock
	Env      []string          // NAME=VALUE, for each daemon
}

// A Choice changes the settings of an office before its files are written.
type Choice func(*Settings)

// New makes the mailboxes and files of an installation.
func New(t testing.TB, s *Site, name string, choices ...Choice) *Office {
	t.Helper()
	dir, err := real.Scratch()
	NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	o := &Office{T: t, Site: s, Name: name, dir: dir}
	o.Settings = Settings{Ports: s.Postfix, Submit: s.Postfix.Submit, Relay: "starttls", After: "move",
		Security: "implicit", Anna: o.Anna(), Dns: s.DNS.Addr()}
	for _, c := range choices {
		c(&o.Settings)
	}
	o.Program = Build(t, strings.Join(append([]string{"testclock"}, o.Settings.Tags...), ","))
	if o.Store = o.Settings.Store; o.Store == nil {
		o.Store = newShared(s.Redis)
	}
	NoError(t, s.Dovecot.AddUsers(Password, o.Desk(), o.Anna(), o.Records(), o.Jane()))
	t.Cleanup(func() {
		if log, err := os.ReadFile(s.Postfix.Log()); err == nil && t.Failed() {
			queue, err := s.Postfix.Queue()
			t.Logf("postfix has in its queue: %+v, %v", queue, err)
			t.Logf("postfix said of %s:\n%s", name, strings.Join(Lines(log, "-"+name), ""))
		}
	})
	o.Identity, err = age.GenerateX25519Identity()
	NoError(t, err)
	o.writeFiles()
	return o
}

// Desk is the address that customers write to.
func (o *Office) Desk() string { return "desk-" + o.Name + "@provider.example" }

// Anna is the admin's address, unless the settings name another one.
func (o *Office) Anna() string { return "anna-" + o.Name + "@acme.example" }

// Records is the tenant's second contact.
func (o *Office) Records() string { return "records-" + o.Name + "@acme.example" }

// Jane is the address of a customer who writes for Jane, the constant.
func (o *Office) Jane() string { return "jane-" + o.Name + "@customer.example" }

// Path is where a file of the installation lies.
func (o *Office) Path(name string) string { return filepath.Join(o.dir, name) }

// Write writes a file of the installation anew.
func (o *Office) Write(name, text string) {
	o.T.Helper()
	NoError(o.T, os.WriteFile(o.Path(name), []byte(text), 0o600))
}

// Read gives a file of the installation.
func (o *Office) Read(name string) string {
	o.T.Helper()
	b, err := os.ReadFile(o.Path(name))
	NoError(o.T, err)
	return string(b)
}

// Replace changes a file that an operator would.
func (o *Office) Replace(name, from, to string) {
	o.T.Helper()
	text := o.Read(name)
	if !strings.Contains(text, from) {
		o.T.Fatalf("%s does not hold %q", name, from)
	}
	o.Write(name, strings.ReplaceAll(text, from, to))
}
