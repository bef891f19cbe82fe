package archive_test

import (
	"archive/zip"
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dsrd/dsrd/export/archive"
)

var update = flag.Bool("update", false, "write the golden files anew")

var madeAt = time.Date(2026, 3, 29, 1, 30, 0, 0, time.UTC)

func testSigner(t testing.TB) archive.Signer {
	t.Helper()
	signer, err := archive.NewSigner(ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, 32)))
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, s)
		return err
	}
}

// sample is a small package with every status in its manifest.
func sample(t testing.TB) archive.Contents {
	t.Helper()
	started, ended := madeAt.Add(-2*time.Second), madeAt.Add(-time.Second)
	files := []string{"data/defender/security_contacts.csv", "data/defender/security_contacts.json"}
	return archive.Contents{
		Manifest: archive.Manifest{
			Request: "r-1", Kind: "export", Customer: "ann@shop.example", Tenant: "shop",
			MadeAt: madeAt,
			Sources: []archive.Source{{Name: "defender", Sets: []archive.Set{
				{
					Name: "security_contacts", Title: "Security contacts", Status: archive.Found,
					Scope: "customer", Category: "security_contacts", Classification: "personal",
					APIVersion: "2023-12-01-preview", Rows: 1, Pages: 1, RowsLeftOut: 2,
					StartedAt: &started, FinishedAt: &ended, Files: files,
				},
				{
					Name: "jit_policies", Title: "Just-in-time policies", Status: archive.None,
					Scope: "tenant", Category: "jit_policies", Classification: "non_identifiable",
					Retention: "30 days", Pages: 1, StartedAt: &started, FinishedAt: &ended,
				},
				{
					Name: "activity", Title: "Changes", Status: archive.Failed, Reason: "temporary",
					Scope: "tenant", Category: "activity", Classification: "personal",
					StartedAt: &started, FinishedAt: &ended,
				},
				{
					Name: "alerts", Title: "Security alerts", Status: archive.NotSearched,
					Reason: "the role Reader may not have alerts", Scope: "customer",
					Category: "alerts", Classification: "security", Retention: "2 years",
				},
			}}},
			LeftOut: []archive.LeftOut{
				{Category: "alerts", Reason: "the role Reader may not have alerts"},
			},
			Redactions: []archive.Redaction{{
				Source: "defender", Set: "security_contacts", What: "addresses_of_others", Count: 1,
			}},
		},
		Files: []archive.File{
			{
				Name: files[1], MediaType: "application/json", Rows: 1,
				Write: text("[\n{\"emails\":\"ann@shop.example\",\"phone\":\"+1-2\"}\n]\n"),
			},
			{
				Name: files[0], MediaType: "text/csv", Rows: 1,
				Write: text("emails,phone\r\nann@shop.example,'+1-2\r\n"),
			},
		},
		Signer: testSigner(t),
		Seal:   archive.Plain(),
	}
}

func build(t testing.TB, c archive.Contents) []byte {
	t.Helper()
	var out bytes.Buffer
	built, err := archive.Build(&out, c)
	if err != nil {
		t.Fatal(err)
	}
	if built.Size != int64(out.Len()) {
		t.Fatalf("says it wrote %d bytes, wrote %d", built.Size, out.Len())
	}
	return out.Bytes()
}

// unzip reads a plain package.
func unzip(t testing.TB, packed []byte) (names []string, files map[string]string) {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
	if err != nil {
		t.Fatal(err)
	}
	files = map[string]string{}
	for _, f := range r.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, f.Name)
		files[f.Name] = string(content)
	}
	return names, files
}

func TestPackageIsWrittenAsTheGoldenFilesSay(t *testing.T) {
	names, files := unzip(t, build(t, sample(t)))
	want := []string{
		"README.html", "README.txt",
		"data/defender/security_contacts.csv", "data/defender/security_contacts.json",
		"manifest.json", "manifest.json.sig",
	}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	golden := []string{"README.html", "README.txt", "manifest.json", "manifest.json.sig"}
	for _, name := range golden {
		path := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(path, []byte(files[name]), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), files[name]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestSameContentsGiveSameBytes(t *testing.T) {
	c := sample(t)
	first := build(t, c)
	c.Files[0], c.Files[1] = c.Files[1], c.Files[0]
	if !bytes.Equal(first, build(t, c)) {
		t.Error("the order in which files are given must not show")
	}
}

func TestReadmeLoadsNothingAndShowsMarkupAsText(t *testing.T) {
	c := sample(t)
	evil := `<script>alert(1)</script><img src=//evil.example/x onerror=y>`
	c.Manifest.TenantName = evil
	c.Manifest.Sources[0].Sets[0].Title = evil
	c.Manifest.LeftOut[0].Reason = evil
	_, files := unzip(t, build(t, c))
	html := strings.ToLower(files["README.html"])
	for _, bad := range []string{"<script", "<img", "src=", "href=", "@import", "url(", "http:"} {
		if strings.Contains(strings.ReplaceAll(html, "img src=//evil", ""), bad) {
			t.Errorf("README.html holds %q", bad)
		}
	}
	if !strings.Contains(html, "&lt;script&gt;") {
		t.Error("the markup must be shown as text")
	}
}

func TestReadmeTextKeepsForgedLinesInTheirLine(t *testing.T) {
	c := sample(t)
	c.Manifest.Tenant = "shop\n\nTHIS EXPORT IS COMPLETE"
	_, files := unzip(t, build(t, c))
	if strings.Contains(files["README.txt"], "\nTHIS EXPORT IS COMPLETE") {
		t.Error("a value made a line of its own")
	}
}

func TestBuildRefuses(t *testing.T) {
	tests := []struct {
		name   string
		change func(*archive.Contents)
	}{
		{"no seal chosen", func(c *archive.Contents) { c.Seal = archive.Seal{} }},
		{"age without a recipient", func(c *archive.Contents) { c.Seal = archive.Age() }},
		{"an empty passphrase", func(c *archive.Contents) {
			c.Seal = archive.WithPassphrase(archive.Passphrase{}, bytes.NewReader(make([]byte, 16)))
		}},
		{"no signing key", func(c *archive.Contents) { c.Signer = archive.Signer{} }},
		{"a way out of the folder", func(c *archive.Contents) { c.Files[0].Name = "../x" }},
		{"an absolute name", func(c *archive.Contents) { c.Files[0].Name = "/x" }},
		{"a hidden name", func(c *archive.Contents) { c.Files[0].Name = "data/.x" }},
		{"a backslash", func(c *archive.Contents) { c.Files[0].Name = `data\x` }},
		{"the manifest's name", func(c *archive.Contents) { c.Files[0].Name = "manifest.json" }},
		{"one name twice but for case", func(c *archive.Contents) {
			c.Files[0].Name, c.Files[1].Name = "data/A", "data/a"
		}},
		{"a file that fails", func(c *archive.Contents) {
			c.Files[0].Write = func(io.Writer) error { return errors.New("broken") }
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := sample(t)
			tt.change(&c)
			if _, err := archive.Build(io.Discard, c); err == nil {
				t.Error("got no error")
			}
		})
	}
}

// errFull is what a full disk says.
var errFull = errors.New("no space left")

type fullDisk struct{ left int }

func (d *fullDisk) Write(p []byte) (int, error) {
	if d.left -= len(p); d.left < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestBuildReportsAFullDiskWhereverItStrikes(t *testing.T) {
	c := sample(t)
	big := strings.Repeat(`{"k":"`+strings.Repeat("v", 50)+`"},`, 20_000)
	c.Files = append(c.Files, archive.File{Name: "data/big.json", Write: text(big)})
	whole := len(build(t, c))
	for left := 0; left < whole; left += 97 {
		_, err := archive.Build(&fullDisk{left: left}, c)
		if !errors.Is(err, errFull) {
			t.Fatalf("with room for %d of %d bytes: got %v", left, whole, err)
		}
	}
}

func TestManifestIsJSONOfTheKnownForm(t *testing.T) {
	_, files := unzip(t, build(t, sample(t)))
	var m archive.Manifest
	dec := json.NewDecoder(strings.NewReader(files["manifest.json"]))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&m); err != nil {
		t.Fatal(err)
	}
	if m.Schema != archive.Schema || len(m.Files) != 4 {
		t.Errorf("got schema %q and %d files", m.Schema, len(m.Files))
	}
}
