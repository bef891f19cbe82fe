package bounce

import "testing"

// TestEveryRowOfTheVerdicts asks each row, and one reason that has none, with a permanent and
// a temporary code, with and without an enhanced one.
func TestEveryRowOfTheVerdicts(t *testing.T) {
	type asked struct {
		action, status, code string
		want                 bool
	}
	always := []asked{{"failed", "5.0.0", "", true}, {"failed", "4.0.0", "550", true},
		{"failed", "", "450", true}, {"failed", "", "", true}, {"delayed", "4.0.0", "", false}}
	never := []asked{{"failed", "5.0.0", "", false}, {"failed", "", "", false}}
	want := map[Reason][]asked{
		UserUnknown: always, HostUnknown: always, Moved: always,
		NotAccept: {{"failed", "5.1.10", "", true}, {"failed", "", "556", true},
			{"failed", "", "", true}, {"failed", "4.3.2", "556", false},
			{"failed", "", "421", false}, {"relayed", "5.1.10", "", false}},
	}
	for _, r := range append(reasonOrder, Filtered, Unknown) {
		rows := want[r]
		if rows == nil {
			rows = never
		}
		for _, c := range rows {
			got := isHard(Recipient{Action: c.action, Status: c.status, Code: c.code, Reason: r})
			if got != c.want {
				t.Errorf("%s %s %q %q: hard %v, want %v", r, c.action, c.status, c.code, got, c.want)
			}
		}
	}
	for _, v := range verdicts {
		if v.why == "" || want[v.reason] == nil {
			t.Errorf("%s: a row without a reason or without a test", v.reason)
		}
	}
}

func TestCodesThatSpeakForThemselves(t *testing.T) {
	for status, want := range map[string]Reason{"5.1.1": UserUnknown, "4.1.2": HostUnknown,
		"5.1.10": NotAccept, "5.7.27": SenderReject, "5.2.2": MailboxFull, "5.2.99": Filtered,
		"5.4.310": HostUnknown, "5.7.999": Policy, "5.0.0": Unknown, "": Unknown, "5": Unknown} {
		if got := reasonOfCodes(Recipient{Status: status}); got != want {
			t.Errorf("%q: got %s, want %s", status, got, want)
		}
	}
	for code, want := range map[string]Reason{"552": MailboxFull, "556": NotAccept, "550": Unknown} {
		if got := reasonOfCodes(Recipient{Code: code}); got != want {
			t.Errorf("%s: got %s, want %s", code, got, want)
		}
	}
}
