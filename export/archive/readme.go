package archive

import (
	"embed"
	"fmt"
	htmltemplate "html/template"
	"io"
	"strings"
	texttemplate "text/template"
	"time"
)

//go:embed readme.html.tmpl readme.txt.tmpl
var readmeFiles embed.FS

var (
	readmeFuncs = map[string]any{
		"status": statusWords,
		"scope":  scopeWords,
		"class":  classWords,
		"line":   oneLine,
		"date":   func(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04 UTC") },
	}
	htmlReadme = htmltemplate.Must(htmltemplate.New("readme.html.tmpl").Funcs(readmeFuncs).
			ParseFS(readmeFiles, "readme.html.tmpl"))
	textReadme = texttemplate.Must(texttemplate.New("readme.txt.tmpl").Funcs(readmeFuncs).
			ParseFS(readmeFiles, "readme.txt.tmpl"))
)

// readme is the two forms of the letter that lies on top of the package.
func readme(m Manifest) []File {
	return []File{
		{Name: readmeHTML, MediaType: "text/html; charset=utf-8", Write: func(w io.Writer) error {
			return htmlReadme.Execute(w, m)
		}},
		{Name: readmeText, MediaType: "text/plain; charset=utf-8", Write: func(w io.Writer) error {
			return textReadme.Execute(w, m)
		}},
	}
}

// statusWords says in plain words what came of a set.
func statusWords(s Set) string {
	switch s.Status {
	case Found:
		if s.Rows == 1 {
			return "1 record"
		}
		return fmt.Sprintf("%d records", s.Rows)
	case None:
		return "searched, nothing there"
	case Failed:
		return "could not be read: " + reasonWords(s.Reason)
	}
	return "not searched: " + reasonWords(s.Reason)
}

// reasonWords puts the short reasons of a manifest into plain words; longer ones are plain already.
func reasonWords(reason string) string {
	switch reason {
	case "auth":
		return "the system refused the export's credentials"
	case "throttled":
		return "the system allowed no more questions in time"
	case "temporary":
		return "the system was out of reach"
	case "foreign":
		return "the answer was not about this customer alone, so nothing of it was used"
	case "malformed":
		return "the answer could not be understood"
	case "too_large":
		return "there is more than the export may read"
	case "not_found":
		return "the system does not know what was asked about"
	case "unset":
		return "the export is not set up for this system"
	}
	return reason
}

func scopeWords(scope string) string {
	if scope == "tenant" {
		return "the organisation's as a whole, not one customer's"
	}
	return "about the customer"
}

func classWords(class string) string {
	switch class {
	case "personal":
		return "personal data"
	case "non_identifiable":
		return "data that identify nobody"
	case "security":
		return "security data, read-only"
	}
	return class
}

// oneLine keeps a value from making lines of its own in the text form.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
