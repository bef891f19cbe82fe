package real

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"github.com/dsrd/dsrd/internal/child"
	"github.com/dsrd/dsrd/mailer/mailtest"
)

// Dovecot is an IMAP and LMTP server with mailboxes of its own. Who has a token of the Accounts
// needs no password.
type Dovecot struct {
	*Process
	Accounts    *Accounts
	IMAP, IMAPS int // ports: STARTTLS, and TLS from the first byte
	LMTP, SASL  string

	dir, program string
	mu           sync.Mutex
	users        []account
}

// account is a line of Dovecot's passwd-file.
type account struct {
	name, password string
	quota          int // kB; 0 is none
}

// StartDovecot starts a server in the folder, with a certificate of the authority for localhost.
func StartDovecot(dir string, ca *mailtest.CA) (*Dovecot, error) {
	program, err := child.Find("dovecot", "dovecot-imapd dovecot-lmtpd")
	if err != nil {
		return nil, err
	}
	d := &Dovecot{dir: dir, program: program, LMTP: filepath.Join(dir, "lmtp"), SASL: filepath.Join(dir, "sasl")}
	if err := freePorts(&d.IMAP, &d.IMAPS); err != nil {
		return nil, err
	}
	if d.Accounts, err = startAccounts(ca); err != nil {
		return nil, err
	}
	if err := d.prepare(ca); err != nil {
		return nil, fmt.Errorf("prepare dovecot: %v", err)
	}
	return d, d.Start()
}

func (d *Dovecot) prepare(ca *mailtest.CA) error {
	mail := filepath.Join(d.dir, "mail")
	if err := os.Mkdir(mail, 0o700); err != nil {
		return err
	}
	if os.Geteuid() == 0 {
		uid, gid, err := idsOf("dovecot")
		if err != nil {
			return err
		}
		if err := os.Chown(mail, uid, gid); err != nil {
			return err
		}
	}
	who, err := d.identity()
	if err != nil {
		return err
	}
	certificate := filepath.Join(d.dir, "imap.pem")
	text := fmt.Sprintf(dovecotConf, d.dir, d.IMAP, d.IMAPS, certificate) + who
	return errors.Join(writeCertificate(ca, certificate), write(0o644, "", d.dir, "users"),
		write(0o644, fmt.Sprintf(dovecotOAuth, d.Accounts.worth.URL+"/worth"), d.dir, "oauth2.conf"),
		write(0o644, text, d.dir, "dovecot.conf"))
}

// identity says as whom the parts of the server run: as root it gives up its rights as usual,
// otherwise all are the user who started it.
func (d *Dovecot) identity() (string, error) {
	if os.Geteuid() == 0 {
		return "mail_uid = dovecot\nmail_gid = dovecot\nfirst_valid_uid = 1\nfirst_valid_gid = 1\n", nil
	}
	me, err := user.Current()
	if err != nil {
		return "", err
	}
	group, err := user.LookupGroupId(me.Gid)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf(dovecotUnprivileged, me.Username, group.Name), nil
}

// Start starts the server again, with the same ports and mailboxes.
func (d *Dovecot) Start() (err error) {
	d.Process, err = child.Launch(filepath.Join(d.dir, "dovecot.log"), syscall.SIGTERM, nil, d.program,
		"-F", "-c", filepath.Join(d.dir, "dovecot.conf"))
	if err != nil {
		return err
	}
	return d.Await("dovecot", func() bool { return greets(d.IMAP, "* OK") && listens(d.IMAPS) })
}

// Close ends the server and what belongs to it.
func (d *Dovecot) Close() {
	d.Stop()
	d.Accounts.Close()
}

// AddUsers makes mailboxes; password gives each its own.
func (d *Dovecot) AddUsers(password func(name string) string, names ...string) error {
	err := d.change(func() {
		for _, name := range names {
			d.users = append(d.users, account{name: name, password: password(name)})
		}
	})
	if err != nil {
		return err
	}
	last := names[len(names)-1]
	return d.known("auth succeeded", "auth", "test", last, password(last))
}

// SetPassword gives a mailbox another password.
func (d *Dovecot) SetPassword(name, password string) error {
	if err := d.change(func() { d.of(name).password = password }); err != nil {
		return err
	}
	return d.known("auth succeeded", "auth", "test", name, password)
}

// SetQuota limits a mailbox to so many kB; 0 ends that. Sessions that are open keep the old limit.
func (d *Dovecot) SetQuota(name string, kilobytes int) error {
	if err := d.change(func() { d.of(name).quota = kilobytes }); err != nil {
		return err
	}
	limit := "-"
	if kilobytes > 0 {
		limit = strconv.Itoa(kilobytes)
	}
	return d.known(`STORAGE Value=\d+ Limit=`+limit+" ", "-f", "flow", "quota", "get", "-u", name)
}

// known waits until Dovecot has noticed a change, as a command tells: it looks at its list of users
// once a second.
func (d *Dovecot) known(pattern string, words ...string) error {
	told := regexp.MustCompile(pattern)
	var out string
	var err error
	if !d.Within(child.Patience, func() bool {
		out, err = d.Doveadm(words...)
		return err == nil && told.MatchString(out)
	}) {
		return errors.Join(fmt.Errorf("dovecot does not notice its new list of users: %s", out), err)
	}
	return nil
}

func (d *Dovecot) of(name string) *account {
	for i := range d.users {
		if d.users[i].name == name {
			return &d.users[i]
		}
	}
	return new(account) // a change of nobody
}

// change writes the list of users anew. Dovecot reads it when size or second of change differ, so
// each list is longer than the one before.
func (d *Dovecot) change(do func()) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	do()
	var b strings.Builder
	for _, u := range d.users {
		fmt.Fprintf(&b, "%s:{PLAIN}%s::::::", u.name, u.password)
		if u.quota > 0 {
			fmt.Fprintf(&b, "userdb_quota_rule=*:storage=%dK", u.quota)
		}
		b.WriteString("\n")
	}
	path := filepath.Join(d.dir, "users")
	if old, err := os.Stat(path); err == nil {
		for int64(b.Len()) <= old.Size() {
			b.WriteString("#\n")
		}
	}
	if err := write(0o644, b.String(), path+".new"); err != nil {
		return err
	}
	return os.Rename(path+".new", path) // or a mail that comes now finds half a list
}

// Doveadm runs an administrator's command.
func (d *Dovecot) Doveadm(words ...string) (string, error) { return d.DoveadmWith("", words...) }

// DoveadmWith is Doveadm for a command that reads a mail.
func (d *Dovecot) DoveadmWith(mail string, words ...string) (string, error) {
	program, err := child.Find("doveadm", "dovecot-core")
	if err != nil {
		return "", err
	}
	return outputOf(mail, program, append([]string{"-c", filepath.Join(d.dir, "dovecot.conf")}, words...)...)
}

// Renumber gives a folder another UIDVALIDITY, as a restored backup or a moved mailbox has.
func (d *Dovecot) Renumber(name, folder string) error {
	now, err := d.Doveadm("-f", "flow", "mailbox", "status", "-u", name, "uidvalidity", folder)
	if err != nil {
		return err
	}
	_, number, _ := strings.Cut(strings.TrimSpace(now), "uidvalidity=")
	validity, err := strconv.Atoi(number)
	if err != nil {
		return fmt.Errorf("read the UIDVALIDITY in %q: %v", now, err)
	}
	_, err = d.Doveadm("mailbox", "update", "-u", name, "--uid-validity", strconv.Itoa(validity+1000), folder)
	return err
}

// writeCertificate puts a certificate for this machine and its key into one file.
func writeCertificate(ca *mailtest.CA, path string) error {
	c, err := ca.Server("localhost", "127.0.0.1")
	if err != nil {
		return err
	}
	return write(0o600, certificatePEM(c), path)
}

// certificatePEM has the key first, as Postfix wants it.
func certificatePEM(c *tls.Config) string {
	var b strings.Builder
	key, err := x509.MarshalPKCS8PrivateKey(c.Certificates[0].PrivateKey)
	if err == nil {
		_ = pem.Encode(&b, &pem.Block{Type: "PRIVATE KEY", Bytes: key})
	}
	for _, der := range c.Certificates[0].Certificate {
		_ = pem.Encode(&b, &pem.Block{Type: "CERTIFICATE", Bytes: der}) // a builder takes everything
	}
	return b.String()
}

func groupOf(name string) (int, error) {
	g, err := user.LookupGroup(name)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(g.Gid)
}

func idsOf(name string) (uid, gid int, err error) {
	u, err := user.Lookup(name)
	if err != nil {
		return 0, 0, err
	}
	uid, err = strconv.Atoi(u.Uid)
	if err != nil {
		return 0, 0, err
	}
	gid, err = strconv.Atoi(u.Gid)
	return uid, gid, err
}
