package mailer

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dsrd/dsrd/mailer/reader"
	"github.com/dsrd/dsrd/workflow"
)

func TestWhatAMailWishesFor(t *testing.T) {
	const a, b = "a@customer.example", "b@customer.example"
	export := []workflow.Right{workflow.Export}
	for name, c := range map[string]struct {
		mail reader.Mail
		want []wish
	}{
		"a customer and nothing else": {ask(nil, a), []wish{{customer: a, rights: export}}},
		"in other case":               {ask(nil, "A@Customer.Example"), []wish{{customer: a, rights: export}}},
		"two customers": {ask([]string{"export"}, a, b),
			[]wish{{customer: a, rights: export}, {customer: b, rights: export}}},
		"several rights that an export answers": {ask([]string{"access", "portability"}, a),
			[]wish{{customer: a, rights: []workflow.Right{"access", "portability"}}}},
		"one that a person must handle": {ask([]string{"erasure"}, a),
			[]wish{{customer: a, rights: []workflow.Right{"erasure"}, reason: workflow.UnsupportedRight}}},
		"both kinds": {ask([]string{"erasure", "export"}, a), []wish{
			{customer: a, rights: export},
			{customer: a, rights: []workflow.Right{"erasure"}, reason: workflow.UnsupportedRight}}},
		"a right nobody knows": {ask([]string{"teleport"}, a),
			[]wish{{customer: a, rights: []workflow.Right{"teleport"}, reason: workflow.UnsupportedRight}}},
		"nobody": {ask([]string{"erasure", "export"}),
			[]wish{{reason: workflow.NoCustomer, rights: []workflow.Right{"export", "erasure"}}}},
		"nothing at all": {ask(nil), []wish{{reason: workflow.NoCustomer, rights: export}}},
		"a reminder":     {ask([]string{"export", "reminder"}, a), []wish{{reason: workflow.UnclearRequest, rights: export}}},
		"a complaint":    {ask([]string{"complaint"}, a), []wish{{reason: workflow.UnclearRequest, rights: export}}},
		"letters that can be mistaken": {ask(nil, "jаne@customer.example"),
			[]wish{{customer: "jаne@customer.example", rights: export, reason: workflow.OddMail}}},
		"the same, and a right for a person": {ask([]string{"erasure"}, "jаne@customer.example"), []wish{
			{customer: "jаne@customer.example", rights: []workflow.Right{"erasure"}, reason: workflow.OddMail}}},
		"unread":     {with(ask(nil, a), func(m *reader.Mail) { m.Err = "broken" }), odd1},
		"encrypted":  {with(ask(nil, a), func(m *reader.Mail) { m.Unreadable = "encrypted" }), odd1},
		"cut":        {with(ask(nil, a), func(m *reader.Mail) { m.Truncated = true }), odd1},
		"over limit": {with(ask(nil, a), func(m *reader.Mail) { m.OverLimit = true }), odd1},
	} {
		got := wishes(&c.mail)
		if diff := cmp.Diff(c.want, got, cmp.AllowUnexported(wish{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

var odd1 = []wish{{reason: workflow.OddMail, rights: []workflow.Right{workflow.Export}}}

func ask(kinds []string, customers ...string) reader.Mail {
	return reader.Mail{Request: reader.Request{Kinds: kinds, Customers: customers}}
}

func with(m reader.Mail, change func(*reader.Mail)) reader.Mail {
	change(&m)
	return m
}

// A list as long as one may be was perhaps longer: a person must see.
func TestALongListIsNotCutInSilence(t *testing.T) {
	for n, want := range map[int]int{19: 19, 20: 21} {
		var customers []string
		for i := range n {
			customers = append(customers, fmt.Sprintf("c%d@customer.example", i))
		}
		m := ask(nil, customers...)
		got := wishes(&m)
		if len(got) != want {
			t.Errorf("%d customers: %d wishes, want %d", n, len(got), want)
		}
		last := got[len(got)-1]
		if n == 20 && (last.reason != workflow.UnclearRequest || last.rule != ruleTooMany || last.customer != "") {
			t.Errorf("the last wish is %+v", last)
		}
	}
}
