package reply_test

import (
	"testing"

	"github.com/dsrd/dsrd/mailer/reader/reply"
)

// A code is no word: wherever it stands, the words beside it decide.
func TestACodeStandsWhereverPeoplePutIt(t *testing.T) {
	const code, bare = "k4f67-xq2ab-cdefg-hijkl-mnopqr", "k4f67xq2abcdefghijklmnopqr"
	for name, c := range map[string]struct {
		text string
		want reply.Decision
	}{
		"before the word":             {code + " CONFIRM", reply.Confirm},
		"on the line before":          {code + "\nCONFIRM", reply.Confirm},
		"with a label":                {"Code: " + code + "\n\nCONFIRM", reply.Confirm},
		"without hyphens":             {bare + "\nCONFIRM", reply.Confirm},
		"with spaces":                 {"k4f67 xq2ab cdefg hijkl mnopqr\nCONFIRM", reply.Confirm},
		"below, with spaces":          {"CONFIRM\nk4f67 xq2ab cdefg hijkl mnopqr", reply.Confirm},
		"before a refusal":            {code + "\nREJECT", reply.Reject},
		"between two minds":           {"CONFIRM\n" + code + "\nREJECT", reply.Unclear},
		"alone":                       {code, reply.Unclear},
		"words as long as its groups": {"CONFIRM\nnever share those names please", reply.Unclear},
		"such words and a number":     {"CONFIRM\nnever agree about order 234567", reply.Unclear},
	} {
		t.Run(name, func(t *testing.T) {
			got, why := reply.Decide(reply.Text{New: c.text}, "Re: x")
			if got != c.want {
				t.Errorf("%q decides %s (%s), want %s", c.text, got, why, c.want)
			}
		})
	}
}
