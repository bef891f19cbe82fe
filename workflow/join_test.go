package workflow_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/workflow"
)

func TestMailJoinsAnyOpenRequest(t *testing.T) {
	everywhere(t, func(t *testing.T, l *life) {
		was := l.r
		e := l.event(workflow.Joined)
		err := l.apply(e)
		if was.Closed() {
			refused(t, "joining what is over", err)
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if l.r.State != was.State || !l.r.Deadline.Equal(was.Deadline) || !l.r.WakeAt.Equal(was.WakeAt) ||
			!l.r.ReceivedAt.Equal(was.ReceivedAt) || l.r.Mail != was.Mail {
			t.Errorf("it moved the request: %+v", l.r)
		}
		want := *e.Join
		want.Number = 1
		same(t, l.r.Joined, []workflow.Joining{want})
		l.replays(t)
	})
}

func TestOnlyAProvenJoinerThatMayBeAnsweredGetsAReceipt(t *testing.T) {
	cases := []struct {
		name           string
		verified, mayb bool
		want           int
	}{
		{"proven", true, true, 1},
		{"a stranger's", false, true, 0},
		{"an answer is not wanted", true, false, 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			l := at(t, workflow.AwaitingConfirmation, workflow.DefaultPolicy())
			e := l.event(workflow.Joined)
			e.Join.Requester.Verified, e.Join.Receipt = c.verified, c.mayb
			if err := l.apply(e); err != nil {
				t.Fatal(err)
			}
			if len(l.last.Effects) != c.want {
				t.Errorf("ordered %v", l.last.Effects)
			}
		})
	}
}

func TestLettersSpeakOfTheBestProvenRequester(t *testing.T) {
	l := at(t, workflow.AwaitingConfirmation, workflow.DefaultPolicy())
	l.r.Requester = workflow.Requester{Address: "eve@evil.example"}
	for i, step := range []struct {
		joins, want workflow.Requester
	}{
		{workflow.Requester{Address: "mallory@evil.example"}, workflow.Requester{Address: "eve@evil.example"}},
		{workflow.Requester{Address: "agent@law.example", Verified: true}, workflow.Requester{Address: "agent@law.example", Verified: true}},
		{workflow.Requester{Address: l.r.Customer}, workflow.Requester{Address: "agent@law.example", Verified: true}},
		{workflow.Requester{Address: l.r.Customer, Verified: true}, workflow.Requester{Address: l.r.Customer, Verified: true}},
		{workflow.Requester{Address: "eve@evil.example", Verified: true}, workflow.Requester{Address: l.r.Customer, Verified: true}},
	} {
		e := l.event(workflow.Joined)
		e.Op, e.Join.Requester = fmt.Sprintf("join:%d", i), step.joins
		if err := l.apply(e); err != nil {
			t.Fatal(err)
		}
		if got := l.r.Asker(); got != step.want {
			t.Errorf("after %+v joined, letters speak of %+v, want %+v", step.joins, got, step.want)
		}
	}
	if l.r.Requester.Address != "eve@evil.example" {
		t.Errorf("receipts of the first mail would go to %s", l.r.Requester.Address)
	}
}

func TestReceiptNamesItsJoiningAndTheFirstMailsIsNumberNought(t *testing.T) {
	p := workflow.DefaultPolicy()
	p.Receipt = true
	l := newLife(t, birth(p))
	want := []int{0}
	for n := range 230 {
		l.must(t, workflow.Joined)
		l.now = l.now.Add(time.Hour)
		if n%2 == 1 { // every other one is proven
			want = append(want, n+1)
		}
	}
	var numbers []int
	for _, e := range l.effects {
		if e.Type == workflow.SendReceipt {
			numbers = append(numbers, e.Number)
		}
	}
	same(t, numbers, want)
	if len(l.r.Joined) != 200 || l.r.JoinedCount != 230 {
		t.Errorf("kept %d of %d", len(l.r.Joined), l.r.JoinedCount)
	}
	for i, j := range l.r.Joined {
		if got, there := l.r.JoinedAs(i + 31); !there || got != j || j.Mail.Digest != fmt.Sprintf("join%d", i+31) {
			t.Errorf("joining %d is %s", i+31, j.Mail.Digest)
		}
	}
	l.replays(t)
}

func TestJoiningLeavesTheRequestDecidedOnAlone(t *testing.T) {
	l := at(t, workflow.Confirmed, workflow.DefaultPolicy())
	l.must(t, workflow.Joined, workflow.Joined, workflow.Joined)
	was := l.r
	one, two := l.event(workflow.Joined), l.event(workflow.Joined)
	first, err := workflow.Decide(was, one, l.now)
	second, err2 := workflow.Decide(was, two, l.now)
	if err != nil || err2 != nil {
		t.Fatal(err, err2)
	}
	if got := first.Request.Joined[3].Mail.Digest; got != one.Mail || len(was.Joined) != 3 {
		t.Errorf("two decisions on one request share a list: %s, %s", got, second.Request.Joined[3].Mail.Digest)
	}
}

func TestIncompleteJoiningIsRefused(t *testing.T) {
	l := at(t, workflow.Confirmed, workflow.DefaultPolicy())
	for name, spoil := range map[string]func(*workflow.Event){
		"nothing":   func(e *workflow.Event) { e.Join = nil },
		"no moment": func(e *workflow.Event) { e.Join.At = time.Time{} },
		"no digest": func(e *workflow.Event) { e.Join.Mail.Digest = "" },
	} {
		e := l.event(workflow.Joined)
		spoil(&e)
		refused(t, name, l.apply(e))
	}
}

func TestPurgeTakesWhoJoinedToo(t *testing.T) {
	l := newLife(t, birth(workflow.DefaultPolicy()))
	l.must(t, workflow.Joined, workflow.Joined, workflow.OperatorCancelled)
	before := l.r.Joined[0]
	l.now = l.r.WakeAt
	l.must(t, workflow.PersonalExpired)
	for _, j := range l.r.Joined {
		if j.Requester.Address != "" || j.Mail.MessageID != "" || j.Mail.Digest == "" || j.At.IsZero() {
			t.Errorf("left behind: %+v", j)
		}
	}
	if before.Requester.Address == "" {
		t.Error("the purge changed the request it was decided on")
	}
}

func TestGroupsAreWhatOneAnswerServes(t *testing.T) {
	of := func(tenant, customer string, rights ...workflow.Right) []string {
		r := workflow.Request{TenantID: tenant, Customer: workflow.Address(customer), Rights: rights}
		return r.Groups()
	}
	export := of("acme", "jane@x", workflow.Export)
	if len(export) != 1 || !strings.Contains(export[0], "export") {
		t.Fatalf("got %q", export)
	}
	same(t, of("acme", "jane@x", workflow.Portability, workflow.Access), export)
	same(t, of("acme", "JANE@x", workflow.Access), export)
	same(t, of("acme", "jane@x"), export) // a mail that only names a customer
	both := of("acme", "jane@x", workflow.Erasure, workflow.Access, workflow.Erasure)
	same(t, of("acme", "jane@x", workflow.Export, workflow.Erasure), both)
	if len(both) != 2 {
		t.Errorf("got %q", both)
	}
	for _, none := range [][]string{of("", "jane@x", workflow.Export), of("acme", "", workflow.Export)} {
		if none != nil {
			t.Errorf("got %q, want none", none)
		}
	}
	seen := map[string]bool{}
	for _, other := range [][]string{export, of("acme", "joe@x"), of("acme2", "jane@x"),
		of("acme", "jane@x", workflow.Rectification), of("ac", "me|jane@x"), of("ac|me", "jane@x")} {
		if seen[other[0]] {
			t.Errorf("%q stands for two", other[0])
		}
		seen[other[0]] = true
	}
}

func TestChangeOccupiesGroupsWhileTheRequestIsOpen(t *testing.T) {
	everywhere(t, func(t *testing.T, l *life) {
		want := l.r.Groups()
		if l.r.Closed() {
			want = nil
		}
		same(t, l.last.Groups, want)
	})
}

func TestOpenAlreadyNamesTheRequest(t *testing.T) {
	err := fmt.Errorf("commit: %w", &workflow.OpenAlready{ID: "00x"})
	var open *workflow.OpenAlready
	if !errors.As(err, &open) || open.ID != "00x" || errors.Is(err, workflow.Conflict) {
		t.Errorf("got %v", err)
	}
}
