package office_test

import (
	"os"
	"testing"

	"github.com/dsrd/dsrd/internal/office"
	"github.com/dsrd/dsrd/internal/oracle"
	"github.com/dsrd/dsrd/internal/real"
	"github.com/dsrd/dsrd/store/redistest"
)

func folder(t *testing.T) string {
	t.Helper()
	dir, err := real.Scratch()
	office.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// TestAnOfficeWorksOnEveryStore, with three daemons.
func TestAnOfficeWorksOnEveryStore(t *testing.T) {
	for name, begin := range map[string]func(t *testing.T) office.Choice{
		"alone": func(t *testing.T) office.Choice {
			s, err := redistest.Start(folder(t))
			office.SkipMissing(t, err)
			t.Cleanup(s.Kill)
			return office.Alone(s, "")
		},
		"watched": func(t *testing.T) office.Choice {
			s, err := redistest.StartTrio(folder(t))
			office.SkipMissing(t, err)
			t.Cleanup(s.Close)
			return office.Watched(s)
		},
		"clustered": func(t *testing.T) office.Choice {
			s, err := redistest.StartSix(folder(t))
			office.SkipMissing(t, err)
			t.Cleanup(s.Close)
			return office.Clustered(s)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := office.New(t, office.Common(t), name, office.Quick, begin(t))
			o.Replicas(3)
			const customer = "joe@customer.example"
			o.AsksHimself(customer)
			o.AwaitMail(o.Anna(), 1)
			o.Answer("REJECT")
			o.AwaitState("declined")
			v := judged(o, []oracle.Asked{{Customer: customer, Requester: customer, Admin: o.Anna(), Answer: oracle.Rejected}}, nil)
			if !v.Holds(oracle.Allowed{}) || v.Mails == 0 {
				t.Errorf("the verdict is %+v", v)
			}
		})
	}
}
