package mailtest_test

import (
	"testing"
	"time"

	"github.com/dsrd/dsrd/mailer/mailtest"
	"github.com/google/go-cmp/cmp"
)

func newIMAP(t *testing.T) *mailtest.IMAP {
	t.Helper()
	s, err := mailtest.NewIMAP(mailtest.IMAPConfig{Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if err := s.AddUser("desk", "secret", "Old"); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestRenumberingKeepsMailsFlagsAndArrivals(t *testing.T) {
	s := newIMAP(t)
	for i, text := range []string{"one", "two"} {
		at := noon.Add(time.Duration(i) * time.Hour)
		if err := s.Deliver("desk", "Old", []byte("Subject: "+text+"\r\n\r\n"), at); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Flag("desk", "Old", 2, `\Seen`, "$Kept"); err != nil {
		t.Fatal(err)
	}
	before, err := s.Stored("desk", "Old")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Renumber("desk", "Old"); err != nil {
		t.Fatal(err)
	}
	after, err := s.Stored("desk", "Old")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, after, cmp.Transformer("set", func(flags []string) map[string]bool {
		set := map[string]bool{}
		for _, f := range flags {
			set[f] = true
		}
		return set
	})); diff != "" {
		t.Errorf("the folder changed (-before +after):\n%s", diff)
	}
	if len(after) != 2 || !after[1].Has("$kept") || after[0].Has("$kept") {
		t.Errorf("got %+v, want the keyword on the second mail alone", after)
	}
}

func TestLookingDoesNotMarkAsSeen(t *testing.T) {
	s := newIMAP(t)
	if err := s.Deliver("desk", "INBOX", []byte("Subject: x\r\n\r\n"), noon); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		got, err := s.Stored("desk", "INBOX")
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != 1 || len(got[0].Flags) != 0 {
			t.Fatalf("got %+v, want one mail without flags", got)
		}
	}
}
