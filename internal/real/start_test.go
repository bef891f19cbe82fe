package real_test

import (
	"os"
	"testing"

	"github.com/dsrd/dsrd/internal/real"
	"github.com/dsrd/dsrd/mailer/mailtest"
)

func TestServersStartAndEnd(t *testing.T) {
	ca, err := mailtest.NewCA()
	if err != nil {
		t.Fatal(err)
	}
	dd, _ := real.Scratch()
	pd, _ := real.Scratch()
	defer os.RemoveAll(dd)
	defer os.RemoveAll(pd)
	d, err := real.StartDovecot(dd, ca)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Stop()
	if err := d.AddUser("a@provider.example", "x"); err != nil {
		t.Fatal(err)
	}
	p, err := real.StartPostfix(pd, ca, d)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	q, err := p.Queue()
	t.Log(q, err)
	t.Log(d.Renumber("a@provider.example", "INBOX"))
	b, _ := os.ReadFile(p.Log())
	t.Log(d.Said(), p.Said(), string(b))
}
