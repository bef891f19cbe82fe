package real_test

import (
	"testing"

	"github.com/dsrd/dsrd/internal/office"
)

// TestWhoAsksForTheSameJoins: anna is asked once, whoever asks how often.
func TestWhoAsksForTheSameJoins(t *testing.T) {
	o, _ := asked(t, "joined")
	o.AwaitEvents("letter_sent", 1)
	text := "Please send me a copy of the data you hold about " + office.Jane + ".\n"
	for i, from := range []string{o.Jane(), "stranger@elsewhere.example"} {
		o.Send(office.Letter{From: from, To: o.Desk(), SubjectLine: "Once more", Body: text})
		o.AwaitEvents("joined", i+1)
	}
	o.Answer("CONFIRM")
	o.AwaitState("completed")
	if all, packages := len(o.Inbox(o.Anna())), len(o.Packages(o.Anna())); all != 2 || packages != 1 {
		t.Errorf("anna has %d mails, %d of them packages", all, packages)
	}
	if n := len(o.Inbox(o.Jane())); n != 0 {
		t.Errorf("jane has %d mails", n)
	}
}
