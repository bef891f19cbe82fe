package templates_test

import (
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/dsrd/dsrd/templates"
)

func folder(files ...string) fstest.MapFS {
	f := fstest.MapFS{}
	for i := 0; i < len(files); i += 2 {
		f[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
	}
	return f
}

func TestAnOverrideReplacesOneLetter(t *testing.T) {
	s, err := templates.Load(folder("mail/receipt.de.txt",
		"Subject: Danke von {{.ProviderName}}\nWir haben Ihre Mail ({{day .ReceivedAt}}).\n",
		"mail/.hidden", "x", "..data/mail/receipt.de.txt", "x"))
	if err != nil {
		t.Fatal(err)
	}
	data := templates.Receipt{ProviderName: "Fabrikam", ReceivedAt: confirmation().RequestedAt}
	german, err := s.Receipt("de", data)
	if err != nil {
		t.Fatal(err)
	}
	english, err := s.Receipt("en", data)
	if err != nil {
		t.Fatal(err)
	}
	if german.SubjectLine != "Danke von Fabrikam" ||
		german.Text != "Wir haben Ihre Mail (Freitag, 20. November 2026).\n" {
		t.Errorf("German: %+v", german)
	}
	want, err := load(t).Receipt("en", data)
	if err != nil || english != want {
		t.Errorf("English changed too, %v:\n%s", err, cmp.Diff(want, english))
	}
}

func TestABadOverrideIsNamedWithItsLine(t *testing.T) {
	for name, c := range map[string]struct {
		files fstest.MapFS
		want  []string
	}{
		"a field that is not there": {
			folder("mail/refusal.en.txt", "Subject: x\n\nHello\n{{.Rolle}}\n"),
			[]string{"mail/refusal.en.txt:4", "Rolle"}},
		"a field that is not there, in HTML": {
			folder("mail/declined.de.html", "<p>\n\n{{.Nobody}}</p>"),
			[]string{"mail/declined.de.html:3", "Nobody"}},
		"a bracket that is not closed": {
			folder("mail/which.de.txt", "Subject: x\n\n{{if .ProviderName}}\n"),
			[]string{"mail/which.de.txt:", "unexpected EOF"}},
		"a function that is not there": {
			folder("mail/which.de.html", "\n{{shout .ProviderName}}\n"),
			[]string{"mail/which.de.html:2", "shout"}},
		"no subject line": {
			folder("mail/which.en.txt", "Hello\n"),
			[]string{"mail/which.en.txt:1", "Subject:"}},
		"an empty subject line": {
			folder("mail/which.en.txt", "Subject: \nHello\n"),
			[]string{"mail/which.en.txt:1", "Subject:"}},
		"an unknown style": {
			folder("mail/which.en.html", "<p>\n<p style=\"{{style \"loud\"}}\">"),
			[]string{"mail/which.en.html:2", "loud"}},
		"a field in a branch that only some letters take": {
			folder("mail/question.en.txt", "Subject: x\n{{template \"cut\"}}Ref: {{.Tag}}\n{{if eq .Why \"other_address\"}}{{.Sender}}{{end}}\n"),
			[]string{"mail/question.en.txt:3", "Sender"}},
		"a file that replaces nothing": {
			folder("mail/recipt.de.txt", "Subject: x\n"),
			[]string{"mail/recipt.de.txt", "did you mean mail/receipt.de.txt?"}},
		"a file in the wrong folder": {
			folder("confirmation.de.txt", "Subject: x\n"),
			[]string{"confirmation.de.txt", "did you mean mail/confirmation.de.txt?"}},
		"a letter without its cut line": {
			folder("mail/question.de.txt", "Subject: x\nHallo\n"),
			[]string{"mail/question.de.txt", "##- Reply above this line -##"}},
		"a confirmation without its code": {
			folder("mail/confirmation.en.txt", "Subject: {{.Tag}}\n{{template \"cut\"}}Hello\nRef: {{.Tag}}\n"),
			[]string{"mail/confirmation.en.txt", "Code:"}},
		"HTML without the cut line": {
			folder("mail/question.de.html", "<p>Ref: {{.Tag}}</p>"),
			[]string{"mail/question.de.html", "dsrd-cut"}},
		"HTML without the reference": {
			folder("mail/refusal.en.html", "<p>Refused</p>"),
			[]string{"mail/refusal.en.html", "Ref: "}},
		"a decision word alone on its line": {
			folder("mail/question.en.txt", "Subject: x\n{{template \"cut\"}}Write\n\"CONFIRM\"\nRef: {{.Tag}}\n"),
			[]string{"mail/question.en.txt", "CONFIRM"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := templates.Load(c.files)
			for _, want := range c.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("error %v, want %q in it", err, want)
				}
			}
		})
	}
}

func TestAllMistakesAreToldAtOnce(t *testing.T) {
	_, err := templates.Load(folder("mail/which.en.txt", "Subject: x\n{{.A}}\n", "mail/which.de.txt", "Subject: x\n{{.B}}\n"))
	if err == nil || !strings.Contains(err.Error(), "which.en.txt:2") || !strings.Contains(err.Error(), "which.de.txt:2") {
		t.Errorf("error %v", err)
	}
}

// Each file exists in both languages and both forms, and uses the same fields in both languages.
func TestBothLanguagesUseTheSameFields(t *testing.T) {
	files := os.DirFS("mail")
	english, err := fs.Glob(files, "*.en.*")
	if err != nil || len(english) != 30 {
		t.Fatalf("%d English files, %v", len(english), err)
	}
	for _, name := range english {
		other := strings.Replace(name, ".en.", ".de.", 1)
		if diff := cmp.Diff(fields(t, files, name), fields(t, files, other)); diff != "" {
			t.Errorf("%s and %s use other fields (-en +de):\n%s", name, other, diff)
		}
	}
	all, err := fs.Glob(files, "*")
	if err != nil || len(all) != 2*len(english) {
		t.Errorf("%d files in all, %v", len(all), err)
	}
}

var action = regexp.MustCompile(`\{\{[^{}]*\}\}`)

// fields are the actions of a template that name a field or a function, sorted.
func fields(t *testing.T, files fs.FS, name string) []string {
	t.Helper()
	content, err := fs.ReadFile(files, name)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, a := range action.FindAllString(string(content), -1) {
		a = strings.Trim(a, "{}- ")
		if strings.Contains(a, ".") {
			found = append(found, a)
		}
	}
	slices.Sort(found)
	return found
}
