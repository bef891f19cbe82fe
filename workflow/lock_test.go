package workflow

import (
	"errors"
	"testing"
)

// The table alone never orders a release without an acknowledgement; this lock
// stands behind it for the day somebody writes a wrong row.
func TestNothingIsReleasedWithoutAnAcknowledgement(t *testing.T) {
	for _, e := range []EffectType{Compile, SendPackage, SendPassphrase} {
		if err := mayOrder(Request{Package: &Package{Blob: "b"}}, e); !errors.Is(err, Refused) {
			t.Errorf("%s: got %v, want it refused", e, err)
		}
	}
	if err := mayOrder(Request{Ack: &Ack{}}, SendPackage); !errors.Is(err, Refused) {
		t.Errorf("no package: got %v, want it refused", err)
	}
}
