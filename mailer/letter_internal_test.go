package mailer

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/dsrd/dsrd/mailer/envelope"
	"github.com/dsrd/dsrd/workflow"
)

// Every letter's mark leads back to its effect and its kind, through an envelope sender
// and through a Message-ID.
func TestMarksOfLettersComeBack(t *testing.T) {
	marks := envelope.Marks{Bounce: "bounce@provider.example", Domain: "provider.example", Key: []byte("k")}
	roomy := envelope.Marks{Bounce: "bounces-of-mail@provider.example", Key: []byte("k")}
	kinds := map[workflow.EffectType]string{
		workflow.SendPassphrase: markPassphrase, workflow.SendEscalation: markEscalation,
	}
	rapid.Check(t, func(t *rapid.T) {
		e := workflow.Effect{
			ID: workflow.EffectID(rapid.StringMatching(`[0-9]{2}[a-z2-7]{24}\.[1-9][0-9]{0,5}`).Draw(t, "id")),
			Type: rapid.SampledFrom([]workflow.EffectType{workflow.SendConfirmation, workflow.SendPackage,
				workflow.SendPassphrase, workflow.SendEscalation}).Draw(t, "letter"),
		}
		mark := markOf(e)
		// RFC 5321 4.5.3.1.1, with the longest address that a configuration may name.
		if local, _, _ := strings.Cut(roomy.BounceAddress(mark), "@"); len(local) > 64 {
			t.Fatalf("%q has %d octets", local, len(local))
		}
		back, ok := marks.BounceEffect(marks.BounceAddress(mark))
		id, ours := marks.MessageIDEffect(marks.MessageID(mark, 0))
		if !ok || !ours || back != mark || id != mark {
			t.Fatalf("%q came back as %q and %q", mark, back, id)
		}
		if effect, kind := cutMark(back); effect != e.ID || kind != kinds[e.Type] {
			t.Fatalf("%q is %s of kind %q", mark, effect, kind)
		}
	})
}

func TestMasked(t *testing.T) {
	for a, want := range map[workflow.Address]string{
		"jane@customer.example": "j***@customer.example", "x@y.example": "x***@y.example",
		"": "", "öl@müller.example": "ö***@müller.example",
	} {
		if got := masked(a); got != want {
			t.Errorf("%q is masked as %q, want %q", a, got, want)
		}
	}
}

// Only what suppressionNote wrote tells since when; all else says nothing.
func TestSinceWhenAnAddressIsSuppressed(t *testing.T) {
	for _, note := range []string{"", "by hand", "x since yesterday", " since "} {
		if at, ok := suppressedSince(note); ok {
			t.Errorf("%q tells %v", note, at)
		}
	}
}
