package envelope_test

import (
	"strings"
	"testing"
	"time"
)

func TestADigestIsKnownByItsID(t *testing.T) {
	day := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	id := marks.DigestMessageID("acme", day)
	other, elsewhere := marks, marks
	other.Key, elsewhere.Domain = []byte("another key"), "elsewhere.example"
	for name, k := range map[string]struct {
		id   string
		ours bool
	}{
		"as made":                   {id, true},
		"in capitals and brackets":  {"<" + strings.ToUpper(id) + ">", true},
		"later that day":            {marks.DigestMessageID("acme", day.Add(14*time.Hour)), true},
		"made with another key":     {other.DigestMessageID("acme", day), false},
		"made elsewhere":            {elsewhere.DigestMessageID("acme", day), false},
		"of another day, as forged": {strings.Replace(id, "20261123", "20261124", 1), false},
		"a letter's":                {marks.MessageID(effect, 1), false},
		"a probe's":                 {marks.ProbeMessageID("3132333435363738"), false},
		"nothing":                   {"", false},
	} {
		if got := marks.IsDigest(k.id); got != k.ours {
			t.Errorf("%s: ours %v", name, got)
		}
	}
	if id != marks.DigestMessageID("acme", day.Add(14*time.Hour)) {
		t.Error("two mails of one day have two ids")
	}
	if id == marks.DigestMessageID("globex", day) || id == marks.DigestMessageID("acme", day.Add(24*time.Hour)) {
		t.Error("two tenants, or two days, have one id")
	}
	if second(marks.MessageIDEffect(id)) || second(marks.Probe(id)) || strings.Contains(id, "acme") {
		t.Errorf("%s is taken for a letter or a probe, or names the tenant", id)
	}
	local, domain, _ := strings.Cut(marks.DigestBounce("acme", day), "@")
	if len(local) > 64 || domain != "provider.example" || !strings.HasPrefix(local, "bounce+d-2026") {
		t.Errorf("envelope sender %s@%s; RFC 5321 4.5.3.1.1 allows 64 octets", local, domain)
	}
}
