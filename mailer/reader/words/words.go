// Package words reads the word lists that the readers of mail work by: data files, a
// language each, which whoever knows that language can mend without knowing Go. It knows
// how such a file is spelled, never what an entry means.
package words

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Entry is one line of a word list.
type Entry struct {
	Language string // the file's name: an ISO 639-1 code, or what is for all of them ("any")
	Section  string // the heading above it
	Text     string

	file string
	line int
}

// Where is the file and the line of an entry, for errors.
func (e Entry) Where() string { return fmt.Sprintf("%s:%d", e.file, e.line) }

// Read gives the entries of every dir/*.txt but *.cases.txt, in the order of the files'
// names. "# remark" ends a line, "[section]" opens a list, every other line is an entry.
// What can be read is given even beside an error, which names each line that cannot: an
// entry before the first section, or a section that is none of those. Where no sections are
// given, any is good.
func Read(files fs.FS, dir string, sections ...string) ([]Entry, error) {
	entries := make([]Entry, 0, 4096)
	known := false // the section is one of those
	err := eachLine(files, dir+"/*.txt", func(e Entry, in *string) error {
		if strings.HasPrefix(e.Text, "[") && strings.HasSuffix(e.Text, "]") {
			*in = strings.TrimSpace(e.Text[1 : len(e.Text)-1])
			if known = len(sections) == 0 || slices.Contains(sections, *in); !known {
				return fmt.Errorf("%s: no section is called [%s]", e.Where(), *in)
			}
			return nil
		}
		if *in == "" {
			return fmt.Errorf("%s: an entry before the first [section]", e.Where())
		}
		if e.Section = *in; known {
			entries = append(entries, e)
		}
		return nil
	})
	return entries, err
}

// Case is a line of a list of cases: what a text has to be taken for.
type Case struct {
	Language string
	Want     string
	Text     string // with "\n" for a line end
	Where    string
}

// Cases gives every "want | text" of dir/*.cases.txt. The error names each line that is no
// such pair.
func Cases(files fs.FS, dir string) ([]Case, error) {
	var cases []Case
	err := eachLine(files, dir+"/*.cases.txt", func(e Entry, _ *string) error {
		want, told, ok := strings.Cut(e.Text, "|")
		if !ok {
			return fmt.Errorf("%s: a case is written: what it is | the text", e.Where())
		}
		told = strings.ReplaceAll(strings.TrimSpace(told), `\n`, "\n")
		cases = append(cases, Case{e.Language, strings.TrimSpace(want), told, e.Where()})
		return nil
	})
	return cases, err
}

// eachLine calls f with every line that says something, and with a place in which f keeps
// the section of the file.
func eachLine(files fs.FS, glob string, f func(e Entry, in *string) error) error {
	names, err := fs.Glob(files, glob)
	if err != nil {
		return fmt.Errorf("list word files %s: %w", glob, err)
	}
	var problems []error
	for _, name := range names {
		base, isCases := strings.CutSuffix(path.Base(name), ".cases.txt")
		if isCases != strings.HasSuffix(glob, ".cases.txt") {
			continue
		}
		raw, err := fs.ReadFile(files, name)
		if err != nil {
			problems = append(problems, fmt.Errorf("read word file: %w", err))
			continue
		}
		language, in := strings.TrimSuffix(base, ".txt"), ""
		for i, line := range strings.Split(string(raw), "\n") {
			if line = withoutRemark(line); line == "" {
				continue
			}
			e := Entry{Language: language, Text: line, file: name, line: i + 1}
			if err := f(e, &in); err != nil {
				problems = append(problems, err)
			}
		}
	}
	return errors.Join(problems...)
}

// withoutRemark cuts a remark off: "#" begins one at the start of a line or after a blank.
func withoutRemark(line string) string {
	line = strings.TrimSpace(line)
	if strings.HasPrefix(line, "#") {
		return ""
	}
	for _, mark := range []string{" #", "\t#"} {
		line, _, _ = strings.Cut(line, mark)
	}
	return strings.TrimSpace(line)
}
