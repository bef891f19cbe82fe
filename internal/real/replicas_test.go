package real_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dsrd/dsrd/internal/office"
)

// TestTwoReplicasDoEverythingOnce gives twenty requests and their answers to two daemons that share
// mailbox and Redis. One of them stands still for longer than its leases, and then goes on.
func TestTwoReplicasDoEverythingOnce(t *testing.T) {
	t.Parallel()
	const requests = 20
	o := office.New(t, office.Common(t), "replicas", func(s *office.Settings) { s.Idle = true })
	text := o.Read("dsrd.yaml")
	o.Write("second.yaml", strings.Replace(text, "socket: dsrd.sock", "socket: second.sock", 1))
	d := o.Serve()
	second := o.ServeAs("second.yaml", "second.sock")
	second.Await("dsrd runs")
	for i := range requests {
		o.AsksHimself(fmt.Sprintf("customer%d@customer.example", i))
	}
	confirmations := o.AwaitMail(o.Anna(), requests)
	office.Until(t, "all that left is written down", func() bool { // or a copy may leave, once
		return strings.Count(d.Said()+second.Said(), "event=letter_sent") == requests
	})
	d.Pause()
	for _, m := range confirmations {
		o.Send(office.Reply(m, o.Anna(), "CONFIRM"))
	}
	o.AwaitMail(o.Anna(), 2*requests)
	d.Resume()
	office.Until(t, "all are completed", func() bool {
		for _, r := range o.RequestsBy("second.sock") {
			if r.State != "completed" {
				return false
			}
		}
		return true
	})
	d.End()
	second.End()
	o.Delivered()
	o.EachOnce(requests)
	t.Logf("letters sent by the first: %d, by the second: %d",
		strings.Count(d.Said(), "event=letter_sent"), strings.Count(second.Said(), "event=letter_sent"))
	if n := strings.Count(second.Said(), "event=package_sent"); n != requests {
		t.Errorf("the second sent %d packages: the first stood still", n)
	}
}
