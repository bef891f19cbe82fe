package reader_test

import (
	"strings"
	"testing"

	"github.com/dsrd/dsrd/mailer/reader"
)

func TestSecondTextFindsBothBodies(t *testing.T) {
	raw := strings.ReplaceAll(`From: a@b.example
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary=x

--x
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

Ich best=C3=A4tige.
--x
Content-Type: text/html

<p>Code: abcde-<b>fghij</b></p><style>p{}</style>
--x
Content-Type: text/plain
Content-Disposition: attachment; filename=x.txt

attached
--x--
`, "\n", "\r\n")
	text, err := reader.SecondText([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Ich bestätige.", "abcde-fghij"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in %q", want, text)
		}
	}
	if strings.Contains(text, "attached") {
		t.Error("an attachment counts as text")
	}
}

func TestSecondTextIsBounded(t *testing.T) {
	var deep strings.Builder
	for range 4000 {
		deep.WriteString("Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n")
	}
	if _, err := reader.SecondText([]byte(deep.String())); err == nil {
		t.Error("4,000 nested parts were read")
	}
	long := "Content-Type: text/plain\r\n\r\n" + strings.Repeat("x", 1<<20)
	if text, _ := reader.SecondText([]byte(long)); len(text) > 300<<10 {
		t.Errorf("%d bytes were kept", len(text))
	}
}
