package workflow_test

import (
	"errors"
	"testing"

	"github.com/dsrd/dsrd/workflow"
)

// TestRetrySendsThePassphraseToo: a passphrase that came back leaves the request
// stuck, and its package without use.
func TestRetrySendsThePassphraseToo(t *testing.T) {
	l := at(t, workflow.Completed, workflow.DefaultPolicy())
	e := l.event(workflow.Bounced)
	e.Order = workflow.SendPassphrase
	if err := l.apply(e); err != nil || l.r.State != workflow.Stuck {
		t.Fatalf("%v: %s", err, l.r.State)
	}
	kind, err := workflow.OnRetry(l.r)
	if err != nil {
		t.Fatal(err)
	}
	l.must(t, kind)
	var order []workflow.EffectType
	for _, e := range l.last.Effects {
		order = append(order, e.Type)
		if !e.Stands(l.r) {
			t.Errorf("%s does not stand", e.Type)
		}
	}
	same(t, order, []workflow.EffectType{workflow.SendPassphrase, workflow.SendPackage})
	l.replays(t)
}

func TestOnlyAPackageWithAPassphraseIsHandedOverInTwo(t *testing.T) {
	l := at(t, workflow.Completed, workflow.DefaultPolicy())
	l.r.Package.Encryption = workflow.EncryptAge
	if kind, _ := workflow.OnResend(l.r); kind != workflow.DeliverAgain {
		t.Errorf("resend means %s", kind)
	}
	if err := l.apply(l.event(workflow.HandOverAgain)); !errors.Is(err, workflow.Refused) {
		t.Errorf("got %v", err)
	}
}
