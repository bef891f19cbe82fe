package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dsrd/dsrd/internal/admin"
	"github.com/dsrd/dsrd/internal/demo"
	"github.com/dsrd/dsrd/workflow"
)

// office is a world whose dsrd answers operators.
type office struct {
	*demo.World
	socket string
}

func newOffice(t *testing.T) *office {
	t.Helper()
	dir, err := os.MkdirTemp("", "dsrd") // the path of a socket may not be long
	noError(t, err)
	w, err := demo.New(t.Context(), demo.Options{
		Dir: dir, Clock: demo.Still(time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)),
		Log: slog.New(slog.DiscardHandler),
	})
	noError(t, err)
	o := &office{w, filepath.Join(dir, "dsrd.sock")}
	listener, err := admin.Listen(o.socket)
	noError(t, err)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.App.Operators(ctx, listener) }()
	t.Cleanup(func() {
		stop()
		noError(t, <-ended)
		noError(t, w.Close())
		os.RemoveAll(dir)
	})
	noError(t, w.Settle(t.Context()))
	return o
}

func noError(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// ask lets somebody write about themselves, an hour after what was before.
func (o *office) ask(t *testing.T, who string) workflow.Request {
	t.Helper()
	o.Clock.Advance(time.Hour)
	noError(t, o.Write(demo.Letter{From: who, To: demo.Desk, SubjectLine: "My data",
		Body: "Please send me the data you hold about " + who + ".\n"}))
	noError(t, o.Settle(t.Context()))
	all, err := o.Requests(t.Context())
	noError(t, err)
	for _, r := range all {
		if r.Customer == workflow.Address(who) {
			return r
		}
	}
	t.Fatalf("%s has no request", who)
	return workflow.Request{}
}

func (o *office) dsrd(t *testing.T, args ...string) said {
	t.Helper()
	return dsrd(t, append(args, "--socket", o.socket)...)
}

func TestQueueOfAnEmptyDesk(t *testing.T) {
	o := newOffice(t)
	if s := o.dsrd(t, "queue"); s.code != exitDone || s.out != "No request in these states.\n" {
		t.Errorf("got %+v", s)
	}
	var page admin.Page
	s := o.dsrd(t, "queue", "--json")
	if err := json.Unmarshal([]byte(s.out), &page); err != nil || page.Requests == nil {
		t.Errorf("an empty queue is no list: %v, %s", err, s.out)
	}
}

func TestQueueShowsEachState(t *testing.T) {
	o := newOffice(t)
	jane := o.ask(t, demo.Jane)
	o.Clock.Advance(24 * time.Hour) // another deadline
	joe := o.ask(t, demo.Joe)
	o.ask(t, demo.Stranger)
	if s := o.dsrd(t, "cancel", string(joe.ID), "--note", "asked twice"); s.code != exitDone ||
		s.out != strings.Trim(joe.ID.Tag(), "[]")+" is cancelled now.\n" {
		t.Fatalf("got %+v", s)
	}
	for _, k := range []struct {
		args string
		want int // requests
	}{
		{"queue", 2}, {"queue --state all", 3}, {"queue --state cancelled", 1},
		{"queue --state cancelled,needs_review", 2}, {"queue --state cancelled --state needs_review", 2},
		{"queue --state stuck", 0}, {"queue --limit 1", 1}, {"queue --state all --limit 2", 2},
	} {
		s := o.dsrd(t, append(strings.Fields(k.args), "--json")...)
		var page admin.Page
		if err := json.Unmarshal([]byte(s.out), &page); err != nil || len(page.Requests) != k.want {
			t.Errorf("%s: %d requests, %v; want %d", k.args, len(page.Requests), err, k.want)
		}
	}
	s := o.dsrd(t, "queue", "--limit", "1")
	if !strings.Contains(s.out, strings.Trim(jane.ID.Tag(), "[]")) || !strings.Contains(s.out, "There are more: raise --limit.") {
		t.Errorf("the nearest deadline goes first; got\n%s", s.out)
	}
	if strings.Contains(s.out, demo.Jane) {
		t.Error("a listing names the customer in full")
	}
	if !strings.Contains(s.out, "In all: 1 needs_review, 1 awaiting_confirmation, 1 cancelled.") {
		t.Errorf("counts: %s", s.out)
	}
}

// TestQueueForPeople is the text as it stands on the screen.
func TestQueueForPeople(t *testing.T) {
	at := func(days int) time.Time { return time.Date(2026, 11, 2+days, 23, 59, 59, 0, time.UTC) }
	row := func(tag string, s workflow.State, deadline int) admin.View {
		return admin.View{Tag: "[" + tag + "]", State: s, ReceivedAt: at(-30), Deadline: at(deadline)}
	}
	stuck := row("DSR-AAAA-AAAA", workflow.Stuck, -2)
	stuck.Reason, stuck.Tenant, stuck.Customer = workflow.Undeliverable, "acme", "j***@customer.example"
	page := admin.Page{
		Requests: []admin.View{stuck, row("DSR-BBBB-BBBB", workflow.NeedsReview, 0),
			row("DSR-CCCC-CCCC", workflow.AwaitingConfirmation, 12), row("DSR-DDDD-DDDD", workflow.Completed, -9)},
		Counts: map[workflow.State]int64{workflow.Completed: 10, workflow.Stuck: 1, workflow.NeedsReview: 2},
		Next:   "x",
	}
	var out strings.Builder
	noError(t, printQueue(&out, page, time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)))
	want := `REQUEST        STATE                  REASON         TENANT  CUSTOMER               RECEIVED    DEADLINE    LEFT
DSR-AAAA-AAAA  stuck                  undeliverable  acme    j***@customer.example  2026-10-03  2026-10-31  2 days LATE
DSR-BBBB-BBBB  needs_review           -              -       -                      2026-10-03  2026-11-02  TODAY
DSR-CCCC-CCCC  awaiting_confirmation  -              -       -                      2026-10-03  2026-11-14  12 days
DSR-DDDD-DDDD  completed              -              -       -                      2026-10-03  2026-10-24  -
In all: 2 needs_review, 10 completed, 1 stuck.
There are more: raise --limit.
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestShowForPeopleAndPrograms(t *testing.T) {
	o := newOffice(t)
	jane := o.ask(t, demo.Jane)
	noError(t, o.Answer(demo.Anna, "CONFIRM"))
	noError(t, o.Settle(t.Context()))
	noError(t, o.Pass(t.Context(), 24*time.Hour))
	for _, name := range []string{string(jane.ID), jane.ID.Locator(), jane.ID.Tag(), strings.Trim(jane.ID.Tag(), "[]"),
		jane.ID.Locator()[:4]} {
		s := o.dsrd(t, "show", name)
		if s.code != exitDone || !strings.Contains(s.out, string(jane.ID)) {
			t.Errorf("show %s: got %+v", name, s)
		}
	}
	s := o.dsrd(t, "show", string(jane.ID))
	for _, want := range []string{
		"request      " + strings.Trim(jane.ID.Tag(), "[]") + "  " + string(jane.ID) + "\n",
		"state        completed\n", "customer     " + demo.Jane + "\n", "requester    " + demo.Jane + " (proven by DKIM)\n",
		"received     2026-11-02 10:00:00 UTC\n", "encryption age\n", "defender/security_contacts: found, 1\n",
		"you may      resend, note\n", "history      chain of hashes: ok\n", "acknowledged, admin -> confirmed\n",
	} {
		if !strings.Contains(s.out, want) {
			t.Errorf("it does not say %q:\n%s", want, s.out)
		}
	}
	for line := range strings.Lines(s.out) {
		if strings.TrimRight(line, " \n") != strings.TrimSuffix(line, "\n") {
			t.Errorf("blanks at the end of %q", line)
		}
	}
	var v admin.View
	if err := json.Unmarshal([]byte(o.dsrd(t, "show", string(jane.ID), "--json").out), &v); err != nil || len(v.History) < 5 {
		t.Errorf("%d lines of history, %v", len(v.History), err)
	}
}

func TestOrdersAreCarriedOutOrRefused(t *testing.T) {
	o := newOffice(t)
	jane, stranger := o.ask(t, demo.Jane), o.ask(t, demo.Stranger)
	for _, k := range []struct {
		args string
		code int
		want string
	}{
		{"retry " + string(jane.ID), exitFailed, "it is awaiting_confirmation"},
		{"resend " + string(jane.ID), exitDone, "is awaiting_confirmation now"},
		{"decline " + string(jane.ID) + " --note no", exitDone, "is declined now"},
		{"decline " + string(jane.ID), exitFailed, "it is declined"},
		{"resend " + string(jane.ID), exitFailed, "it is declined"},
		{"cancel " + string(stranger.ID), exitDone, "is cancelled now"},
		{"cancel nothing", exitFailed, "`dsrd queue --state all` lists them"},
		{"show no", exitFailed, "at least three characters"},
	} {
		s := o.dsrd(t, strings.Fields(k.args)...)
		if s.code != k.code || !strings.Contains(s.out+s.err, k.want) || (s.code == exitDone) != (s.err == "") {
			t.Errorf("%s: got %+v, want %d and %q", k.args, s, k.code, k.want)
		}
	}
	s := o.dsrd(t, "show", string(jane.ID))
	if !strings.Contains(s.out, `operator_declined, by_operator, operator:`) || !strings.Contains(s.out, `"no" -> declined`) {
		t.Errorf("the history does not say who ordered what and why:\n%s", s.out)
	}
	var v admin.View
	if err := json.Unmarshal([]byte(o.dsrd(t, "resend", string(o.ask(t, demo.Joe).ID), "--json").out), &v); err != nil || v.State == "" {
		t.Errorf("got %+v, %v", v, err)
	}
}

func TestOperatorsVerbsWithoutADaemon(t *testing.T) {
	nowhere := filepath.Join(t.TempDir(), "s")
	for _, args := range []string{"queue", "queue --json", "show abc", "decline abc", "cancel abc", "retry abc", "resend abc --json",
		"hold abc", "note abc x", "assign abc --customer a@b.example", "inbox ls", "inbox show abcdef", "inbox replay abcdef",
		"inbox ignore abcdef", "pause", "resume", "queue watch", "tenant probe acme", "tenant probe acme --result"} {
		s := dsrd(t, append(strings.Fields(args), "--socket", nowhere)...)
		if s.code != exitFailed || s.out != "" || !strings.Contains(s.err, "is `dsrd serve` running") {
			t.Errorf("%s: got %+v", args, s)
		}
	}
}

// TestWatchAsAProcess watches a queue while something happens, and is told to end as a
// person would tell it.
func TestWatchAsAProcess(t *testing.T) {
	o := newOffice(t)
	jane := o.ask(t, demo.Jane)
	tag := strings.Trim(jane.ID.Tag(), "[]")
	p := start(t, "queue", "watch", "--every", "20ms", "--socket", o.socket)
	p.await(t, tag+" awaiting_confirmation\n", 1)
	if s := o.dsrd(t, "cancel", tag); s.code != exitDone {
		t.Fatalf("got %+v", s)
	}
	p.await(t, tag+" left the list\n", 1)
	if code := p.end(t, os.Interrupt); code != exitDone {
		t.Errorf("it ended with %d:\n%s", code, p.said())
	}
}

func TestCompletionOfRequestsAndMails(t *testing.T) {
	o := newOffice(t)
	tag := strings.Trim(o.ask(t, demo.Jane).ID.Tag(), "[]")
	for _, verb := range []string{"show", "hold", "cancel", "note"} {
		if s := dsrd(t, "__complete", verb, "--socket", o.socket, "dsr-"); !strings.Contains(s.out, tag+"\tawaiting_confirmation acme\n") {
			t.Errorf("%s: got %+v", verb, s)
		}
	}
	if s := dsrd(t, "__complete", "show", "--socket", o.socket, "DSR-QQQQ"); strings.Contains(s.out, tag) {
		t.Errorf("what does not begin so is offered: %+v", s)
	}
	if s := dsrd(t, "__complete", "inbox", "show", "--socket", o.socket, ""); !strings.Contains(s.out, "\tstarted\n") {
		t.Errorf("got %+v", s)
	}
	nowhere := filepath.Join(t.TempDir(), "s")
	if s := dsrd(t, "__complete", "show", "--socket", nowhere, ""); s.code != exitDone || !strings.HasPrefix(s.out, ":4\n") {
		t.Errorf("without a daemon: %+v", s)
	}
}
