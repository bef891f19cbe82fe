package envelope_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dsrd/dsrd/mailer/envelope"
)

var marks = envelope.Marks{
	Reply: "confirm@provider.example", Bounce: "bounce@provider.example",
	Domain: "provider.example", Instance: "one", Key: []byte("key"),
}

const effect = "00abcdefghijklmnopqrstuvwx.3"

func TestMarksComeBack(t *testing.T) {
	if got, ok := marks.ReplyLocator(strings.ToUpper(marks.ReplyAddress("k4f27xq2"))); !ok || got != "k4f27xq2" {
		t.Errorf("reply address gave %q, %v", got, ok)
	}
	if got, ok := marks.BounceEffect(marks.BounceAddress(effect)); !ok || got != effect {
		t.Errorf("bounce address gave %q, %v", got, ok)
	}
	if local, _, _ := strings.Cut(marks.BounceAddress(effect), "@"); len(local) > 64 {
		t.Errorf("local part of %d octets; RFC 5321 4.5.3.1.1 allows 64", len(local))
	}
	id := "<" + strings.ToUpper(marks.MessageID(effect, 2)) + ">"
	if got, ok := marks.MessageIDEffect(id); !ok || got != effect {
		t.Errorf("Message-ID gave %q, %v", got, ok)
	}
	if !marks.IsLoopMark(marks.LoopMark()) {
		t.Error("our own loop mark is not ours")
	}
	got := envelope.TagLocators("Re: Bitte bestätigen [dsr-k4f2-7xq2] [DSR-AAAA-BBBB]")
	if diff := cmp.Diff([]string{"k4f27xq2", "aaaabbbb"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestMarksOfOthersAreNotOurs(t *testing.T) {
	other := marks
	other.Key = []byte("another key")
	elsewhere := marks
	elsewhere.Domain = "elsewhere.example"
	cases := map[string]bool{
		"forged bounce": second(marks.BounceEffect(other.BounceAddress(effect))),
		"forged id":     second(marks.MessageIDEffect(other.MessageID(effect, 1))),
		"other domain":  second(marks.MessageIDEffect(elsewhere.MessageID(effect, 1))),
		"forged loop":   marks.IsLoopMark(other.LoopMark()),
		"plain address": second(marks.ReplyLocator("confirm@provider.example")),
		"other mailbox": second(marks.ReplyLocator("confirmed+k4f27xq2@provider.example")),
		"no at":         second(marks.ReplyLocator("confirm+k4f27xq2")),
		"empty id":      second(marks.MessageIDEffect("")),
		"short id":      second(marks.MessageIDEffect("dsr.@provider.example")),
	}
	for name, ours := range cases {
		if ours {
			t.Errorf("%s: taken for ours", name)
		}
	}
}

func second[T any](_ T, ok bool) bool { return ok }

func FuzzMarks(f *testing.F) {
	f.Add(marks.MessageID(effect, 1))
	f.Add(marks.BounceAddress(effect))
	f.Add("dsr..@provider.example")
	f.Fuzz(func(t *testing.T, s string) {
		marks.MessageIDEffect(s)
		marks.BounceEffect(s)
		marks.ReplyLocator(s)
		envelope.TagLocators(s)
	})
}
