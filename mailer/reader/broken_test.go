package reader_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/htmlindex"

	"github.com/dsrd/dsrd/mailer/reader"
)

// A brokenMail is one mail of testdata/broken: what is broken in it, its bytes, and the facts
// that must be read from it all the same.
type brokenMail struct {
	name string
	raw  string
	want [][2]string // key and value
}

// TestReadMendsBrokenMail reads every mail of testdata/broken; README.md there says how they
// are written down.
func TestReadMendsBrokenMail(t *testing.T) {
	files, err := filepath.Glob("testdata/broken/*.txt")
	if err != nil || len(files) < 9 {
		t.Fatalf("got %d files of broken mail, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			for _, c := range brokenMails(t, file) {
				t.Run(c.name, func(t *testing.T) { checkFacts(t, c) })
			}
		})
	}
}

func brokenMails(t *testing.T, file string) (out []brokenMail) {
	t.Helper()
	source, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range strings.Split(string(source), "\n=== ")[1:] {
		name, rest, _ := strings.Cut(block, "\n")
		mail, facts, ok := strings.Cut(rest, "\n--- want\n")
		if !ok {
			t.Fatalf("%s: %s: no facts are wanted", file, name)
		}
		c := brokenMail{name: name, raw: bytesOf(t, strings.ReplaceAll(mail, "\n", "\r\n"))}
		for line := range strings.Lines(facts) {
			line = strings.TrimRight(line, "\n")
			if line == "" {
				continue
			}
			key, value, ok := strings.Cut(line, ":")
			if !ok {
				t.Fatalf("%s: %s: %q is no fact", file, name, line)
			}
			c.want = append(c.want, [2]string{key, bytesOf(t, strings.TrimPrefix(value, " "))})
		}
		out = append(out, c)
	}
	return out
}

var (
	inCharset = regexp.MustCompile(`«([^|»]*)\|([^»]*)»`)
	escapes   = regexp.MustCompile(`\\(x[0-9a-f]{2}|[rnt\\])`)
)

// bytesOf puts in the bytes that a file of text cannot hold.
func bytesOf(t *testing.T, s string) string {
	t.Helper()
	s = escapes.ReplaceAllStringFunc(s, func(e string) string {
		switch e[1] {
		case 'x':
			var b byte
			if _, err := fmt.Sscanf(e[2:], "%x", &b); err != nil {
				t.Fatal(err)
			}
			return string([]byte{b})
		case 'r':
			return "\r"
		case 'n':
			return "\n"
		case 't':
			return "\t"
		}
		return `\`
	})
	return inCharset.ReplaceAllStringFunc(s, func(e string) string {
		m := inCharset.FindStringSubmatch(e)
		charset, err := htmlindex.Get(m[1])
		if err != nil {
			t.Fatalf("%s: %v", m[1], err)
		}
		out, err := charset.NewEncoder().String(m[2])
		if err != nil {
			t.Fatalf("%s in %s: %v", m[2], m[1], err)
		}
		return out
	})
}

func checkFacts(t *testing.T, c brokenMail) {
	t.Helper()
	m := reader.Read([]byte(c.raw), reader.Options{})
	if len(c.want) == 0 {
		t.Fatal("no facts are wanted")
	}
	for _, w := range c.want {
		got, ok := fact(m, w[0], w[1])
		if !ok {
			t.Errorf("%s: got %q, want %q", w[0], got, w[1])
		}
	}
}

// fact is what the mail says under the key, and whether that is what was wanted.
func fact(m *reader.Mail, key, want string) (got string, ok bool) {
	switch key {
	case "text":
		got = m.Text
	case "has":
		return m.Text, strings.Contains(m.Text, want)
	case "hasnot":
		return m.Text, !strings.Contains(m.Text, want)
	case "from":
		got = m.From
	case "to":
		got = strings.Join(m.To, " ")
	case "subject":
		got = m.SubjectLine
	case "id":
		got = m.MessageID
	case "date":
		got = "none"
		if !m.Date.IsZero() {
			got = m.Date.UTC().Format(time.RFC3339)
		}
	case "repaired":
		got = yesNo(m.HeaderRepaired)
	case "error":
		got = yesNo(m.Err != "")
	case "defect":
		got = strings.Join(m.Defects, " ")
		return got, strings.Contains(" "+got+" ", " "+want+" ")
	case "attachments", "has-attachment":
		return attachmentFact(m, key, want)
	default:
		return "no such key", false
	}
	return got, got == want
}

func attachmentFact(m *reader.Mail, key, want string) (got string, ok bool) {
	var all []string
	for _, a := range m.Attachments {
		all = append(all, fmt.Sprintf("%s %s %d", a.Name, a.Type, a.Size))
	}
	got = strings.Join(all, "; ")
	if key == "has-attachment" {
		return got, strings.Contains(got, " "+want+" ")
	}
	if want == "none" {
		return got, got == ""
	}
	return got, got == want
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
