package parts_test

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/dsrd/dsrd/mailer/reader/parts"
)

// wrapped is a multipart in base64 in multiparts in base64, which RFC 2045 6.4 forbids.
func wrapped(levels, size int) string {
	body := "--b\n\n" + strings.Repeat("a line of text\n", size/15)
	for range levels {
		body = "--b\nContent-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: base64\n\n" +
			base64.StdEncoding.EncodeToString([]byte(body)) + "\n"
	}
	return "Content-Type: multipart/mixed; boundary=b\n\n" + body
}

func TestWhatIsUnpackedHasALimitForAllLevelsTogether(t *testing.T) {
	raw := []byte(wrapped(3, 30_000))
	l := parts.DefaultLimits()
	if m := parts.Parse(raw, l, nil); m.OverLimit || !strings.Contains(text(m), "a line of text") {
		t.Errorf("three levels under the limit: %v", m.Defects())
	}
	l.Unpacked = len(raw) + len(raw)/2 // enough for the outer one, and for no other
	m := parts.Parse(raw, l, nil)
	if !m.OverLimit || !slices.Contains(m.Defects(), parts.TooMuchUnpacked) {
		t.Errorf("over the limit: %v", m.Defects())
	}
	l.Unpacked = 0
	if m := parts.Parse([]byte("From: a@b.example\n\nCONFIRM"), l, nil); m.OverLimit {
		t.Error("a plain mail has nothing to unpack")
	}
}

func text(m *parts.Message) (all string) {
	m.Root.Each(func(p *parts.Part) bool {
		if p.IsText() {
			s, _ := p.Text(1 << 20)
			all += s
		}
		return true
	})
	return all
}

func TestAFileNameIsCutWhereNobodyReadsOn(t *testing.T) {
	long := strings.Repeat("ä", 5000)
	m := parts.Parse([]byte("Content-Disposition: attachment; filename=\""+long+"\"\n\nx"),
		parts.DefaultLimits(), nil)
	if n := len(m.Root.Name); n < 900 || n > 1000 || strings.Trim(m.Root.Name, "ä") != "" {
		t.Errorf("a name of %d bytes, ending in %q", n, m.Root.Name[max(0, n-4):])
	}
}

func TestTheStartOfAPartIsWhatItBeginsWith(t *testing.T) {
	body := strings.Repeat("0123456789", 5000)
	for how, written := range map[string]string{
		"7bit": body, "base64": base64.StdEncoding.EncodeToString([]byte(body)), "quoted-printable": body,
	} {
		p := parts.Parse([]byte("Content-Transfer-Encoding: "+how+"\n\n"+written), parts.DefaultLimits(), nil).Root
		if got := string(p.Start(1000)); len(got) < 1000 || !strings.HasPrefix(body, got) {
			t.Errorf("%s: %d bytes, %.20q", how, len(got), got)
		}
	}
}

func TestWhatNeverEndsIsLeftAsItStands(t *testing.T) {
	open := strings.Repeat("=?utf-8?Q?x ", 5000)
	if got := parts.DecodeWords(open); got != open {
		t.Errorf("an encoded word without end: %.40q", got)
	}
	if got := parts.DecodeWords("=?utf-8?Q?a?= " + open); got != "a "+open {
		t.Errorf("behind one that ends: %.40q", got)
	}
	list := strings.Repeat("(,", 3000) + " ann@acme.example"
	if got := parts.Addresses(list); got != nil {
		t.Errorf("an address behind 3000 separators: %v", got)
	}
	list = strings.Repeat("\"a,", 3) + " <ann@acme.example>, g: bob@b.example;"
	if got := fmt.Sprint(parts.Addresses(list)); got != "[ann@acme.example bob@b.example]" {
		t.Errorf("behind an open quote: %s", got)
	}
}

// The first boundary that could be one counts, also where the same line stands above it.
func TestAMissingBoundaryIsFoundBehindALineLikeIt(t *testing.T) {
	m := parts.Parse([]byte("Content-Type: multipart/mixed\n\n--b\npreamble\n--b\nContent-Type: text/plain\n\n"+
		"CONFIRM\n--b--\n"), parts.DefaultLimits(), nil)
	if !strings.Contains(text(m), "CONFIRM") || !m.Root.IsMultipart() {
		t.Errorf("got %q", text(m))
	}
}

// Large headers are read in a few parts of a mail, not in all of hundreds.
func TestHeadersOfAllPartsTogetherAreBounded(t *testing.T) {
	field := "X-Long: " + strings.Repeat("x", 30_000) + "\r\n"
	mail := func(n int) *parts.Message {
		part := "--b\r\n" + field + "Content-Type: text/plain; name=a.txt\r\n\r\nhello\r\n"
		return parts.Parse([]byte("Content-Type: multipart/mixed; boundary=b\r\n\r\n"+
			strings.Repeat(part, n)+"--b--\r\n"), parts.DefaultLimits(), nil)
	}
	if m := mail(30); m.OverLimit || len(m.Root.Children) != 30 {
		t.Errorf("30 of them: %d parts, over %v", len(m.Root.Children), m.OverLimit)
	}
	m := mail(60)
	named := 0
	for _, p := range m.Root.Children {
		if p.Name == "a.txt" {
			named++
		}
	}
	if !m.OverLimit || len(m.Root.Children) != 60 || named < 30 || named > 36 {
		t.Errorf("60 of them: %d parts, %d with their header, over %v", len(m.Root.Children), named, m.OverLimit)
	}
}
