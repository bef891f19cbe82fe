package reader_test

import (
	"strings"
	"testing"

	"github.com/dsrd/dsrd/mailer/reader"
)

// The other parser would read these at any cost.
func TestASecondReadingStopsAtTheLimitsOfTheFirst(t *testing.T) {
	part := func(fields string) string {
		return "From: a@b.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\n" + fields + "\nCONFIRM\n--b--\n"
	}
	for name, raw := range map[string]string{
		"fields of a part":     part(strings.Repeat("X: y\n", 501)),
		"parameters of a part": part("Content-Type: text/plain;" + strings.Repeat(" a=b;", 1000) + "\n" + "Content-Disposition: inline;" + strings.Repeat(" c=d;", 12_500) + "\n"),
		"parts":                part(strings.Repeat("\n--b\n", 300)),
	} {
		if text, err := reader.SecondText([]byte(raw)); err == nil {
			t.Errorf("%s: read %.20q", name, text)
		}
	}
	if text, err := reader.SecondText([]byte(part("Content-Type: text/plain; a=b\n"))); err != nil || !strings.Contains(text, "CONFIRM") {
		t.Errorf("an ordinary part: %q, %v", text, err)
	}
}
