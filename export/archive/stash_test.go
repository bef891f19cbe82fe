package archive_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dsrd/dsrd/export/archive"
)

func stash(t *testing.T, content string) (archive.File, *bytes.Buffer) {
	t.Helper()
	var packed bytes.Buffer
	s, err := archive.NewStash(&packed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(s, content); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return s.File("data/x.json", "application/json", 3, func() io.Reader {
		return bytes.NewReader(packed.Bytes())
	}), &packed
}

func TestAStashedFileIsAsOneWrittenAtOnce(t *testing.T) {
	content := strings.Repeat("some words, ", 100_000)
	stashed, _ := stash(t, content)
	direct := archive.File{
		Name: stashed.Name, MediaType: stashed.MediaType, Rows: stashed.Rows, Write: text(content),
	}
	var entries [2][]archive.Entry
	for i, f := range []archive.File{direct, stashed} {
		c := sample(t)
		c.Files = append(c.Files, f)
		var out bytes.Buffer
		built, err := archive.Build(&out, c)
		if err != nil {
			t.Fatal(err)
		}
		entries[i] = built.Manifest.Files
		if report := verify(out.Bytes(), archive.Keys{}); !report.OK() {
			t.Errorf("got %v", report.Problems)
		}
		if _, files := unzip(t, out.Bytes()); files["data/x.json"] != content {
			t.Error("the content differs")
		}
	}
	if diff := cmp.Diff(entries[0], entries[1]); diff != "" {
		t.Errorf("(-at once +stashed):\n%s", diff)
	}
}

func TestAStashThatWasDamagedMakesNoPackage(t *testing.T) {
	stashed, packed := stash(t, strings.Repeat("some words, ", 100))
	packed.Bytes()[packed.Len()/2] ^= 1
	c := sample(t)
	c.Files = append(c.Files, stashed)
	if _, err := archive.Build(io.Discard, c); err == nil {
		t.Error("got no error")
	}
}

func TestAStashReportsAFullDisk(t *testing.T) {
	s, err := archive.NewStash(&fullDisk{left: 10})
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(s, strings.Repeat("some words, ", 100_000))
	if err := s.Close(); !errors.Is(err, errFull) {
		t.Errorf("got %v", err)
	}
}
