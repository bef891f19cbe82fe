package real_test

import "testing"

// TestWhoAsksForTheSameJoins: anna is asked once, whoever asks how often.
func TestWhoAsksForTheSameJoins(t *testing.T) {
	o, _ := asked(t, "joined")
	o.awaitEvents("letter_sent", 1)
	text := "Please send me a copy of the data you hold about " + jane + ".\n"
	for i, from := range []string{o.jane(), "stranger@elsewhere.example"} {
		o.send(letter{from: from, to: o.desk(), subjectLine: "Once more", body: text})
		o.awaitEvents("joined", i+1)
	}
	o.answer("CONFIRM")
	o.awaitState("completed")
	if all, packages := len(o.inbox(o.anna())), len(o.packages(o.anna())); all != 2 || packages != 1 {
		t.Errorf("anna has %d mails, %d of them packages", all, packages)
	}
	if n := len(o.inbox(o.jane())); n != 0 {
		t.Errorf("jane has %d mails", n)
	}
}
