package reader_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dsrd/dsrd/mailer/reader"
)

// A notice is a mail of bounce/testdata/notices, with what has to be read from it.
type notice struct {
	name, class, id string
	want            []string
	mail            string
}

// notices reads every file of bounce/testdata/notices; its README tells how they are written.
func notices(t *testing.T) (out []notice) {
	t.Helper()
	names, err := filepath.Glob("bounce/testdata/notices/*.txt")
	if err != nil || len(names) == 0 {
		t.Fatalf("no notices: %v", err)
	}
	for _, name := range names {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range strings.Split("\n"+string(raw), "\n=== ")[1:] {
			out = append(out, parseNotice(filepath.Base(name), one))
		}
	}
	return out
}

func parseNotice(file, text string) notice {
	name, rest, _ := strings.Cut(text, "\n")
	n := notice{name: file + ": " + name, class: "bounce"}
	for {
		line, after, _ := strings.Cut(rest, "\n")
		key, value, _ := strings.Cut(line, " ")
		switch key {
		case "want":
			n.want = append(n.want, value)
		case "id":
			n.id = value
		case "class":
			n.class = value
		default:
			n.mail = rest
			return n
		}
		rest = after
	}
}

// TestNoticesOfMailSystems reads the notices of some ninety mail systems and languages.
func TestNoticesOfMailSystems(t *testing.T) {
	for _, n := range notices(t) {
		t.Run(n.name, func(t *testing.T) {
			m := reader.Read([]byte(n.mail), reader.Options{})
			if string(m.Class) != n.class {
				t.Errorf("class %s %v, want %s", m.Class, m.Reasons, n.class)
			}
			var got []string
			for _, r := range m.Bounce.Recipients {
				how := "soft"
				if r.Hard {
					how = "hard"
				}
				got = append(got, strings.Join([]string{r.Address, r.Action, r.Status, how,
					string(r.Reason)}, " "))
			}
			if diff := cmp.Diff(n.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if n.id != "" && m.Bounce.OriginalMessageID != n.id {
				t.Errorf("original id %q, want %q", m.Bounce.OriginalMessageID, n.id)
			}
		})
	}
}
