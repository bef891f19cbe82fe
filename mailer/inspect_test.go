package mailer_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dsrd/dsrd/mailer"
	"github.com/dsrd/dsrd/mailer/authentic"
	"github.com/dsrd/dsrd/mailer/reader"
)

var update = flag.Bool("update", false, "write the golden files anew")

// inspected are mails of every kind; what is said of them is kept in files.
func inspected(s *scene) map[string][]byte {
	s.mails = 100 // for Message-IDs that stay as they are
	l := s.yes()
	l.date, l.id, l.more, l.to = "Mon, 02 Nov 2026 11:00:00 +0100", "yes@acme.example", "", desk
	l.body = "CONFIRM\n\n> Code: abcde-fghij-klmno-pqrst-uvwxyz\n"
	l.subject = "Re: Please decide"
	answer := seal(s.write(l), signature{domain: "acme.example"})
	l.more = "Auto-Submitted: auto-replied\r\n"
	away := s.write(l)
	l.more = "Content-Type: multipart/mixed; boundary=b\r\n"
	l.body = "--b\nContent-Type: text/plain\n\nPlease export and erase the data of " + jane + ".\n" +
		"--b\nContent-Type: application/pdf; name=form.pdf\nContent-Disposition: attachment; filename=form.pdf\n\nPDF\n--b--\n"
	request := s.write(l)
	bounce := s.bounceOf(desk, "lost@provider.example", "failed")
	return map[string][]byte{
		"answer": answer, "away": away, "request": request, "bounce": bounce,
		"doubled": append([]byte("From: eve@evil.example\r\nSubject: other\r\n"), answer...),
		"empty":   {},
		"nothing": []byte("\r\n\r\n\r\n"),
	}
}

func inspect(s *scene, raw []byte) mailer.Report {
	v := authentic.New(&s.zone, authentic.Options{})
	return mailer.Inspect(s.ctx(), raw, v, reader.Options{Own: []string{desk}}, time.Time{})
}

func TestWhatIsToldOfAMail(t *testing.T) {
	s := newScene(t)
	for name, raw := range inspected(s) {
		got, err := json.MarshalIndent(inspect(s, raw), "", "  ")
		s.must(err)
		file := filepath.Join("testdata", "inspect", name+".json")
		if *update {
			s.must(os.MkdirAll(filepath.Dir(file), 0o755))
			s.must(os.WriteFile(file, append(got, '\n'), 0o644))
		}
		want, err := os.ReadFile(file)
		s.must(err)
		if diff := cmp.Diff(string(want), string(got)+"\n"); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// Programs read this: each field is there in each report, and no list is null.
func TestEveryFieldIsThere(t *testing.T) {
	s := newScene(t)
	for name, raw := range inspected(s) {
		text, err := json.Marshal(inspect(s, raw))
		s.must(err)
		var got map[string]any
		s.must(json.Unmarshal(text, &got))
		missing(t, name, "", reflect.TypeFor[mailer.Report](), got)
	}
}

func missing(t *testing.T, name, path string, kind reflect.Type, got map[string]any) {
	t.Helper()
	for i := range kind.NumField() {
		f := kind.Field(i)
		key, option, _ := strings.Cut(f.Tag.Get("json"), ",")
		value, there := got[key]
		if !there && option == "omitempty" {
			continue
		}
		if !there || value == nil && f.Type.Kind() == reflect.Slice {
			t.Errorf("%s: %s%s is missing or null", name, path, key)
		}
		if f.Type.Kind() == reflect.Struct && there {
			missing(t, name, path+key+".", f.Type, value.(map[string]any))
		}
	}
	for key := range got {
		if !strings.Contains(fieldsOf(kind), " "+key+" ") {
			t.Errorf("%s: %s%s is nowhere declared", name, path, key)
		}
	}
}

func fieldsOf(kind reflect.Type) string {
	all := " "
	for i := range kind.NumField() {
		key, _, _ := strings.Cut(kind.Field(i).Tag.Get("json"), ",")
		all += key + " "
	}
	return all
}

// It calls confirmable what the desk would take, as far as the mail alone tells.
func TestInspectAgreesWithTheDesk(t *testing.T) {
	for name, write := range honest {
		s := newScene(t)
		if r := inspect(s, write(s)); !r.Auth.Confirmable || len(r.Auth.Why) != 0 {
			t.Errorf("%s: not confirmable: %v", name, r.Auth.Why)
		}
	}
	for name, c := range refused {
		if c.rule != "ack/authentic" && c.rule != "ack/human" {
			continue
		}
		s := newScene(t)
		r := inspect(s, c.write(s))
		if r.Auth.Confirmable || len(r.Auth.Why) == 0 || !strings.HasPrefix(r.Auth.Why[0], c.rule) {
			t.Errorf("%s: confirmable %v, %v", name, r.Auth.Confirmable, r.Auth.Why)
		}
	}
}

// Expiry is judged when the mail arrived, by the best word there is on that.
func TestInspectJudgesExpiryAtArrival(t *testing.T) {
	s := newScene(t)
	raw := s.as(func(_ *letter, sig *signature) { sig.more = "; x=" + unix(s.now.Add(time.Hour)) })
	v := authentic.New(&s.zone, authentic.Options{})
	late := "Received: by a; " + s.now.Add(2*time.Hour).Format(time.RFC1123Z) + "\r\n"
	for name, c := range map[string]struct {
		raw  []byte
		now  time.Time
		want bool
	}{
		"by its Date":         {raw, time.Time{}, true},
		"by the topmost line": {append([]byte(late), raw...), time.Time{}, false},
		"by what is said":     {append([]byte(late), raw...), s.now, true},
		"too late":            {raw, s.now.Add(2 * time.Hour), false},
	} {
		r := mailer.Inspect(s.ctx(), c.raw, v, reader.Options{Own: []string{desk}}, c.now)
		if r.Auth.Confirmable != c.want {
			t.Errorf("%s: confirmable %v, %v", name, r.Auth.Confirmable, r.Auth.Why)
		}
	}
}

func unix(t time.Time) string { b, _ := json.Marshal(t.Unix()); return string(bytes.TrimSpace(b)) }
