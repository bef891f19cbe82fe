package office

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
	// Jane is a customer who has data.
	Jane = "jane.roe@customer.example"
)

// A Site is all servers of a world.
type Site struct {
	Dir     string
	CA      *mailtest.CA
	Redis   *real.Redis
	Dovecot *real.Dovecot
	Postfix *real.Postfix
	DNS     *real.DNS
	Azure   *real.Azure
	signers signers
}

// shared serves the tests that break no server.
var shared struct {
	once sync.Once
	site *Site
	err  error
}

// sideBySide is how many tests run at a time where nobody says otherwise: they wait more than they
// work.
const sideBySide = "4"

// Main runs a package's tests, and ends the servers that they shared. Each package that uses Common
// calls it from its TestMain, and ends with the code that it gives.
func Main(m *testing.M) int {
	flag.Parse()
	asked := false
	flag.Visit(func(f *flag.Flag) { asked = asked || f.Name == "test.parallel" })
	if !asked {
		_ = flag.Set("test.parallel", sideBySide) // a number
	}
	code := m.Run()
	if shared.site != nil {
		if err := shared.site.Close(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	_ = os.RemoveAll(binaries.dir)
	return code
}

// Common gives the shared servers; their mailboxes are each test's own.
func Common(t testing.TB) *Site {
	t.Helper()
	shared.once.Do(func() { shared.site, shared.err = Open() })
	SkipMissing(t, shared.err)
	return shared.site
}

// Own gives servers that the test may break.
func Own(t testing.TB) *Site {
	t.Helper()
	s, err := Open()
	SkipMissing(t, err)
	t.Cleanup(func() { NoError(t, s.Close()) })
	return s
}

// SkipMissing leaves a test out whose servers are not installed, unless they are required.
func SkipMissing(t testing.TB, err error) {
	t.Helper()
	var missing real.Missing
	var root real.NeedsRoot
	if (errors.As(err, &missing) || errors.As(err, &root)) && os.Getenv("REQUIRE_REAL") == "" {
		t.Skip(err)
	}
	NoError(t, err)
}

// Open starts all servers; whoever does not need them any more closes them.
func Open() (*Site, error) {
	dir, err := real.Scratch()
	if err != nil {
		return nil, err
	}
	s := &Site{Dir: dir}
	if err := s.start(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Site) start() (err error) {
	folders := map[string]string{}
	for _, name := range []string{"r", "d", "p"} {
		folders[name] = filepath.Join(s.Dir, name)
		if err := os.Mkdir(folders[name], 0o755); err != nil {
			return err
		}
	}
	if s.CA, err = mailtest.NewCA(); err != nil {
		return err
	}
	if s.Redis, err = real.StartRedis(folders["r"]); err != nil {
		return err
	}
	if s.Dovecot, err = real.StartDovecot(folders["d"], s.CA); err != nil {
		return err
	}
	if s.Postfix, err = real.StartPostfix(folders["p"], s.CA, s.Dovecot); err != nil {
		return err
	}
	if s.DNS, err = real.StartDNS(); err != nil {
		return err
	}
	if s.Azure, err = real.StartAzure(s.CA, defendertest.Sample(subscription, Jane)); err != nil {
		return err
	}
	if s.signers, err = newSigners("acme.example", "customer.example", "elsewhere.example"); err != nil {
		return err
	}
	return s.signers.publish(s.DNS)
}

// A Server is one that a test can do something to.
type Server interface {
	Start() error
	Stop()   // as a service manager does
	Kill()   // as a power cut does
	Pause()  // where it stands
	Resume() // after a pause
}

// Server finds one of ours by its name.
func (s *Site) Server(name string) Server {
	return map[string]Server{"redis": s.Redis, "dovecot": s.Dovecot, "postfix": s.Postfix}[name]
}

// Close ends all servers and removes what they wrote.
func (s *Site) Close() error {
	var errs []error
	if s.Azure != nil {
		errs = append(errs, s.Azure.Close())
	}
	if s.DNS != nil {
		errs = append(errs, s.DNS.Close())
	}
	if s.Postfix != nil {
		errs = append(errs, s.Postfix.Close())
	}
	if s.Dovecot != nil {
		s.Dovecot.Close()
	}
	if s.Redis != nil {
		s.Redis.Stop()
	}
	return errors.Join(append(errs, os.RemoveAll(s.Dir))...)
}

// NoError ends the test that met one.
func NoError(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
