package real_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestTwoReplicasDoEverythingOnce gives twenty requests and their answers to two daemons that share
// mailbox and Redis. One of them stands still for longer than its leases, and then goes on.
func TestTwoReplicasDoEverythingOnce(t *testing.T) {
	t.Parallel()
	const requests = 20
	o := newOffice(t, common(t), "replicas", func(s *settings) { s.idle = true })
	text := o.read("dsrd.yaml")
	o.write("second.yaml", strings.Replace(text, "socket: dsrd.sock", "socket: second.sock", 1))
	d := o.serve()
	second := o.serveAs("second.yaml", "second.sock")
	second.await("dsrd runs")
	for i := range requests {
		o.asksHimself(fmt.Sprintf("customer%d@customer.example", i))
	}
	confirmations := o.awaitMail(o.anna(), requests)
	until(t, "all that left is written down", func() bool { // or a copy may leave, once
		return strings.Count(d.Said()+second.Said(), "event=letter_sent") == requests
	})
	d.Pause()
	for _, m := range confirmations {
		o.send(reply(m, o.anna(), "CONFIRM"))
	}
	o.awaitMail(o.anna(), 2*requests)
	d.Resume()
	until(t, "all are completed", func() bool {
		for _, r := range o.requestsBy("second.sock") {
			if r.State != "completed" {
				return false
			}
		}
		return true
	})
	d.end()
	second.end()
	o.delivered()
	o.eachOnce(requests)
	t.Logf("letters sent by the first: %d, by the second: %d",
		strings.Count(d.Said(), "event=letter_sent"), strings.Count(second.Said(), "event=letter_sent"))
	if n := strings.Count(second.Said(), "event=package_sent"); n != requests {
		t.Errorf("the second sent %d packages: the first stood still", n)
	}
}
