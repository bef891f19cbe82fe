package envelope_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/dsrd/dsrd/mailer/envelope"
)

func TestMarksOfAProbeComeBack(t *testing.T) {
	id, err := envelope.NewProbe(bytes.NewReader([]byte("12345678")))
	if err != nil || id != "3132333435363738" {
		t.Fatalf("got %q, %v", id, err)
	}
	if _, err := envelope.NewProbe(strings.NewReader("short")); err == nil {
		t.Error("too little chance: no error")
	}
	other, elsewhere := marks, marks
	other.Key, elsewhere.Domain, elsewhere.Reply = []byte("another key"), "elsewhere.example", "confirm@elsewhere.example"
	for _, k := range []struct {
		name, mark string
		ours       bool
	}{
		{"reply address", strings.ToUpper(marks.ProbeAddress(id)), true},
		{"bounce address", marks.ProbeBounce(id), true},
		{"Message-ID", "<" + strings.ToUpper(marks.ProbeMessageID(id)) + ">", true},
		{"address with another key", other.ProbeAddress(id), false},
		{"Message-ID with another key", other.ProbeMessageID(id), false},
		{"address elsewhere", elsewhere.ProbeAddress(id), false},
		{"Message-ID elsewhere", elsewhere.ProbeMessageID(id), false},
		{"another id", strings.Replace(marks.ProbeAddress(id), id, "4132333435363738", 1), false},
		{"no HMAC", "confirm+p-" + id + "@provider.example", false},
		{"a request's address", marks.ReplyAddress("k4f27xq2"), false},
		{"a letter's Message-ID", marks.MessageID(effect, 1), false},
		{"nothing", "", false},
	} {
		got, ours := marks.Probe(k.mark)
		if ours != k.ours || ours && got != id {
			t.Errorf("%s: got %q, %v", k.name, got, ours)
		}
	}
	if local, _, _ := strings.Cut(marks.ProbeBounce(id), "@"); len(local) > 64 {
		t.Errorf("local part of %d octets; RFC 5321 4.5.3.1.1 allows 64", len(local))
	}
	for name, mark := range map[string]bool{
		"as a letter's Message-ID": second(marks.MessageIDEffect(marks.ProbeMessageID(id))),
		"as a letter's bounce":     second(marks.BounceEffect(marks.ProbeBounce(id))),
	} {
		if mark {
			t.Errorf("a probe is taken %s", name)
		}
	}
}
