package real_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dsrd/dsrd/internal/office"

	"github.com/dsrd/dsrd/internal/real"
	"github.com/dsrd/dsrd/mailer/mailtest"
)

// again says that this process is a test that another one started: what it is to do.
const again = "REAL_AGAIN"

// TestServersDieWithTheTests kills a process that has started all servers, as a crash, an
// impatient person or `go test -timeout` does.
func TestServersDieWithTheTests(t *testing.T) {
	if os.Getenv(again) == "hold" {
		s, err := office.Open()
		office.NoError(t, err)
		fmt.Println("all are up in", s.Dir)
		io.Copy(io.Discard, os.Stdin) // until we are killed
		return
	}
	office.Common(t) // or they are not installed
	t.Parallel()
	c := exec.Command(os.Args[0], "-test.run", "^"+t.Name()+"$")
	c.Env = append(os.Environ(), again+"=hold")
	in, err := c.StdinPipe()
	office.NoError(t, err)
	defer in.Close()
	out, err := c.StdoutPipe()
	office.NoError(t, err)
	office.NoError(t, c.Start())
	dir := ""
	for lines := bufio.NewScanner(out); dir == "" && lines.Scan(); {
		_, dir, _ = strings.Cut(lines.Text(), "all are up in ")
	}
	if dir == "" {
		t.Fatal("the servers did not start")
	}
	defer os.RemoveAll(dir)
	if all := usersOf(dir); len(all) < 5 {
		t.Errorf("only %v run in %s: are they still found?", all, dir)
	}
	office.NoError(t, c.Process.Kill())
	c.Wait()
	if !office.Within(office.Deadline, func() bool { return len(usersOf(dir)) == 0 }) {
		t.Errorf("still there: %v", usersOf(dir))
	}
}

// usersOf are the processes that speak of a folder or stand in it.
func usersOf(dir string) (all []string) {
	processes, _ := filepath.Glob("/proc/[0-9]*")
	for _, p := range processes {
		line, _ := os.ReadFile(filepath.Join(p, "cmdline"))
		env, _ := os.ReadFile(filepath.Join(p, "environ"))
		cwd, _ := os.Readlink(filepath.Join(p, "cwd"))
		if strings.Contains(string(line)+string(env)+cwd, dir) {
			all = append(all, filepath.Base(p)+" "+strings.ReplaceAll(string(line), "\x00", " "))
		}
	}
	return all
}

// TestAnOrdinaryUserStartsRedisAndDovecot, and is told that Postfix is not for him.
func TestAnOrdinaryUserStartsRedisAndDovecot(t *testing.T) {
	if os.Geteuid() == 0 {
		office.Common(t)
		t.Parallel()
		asNobody(t)
		return
	}
	dir, err := real.Scratch()
	office.NoError(t, err)
	defer os.RemoveAll(dir)
	ca, err := mailtest.NewCA()
	office.NoError(t, err)
	r, err := real.StartRedis(dir)
	office.SkipMissing(t, err)
	defer r.Stop()
	if got, err := r.Ask(0, "CONFIG", "GET", "appendfsync"); err != nil || !strings.Contains(got, "always") {
		t.Errorf("redis: %s, %v", got, err)
	}
	d, err := real.StartDovecot(dir, ca)
	office.SkipMissing(t, err)
	defer d.Close()
	s := &office.Site{CA: ca, Dovecot: d}
	office.NoError(t, d.AddUsers(office.Password, "somebody@provider.example"))
	if _, err := d.DoveadmWith("Subject: x\r\n\r\nx\r\n", "save", "-u", "somebody@provider.example"); err != nil {
		t.Error(err)
	}
	if n := len(s.Mails(t, "somebody@provider.example", "INBOX")); n != 1 {
		t.Errorf("there are %d mails", n)
	}
	if _, err := real.StartPostfix(dir, ca, d); err == nil {
		t.Error("postfix starts")
	}
}

// asNobody runs the present test once more, without rights.
func asNobody(t *testing.T) {
	t.Helper()
	u, err := user.Lookup("nobody")
	office.NoError(t, err)
	uid, err := strconv.Atoi(u.Uid)
	office.NoError(t, err)
	gid, err := strconv.Atoi(u.Gid)
	office.NoError(t, err)
	dir, err := real.Scratch()
	office.NoError(t, err)
	defer os.RemoveAll(dir)
	program, err := os.ReadFile(os.Args[0])
	office.NoError(t, err)
	office.NoError(t, os.WriteFile(filepath.Join(dir, "test"), program, 0o755))
	c := exec.Command(filepath.Join(dir, "test"), "-test.run", "^"+t.Name()+"$", "-test.v")
	c.Dir, c.Env = dir, append(os.Environ(), "HOME="+dir)
	c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	if out, err := c.CombinedOutput(); err != nil {
		t.Errorf("as %s: %v\n%s", u.Username, err, out)
	}
}

// TestPostfixTakesNoSmuggledMail ends a mail with a dot between bare newlines and lets another one
// follow, as if it came from somebody else (SMTP smuggling). Debian's 3.7 must be told to refuse it.
func TestPostfixTakesNoSmuggledMail(t *testing.T) {
	t.Parallel()
	s := office.Common(t)
	const user = "smuggled@customer.example"
	office.NoError(t, s.Dovecot.AddUsers(office.Password, user))
	for name, dot := range map[string]string{
		"LF dot LF": "\n.\n", "LF dot CRLF": "\n.\r\n", "CR dot CR": "\r.\r", "CRLF dot LF": "\r\n.\n",
	} {
		c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", s.Postfix.Inbound))
		office.NoError(t, err)
		office.NoError(t, c.SetDeadline(time.Now().Add(office.Deadline)))
		in := bufio.NewReader(c)
		for _, line := range []string{"", "EHLO x.example", "MAIL FROM:<a@elsewhere.example>", "RCPT TO:<" + user + ">", "DATA"} {
			if line != "" {
				fmt.Fprintf(c, "%s\r\n", line)
			}
			for {
				answer, err := in.ReadString('\n')
				office.NoError(t, err)
				if answer[3] == ' ' {
					break
				}
			}
		}
		fmt.Fprintf(c, "Subject: outer %s\r\n\r\ntext%sMAIL FROM:<b@acme.example>\r\nRCPT TO:<%s>\r\nDATA\r\n"+
			"Subject: inner %[1]s\r\n\r\ntext\r\n.\r\nQUIT\r\n", name, dot, user)
		io.Copy(io.Discard, in)
		c.Close()
	}
	office.NoError(t, s.Deliver("a@elsewhere.example", user, "Subject: the last one\r\n\r\ntext\r\n"))
	office.Until(t, "the last mail", func() bool {
		return strings.Contains(strings.Join(s.Mails(t, user, "INBOX"), ""), "Subject: the last one")
	})
	for _, m := range s.Mails(t, user, "INBOX") {
		if strings.HasPrefix(office.Header(m).Get("Subject"), "inner") {
			t.Errorf("smuggled:\n%s", m)
		}
	}
}

func TestTheNameServerAnswers(t *testing.T) {
	d, err := real.StartDNS()
	office.NoError(t, err)
	defer d.Close()
	long := strings.Repeat("k", 3000) // goes over TCP, in pieces
	d.SetTXT("Mail._domainkey.acme.example", long)
	d.SetMX("acme.example", "mail.acme.example")
	r := &net.Resolver{PreferGo: true, Dial: office.Dialer(d.Addr())}
	txt, err := r.LookupTXT(t.Context(), "mail._domainkey.acme.example.")
	if err != nil || len(txt) != 1 || txt[0] != long {
		t.Errorf("TXT: %d records, %v", len(txt), err)
	}
	mx, err := r.LookupMX(t.Context(), "acme.example.")
	if err != nil || len(mx) != 1 || mx[0].Host != "mail.acme.example." {
		t.Errorf("MX: %v, %v", mx, err)
	}
	if d.Asked("MAIL._domainkey.acme.example") == 0 {
		t.Error("nobody asked for the key")
	}
	_, err = r.LookupTXT(t.Context(), "nobody.example.")
	if e, ok := err.(*net.DNSError); !ok || !e.IsNotFound {
		t.Errorf("a name that is not there: %v", err)
	}
	d.Fail(true)
	_, err = r.LookupTXT(t.Context(), "mail._domainkey.acme.example.")
	if e, ok := err.(*net.DNSError); !ok || e.IsNotFound || !e.IsTemporary {
		t.Errorf("a server that fails: %v", err)
	}
}
