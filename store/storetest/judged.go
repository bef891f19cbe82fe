package storetest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dsrd/dsrd/store"
	"github.com/dsrd/dsrd/workflow"
)

// held is the n-th mail as it was held after its first attempt.
func held(t testing.TB, s *store.Store, m workflow.MailRecord) workflow.MailRecord {
	t.Helper()
	m, err := s.BeginMail(t.Context(), m, Start)
	if err != nil {
		t.Fatal(err)
	}
	m.Outcome, m.Rule, m.Class = workflow.MailHeld, "ack/from", "answer"
	m.Requests = []workflow.ID{facts(0, 1).ID}
	if err := s.FinishMail(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	return m
}

// outcomesOf counts the mails of each outcome that the lists show.
func outcomesOf(t testing.TB, s *store.Store) map[workflow.Outcomes]int {
	t.Helper()
	count := map[workflow.Outcomes]int{}
	for _, o := range []workflow.Outcomes{"", workflow.MailHeld, workflow.MailIgnored} {
		mails, _, err := s.Mails(t.Context(), store.Query{Outcomes: []workflow.Outcomes{o}})
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range mails {
			if count[o]++; m.Outcome != o {
				t.Errorf("listed under %q: %+v", o, m)
			}
		}
	}
	return count
}

// replayed: a mail that is to be handled again is begun like a new one.
func replayed(t *testing.T, h Harness) {
	line := &Line{}
	s := h.Open(t, line.Adapt)
	ctx := t.Context()
	m := held(t, s, mailRecord(1))
	held(t, s, mailRecord(2))
	again := func(digest string) { // the second reply is lost, when the script is known
		t.Helper()
		for lost := range 2 {
			line.LoseReplies(lost)
			if err := s.ReplayMailBy(ctx, digest, "ann"); err != nil {
				t.Fatal(err)
			}
		}
	}
	again(m.Digest)
	if diff := cmp.Diff(map[workflow.Outcomes]int{"": 1, workflow.MailHeld: 1}, outcomesOf(t, s)); diff != "" {
		t.Errorf("lists (-want +got):\n%s", diff)
	}
	want := m
	want.Outcome, want.Rule, want.Requests, want.Attempts, want.By = "", "", nil, 0, "ann"
	want.Replays = 1
	got, err := s.Mail(ctx, m.Digest)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("record: %v (-want +got):\n%s", err, diff)
	}
	for n := 1; n <= 2; n++ {
		got, err := s.BeginMail(ctx, mailRecord(1), Start.Add(time.Hour))
		if err != nil || got.Attempts != n || got.Outcome != "" || !got.FirstSeen.Equal(Start) {
			t.Errorf("begin again: got %+v, %v, want attempt %d", got, err, n)
		}
	}
	again(m.Digest)                          // one under way forgets its attempts
	if err := s.PutOff(ctx, m); err != nil { // by the scan that had begun it
		t.Fatal(err)
	}
	if m, err = s.BeginMail(ctx, mailRecord(1), Start); err != nil || m.Attempts != 1 {
		t.Errorf("begin after the second replay: %+v, %v", m, err)
	}
	m.Outcome = workflow.MailHeld
	if err := s.FinishMail(ctx, m); err != nil {
		t.Fatal(err)
	}
	if got := outcomesOf(t, s); got[workflow.MailHeld] != 2 || len(got) != 1 {
		t.Errorf("lists after the end: %v", got)
	}
	if err := s.ReplayMail(ctx, mailRecord(3).Digest); !errors.Is(err, workflow.NotFound) {
		t.Errorf("replay an unknown mail: got %v, want NotFound", err)
	}
	if got := outcomesOf(t, s); got[""] != 0 {
		t.Error("a mail that nobody saw is under way")
	}
}

// ignored: nothing comes of a mail any more, whatever came of it before.
func ignored(t *testing.T, h Harness) {
	line := &Line{}
	s := h.Open(t, line.Adapt)
	ctx := t.Context()
	held(t, s, mailRecord(1))
	if _, err := s.BeginMail(ctx, mailRecord(2), Start); err != nil {
		t.Fatal(err)
	}
	for n := 1; n <= 2; n++ {
		line.LoseReplies(n - 1)
		if err := s.IgnoreMailBy(ctx, mailRecord(n).Digest, "ann"); err != nil {
			t.Fatal(err)
		}
		m, err := s.BeginMail(ctx, mailRecord(n), Start)
		if err != nil || m.Outcome != workflow.MailIgnored || m.By != "ann" || m.Attempts != 1 {
			t.Errorf("begin an ignored mail: %+v, %v", m, err)
		}
	}
	if diff := cmp.Diff(map[workflow.Outcomes]int{workflow.MailIgnored: 2}, outcomesOf(t, s)); diff != "" {
		t.Errorf("lists (-want +got):\n%s", diff)
	}
	if err := s.IgnoreMail(ctx, mailRecord(3).Digest); !errors.Is(err, workflow.NotFound) {
		t.Errorf("ignore an unknown mail: got %v, want NotFound", err)
	}
	if n, err := s.ForgetMails(ctx, Start.Add(time.Hour)); err != nil || n != 2 {
		t.Errorf("forget ignored mails: %d, %v", n, err)
	}
}

// judgedMeanwhile: an operator's word that crosses a scan is not lost, and loses
// nothing of what the scan wrote.
func judgedMeanwhile(t *testing.T, h Harness) {
	line := &Line{}
	s, other := h.Open(t, line.Adapt), h.Open(t)
	m := held(t, s, mailRecord(1))
	line.Meanwhile(func() {
		m.Rule = "ack/code"
		if err := other.FinishMail(t.Context(), m); err != nil {
			t.Error(err)
		}
	})
	if err := s.IgnoreMail(t.Context(), m.Digest); err != nil {
		t.Fatal(err)
	}
	m.Outcome = workflow.MailIgnored
	got, err := s.Mail(t.Context(), m.Digest)
	if diff := cmp.Diff(m, got); err != nil || diff != "" {
		t.Errorf("record: %v (-want +got):\n%s", err, diff)
	}
	if diff := cmp.Diff(map[workflow.Outcomes]int{workflow.MailIgnored: 1}, outcomesOf(t, s)); diff != "" {
		t.Errorf("lists (-want +got):\n%s", diff)
	}
}

// mailFound: a mail is named by a beginning of its digest that no other has.
func mailFound(t *testing.T, h Harness) {
	s := h.Open(t)
	digest := func(begin string) string { return begin + strings.Repeat("0", 64-len(begin)) }
	for _, begin := range []string{"abcdef01", "abcdef02", "abcdee", "1234567"} {
		held(t, s, workflow.MailRecord{Digest: digest(begin), Mailbox: "INBOX"})
	}
	many := []string{"HSET", h.key("mail")} // more than one step of a scan
	for n := range 3000 {
		many = append(many, fmt.Sprintf("%064x", 1<<40+n), "{}")
	}
	h.Raw(t, many...)
	for typed, want := range map[string]string{
		"abcdef01": digest("abcdef01"), " ABCDEE ": digest("abcdee"), "123456": digest("1234567"),
		digest("abcdef02"): digest("abcdef02"),
	} {
		if m, err := s.Mail(t.Context(), typed); err != nil || m.Digest != want || m.Rule != "ack/from" {
			t.Errorf("mail %q: got %+v, %v", typed, m, err)
		}
	}
	for _, typed := range []string{"abcde", "", "fedcba", "abcd??", "abcdef*", digest("7"), digest("1") + "0"} {
		if m, err := s.Mail(t.Context(), typed); !errors.Is(err, workflow.NotFound) {
			t.Errorf("mail %q: got %+v, %v, want NotFound", typed, m, err)
		}
	}
	var several *store.Ambiguous
	_, err := s.Mail(t.Context(), "abcdef")
	if !errors.As(err, &several) {
		t.Fatalf("mail abcdef: got %v, want *Ambiguous", err)
	}
	want := []string{digest("abcdef01"), digest("abcdef02")}
	if diff := cmp.Diff(want, several.Mails); diff != "" || !strings.Contains(err.Error(), want[1]) {
		t.Errorf("ambiguous: %v (-want +got):\n%s", err, diff)
	}
}
