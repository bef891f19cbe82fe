package mailer_test

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dsrd/dsrd/workflow"
)

func TestAMailBecomesItsRequests(t *testing.T) {
	w := newWorld(t)
	raw := w.signed(mark, "Data", "Please export the data of "+jane+" and "+joe+".\n")
	rec := w.take(raw)
	if rec.Outcome != workflow.MailStarted || len(rec.Requests) != 2 || !rec.Arrived.Equal(monday) {
		t.Fatalf("came to %+v", rec)
	}
	for i, customer := range []workflow.Address{jane, joe} {
		r := w.load(rec.Requests[i])
		if r.Customer != customer || r.State != workflow.AwaitingConfirmation || !r.ReceivedAt.Equal(monday) ||
			r.Requester != (workflow.Requester{Address: mark, Verified: true}) || r.Mail.Digest != rec.Digest {
			t.Errorf("request %d is %+v", i, r)
		}
	}
	w.work()
	if anna, bob := w.post.count(anna), w.post.count(bob); anna != 1 || bob != 1 {
		t.Errorf("anna has %d mails, bob %d", anna, bob)
	}
}

func TestOnlyAProvenWriterIsCalledVerified(t *testing.T) {
	w := newWorld(t)
	text := "Please export the data of " + jane + ".\n"
	for name, c := range map[string]struct {
		raw  []byte
		want workflow.Requester
	}{
		"signed":         {w.signed(mark, "a", text), workflow.Requester{Address: mark, Verified: true}},
		"unsigned":       {w.write(letter{from: mark, to: desk, body: text}), workflow.Requester{Address: mark}},
		"by another":     {seal(w.write(letter{from: mark, to: desk, body: text}), signature{domain: "evil.example"}), workflow.Requester{Address: mark}},
		"changed":        {swap(w.signed(mark, "b", text), "export", "access"), workflow.Requester{Address: mark}},
		"two From":       {append([]byte("From: eve@evil.example\r\n"), w.signed(mark, "c", text)...), workflow.Requester{Address: "eve@evil.example"}},
		"doubled fields": {append([]byte("Subject: x\r\n"), w.signed(mark, "d", text)...), workflow.Requester{Address: mark}},
	} {
		w := newWorld(t) // or they join
		rec := w.take(c.raw)
		if got := w.load(rec.Requests[0]).Requester; got != c.want {
			t.Errorf("%s: got %+v, want %+v", name, got, c.want)
		}
	}
}

// Delivered twice, on another way and in another encoding, it is the same request.
func TestTheSameMailTwiceIsOneRequest(t *testing.T) {
	w := newWorld(t)
	text := "Please export the data of " + jane + ".\n"
	raw := w.write(letter{from: mark, to: desk, subject: "x", id: "one@elsewhere.example", body: text})
	id := w.take(raw).Requests[0]
	for name, again := range map[string][]byte{
		"other trace fields":    append([]byte("Received: by b; Mon, 2 Nov 2026 09:00:00 +0000\r\n"), raw...),
		"another encoding":      swap(swap(raw, "\r\n\r\n", "\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"), "@customer", "=40customer"),
		"another line break":    swap(raw, "the data", "the\r\ndata"),
		"no white space at end": bytes.TrimSpace(raw),
	} {
		rec := w.take(again)
		if rec.Outcome != workflow.MailRepeated || len(rec.Requests) != 1 || rec.Requests[0] != id {
			t.Errorf("%s: came to %s with %v", name, rec.Outcome, rec.Requests)
		}
	}
	if got := w.rules(id); got != nil {
		t.Errorf("the history tells of %v", got)
	}
	other := w.take(swap(raw, "Please export", "Please, please export"))
	if got := w.rules(id); other.Outcome != workflow.MailRepeated || len(got) != 1 || got[0] != "intake/same-id-other-text" {
		t.Errorf("another text: came to %s, the history tells of %v", other.Outcome, got)
	}
	if n := len(w.requests()); n != 1 {
		t.Errorf("%d requests", n)
	}
}

// Neither a new key nor a registry that moved the customer makes another request of
// a mail that was delivered again.
func TestARequestKeepsItsID(t *testing.T) {
	w := newWorld(t)
	raw := w.signed(mark, "x", "Please export the data of "+jane+".\n")
	id := w.take(raw).Requests[0]
	again := func() []byte { w.mails++; return append(fmt.Appendf(nil, "Received: n%d\r\n", w.mails), raw...) }
	for name, change := range map[string]func(){
		"a new key": func() { w.desk.Keys.ID[2], w.desk.Keys.IDVersion = []byte("newer"), 2 },
		"another tenant": func() {
			w.people.change("acme", func(t *workflow.Tenant) { t.Domains = nil })
			w.people.change("globex", func(t *workflow.Tenant) { t.Domains = []string{"customer.example"} })
		},
		"no tenant": func() { w.people.change("globex", func(t *workflow.Tenant) { t.Domains = nil }) },
	} {
		change()
		if rec := w.take(again()); rec.Outcome != workflow.MailRepeated || rec.Requests[0] != id {
			t.Errorf("%s: came to %s with %v", name, rec.Outcome, rec.Requests)
		}
	}
	if n := len(w.requests()); n != 1 {
		t.Errorf("%d requests", n)
	}
}

func TestALongListLeavesAHint(t *testing.T) {
	w := newWorld(t)
	var list []string
	for n := range 23 {
		list = append(list, fmt.Sprintf("c%d@customer.example", n))
	}
	rec := w.take(w.signed(mark, "x", "Please export the data of these customers:\n"+strings.Join(list, "\n")+"\n"))
	if rec.Rule != "intake/too-many-customers" || len(rec.Requests) != 21 {
		t.Fatalf("came to %s by %q with %d requests", rec.Outcome, rec.Rule, len(rec.Requests))
	}
	last := w.load(rec.Requests[20])
	if last.State != workflow.NeedsReview || last.Reason != workflow.UnclearRequest {
		t.Errorf("the last is %s for %s", last.State, last.Reason)
	}
}

// counting counts what is asked of the store and the registry.
type counting struct {
	*ports
	calls []string
}

func (c *counting) Lookup(ctx context.Context, a workflow.Address) (workflow.Tenant, error) {
	c.calls = append(c.calls, "Lookup")
	return c.people.Lookup(ctx, a)
}

func (c *counting) Tenant(ctx context.Context, id string) (workflow.Tenant, error) {
	c.calls = append(c.calls, "Tenant")
	return c.people.Tenant(ctx, id)
}

func (c *counting) Receive(ctx context.Context, r workflow.Request, op string) (workflow.Birth, error) {
	c.calls = append(c.calls, "Receive")
	return c.ports.Receive(ctx, r, op)
}

func (c *counting) Find(ctx context.Context, l string) ([]workflow.ID, error) {
	c.calls = append(c.calls, "Find")
	return c.ports.Find(ctx, l)
}

func (c *counting) Load(ctx context.Context, id workflow.ID) (workflow.Request, error) {
	c.calls = append(c.calls, "Load")
	return c.ports.Load(ctx, id)
}

// Nobody learns by writing to us whether we know somebody: the same is done, and the
// same is answered, to the byte but for what names the mail itself.
func TestKnownAndUnknownCustomersAreTreatedAlike(t *testing.T) {
	see := func(customer string) (calls []string, receipt string) {
		w := newWorld(t)
		c := &counting{ports: breakable(w)}
		w.desk.Requests, w.desk.Workflow, w.desk.Registry = c, c, c
		raw := seal(w.write(letter{from: mark, to: desk, subject: "x", id: "one@elsewhere.example",
			body: "Please export the data of " + customer + ".\n"}), signature{domain: "elsewhere.example"})
		rec := w.take(raw)
		w.work()
		if w.post.count(mark) != 1 {
			t.Fatalf("%s: %d mails for the writer", customer, w.post.count(mark))
		}
		text := string(w.post.to(t, mark))
		id := rec.Requests[0]
		if strings.Contains(text, string(id)) {
			t.Errorf("the receipt names the whole id, and with it the partition:\n%s", text)
		}
		text = strings.ReplaceAll(text, id.Locator(), "LOCATOR")
		return c.calls, blind(text)
	}
	known, to := see(jane)
	unknown, toStranger := see("jane.roe@nowhere.example")
	if diff := cmp.Diff(known, unknown); diff != "" {
		t.Errorf("calls differ (-known +unknown):\n%s", diff)
	}
	if diff := cmp.Diff(to, toStranger); diff != "" {
		t.Errorf("receipts differ (-known +unknown):\n%s", diff)
	}
}

// blind removes what is a keyed digest of the locator: part of the Message-ID, and
// the boundary made of it.
func blind(text string) string {
	text = regexp.MustCompile(`(<dsr\.LOCATOR\.receipt\.0)\.[0-9a-f]+@`).ReplaceAllString(text, "$1@")
	boundary := regexp.MustCompile(`boundary="?([^";\s]+)`).FindStringSubmatch(text)
	return strings.ReplaceAll(text, boundary[1], "BOUNDARY")
}

// A mail that wants no automatic answer gets no receipt.
func TestNoReceiptWhereNoneIsWanted(t *testing.T) {
	w := newWorld(t)
	l := letter{from: mark, to: desk, more: "X-Auto-Response-Suppress: All\r\n", body: "Please export the data of " + jane + ".\n"}
	w.take(seal(w.write(l), signature{domain: "elsewhere.example"}))
	w.work()
	if w.post.count(mark) != 0 || w.post.count(anna) != 1 {
		t.Errorf("mark has %d mails, anna %d", w.post.count(mark), w.post.count(anna))
	}
}

// However many mails somebody has signed, the answers stay few.
func TestAnswersToStrangersAreBounded(t *testing.T) {
	w := newWorld(t)
	w.people.change("acme", func(t *workflow.Tenant) { t.Domains = nil }) // nobody's customer
	ask := func(from string) {
		w.take(w.signed(from, "x", "Please export the data of "+jane+".\n"))
	}
	for range 3 {
		ask("p0@elsewhere.example")
	}
	for n := range 55 {
		ask(fmt.Sprintf("p%d@elsewhere.example", n))
	}
	ask("z@evil.example")
	w.work()
	all := 0
	for _, m := range w.post.sent {
		if strings.HasSuffix(m.to, "@elsewhere.example") {
			all++
		}
		if w.post.count(m.to) != 1 || m.from != "" {
			t.Errorf("%d mails to %s, from <%s>", w.post.count(m.to), m.to, m.from)
		}
	}
	if all != 50 || w.post.count("z@evil.example") != 1 {
		t.Errorf("the domain got %d receipts, another %d", all, w.post.count("z@evil.example"))
	}
	w.pass(25 * time.Hour)
	ask("z@evil.example")
	w.work()
	if got := w.post.count("z@evil.example"); got != 2 {
		t.Errorf("a day later the address has %d receipts", got)
	}
}
