package reader_test

import (
	"strings"
	"testing"

	"github.com/dsrd/dsrd/mailer/reader"
)

// What is read better must not confirm more: each of these says CONFIRM only to a reader that
// mends, so that another reader of the same mail may see something else.
func TestWhatIsMendedConfirmsNothing(t *testing.T) {
	multipart := func(field string, lines ...string) string {
		return "Content-Type: " + field + "\n\n" + strings.Join(lines, "\n") + "\n"
	}
	for name, raw := range map[string]string{
		"another boundary than the declared one": multipart("multipart/mixed; boundary=x",
			"--b", "Content-Type: text/plain", "", "CONFIRM", "--b--"),
		"a boundary in quotes that are not its own": multipart("multipart/mixed; boundary='b'",
			"--b", "Content-Type: text/plain", "", "CONFIRM", "--b--"),
		"a multipart that is not in base64": "Content-Transfer-Encoding: base64\n" +
			multipart("multipart/mixed; boundary=b", "--b", "", "CONFIRM", "--b--"),
		"commands of enriched text": multipart("text/enriched", "<bold>CONFIRM</bold>"),
		"commands of rich text":     multipart("text/richtext", "<bold>CONFIRM</bold>"),
		"HTML by another name":      multipart("application/xhtml+xml", "<p>CONFIRM</p>"),
		"HTML in quotes":            multipart(`"text/html"`, "<p>CONFIRM</p>"),
		"HTML and a comma":          multipart(`text/html, charset=utf-8`, "<p>CONFIRM</p>"),
		"UTF-16 that nobody declared": "Content-Transfer-Encoding: base64\n\n" +
			"/v8AQwBPAE4ARgBJAFIATQ==\n",
		"a charset that nobody declared": "\n\xef\xee\xe4\xf2\xe2\xe5\xf0\xe6\xe4\xe0\xfe\n",
		"a part that is not the first": multipart(`multipart/related; boundary=b; start="<r>"`,
			"--b", "Content-Type: image/gif", "", "x", "--b", "Content-Type: text/html",
			"Content-ID: <r>", "", "<p>CONFIRM</p>", "--b--"),
		"a file that is shown in place": multipart("multipart/mixed; boundary=b",
			"--b", "Content-Type: image/gif", "", "x", "--b", "Content-Type: text/plain; name=a.txt",
			"Content-Disposition: inline", "", "CONFIRM", "--b--"),
		"a text that an odd name makes a file": multipart("multipart/mixed; boundary=b",
			"--b", "", "CONFIRM", "--b", "Content-Type: text/plain; name*1=a.txt", "",
			"I take that back: REJECT", "--b--"),
		"HTML, and a plain text that refuses": multipart("multipart/alternative; boundary=b",
			"--b", "Content-Type: text/plain", "",
			"Please do NOT release anything, I do not confirm. My program cannot send HTML.",
			"--b", "Content-Type: text/html", "", "<p>CONFIRM</p>", "--b--"),
		"text before a uuencoded file": "\nCONFIRM, but\nbegin 644 a.txt\n#:&D*\n`\nend\n",
	} {
		t.Run(name, func(t *testing.T) {
			m := reader.Read([]byte("From: a@b.example\n"+raw), reader.Options{})
			if m.Decision == reader.Confirm {
				t.Errorf("confirmed (%s): %q", m.DecisionReason, m.Text)
			}
		})
	}
}

// Nor does a guess refuse, or take a request back.
func TestWhatIsGuessedDecidesNothing(t *testing.T) {
	for _, text := range []string{"REJECT", "I withdraw my request."} {
		m := reader.Read([]byte("From: a@b.example\nContent-Type: multipart/mixed; boundary=x\n\n"+
			"--b\nContent-Type: text/plain\n\n"+text+"\n--b--\n"), reader.Options{})
		if !m.Guessed || m.Decision == reader.Reject || !strings.Contains(m.Reply, text) {
			t.Errorf("%s: guessed %v, %s (%s)", text, m.Guessed, m.Decision, m.DecisionReason)
		}
	}
}

// And what confirmed by its own word goes on to do so.
func TestWhatNeedsNoMendingConfirms(t *testing.T) {
	for name, raw := range map[string]string{
		"flowed text": "Content-Type: text/plain; format=flowed\n\nCONFIRM\n\n" +
			"On Monday, Desk wrote:\n> Please \n> confirm.\n",
		"flowed text of Apple's": "Content-Type: text/plain; format=flowed; delsp=yes\n\n" +
			"CONFIRM\n\nOn Monday, Desk wrote:\n> Please  \n> confirm.\n",
		"quoted text in a charset that nobody declared": "\nCONFIRM\n\nOn Monday, Desk wrote:\n" +
			"> \xef\xee\xe4\xf2\xe2\xe5\xf0\xe6\xe4\xe0\xfe\n",
		"a signed mail": "Content-Type: multipart/signed; boundary=b\n\n--b\n\nCONFIRM\n--b\n" +
			"Content-Type: application/pgp-signature\n\nx\n--b--\n",
		"HTML, and a plain text that tells of it": "Content-Type: multipart/alternative; boundary=b\n\n" +
			"--b\nContent-Type: text/plain\n\nPlease use an HTML viewer.\n" +
			"--b\nContent-Type: text/html\n\n<p>CONFIRM</p>\n--b--\n",
		"an odd date": "Date: Mon 5 Jan 2026 10:00:00 +0000\n\nCONFIRM\n",
	} {
		t.Run(name, func(t *testing.T) {
			m := reader.Read([]byte("From: a@b.example\n"+raw), reader.Options{})
			if m.Decision != reader.Confirm {
				t.Errorf("got %s (%s): %q", m.Decision, m.DecisionReason, m.Text)
			}
		})
	}
}

// A mail that confirms is told as its own word tells it, so that whoever judges it compares
// what another reader sees, too.
func TestAConfirmationIsToldAsItStands(t *testing.T) {
	raw := "Date: Mon 5 Jan 2026 10:00:00 +0000\nContent-Type: text/plain; format=flowed\n\n" +
		"CONFIRM\n\nOn Monday, Desk wrote:\n> Please \n> confirm.\n"
	m := reader.Read([]byte(raw), reader.Options{})
	if m.Decision != reader.Confirm || !m.Date.IsZero() || !strings.Contains(m.Text, "> Please \n") {
		t.Errorf("got %s, dated %v: %q", m.Decision, m.Date, m.Text)
	}
}
