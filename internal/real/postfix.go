package real

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/dsrd/dsrd/internal/child"
	"github.com/dsrd/dsrd/mailer/mailtest"
)

// Domains are those whose mail Postfix hands to Dovecot.
const Domains = "provider.example, customer.example, acme.example"

// Limit is the size of the largest mail that the port Small takes, in bytes.
const Limit = 12 << 10

// Postfix is a mail transport agent. It delivers Domains to Dovecot and asks no DNS.
type Postfix struct {
	*Process
	Inbound int // for strangers: no login, our domains only
	Submit  int // for dsrd: STARTTLS and login
	Small   int // as Submit, for mails of up to Limit bytes
	Grey    int // as Submit, behind the Greylist

	Greylist     *Greylist
	dir, program string
}

// StartPostfix starts a server in the folder. Only root can: its parts run as several users.
func StartPostfix(dir string, ca *mailtest.CA, d *Dovecot) (*Postfix, error) {
	program, err := child.Find("master", "postfix")
	if err != nil {
		return nil, err
	}
	if os.Geteuid() != 0 {
		return nil, NeedsRoot{"postfix"}
	}
	p := &Postfix{dir: dir, program: program}
	if err := freePorts(&p.Inbound, &p.Submit, &p.Small, &p.Grey); err != nil {
		return nil, err
	}
	if p.Greylist, err = startGreylist(); err != nil {
		return nil, err
	}
	if err := p.prepare(ca, d); err != nil {
		return nil, fmt.Errorf("prepare postfix: %v", err)
	}
	return p, p.Start()
}

// NeedsRoot says that a server runs as several users, and so is for root to start.
type NeedsRoot struct{ Program string }

// Error names the server.
func (n NeedsRoot) Error() string {
	return n.Program + " can only be started by root (sudo make test)"
}

func (p *Postfix) prepare(ca *mailtest.CA, d *Dovecot) error {
	if err := p.makeQueue(); err != nil {
		return err
	}
	certificate := filepath.Join(p.dir, "smtp.pem")
	if err := writeCertificate(ca, certificate); err != nil {
		return err
	}
	files := map[string]string{
		"main.cf":   fmt.Sprintf(mainCf, p.dir, filepath.Dir(p.program), Domains, d.LMTP, d.SASL, certificate),
		"master.cf": fmt.Sprintf(masterCf, p.Inbound, p.Submit, p.Small, p.Grey, Limit, p.Greylist.Port),
		"aliases":   aliases,
		"headers":   headers,
	}
	for name, text := range files {
		if err := write(0o644, text, p.dir, name); err != nil {
			return err
		}
	}
	return nil
}

// makeQueue makes the folders that `postfix check` would, without its pauses.
func (p *Postfix) makeQueue() error {
	uid, _, err := idsOf("postfix")
	if err != nil {
		return err
	}
	drop, err := groupOf("postdrop")
	if err != nil {
		return err
	}
	for _, f := range []struct {
		name     string
		mode     os.FileMode
		uid, gid int
	}{
		{"queue", 0o755, 0, 0}, {"queue/pid", 0o755, 0, 0}, {"data", 0o700, uid, 0},
		{"queue/maildrop", 0o730 | os.ModeSticky, uid, drop}, {"queue/public", 0o710 | os.ModeSetgid, uid, drop},
		{"queue/active", 0o700, uid, 0}, {"queue/bounce", 0o700, uid, 0}, {"queue/corrupt", 0o700, uid, 0},
		{"queue/defer", 0o700, uid, 0}, {"queue/deferred", 0o700, uid, 0}, {"queue/flush", 0o700, uid, 0},
		{"queue/hold", 0o700, uid, 0}, {"queue/incoming", 0o700, uid, 0}, {"queue/private", 0o700, uid, 0},
		{"queue/saved", 0o700, uid, 0}, {"queue/trace", 0o700, uid, 0},
	} {
		path := filepath.Join(p.dir, f.name)
		if err := os.Mkdir(path, 0o700); err != nil {
			return err
		}
		if err := os.Chown(path, f.uid, f.gid); err != nil {
			return err
		}
		if err := os.Chmod(path, f.mode); err != nil {
			return err
		}
	}
	return nil
}

// Start starts the server again, with the same ports and queue. In the foreground and in one
// process group: master without its -d would leave the group that we end. Root's master changes
// its identity for a moment, and the kernel then forgets Pdeathsig, so a watchman holds a pipe to us.
func (p *Postfix) Start() (err error) {
	p.Process, err = child.Launch(p.Log(), syscall.SIGKILL, nil,
		"/bin/sh", "-c", watchman, "sh", p.program, "-c", p.dir, "-d")
	if err != nil {
		return err
	}
	return p.Await("postfix", func() bool { return greets(p.Inbound, "220") && greets(p.Submit, "220") })
}

// watchman ends the process group when nobody holds the other end of its input any more.
const watchman = `exec 3<&0; (cat <&3 >/dev/null; kill -KILL 0) & exec "$@" </dev/null 3<&-`

// Close ends the server and what belongs to it.
func (p *Postfix) Close() error {
	p.Stop()
	return p.Greylist.Close()
}

// Log is the file that Postfix writes.
func (p *Postfix) Log() string { return filepath.Join(p.dir, "postfix.log") }

// A Queued mail is one that Postfix has not got rid of.
type Queued struct {
	QueueName  string `json:"queue_name"`
	ID         string `json:"queue_id"`
	Sender     string `json:"sender"`
	Recipients []struct {
		Address string `json:"address"`
		Reason  string `json:"delay_reason"`
	} `json:"recipients"`
}

// Queue lists what waits.
func (p *Postfix) Queue() ([]Queued, error) {
	program, err := child.Find("postqueue", "postfix")
	if err != nil {
		return nil, err
	}
	out, err := output(program, "-c", p.dir, "-j")
	if err != nil {
		return nil, err
	}
	var all []Queued
	for line := range strings.Lines(out) {
		var q Queued
		if err := json.Unmarshal([]byte(line), &q); err != nil {
			return nil, fmt.Errorf("read the queue: %v", err)
		}
		all = append(all, q)
	}
	return all, nil
}
