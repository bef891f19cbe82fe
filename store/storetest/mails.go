package storetest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dsrd/dsrd/store"
	"github.com/dsrd/dsrd/workflow"
)

// mailAttempts: an attempt is counted before anything can go wrong with it, and
// a finished mail is not begun again.
func mailAttempts(t *testing.T, h Harness) {
	s := h.Open(t)
	ctx := t.Context()
	m := mailRecord(1)
	for n := 1; n <= 3; n++ {
		got, err := s.BeginMail(ctx, m, Start.Add(time.Duration(n)*time.Hour))
		if err != nil || got.Attempts != n || got.Outcome != "" {
			t.Fatalf("begin %d: got %+v, %v", n, got, err)
		}
		if !got.FirstSeen.Equal(Start.Add(time.Hour)) {
			t.Errorf("first seen %v at attempt %d", got.FirstSeen, n)
		}
		m = got
	}
	m.Outcome, m.Rule, m.Class = workflow.MailHeld, "ack/from", "answer"
	m.Requests = []workflow.ID{facts(0, 1).ID}
	if err := s.FinishMail(ctx, m); err != nil {
		t.Fatal(err)
	}
	got, err := s.BeginMail(ctx, mailRecord(1), Start.Add(9*time.Hour))
	if diff := cmp.Diff(m, got); err != nil || diff != "" {
		t.Errorf("begin a finished mail: %v (-finished +got):\n%s", err, diff)
	}
	for _, rest := range []string{"mail:op", "mail:tries", "mails:"} {
		if n := h.Raw(t, "EXISTS", h.key(rest)); n != int64(0) {
			t.Errorf("%s is not empty though no mail is under way", rest)
		}
	}
	for _, odd := range []workflow.Outcomes{"", "eaten"} {
		m.Outcome = odd
		if err := s.FinishMail(ctx, m); err == nil {
			t.Errorf("finish with outcome %q: no error", odd)
		}
	}
}

func mailPages(t *testing.T, h Harness) {
	s := h.Open(t)
	ctx := t.Context()
	ends := []workflow.Outcomes{
		workflow.MailStarted, workflow.MailRepeated, workflow.MailAnswered, workflow.MailAskedBack,
		workflow.MailHeld, workflow.MailNoted, workflow.MailOwn, workflow.MailQuarantined, "",
	}
	var want []string
	for n := range 27 {
		m, err := s.BeginMail(ctx, mailRecord(n), Start.Add(time.Duration(n)*time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		if m.Outcome = ends[n%9]; m.Outcome != "" {
			if err := s.FinishMail(ctx, m); err != nil {
				t.Fatal(err)
			}
		}
		want = append([]string{m.Digest}, want...)
	}
	if diff := cmp.Diff(want, mailed(t, s, store.Query{Limit: 5})); diff != "" {
		t.Errorf("newest first (-want +got):\n%s", diff)
	}
	held := store.Query{Outcomes: []workflow.Outcomes{workflow.MailHeld, ""}, Limit: 2}
	digest := func(n int) string { return mailRecord(n).Digest }
	some := []string{digest(26), digest(22), digest(17), digest(13), digest(8), digest(4)}
	if diff := cmp.Diff(some, mailed(t, s, held)); diff != "" {
		t.Errorf("held and undecided (-want +got):\n%s", diff)
	}
	n, err := s.ForgetMails(ctx, Start.Add(20*time.Hour))
	if err != nil || n != 18 { // 8 and 17 are undecided: no record of them is dropped
		t.Errorf("forget: %d mails, %v, want 18", n, err)
	}
	left := append(append([]string{}, want[:7]...), digest(17), digest(8))
	if diff := cmp.Diff(left, mailed(t, s, store.Query{Limit: 5})); diff != "" {
		t.Errorf("after forgetting (-want +got):\n%s", diff)
	}
	if m, err := s.BeginMail(ctx, mailRecord(3), Start); err != nil || m.Attempts != 1 || m.Outcome != "" {
		t.Errorf("begin a forgotten mail: %+v, %v", m, err)
	}
}

// mailChanged: a mail that is finished anew moves to its new outcome.
func mailChanged(t *testing.T, h Harness) {
	s := h.Open(t)
	m, err := s.BeginMail(t.Context(), mailRecord(1), Start)
	for _, m.Outcome = range []workflow.Outcomes{workflow.MailQuarantined, workflow.MailStarted} {
		if err == nil {
			err = s.FinishMail(t.Context(), m)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	for outcome, want := range map[workflow.Outcomes]int{
		workflow.MailQuarantined: 0, workflow.MailStarted: 1, "": 0,
	} {
		q := store.Query{Outcomes: []workflow.Outcomes{outcome}, Limit: 9}
		if got := mailed(t, s, q); len(got) != want {
			t.Errorf("%d mails are %q, want %d", len(got), outcome, want)
		}
	}
}

func mailed(t testing.TB, s *store.Store, q store.Query) (digests []string) {
	t.Helper()
	for range 1000 {
		page, next, err := s.Mails(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range page {
			digests = append(digests, m.Digest)
			if m.Attempts != 1 {
				t.Errorf("mail %s: %d attempts", m.Digest, m.Attempts)
			}
		}
		if next == "" {
			return digests
		}
		q.After = next
	}
	t.Fatal("the list has no end")
	return nil
}

func cursors(t *testing.T, h Harness) {
	s := h.Open(t)
	ctx := t.Context()
	if c, err := s.Cursor(ctx, "INBOX"); err != nil || c.Known {
		t.Errorf("cursor of a new mailbox: %+v, %v", c, err)
	}
	want := store.Cursor{Known: true, UIDValidity: 4294967295, Baseline: 12, Since: Start, Renumbered: true}
	for _, box := range []string{"INBOX", "Junk E-Mail"} {
		if err := s.SaveCursor(ctx, box, want); err != nil {
			t.Fatal(err)
		}
		want.Baseline++
	}
	for i, box := range []string{"Junk E-Mail", "INBOX"} {
		want.Baseline = uint32(13 - i)
		if got, err := s.Cursor(ctx, box); err != nil || got != want {
			t.Errorf("cursor of %s: got %+v, %v, want %+v", box, got, err, want)
		}
	}
}

// limits: the window slides; a refused call does not prolong it.
func limits(t *testing.T, h Harness) {
	s := h.Open(t)
	at := func(minute int, key string, want bool) {
		t.Helper()
		now := Start.Add(time.Duration(minute) * time.Minute)
		got, err := s.Allow(t.Context(), key, 2, 10*time.Minute, now)
		if err != nil || got != want {
			t.Errorf("minute %d, %s: got %v, %v, want %v", minute, key, got, err, want)
		}
	}
	at(0, "a@b.example", true)
	at(5, "a@b.example", true)
	at(9, "a@b.example", false)
	at(9, "other", true)
	at(10, "a@b.example", true) // the first has left
	at(14, "a@b.example", false)
	at(15, "a@b.example", true)
	keys, _ := h.Raw(t, "KEYS", h.key("limit:*")).([]any)
	if len(keys) != 2 || strings.Contains(fmt.Sprint(keys), "@") {
		t.Errorf("keys tell whom they are about: %v", keys)
	}
	for _, key := range keys {
		if ttl := h.Raw(t, "PTTL", key.(string)); ttl.(int64) <= 0 {
			t.Errorf("%v stays for ever", key)
		}
	}
}
