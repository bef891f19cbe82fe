package parts_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dsrd/dsrd/mailer/mailtest/forge"
	"github.com/dsrd/dsrd/mailer/reader/parts"
)

func parse(lines ...string) *parts.Message {
	return parts.Parse([]byte(strings.Join(lines, "\r\n")), parts.DefaultLimits(), nil)
}

// shape writes a tree as "multipart/mixed[text/plain image/png]".
func shape(p *parts.Part) string {
	if !p.IsMultipart() {
		return p.Type
	}
	var inner []string
	for _, c := range p.Children {
		inner = append(inner, shape(c))
	}
	return p.Type + "[" + strings.Join(inner, " ") + "]"
}

func leaves(p *parts.Part) (out []string) {
	p.Each(func(q *parts.Part) bool {
		if !q.IsMultipart() {
			text, _ := q.Text(1000)
			out = append(out, text)
		}
		return true
	})
	return out
}

func TestParseTree(t *testing.T) {
	for _, c := range []struct {
		name   string
		mail   []string
		shape  string
		leaves []string
		defect []string
	}{
		{"a mail without MIME is plain text",
			[]string{"Subject: a", "", "hello", "there"},
			"text/plain", []string{"hello\r\nthere"}, nil},
		{"preamble and epilogue are no parts",
			[]string{"Content-Type: multipart/mixed; boundary=b", "", "preamble", "--b",
				"", "one", "--b", "Content-Type: text/html", "", "two", "--b--", "epilogue"},
			"multipart/mixed[text/plain text/html]", []string{"one", "two"}, nil},
		{"a boundary that is missing at the end closes with the mail",
			[]string{"Content-Type: multipart/mixed; boundary=b", "", "--b", "", "one", "--b",
				"", "two"},
			"multipart/mixed[text/plain text/plain]", []string{"one", "two"},
			[]string{"missing-closing-boundary"}},
		{"an outer boundary closes an inner multipart",
			[]string{"Content-Type: multipart/mixed; boundary=out", "", "--out",
				"Content-Type: multipart/alternative; boundary=in", "", "--in", "", "one",
				"--out", "", "two", "--out--"},
			"multipart/mixed[multipart/alternative[text/plain] text/plain]",
			[]string{"one", "two"}, []string{"missing-closing-boundary"}},
		{"a boundary may begin like another one",
			[]string{"Content-Type: multipart/mixed; boundary=b", "", "--b",
				"Content-Type: multipart/mixed; boundary=b--", "", "--b--", "", "one",
				"--b----", "--b--"},
			"multipart/mixed[multipart/mixed[text/plain]]", []string{"one"}, nil},
		{"a longer line is no delimiter",
			[]string{"Content-Type: multipart/mixed; boundary=b", "", "--b", "", "--bb",
				"--b--"},
			"multipart/mixed[text/plain]", []string{"--bb"}, nil},
		{"a boundary parameter that is missing is found in the body",
			[]string{"Content-Type: multipart/mixed", "", "--x", "Content-Type: text/html", "",
				"one", "--x--"},
			"multipart/mixed[text/html]", []string{"one"}, []string{"missing-boundary"}},
		{"a multipart without parts stays readable",
			[]string{"Content-Type: multipart/mixed; boundary=b", "", "only text"},
			"text/plain", []string{"only text"}, []string{"missing-boundary"}},
		{"a delimiter ends a header without an empty line",
			[]string{"Content-Type: multipart/mixed; boundary=b", "", "--b",
				"Content-Type: text/html", "--b", "", "two", "--b--"},
			"multipart/mixed[text/html text/plain]", []string{"", "two"}, nil},
		{"a transfer encoding of the whole multipart is undone",
			[]string{"Content-Type: multipart/mixed; boundary=b",
				"Content-Transfer-Encoding: quoted-printable", "", "--b", "", "caf=C3=A9",
				"--b--"},
			"multipart/mixed[text/plain]", []string{"café"}, []string{"encoded-multipart"}},
		{"an unknown transfer encoding is taken as it stands",
			[]string{"Content-Transfer-Encoding: 8-bit", "", "text"},
			"text/plain", []string{"text"}, []string{"unknown-transfer-encoding"}},
		{"parts of a digest are messages",
			[]string{"Content-Type: multipart/digest; boundary=b", "", "--b", "",
				"Subject: x", "", "y", "--b--"},
			"multipart/digest[message/rfc822]", []string{"Subject: x\r\n\r\ny"}, nil},
		{"a type without a semicolon before its parameter is read",
			[]string{"Content-Type: multipart/mixed", " boundary=b", "", "--b", "", "one",
				"--b--"},
			"multipart/mixed[text/plain]", []string{"one"}, nil},
		{"a type that is none is plain text",
			[]string{"Content-Type: what?", "", "one"},
			"text/plain", []string{"one"}, []string{"broken-content-type"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := parse(c.mail...)
			if got := shape(m.Root); got != c.shape {
				t.Errorf("shape: got %s, want %s", got, c.shape)
			}
			if diff := cmp.Diff(c.leaves, leaves(m.Root)); diff != "" {
				t.Errorf("leaves (-want +got):\n%s", diff)
			}
			for _, d := range c.defect {
				if !slices.Contains(m.Defects(), d) {
					t.Errorf("defects: got %v, want %s", m.Defects(), d)
				}
			}
			if c.defect == nil && len(m.Defects()) > 0 {
				t.Errorf("defects: got %v, want none", m.Defects())
			}
		})
	}
}

func TestParseHeaderTraps(t *testing.T) {
	for _, c := range []struct {
		name     string
		mail     []string
		subject  string
		body     string
		repaired bool
		defect   string
	}{
		{"a folded field is one value",
			[]string{"Subject: one", "\ttwo", "", "x"}, "one two", "x", false, ""},
		{"a mbox line before the header is dropped",
			[]string{"From a@b Thu Jan  1 00:00:00 2026", "Subject: s", "", "x"},
			"s", "x", true, "mbox-from-line"},
		{"a line without a colon is skipped",
			[]string{"To: a@b", "this is no field", " nor this", "Subject: s", "", "x"},
			"s", "x", true, "header-line-without-colon"},
		{"a header that runs into the body ends there",
			[]string{"Subject: s", "Hello you", "", "x"},
			"s", "Hello you\r\n\r\nx", false, "missing-blank-line-after-header"},
		{"a name with an 8-bit letter is replaced",
			[]string{"X-Caf\xe9: a", "Subject: s", "", "x"}, "s", "x", true, "odd-header-name"},
		{"a blank before the colon is repaired",
			[]string{"Subject : s", "", "x"}, "s", "x", true, "space-before-colon"},
		{"a continuation without a field is dropped",
			[]string{" lost", "Subject: s", "", "x"}, "s", "x", true,
			"header-starts-with-continuation"},
		{"a mail without a header is a body",
			[]string{"Hello you,", "", "x"}, "", "Hello you,\r\n\r\nx", false, "no-header"},
		{"blank lines above the header are dropped",
			[]string{"", "   ", "Subject: s", "", "x"}, "s", "x", true, "blank-lines-before-header"},
		{"a body below an empty header is no header",
			[]string{"", "Dear all,", "x"}, "", "Dear all,\r\nx", false, "no-header"},
		{"a byte order mark is no part of the first name",
			[]string{"\xef\xbb\xbfSubject: s", "", "x"}, "s", "x", false, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := parse(c.mail...)
			if got := m.Root.Header.Get("subject"); got != c.subject {
				t.Errorf("subject line: got %q, want %q", got, c.subject)
			}
			if got := string(m.Root.Body); got != c.body {
				t.Errorf("body: got %q, want %q", got, c.body)
			}
			if m.Repaired != c.repaired {
				t.Errorf("repaired: got %v, want %v", m.Repaired, c.repaired)
			}
			if c.defect != "" && !slices.Contains(m.Defects(), c.defect) {
				t.Errorf("defects: got %v, want %s", m.Defects(), c.defect)
			}
		})
	}
}

func TestBareCarriageReturnsEndLines(t *testing.T) {
	m := parts.Parse([]byte("Subject: s\rTo: a@b\r\rone\rtwo"), parts.DefaultLimits(), nil)
	if got := m.Root.Header.Get("To"); got != "a@b" {
		t.Errorf("To: got %q", got)
	}
	if got := string(m.Root.Body); got != "one\ntwo" || !m.Repaired {
		t.Errorf("body: got %q, repaired %v", got, m.Repaired)
	}
}

func nested(levels int) []byte {
	var b bytes.Buffer
	for i := range levels {
		fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i)
	}
	return b.Bytes()
}

// go-message v0.18.2 needs 6.6 s for this: each of its readers scans what the others did.
func TestNestingBombIsCheap(t *testing.T) {
	raw := nested(4000)
	var m *parts.Message
	took, err := forge.Cost(func() { m = parts.Parse(raw, parts.DefaultLimits(), nil) })
	if err != nil || took > forge.AtMost(50*time.Millisecond) {
		t.Errorf("4,000 levels took %v, want < 50 ms: %v", took, err)
	}
	if !m.OverLimit || !slices.Contains(m.Defects(), parts.TooDeep) {
		t.Errorf("over limit %v, defects %v", m.OverLimit, m.Defects())
	}
	depth := 0
	m.Root.Each(func(*parts.Part) bool { depth++; return true })
	if want := parts.DefaultLimits().Depth + 1; depth != want {
		t.Errorf("got %d parts in a row, want %d", depth, want)
	}
}

func TestPartsBombStopsAtTheLimit(t *testing.T) {
	raw := []byte("Content-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--b\n\n", 200_000))
	var m *parts.Message
	perRun := testing.AllocsPerRun(1, func() { m = parts.Parse(raw, parts.DefaultLimits(), nil) })
	if perRun > 3000 {
		t.Errorf("200,000 parts made %.0f allocations", perRun)
	}
	if got := len(m.Root.Children); got != parts.DefaultLimits().Parts-1 || !m.OverLimit {
		t.Errorf("got %d parts, over limit %v", got, m.OverLimit)
	}
}

func TestHeaderBombs(t *testing.T) {
	l := parts.DefaultLimits()
	for _, c := range []struct {
		name, raw, defect string
	}{
		{"too many fields", strings.Repeat("X: y\n", 100_000)[:200<<10] + "\n\n", parts.TooManyFields},
		{"too large a block", strings.Repeat("X: "+strings.Repeat("y", 990)+"\n", 500) + "\nbody",
			parts.HeaderTooLarge},
		{"too long a field", "X: a\n" + strings.Repeat(" "+strings.Repeat("y", 990)+"\n", 100) + "\nbody",
			parts.FieldTooLong},
		{"lines without colons", strings.Repeat("nothing here\n", 20_000) + "A: b\n\nbody",
			"header-line-without-colon"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := parts.Parse([]byte(c.raw), l, nil)
			if !slices.Contains(m.Defects(), c.defect) {
				t.Errorf("defects: got %v, want %s", m.Defects(), c.defect)
			}
			if got := len(m.Root.Header.Fields); got > l.Fields {
				t.Errorf("kept %d fields", got)
			}
			size := 0
			for _, f := range m.Root.Header.Fields {
				size += len(f.Name) + len(f.Value)
				if len(f.Value) > l.LineBytes {
					t.Errorf("kept a field of %d bytes", len(f.Value))
				}
			}
			if size > l.HeaderBytes {
				t.Errorf("kept %d bytes of header", size)
			}
		})
	}
}

func TestParseStopsWhenTimeIsUp(t *testing.T) {
	raw := []byte("Content-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--b\n\nx\n", 50))
	asked := 0
	m := parts.Parse(raw, parts.DefaultLimits(), func() bool { asked++; return asked > 3 })
	if len(m.Root.Children) != 3 || !slices.Contains(m.Defects(), "parse-timeout") {
		t.Errorf("got %d parts, defects %v", len(m.Root.Children), m.Defects())
	}
}

// Allocation budgets are kept by tests; time is not.
func TestParseAllocatesLittle(t *testing.T) {
	raw := []byte(strings.Repeat("Received: from a by b;\r\n\tMon, 5 Jan 2026\r\n", 10) +
		"From: a@b.example\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n" +
		"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\none\r\n" +
		"--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\ntwo\r\n--b--\r\n")
	if got := testing.AllocsPerRun(50, func() { parts.Parse(raw, parts.DefaultLimits(), nil) }); got > 40 {
		t.Errorf("got %.0f allocations, want at most 40", got)
	}
}
