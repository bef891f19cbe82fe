package app_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/export/source"
	"github.com/dsrd/dsrd/internal/app"
	"github.com/dsrd/dsrd/internal/demo"
	"github.com/dsrd/dsrd/mailer/authentic"
	"github.com/dsrd/dsrd/mailer/mailtest"
)

// phonebook is a DNS of names that stand in it.
type phonebook struct {
	authentic.Zone
	mx map[string]string
}

func (p phonebook) LookupMX(_ context.Context, domain string) ([]string, error) {
	switch host := p.mx[domain]; host {
	case "":
		return nil, authentic.ErrNoRecord
	case "!temp":
		return nil, authentic.ErrTemporary
	default:
		return []string{host}, nil
	}
}

// goodDNS is what a provider should publish.
func goodDNS() phonebook {
	return phonebook{authentic.Zone{
		"provider.example":                 {"v=spf1 mx -all", "some other text"},
		"_dmarc.provider.example":          {"v=DMARC1; p=reject"},
		"mail._domainkey.provider.example": {"v=DKIM1; p=abc"},
	}, map[string]string{"provider.example": "mail.provider.example"}}
}

// sourceSettings make the configuration whole; the source itself is the world's.
const sourceSettings = `sources:
  - name: defender
    kind: defender
    endpoint: https://localhost:1
    credential:
      kind: client_secret
      tenant_id: 11111111-1111-1111-1111-111111111111
      client_id: 22222222-2222-2222-2222-222222222222
      secret_file: password
`

func checkupOf(t *testing.T, p *place) *app.Checkup {
	t.Helper()
	o, err := p.Assembly()
	must(t, err)
	return &app.Checkup{
		File: filepath.Join(p.Dir, "dsrd.yaml"), Now: p.Clock.Now, Rand: rand.Reader, Names: goodDNS(),
		Sources: o.Sources, Embedded: true, Limit: 5 * time.Second,
	}
}

// lines are the findings as one reads them.
func lines(found []app.Finding) string {
	var b strings.Builder
	for _, f := range found {
		fmt.Fprintf(&b, "%s %s %s: %s (%s)\n", f.Grade, f.Check, f.About, f.What, f.Remedy)
	}
	return b.String()
}

func worst(found []app.Finding) app.Grade {
	grade := app.GradeOK
	for _, f := range found {
		switch {
		case f.Grade == app.GradeFail:
			return app.GradeFail
		case f.Grade == app.GradeWarn:
			grade = app.GradeWarn
		}
	}
	return grade
}

func TestCheckupOfASoundWorldFailsNothing(t *testing.T) {
	p := newPlace(t, extra(sourceSettings))
	p.ask(t)
	must(t, p.Settle(t.Context()))
	sent, said := len(p.Post.SMTP.Accepted()), len(p.Post.IMAP.Commands())
	before := everything(t, p)

	found := checkupOf(t, p).Run(t.Context())
	if worst(found) == app.GradeFail {
		t.Errorf("it fails:\n%s", lines(found))
	}
	for _, want := range []string{
		"ok configuration ", "ok keys ", "ok tenants : 2 tenants, 2 admins", "ok redis : answers",
		"ok imap dsr: certificate is valid for another", "ok imap dsr: connected and logged in as " + demo.Desk,
		"ok imap dsr: the server has UIDPLUS, MOVE", "ok imap dsr: folder INBOX is there", "ok smtp : certificate",
		"ok smtp : connected and logged in as " + demo.Desk + "; no mail was sent",
		"ok dns : MX: mail to provider.example goes to mail.provider.example", "ok dns : SPF: provider.example says",
		"ok dns : DMARC: provider.example says p=reject", "ok source defender: let us in",
		"skip daemon : no daemon answers",
	} {
		if !strings.Contains(lines(found), want) {
			t.Errorf("it does not say %q:\n%s", want, lines(found))
		}
	}
	if n := len(p.Post.SMTP.Accepted()); n != sent {
		t.Errorf("it sent %d mails", n-sent)
	}
	for _, c := range p.Post.IMAP.Commands()[said:] {
		if !strings.HasPrefix(c, "LOGIN") {
			t.Errorf("it said %s, which changes something", c)
		}
	}
	if after := everything(t, p); after != before {
		t.Errorf("the mailbox was %s, is %s", before, after)
	}
}

// everything is what lies in the desk's mailbox, with its flags.
func everything(t *testing.T, p *place) string {
	t.Helper()
	var b strings.Builder
	for _, folder := range []string{"INBOX", "DSRD/Processed", "DSRD/Sent", "DSRD/State", "DSRD/Quarantine"} {
		for _, m := range p.stored(t, folder) {
			fmt.Fprintln(&b, folder, len(m.Raw), m.Flags)
		}
	}
	return b.String()
}

func TestCheckupMakesNoFolders(t *testing.T) {
	p := newPlace(t, extra(sourceSettings))
	found := checkupOf(t, p).Run(t.Context())
	if !strings.Contains(lines(found), "4 folders of our own missing yet: the first start makes them") {
		t.Errorf("got\n%s", lines(found))
	}
	if got := p.Post.IMAP.Commands(); slices.ContainsFunc(got, func(c string) bool { return strings.HasPrefix(c, "CREATE") }) {
		t.Errorf("it made a folder: %v", got)
	}
}

func TestCheckupNamesWhatIsWrongAndWhatToDo(t *testing.T) {
	for name, k := range map[string]struct {
		wreck func(*testing.T, *place, *app.Checkup)
		want  string
	}{
		"another password": {func(t *testing.T, p *place, _ *app.Checkup) {
			must(t, os.WriteFile(filepath.Join(p.Dir, "password"), []byte("wrong"), 0o600))
		}, "fail imap dsr: log in as " + demo.Desk + ": the login is refused (are user and password_file right?"},
		"another password at the relay": {func(t *testing.T, p *place, _ *app.Checkup) {
			must(t, os.WriteFile(filepath.Join(p.Dir, "password"), []byte("wrong"), 0o600))
		}, "fail smtp : submit to localhost:"},
		"another authority": {func(t *testing.T, p *place, _ *app.Checkup) {
			ca, err := mailtest.NewCA()
			must(t, err)
			must(t, os.WriteFile(filepath.Join(p.Dir, "ca.pem"), ca.PEM(), 0o600))
		}, "the certificate is refused: nobody whom we trust has signed it (sha256 "},
		"another name": {func(t *testing.T, p *place, _ *app.Checkup) {
			p.edit(t, "dsrd.yaml", "    host: localhost", "    host: ip6-localhost")
		}, "fail imap dsr: connect to ip6-localhost:"},
		"nobody listens": {func(t *testing.T, p *place, _ *app.Checkup) {
			_, port, _ := net.SplitHostPort(p.Post.IMAP.Addr())
			p.edit(t, "dsrd.yaml", "port: "+port, "port: 1")
		}, "is the server up, and is the port right?"},
		"redis is gone": {func(_ *testing.T, p *place, _ *app.Checkup) { p.Redis.Close() }, "fail redis : connect: "},
		"a secret for everybody": {func(t *testing.T, p *place, _ *app.Checkup) {
			must(t, os.Chmod(filepath.Join(p.Dir, "password"), 0o644))
		}, "warn keys : smtp.password_file: everybody on this machine may read"},
		"keys for everybody": {func(t *testing.T, p *place, _ *app.Checkup) {
			must(t, os.Chmod(filepath.Join(p.Dir, "keys.yaml"), 0o644))
		}, "skip servers : were not looked at (mend the configuration first)"},
		"a problem in the configuration": {func(t *testing.T, p *place, _ *app.Checkup) {
			p.edit(t, "dsrd.yaml", "encryption: age", "encryption: rot13")
		}, `delivery.encryption: is "rot13" (one of: age, passphrase, none)`},
		"a risky setting": {func(t *testing.T, p *place, _ *app.Checkup) {
			p.edit(t, "dsrd.yaml", "redis:\n", "redis:\n  accept_data_loss: true\n")
		}, "warn configuration : redis.accept_data_loss is true"},
		"a source that refuses us": {func(_ *testing.T, p *place, _ *app.Checkup) {
			p.Azure.Break("security_contacts", "unauthorized", 0, 0)
		}, "fail source defender: read defender/security_contacts: auth: "},
		"no answers for us": {func(_ *testing.T, _ *place, k *app.Checkup) {
			k.Names = phonebook{authentic.Zone{}, nil}
		}, "fail dns : MX: provider.example has no mail server"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlace(t, extra(sourceSettings))
			c := checkupOf(t, p)
			k.wreck(t, p, c)
			found := c.Run(t.Context())
			if !strings.Contains(lines(found), k.want) {
				t.Errorf("it does not say %q:\n%s", k.want, lines(found))
			}
		})
	}
}

func TestCheckupNeverShowsASecret(t *testing.T) {
	p := newPlace(t, extra(sourceSettings))
	must(t, os.WriteFile(filepath.Join(p.Dir, "password"), []byte("hush-hush-hush"), 0o600))
	if got := lines(checkupOf(t, p).Run(t.Context())); strings.Contains(got, "hush") {
		t.Errorf("it shows the password:\n%s", got)
	}
}

// TestCheckupDoesNotWaitForSilence meets servers that take a connection and say nothing.
func TestCheckupDoesNotWaitForSilence(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer silent.Close()
	_, port, _ := net.SplitHostPort(silent.Addr().String())
	p := newPlace(t, extra(sourceSettings))
	c := checkupOf(t, p)
	_, imap, _ := net.SplitHostPort(p.Post.IMAP.Addr())
	_, smtp, _ := net.SplitHostPort(p.Post.SMTP.Addr())
	p.edit(t, "dsrd.yaml", "port: "+imap, "port: "+port)
	p.edit(t, "dsrd.yaml", "port: "+smtp, "port: "+port)
	c.Limit = 300 * time.Millisecond
	began := time.Now()
	found := c.Run(t.Context())
	if d := time.Since(began); d > 3*time.Second {
		t.Errorf("it took %s", d)
	}
	for _, want := range []string{"fail imap dsr: ", "fail smtp : "} {
		if !strings.Contains(lines(found), want) {
			t.Errorf("it does not say %q:\n%s", want, lines(found))
		}
	}
	if !strings.Contains(lines(found), "does a firewall let us through?") {
		t.Errorf("it does not say what to do:\n%s", lines(found))
	}
}

// stubborn is a source that does not hear the end of its context.
type stubborn struct {
	source.Source
	free chan struct{}
}

func (s stubborn) Read(context.Context, source.Query, source.Sink) error {
	<-s.free
	return errors.New("late")
}

func TestCheckLeavesBehindWhatDoesNotListen(t *testing.T) {
	p := newPlace(t, extra(sourceSettings))
	c := checkupOf(t, p)
	s := stubborn{c.Sources[0], make(chan struct{})}
	defer close(s.free)
	c.Sources, c.Limit, c.Only = []source.Source{s}, 50*time.Millisecond, []string{"source"}
	if got := lines(c.Run(t.Context())); got != "fail source defender: no answer within 50ms "+
		"(is the server up, and does a firewall let us through?)\n" {
		t.Errorf("got %s", got)
	}
}

func TestCheckupOfSomeOnly(t *testing.T) {
	p := newPlace(t, extra(sourceSettings))
	for only, want := range map[string][]string{
		"redis": {"redis"}, "authserv_id": {"authserv_id"}, "imap": {"imap"}, "dns": {"dns"},
	} {
		c := checkupOf(t, p)
		c.Only = []string{only}
		var got []string
		for _, f := range c.Run(t.Context()) {
			got = append(got, f.Check)
		}
		if got = slices.Compact(got); !slices.Equal(got, want) {
			t.Errorf("%s: got %v", only, got)
		}
	}
}
