package admin_test

import (
	"net/http"
	"os/user"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dsrd/dsrd/internal/admin"
	"github.com/dsrd/dsrd/workflow"
)

func twoMails() *ledger {
	l := newLedger()
	l.all()
	l.records = append(l.records, workflow.MailRecord{Digest: strings.Repeat("f", 64), Mailbox: "dsr", FirstSeen: start,
		Folder: "INBOX", Size: 12})
	return l
}

func TestMailsAreListedInPages(t *testing.T) {
	c := serve(t, twoMails())
	for _, k := range []struct {
		name     string
		outcomes []string
		limit    int
		after    string
		want     string // the beginnings of digests
		next     bool
	}{
		{"all", nil, 10, "", "abc fff", false},
		{"the first", nil, 1, "", "abc", true},
		{"after it", nil, 1, digest, "fff", false},
		{"held", []string{"held"}, 10, "", "abc", false},
		{"under way", []string{"under_way"}, 10, "", "fff", false},
		{"both", []string{"under_way", "held"}, 10, "", "abc fff", false},
		{"none of them", []string{"answered"}, 10, "", "", false},
		{"no limit", nil, 0, "", "abc fff", false},
	} {
		page, err := c.Mails(t.Context(), k.outcomes, k.limit, k.after)
		var got []string
		for _, m := range page.Mails {
			got = append(got, m.Digest[:3])
		}
		if err != nil || strings.Join(got, " ") != k.want || (page.Next != "") != k.next {
			t.Errorf("%s: got %v, next %q, %v", k.name, got, page.Next, err)
		}
	}
	if _, err := c.Mails(t.Context(), []string{"eaten"}, 1, ""); err == nil || !strings.Contains(err.Error(), `no outcome is called "eaten"`) {
		t.Errorf("got %v", err)
	}
}

func TestMailIsShown(t *testing.T) {
	c := serve(t, twoMails())
	got, err := c.Mail(t.Context(), digest[:6])
	want := admin.MailView{Digest: digest, Outcome: "held", Rule: "ack/authentic", Mailbox: "dsr", FirstSeen: start,
		Attempts: 1, Requests: []string{strings.Trim(jane.Tag(), "[]")}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	for _, typed := range []string{"abc", "123456", "../status", "a/b"} {
		if _, err := c.Mail(t.Context(), typed); err == nil || !strings.Contains(err.Error(), "`dsrd inbox ls` lists them") {
			t.Errorf("%s: got %v", typed, err)
		}
	}
}

func TestMailsAreJudgedByWhomTheKernelNames(t *testing.T) {
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	l := twoMails()
	c := serve(t, l)
	m, err := c.Judge(t.Context(), digest[:8], "ignore")
	if err != nil || m.Outcome != "ignored" || m.By != "operator:"+me.Username {
		t.Errorf("got %+v, %v", m, err)
	}
	if m, err = c.Judge(t.Context(), digest[:8], "replay"); err != nil || m.Outcome != "under_way" {
		t.Errorf("got %+v, %v", m, err)
	}
	want := []string{"ignore abcdef operator:" + me.Username, "replay abcdef operator:" + me.Username}
	if diff := cmp.Diff(want, l.judged); diff != "" {
		t.Error(diff)
	}
	for _, verb := range []string{"answer", "confirm", "started", "Replay"} {
		if _, err := c.Judge(t.Context(), digest[:8], verb); err == nil || !strings.Contains(err.Error(), "no verb for mails is called") {
			t.Errorf("%s: got %v", verb, err)
		}
	}
}

func TestPauseAndResume(t *testing.T) {
	l := newLedger()
	c := serve(t, l)
	p, err := c.Pause(t.Context(), "the relay moves", 2*time.Hour)
	if err != nil || p.Why != "the relay moves" || !p.Until.Equal(start.Add(2*time.Hour)) || !strings.HasPrefix(p.By, "operator:") {
		t.Errorf("got %+v, %v", p, err)
	}
	status, err := c.Status(t.Context())
	if shown, _ := status["paused"].(map[string]any); err != nil || shown["why"] != "the relay moves" {
		t.Errorf("status: %v, %v", status, err)
	}
	page, err := c.List(t.Context(), nil, 1, "")
	if err != nil || page.Paused == nil {
		t.Errorf("the queue does not say it: %v", err)
	}
	if p, err = c.Pause(t.Context(), "", 0); err != nil || !p.Until.IsZero() {
		t.Errorf("got %+v, %v", p, err)
	}
	was, err := c.Resume(t.Context())
	if err != nil || was == nil {
		t.Errorf("got %v, %v", was, err)
	}
	if was, err = c.Resume(t.Context()); err != nil || was != nil {
		t.Errorf("got %v, %v", was, err)
	}
	for body, want := range map[string]string{
		`{"for":"long"}`: "write 90m or 2h", `{"for":"-1h"}`: "write 90m or 2h", `{`: "read the order",
		`{"why":"` + strings.Repeat("x", 600) + `"}`: "more than 500 characters",
	} {
		if code, said := raw(t, c.Socket, "POST /api/v1/pause", body); code != http.StatusUnprocessableEntity || !strings.Contains(said, want) {
			t.Errorf("%.20s: got %d %s", body, code, said)
		}
	}
	if l.rest != nil {
		t.Error("a refused order paused it")
	}
}

func TestDaemonWithoutPortsRefuses(t *testing.T) {
	l := newLedger()
	l.put(t, jane, workflow.NeedsReview, "")
	c := serveBare(t, l)
	for call, want := range map[string]string{
		"GET /api/v1/mails": "tells nothing of mails", "GET /api/v1/mails/" + digest: "tells nothing of mails",
		"POST /api/v1/mails/" + digest + "/ignore": "tells nothing of mails", "POST /api/v1/pause": "cannot be paused",
		"POST /api/v1/resume":                               "cannot be paused",
		"POST /api/v1/requests/" + string(jane) + "/assign": "knows no tenants",
	} {
		if code, said := raw(t, c.Socket, call, ""); code != http.StatusUnprocessableEntity || !strings.Contains(said, want) {
			t.Errorf("%s: got %d %s", call, code, said)
		}
	}
	if _, err := c.Status(t.Context()); err != nil {
		t.Error(err)
	}
}
