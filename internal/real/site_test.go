package real_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/dsrd/dsrd/export/source/defender/defendertest"
	"github.com/dsrd/dsrd/internal/real"
	"github.com/dsrd/dsrd/mailer/mailtest"
)

// The subscription that customers' data are in, and the only customer who has any.
const (
	subscription = "11111111-1111-1111-1111-111111111111"
	jane         = "jane.roe@customer.example"
)

// A site is all servers of a world.
type site struct {
	dir     string
	ca      *mailtest.CA
	redis   *real.Redis
	dovecot *real.Dovecot
	postfix *real.Postfix
	dns     *real.DNS
	azure   *real.Azure
	signers signers
}

// shared serves the tests that break no server.
var shared struct {
	once sync.Once
	site *site
	err  error
}

// sideBySide is how many tests run at a time where nobody says otherwise: they wait more than they
// work.
const sideBySide = "4"

func TestMain(m *testing.M) {
	flag.Parse()
	asked := false
	flag.Visit(func(f *flag.Flag) { asked = asked || f.Name == "test.parallel" })
	if !asked {
		_ = flag.Set("test.parallel", sideBySide) // a number
	}
	code := m.Run()
	if shared.site != nil {
		if err := shared.site.close(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.RemoveAll(binaries.dir)
	os.Exit(code)
}

// common gives the shared servers; their mailboxes are each test's own.
func common(t testing.TB) *site {
	t.Helper()
	shared.once.Do(func() { shared.site, shared.err = open() })
	skipMissing(t, shared.err)
	return shared.site
}

// own gives servers that the test may break.
func own(t testing.TB) *site {
	t.Helper()
	s, err := open()
	skipMissing(t, err)
	t.Cleanup(func() { noError(t, s.close()) })
	return s
}

// skipMissing leaves a test out whose servers are not installed, unless they are required.
func skipMissing(t testing.TB, err error) {
	t.Helper()
	var missing real.Missing
	var root real.NeedsRoot
	if (errors.As(err, &missing) || errors.As(err, &root)) && os.Getenv("REQUIRE_REAL") == "" {
		t.Skip(err)
	}
	noError(t, err)
}

func open() (*site, error) {
	dir, err := real.Scratch()
	if err != nil {
		return nil, err
	}
	s := &site{dir: dir}
	if err := s.start(); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *site) start() (err error) {
	folders := map[string]string{}
	for _, name := range []string{"r", "d", "p"} {
		folders[name] = filepath.Join(s.dir, name)
		if err := os.Mkdir(folders[name], 0o755); err != nil {
			return err
		}
	}
	if s.ca, err = mailtest.NewCA(); err != nil {
		return err
	}
	if s.redis, err = real.StartRedis(folders["r"]); err != nil {
		return err
	}
	if s.dovecot, err = real.StartDovecot(folders["d"], s.ca); err != nil {
		return err
	}
	if s.postfix, err = real.StartPostfix(folders["p"], s.ca, s.dovecot); err != nil {
		return err
	}
	if s.dns, err = real.StartDNS(); err != nil {
		return err
	}
	if s.azure, err = real.StartAzure(s.ca, defendertest.Sample(subscription, jane)); err != nil {
		return err
	}
	if s.signers, err = newSigners("acme.example", "customer.example", "elsewhere.example"); err != nil {
		return err
	}
	return s.signers.publish(s.dns)
}

// A server is one that a test can do something to.
type server interface {
	Start() error
	Stop()   // as a service manager does
	Kill()   // as a power cut does
	Pause()  // where it stands
	Resume() // after a pause
}

// server finds one of ours by its name.
func (s *site) server(name string) server {
	return map[string]server{"redis": s.redis, "dovecot": s.dovecot, "postfix": s.postfix}[name]
}

func (s *site) close() error {
	var errs []error
	if s.azure != nil {
		errs = append(errs, s.azure.Close())
	}
	if s.dns != nil {
		errs = append(errs, s.dns.Close())
	}
	if s.postfix != nil {
		errs = append(errs, s.postfix.Close())
	}
	if s.dovecot != nil {
		s.dovecot.Close()
	}
	if s.redis != nil {
		s.redis.Stop()
	}
	return errors.Join(append(errs, os.RemoveAll(s.dir))...)
}

func noError(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
