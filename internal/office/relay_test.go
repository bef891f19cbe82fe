package office_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dsrd/dsrd/internal/faulty"
	"github.com/dsrd/dsrd/internal/office"
	"github.com/dsrd/dsrd/internal/oracle"
)

// confirmed lets a customer ask and anna confirm, and gives what the oracle is told.
func confirmed(o *office.Office) []oracle.Asked {
	o.T.Helper()
	const customer = "joe@customer.example"
	o.Serve()
	o.AsksHimself(customer)
	o.AwaitMail(o.Anna(), 1)
	o.AwaitEvents("letter_sent", 1) // or who has answered needs no second copy
	o.Answer("CONFIRM")
	o.AwaitState("completed")
	return []oracle.Asked{{Customer: customer, Requester: customer, Admin: o.Anna(), Answer: oracle.Confirmed}}
}

func judged(o *office.Office, asked []oracle.Asked, received []oracle.Received) oracle.Verdict {
	o.T.Helper()
	var e oracle.Evidence
	office.Until(o.T, "all that was to be done is done", func() (holds bool) {
		var err error
		e, err = o.Evidence("dsrd.sock", asked, o.Anna(), o.Records())
		office.NoError(o.T, err)
		e.Received = received
		return oracle.Judge(e).Stuck == 0
	})
	return oracle.Judge(e)
}

func TestTheOracleFindsAWholeLifeFine(t *testing.T) {
	t.Parallel()
	o := office.New(t, office.Common(t), "judged", office.Quick)
	v := judged(o, confirmed(o), nil)
	if !v.Holds(oracle.Allowed{}) || v.Mails != 2 {
		t.Errorf("the verdict is %+v", v)
	}
}

// TestAReceiverIsARelay that loses its word once: what left twice is counted, and lies with anna.
func TestAReceiverIsARelay(t *testing.T) {
	t.Parallel()
	s := office.Common(t)
	r, err := s.Receiver(filepath.Join(t.TempDir(), "received"), func(g oracle.Stage) oracle.Reply {
		return oracle.Reply{Cut: g.Name == "." && g.Seen == 1}
	})
	office.NoError(t, err)
	t.Cleanup(func() { r.Close() })
	p, err := faulty.Listen(fmt.Sprintf("127.0.0.1:%d", r.Port()))
	office.NoError(t, err)
	t.Cleanup(p.Close)
	o := office.New(t, s, "receiver", office.Quick, office.Through(p))
	v := judged(o, confirmed(o), r.Received())
	if v.Lost+v.Stuck+v.Wrong+v.Unlike != 0 || v.Duplicates != 2 || v.Mails != 4 {
		t.Errorf("the verdict is %+v", v)
	}
	if n := len(r.Mails()); n != 4 || p.Bursts() == 0 {
		t.Errorf("it has taken %d mails", n)
	}
}

// TestASinkIsARelay: a server that knows neither TLS nor logins.
func TestASinkIsARelay(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	office.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	mails := make(chan string, 10)
	go sink(l, mails)
	o := office.New(t, office.Common(t), "sink", office.Sink(l.Addr().(*net.TCPAddr).Port))
	o.Serve()
	o.AsksHimself("joe@customer.example")
	if m := <-mails; office.CodeIn(m) == "" {
		t.Errorf("it has got:\n%s", m)
	}
}

// sink takes everything.
func sink(l net.Listener, mails chan<- string) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			io.WriteString(c, "220 sink\r\n")
			var mail []string
			data := false
			for in := bufio.NewScanner(c); in.Scan(); {
				answer := "250 ok"
				switch line := in.Text(); {
				case data && line == ".":
					data = false
					mails <- strings.Join(mail, "\r\n")
				case data:
					mail, answer = append(mail, line), ""
				case line == "DATA":
					data, answer = true, "354 go on"
				}
				if answer != "" {
					io.WriteString(c, answer+"\r\n")
				}
			}
		}()
	}
}
