package archive_test

import (
	"archive/zip"
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"io"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dsrd/dsrd/export/archive"
)

func verify(packed []byte, keys archive.Keys) archive.Report {
	return archive.Verify(bytes.NewReader(packed), int64(len(packed)), keys)
}

func TestVerifyFindsNothingWrongWithAWholePackage(t *testing.T) {
	signer := testSigner(t)
	report := verify(build(t, sample(t)), archive.Keys{Signers: []ed25519.PublicKey{signer.Public()}})
	if !report.OK() || !report.Pinned || report.KeyID != archive.KeyID(signer.Public()) {
		t.Fatalf("got %+v", report)
	}
	want := []string{
		"It holds the data of ann@shop.example, made on 29 March 2026, 01:30 UTC for request r-1.",
		"Security contacts: 1 record.",
		"Just-in-time policies: searched, nothing there.",
		"Changes: could not be read: the system was out of reach.",
		"Security alerts: not searched: the role Reader may not have alerts.",
		"All 4 files are as they were when the package was made.",
		"The signature is by the trusted key " + report.KeyID + ".",
		"Nothing is wrong with this package.",
	}
	if diff := cmp.Diff(want, report.Lines); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}

// TestVerifySeesEveryFlippedByte flips a bit of each byte of a package. Compressed data have a few
// spare bits that decide nothing; where no problem is reported, every file must read as before.
func TestVerifySeesEveryFlippedByte(t *testing.T) {
	packed := build(t, sample(t))
	_, before := unzip(t, packed)
	keys := archive.Keys{Signers: []ed25519.PublicKey{testSigner(t).Public()}}
	unseen := 0
	for i := range packed {
		bit := byte(1) << (i % 8)
		packed[i] ^= bit
		if verify(packed, keys).OK() {
			unseen++
			if _, after := unzip(t, packed); !cmp.Equal(before, after) {
				t.Errorf("a flip of byte %d changed a file unseen", i)
			}
		}
		packed[i] ^= bit
	}
	if unseen > 2*len(before) {
		t.Errorf("%d flips unseen; more than the spare bits of %d files", unseen, len(before))
	}
}

func TestVerifySeesEveryCut(t *testing.T) {
	packed := build(t, sample(t))
	for n := range packed {
		if verify(packed[:n], archive.Keys{}).OK() {
			t.Fatalf("a package cut to %d of %d bytes passes", n, len(packed))
		}
	}
}

// repack writes a zip with the files that change leaves, as anybody can.
func repack(t *testing.T, packed []byte, change func(files map[string]string)) []byte {
	t.Helper()
	names, files := unzip(t, packed)
	change(files)
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, name := range append(names, "added.txt") {
		content, ok := files[name]
		if !ok {
			continue
		}
		f, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(f, content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// remark packs the same files again and calls them symbolic links.
func remark(t *testing.T, packed []byte) []byte {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, f := range r.File {
		f.SetMode(0o777 | fs.ModeSymlink)
		if err := w.Copy(f); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestVerifyNamesWhatWasDone(t *testing.T) {
	const data = "data/defender/security_contacts.json"
	signer := testSigner(t)
	other, err := archive.NewSigner(ed25519.NewKeyFromSeed(bytes.Repeat([]byte{9}, 32)))
	if err != nil {
		t.Fatal(err)
	}
	trusted := archive.Keys{Signers: []ed25519.PublicKey{signer.Public()}}
	packed := build(t, sample(t))
	tests := []struct {
		name   string
		packed []byte
		want   archive.ProblemKind
		file   string
	}{
		{"no zip", []byte("hello"), archive.Unreadable, ""},
		{"an empty file", nil, archive.Unreadable, ""},
		{"words in front", append([]byte("x"), packed...), archive.Repacked, ""},
		{"a data file changed", repack(t, packed, func(f map[string]string) {
			f[data] = strings.Replace(f[data], "ann", "eve", 1)
		}), archive.Changed, data},
		{"a data file that grew", repack(t, packed, func(f map[string]string) {
			f[data] += " "
		}), archive.Changed, data},
		{"a README changed", repack(t, packed, func(f map[string]string) {
			f["README.txt"] = "all is well"
		}), archive.Changed, "README.txt"},
		{"a data file removed", repack(t, packed, func(f map[string]string) {
			delete(f, data)
		}), archive.Missing, data},
		{"a file added", repack(t, packed, func(f map[string]string) {
			f["added.txt"] = "x"
		}), archive.Extra, "added.txt"},
		{"the manifest changed", repack(t, packed, func(f map[string]string) {
			f["manifest.json"] = strings.Replace(f["manifest.json"], "shop", "shap", 1)
		}), archive.BadSignature, "manifest.json.sig"},
		{"the manifest is no JSON", repack(t, packed, func(f map[string]string) {
			f["manifest.json"] = "{"
		}), archive.Unsigned, "manifest.json"},
		{"the manifest removed", repack(t, packed, func(f map[string]string) {
			delete(f, "manifest.json")
		}), archive.Unsigned, "manifest.json"},
		{"the signature removed", repack(t, packed, func(f map[string]string) {
			delete(f, "manifest.json.sig")
		}), archive.Unsigned, "manifest.json.sig"},
		{"words after the signature", repack(t, packed, func(f map[string]string) {
			f["manifest.json.sig"] += "comment: x\n"
		}), archive.Unsigned, "manifest.json.sig"},
		{"words behind", append(bytes.Clone(packed), 'x'), archive.Repacked, ""},
		{"a file marked as a link", remark(t, packed), archive.Repacked, ""},
		{"a stranger's package", func() []byte {
			c := sample(t)
			c.Signer = other
			return build(t, c)
		}(), archive.UnknownSigner, "manifest.json.sig"},
		{"a stranger's signature put in place", func() []byte {
			c := sample(t)
			c.Signer = other
			_, theirs := unzip(t, build(t, c))
			return repack(t, packed, func(f map[string]string) {
				f["manifest.json.sig"] = theirs["manifest.json.sig"]
			})
		}(), archive.BadSignature, "manifest.json.sig"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			report := verify(tt.packed, trusted)
			found := false
			for _, p := range report.Problems {
				found = found || p.Kind == tt.want && p.File == tt.file
			}
			if !found {
				t.Errorf("got %+v, want %s of %q", report.Problems, tt.want, tt.file)
			}
			if last := report.Lines[len(report.Lines)-1]; last != "Do not rely on this package." {
				t.Errorf("the last line is %q", last)
			}
		})
	}
}

func TestVerifyWithoutTrustedKeysNamesTheSigner(t *testing.T) {
	report := verify(build(t, sample(t)), archive.Keys{})
	if !report.OK() || report.Pinned {
		t.Fatalf("got %+v", report)
	}
	if text := strings.Join(report.Lines, "\n"); !strings.Contains(text, report.KeyID) {
		t.Errorf("the key is not named in:\n%s", text)
	}
}

func TestVerifySeesAManifestThatKeepsSilent(t *testing.T) {
	tests := []struct {
		name   string
		change func(*archive.Manifest)
	}{
		{"found without files", func(m *archive.Manifest) { m.Sources[0].Sets[0].Files = nil }},
		{"found without rows", func(m *archive.Manifest) { m.Sources[0].Sets[0].Rows = 0 }},
		{"a file that is not listed", func(m *archive.Manifest) {
			m.Sources[0].Sets[0].Files = []string{"data/x.json"}
		}},
		{"none with rows", func(m *archive.Manifest) { m.Sources[0].Sets[1].Rows = 1 }},
		{"failed without a reason", func(m *archive.Manifest) { m.Sources[0].Sets[2].Reason = "" }},
		{"not searched without a reason", func(m *archive.Manifest) {
			m.Sources[0].Sets[3].Reason = ""
		}},
		{"an unknown status", func(m *archive.Manifest) { m.Sources[0].Sets[1].Status = "fine" }},
		{"complete in spite of a failure", func(m *archive.Manifest) { m.Complete = true }},
		{"left out without a reason", func(m *archive.Manifest) { m.LeftOut[0].Reason = "" }},
		{"no customer", func(m *archive.Manifest) { m.Customer = "" }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := sample(t)
			tt.change(&c.Manifest)
			if report := verify(build(t, c), archive.Keys{}); !report.Has(archive.Incomplete) {
				t.Errorf("got %+v", report.Problems)
			}
		})
	}
}

func TestVerifyEndsADecompressionBomb(t *testing.T) {
	packed := repack(t, build(t, sample(t)), func(f map[string]string) {
		f["README.txt"] = strings.Repeat("a", 64<<20)
	})
	var report archive.Report
	allocated := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			report = verify(packed, archive.Keys{})
		}
	}).AllocedBytesPerOp()
	if !report.Has(archive.Changed) {
		t.Errorf("got %+v", report.Problems)
	}
	if allocated > 8<<20 {
		t.Errorf("took %d bytes of memory", allocated)
	}
}

func TestReportIsPlainJSON(t *testing.T) {
	if _, err := json.Marshal(verify(build(t, sample(t)), archive.Keys{})); err != nil {
		t.Error(err)
	}
}
