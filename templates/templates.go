// Package templates writes the letters that dsrd sends: one typed function a letter, in English and
// German, as text and as HTML with the same content.
//
// It must never take a value for a template, never let a value become markup, a link or a picture,
// and never put a stranger's words into a letter.
package templates

import (
	"embed"
	"fmt"
	html "html/template"
	"io/fs"
	"strings"
	text "text/template"
)

//go:embed mail
var embedded embed.FS

// A Letter is ready to be composed.
type Letter struct {
	SubjectLine string
	Text        string // lines end in LF
	HTML        string
	Language    string // "en" or "de": what it was written in
}

// A Set holds all letters, parsed and tried. It may be used by many goroutines at a time.
type Set struct {
	pairs map[string]pair // by letter and language, "confirmation.de"
}

// A pair is one letter in one language.
type pair struct {
	text *text.Template
	html *html.Template
}

// Load parses every letter and renders each once with sample data, so that a mistake shows at the
// start and not when a request waits. Files of override, named as the embedded ones
// ("mail/confirmation.de.txt"), replace them; nil replaces none. An error names the file and the
// line; a file that replaces nothing is an error that names the nearest file there is.
func Load(override fs.FS) (*Set, error) {
	files, err := gather(override)
	if err != nil {
		return nil, err
	}
	s := &Set{pairs: map[string]pair{}}
	for _, letter := range letters {
		for _, language := range languages {
			p, err := parse(files, letter, language)
			if err != nil {
				return nil, fmt.Errorf("load templates: %w", err)
			}
			s.pairs[letter+"."+language.tag] = p
		}
	}
	if err := s.try(); err != nil {
		return nil, fmt.Errorf("load templates: %w", err)
	}
	return s, nil
}

// parse reads one letter in one language together with the blocks that letters share.
func parse(files map[string]string, letter string, l *language) (pair, error) {
	plain := text.New(letter).Funcs(l.functions())
	rich := html.New(letter).Funcs(l.functions())
	for _, name := range append([]string{letter}, shared...) {
		file := fileName(name, l.tag, "txt")
		if _, err := plain.New(file).Parse(files[file]); err != nil {
			return pair{}, err
		}
		file = fileName(name, l.tag, "html")
		content, err := inline(file, files[file])
		if err != nil {
			return pair{}, err
		}
		if _, err := rich.New(file).Parse(content); err != nil {
			return pair{}, err
		}
	}
	return pair{text: plain, html: rich}, nil
}

// write renders a letter in the language nearest to what was asked for.
func (s *Set) write(letter, tag string, data any) (Letter, error) {
	l, data := languageFor(tag), clean(data)
	p := s.pairs[letter+"."+l.tag]
	var plain, rich strings.Builder
	plain.Grow(4 << 10)
	rich.Grow(12 << 10)
	if err := p.text.ExecuteTemplate(&plain, fileName(letter, l.tag, "txt"), data); err != nil {
		return Letter{}, fmt.Errorf("write letter: %w", err)
	}
	if err := p.html.ExecuteTemplate(&rich, fileName(letter, l.tag, "html"), data); err != nil {
		return Letter{}, fmt.Errorf("write letter: %w", err)
	}
	subjectLine, body, err := split(plain.String())
	if err != nil {
		return Letter{}, fmt.Errorf("write letter: template: %s:1: %w",
			fileName(letter, l.tag, "txt"), err)
	}
	return Letter{SubjectLine: subjectLine, Text: body, HTML: tidy(rich.String()), Language: l.tag}, nil
}

// split takes the subject line off a text: the first line, "Subject: ...".
func split(rendered string) (subjectLine, body string, err error) {
	first, rest, _ := strings.Cut(rendered, "\n")
	subjectLine, found := strings.CutPrefix(first, "Subject: ")
	subjectLine = strings.TrimSpace(subjectLine)
	if !found || subjectLine == "" {
		return "", "", fmt.Errorf("the first line must be \"Subject: ...\"")
	}
	return subjectLine, wrap(tidy(rest)), nil
}
