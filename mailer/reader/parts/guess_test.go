package parts_test

import (
	"slices"
	"testing"
)

func TestParseSaysThatItGuessed(t *testing.T) {
	for _, c := range []struct {
		name   string
		mail   []string
		defect string // "": nothing was guessed
	}{
		{"another boundary", []string{"Content-Type: multipart/mixed; boundary=x", "", "--b",
			"Content-Type: text/plain", "", "x", "--b--"}, "wrong-boundary"},
		{"a boundary in quotes that are not its own", []string{
			"Content-Type: multipart/mixed; boundary='b'", "", "--b", "", "x", "--b--"}, "wrong-boundary"},
		{"a multipart that is not in base64", []string{"Content-Type: multipart/mixed; boundary=b",
			"Content-Transfer-Encoding: base64", "", "--b", "", "x", "--b--"}, "unencoded-multipart"},
		{"a type in quotes", []string{`Content-Type: "text/html"`, "", "x"}, "broken-content-type"},
		{"a parameter wrapped without a blank", []string{"Content-Type: multipart/mixed; boundary=b",
			"", "--b", "Content-Type: text/plain;", "name=a.txt", "", "x", "--b--"}, "wrong-fold"},
		{"the boundary of the outer multipart", []string{"Content-Type: multipart/mixed; boundary=b",
			"", "--b", "Content-Type: multipart/mixed", "", "--b", "Content-Type: text/plain", "", "x",
			"--b--"}, "missing-boundary"},
		{"a name of a text that not all find", []string{"Content-Type: text/plain; name*1=a.txt", "", "x"},
			"odd-parameter"},
		{"such a name of a picture", []string{"Content-Type: image/png; name*1=a.png", "", "x"}, ""},
		{"nothing is odd", []string{"Content-Type: multipart/mixed; boundary=b", "", "--b", "", "x",
			"--b--"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := parse(c.mail...)
			if m.Guessed != (c.defect != "") || c.defect != "" && !slices.Contains(m.Defects(), c.defect) {
				t.Errorf("got %v, defects %v", m.Guessed, m.Defects())
			}
		})
	}
}

func TestAWrapWithoutABlankIsARepair(t *testing.T) {
	m := parse("Content-Type: text/plain;", "charset=koi8-r", "Subject: x", "", "x")
	if !m.Repaired || m.Root.Charset != "koi8-r" || m.Root.Header.Get("Subject") != "x" {
		t.Errorf("repaired %v, charset %q", m.Repaired, m.Root.Charset)
	}
}
