package forge_test

import (
	"bytes"
	"reflect"
	"testing"
	"time"

	"github.com/dsrd/dsrd/mailer/mailtest/forge"
)

func scene() forge.Scene {
	now := time.Date(2026, 11, 2, 10, 0, 0, 0, time.UTC)
	return forge.Scene{
		Admin: "anna.admin@acme.example", Customer: "jane.roe@customer.example", Desk: "dsr@provider.example",
		ReplyTo: "confirm+aaaabbbb@provider.example", SubjectLine: "[DSR-AAAA-BBBB] Please decide",
		MessageID: "<dsr.1@provider.example>", Code: "abcde-fghij-klmno-pqrst-uvwxyz",
		Text: "##- Reply above this line -##\nHello,\n\n" +
			"Customer: jane.roe@customer.example\nCode: abcde-fghij-klmno-pqrst-uvwxyz\n",
		Sent: now.Add(-time.Hour), Now: now, Key: forge.NewKey("acme.example", "s1", forge.Ed25519),
		Others: map[string]string{"other request": "zbcde-fghij-klmno-pqrst-uvwxyz"},
	}
}

func TestAttacksDifferFromEachOtherAndFromWhatIsHonest(t *testing.T) {
	all := forge.Attacks(scene())
	names, bytesOf := map[string]bool{}, map[string]string{}
	for _, m := range all {
		name := m.Class + ": " + m.Name
		if names[name] {
			t.Errorf("two of the name %q", name)
		}
		names[name] = true
		if other, twice := bytesOf[string(m.Raw)+m.Stamped]; twice {
			t.Errorf("%q is the mail of %q", name, other)
		}
		bytesOf[string(m.Raw)+m.Stamped] = name
		if m.Honest == nil || bytes.Equal(m.Raw, m.Honest) {
			t.Errorf("%q does not lie", name)
		}
	}
	if len(all) < 700 {
		t.Errorf("%d attacks, want 700", len(all))
	}
}

func TestAttacksAreTheSameEachTime(t *testing.T) {
	if !reflect.DeepEqual(forge.Attacks(scene()), forge.Attacks(scene())) {
		t.Error("other attacks on the same scene")
	}
	if !reflect.DeepEqual(forge.AttackZone(scene()), forge.AttackZone(scene())) {
		t.Error("another zone for the same scene")
	}
}
