package words_test

import (
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/dsrd/dsrd/mailer/reader/words"
)

func files(of map[string]string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, text := range of {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}

// entry is what an entry tells.
type entry struct{ Language, Section, Text, Where string }

func told(entries []words.Entry) (all []entry) {
	for _, e := range entries {
		all = append(all, entry{e.Language, e.Section, e.Text, e.Where()})
	}
	return all
}

func TestReadGivesEntriesInOrder(t *testing.T) {
	got, err := words.Read(files(map[string]string{
		"w/fi.txt":       "# Suomi\n\n[subject]\n  poissa  # away\nauto:#1\r\n[text]\nhei [sinä]\n",
		"w/en.txt":       "[text]\nhello\n",
		"w/en.cases.txt": "auto | hello\n",
		"w/README.md":    "[subject]\n",
	}), "w", "subject", "text")
	want := []entry{
		{"en", "text", "hello", "w/en.txt:2"},
		{"fi", "subject", "poissa", "w/fi.txt:4"},
		{"fi", "subject", "auto:#1", "w/fi.txt:5"},
		{"fi", "text", "hei [sinä]", "w/fi.txt:7"},
	}
	if diff := cmp.Diff(want, told(got)); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestReadWithoutSectionsTakesAny(t *testing.T) {
	got, err := words.Read(files(map[string]string{
		"w/law.txt": "early\n[an act] # of a country\nname: it\n",
	}), "w")
	if err == nil || err.Error() != "w/law.txt:1: an entry before the first [section]" {
		t.Errorf("got %v", err)
	}
	if diff := cmp.Diff([]entry{{"law", "an act", "name: it", "w/law.txt:3"}}, told(got)); diff != "" {
		t.Error(diff)
	}
}

func TestReadNamesEachLineThatItCannotRead(t *testing.T) {
	got, err := words.Read(files(map[string]string{
		"w/fi.txt": "early\n[subject]\npoissa\n[subjekt]\nlost\n",
	}), "w", "subject")
	want := "w/fi.txt:1: an entry before the first [section]\nw/fi.txt:4: no section is called [subjekt]"
	if err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
	if diff := cmp.Diff([]entry{{"fi", "subject", "poissa", "w/fi.txt:3"}}, told(got)); diff != "" {
		t.Error(diff)
	}
}

func TestCases(t *testing.T) {
	fsys := files(map[string]string{
		"w/fi.cases.txt": "# away\nauto | Poissa | pois\\nhei\n\nnothing\n", "w/fi.txt": "[subject]\n",
	})
	got, err := words.Cases(fsys, "w")
	if diff := cmp.Diff([]words.Case{{"fi", "auto", "Poissa | pois\nhei", "w/fi.cases.txt:2"}}, got); diff != "" {
		t.Error(diff)
	}
	if want := "w/fi.cases.txt:4: a case is written: what it is | the text"; err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
}
