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

	"github.com/dsrd/dsrd/internal/real"
	"github.com/dsrd/dsrd/mailer/mailtest"
)

// again says that this process is a test that another one started: what it is to do.
const again = "REAL_AGAIN"

// TestServersDieWithTheTests kills a process that has started all servers, as a crash, an
// impatient person or `go test -timeout` does.
func TestServersDieWithTheTests(t *testing.T) {
	if os.Getenv(again) == "hold" {
		s, err := open()
		noError(t, err)
		fmt.Println("all are up in", s.dir)
		io.Copy(io.Discard, os.Stdin) // until we are killed
		return
	}
	common(t) // or they are not installed
	t.Parallel()
	c := exec.Command(os.Args[0], "-test.run", "^"+t.Name()+"$")
	c.Env = append(os.Environ(), again+"=hold")
	in, err := c.StdinPipe()
	noError(t, err)
	defer in.Close()
	out, err := c.StdoutPipe()
	noError(t, err)
	noError(t, c.Start())
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
	noError(t, c.Process.Kill())
	c.Wait()
	if !within(deadline, func() bool { return len(usersOf(dir)) == 0 }) {
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
		common(t)
		t.Parallel()
		asNobody(t)
		return
	}
	dir, err := real.Scratch()
	noError(t, err)
	defer os.RemoveAll(dir)
	ca, err := mailtest.NewCA()
	noError(t, err)
	r, err := real.StartRedis(dir)
	skipMissing(t, err)
	defer r.Stop()
	if got, err := r.Ask(0, "CONFIG", "GET", "appendfsync"); err != nil || !strings.Contains(got, "always") {
		t.Errorf("redis: %s, %v", got, err)
	}
	d, err := real.StartDovecot(dir, ca)
	skipMissing(t, err)
	defer d.Close()
	s := &site{ca: ca, dovecot: d}
	noError(t, d.AddUsers(password, "somebody@provider.example"))
	if _, err := d.DoveadmWith("Subject: x\r\n\r\nx\r\n", "save", "-u", "somebody@provider.example"); err != nil {
		t.Error(err)
	}
	if n := len(s.mails(t, "somebody@provider.example", "INBOX")); n != 1 {
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
	noError(t, err)
	uid, err := strconv.Atoi(u.Uid)
	noError(t, err)
	gid, err := strconv.Atoi(u.Gid)
	noError(t, err)
	dir, err := real.Scratch()
	noError(t, err)
	defer os.RemoveAll(dir)
	program, err := os.ReadFile(os.Args[0])
	noError(t, err)
	noError(t, os.WriteFile(filepath.Join(dir, "test"), program, 0o755))
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
	s := common(t)
	const user = "smuggled@customer.example"
	noError(t, s.dovecot.AddUsers(password, user))
	for name, dot := range map[string]string{
		"LF dot LF": "\n.\n", "LF dot CRLF": "\n.\r\n", "CR dot CR": "\r.\r", "CRLF dot LF": "\r\n.\n",
	} {
		c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", s.postfix.Inbound))
		noError(t, err)
		noError(t, c.SetDeadline(time.Now().Add(deadline)))
		in := bufio.NewReader(c)
		for _, line := range []string{"", "EHLO x.example", "MAIL FROM:<a@elsewhere.example>", "RCPT TO:<" + user + ">", "DATA"} {
			if line != "" {
				fmt.Fprintf(c, "%s\r\n", line)
			}
			for {
				answer, err := in.ReadString('\n')
				noError(t, err)
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
	noError(t, s.deliver("a@elsewhere.example", user, "Subject: the last one\r\n\r\ntext\r\n"))
	until(t, "the last mail", func() bool {
		return strings.Contains(strings.Join(s.mails(t, user, "INBOX"), ""), "Subject: the last one")
	})
	for _, m := range s.mails(t, user, "INBOX") {
		if strings.HasPrefix(header(m).Get("Subject"), "inner") {
			t.Errorf("smuggled:\n%s", m)
		}
	}
}

func TestTheNameServerAnswers(t *testing.T) {
	d, err := real.StartDNS()
	noError(t, err)
	defer d.Close()
	long := strings.Repeat("k", 3000) // goes over TCP, in pieces
	d.SetTXT("Mail._domainkey.acme.example", long)
	d.SetMX("acme.example", "mail.acme.example")
	r := &net.Resolver{PreferGo: true, Dial: dialer(d.Addr())}
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
