package archive_test

import (
	"archive/zip"
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/dsrd/dsrd/export/archive"
)

func passphrase(t testing.TB) archive.Passphrase {
	t.Helper()
	p, err := archive.NewPassphrase(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func withPassphrase(t testing.TB, p archive.Passphrase) archive.Contents {
	c := sample(t)
	c.Seal = archive.WithPassphrase(p, rand.Reader)
	return c
}

func tool(t *testing.T, names ...string) string {
	t.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("REQUIRE_REAL") != "" {
		t.Fatalf("none of %v is installed", names)
	}
	t.Skipf("none of %v is installed", names)
	return ""
}

func run(t *testing.T, name string, args ...string) (string, error) {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	return string(out), err
}

func save(t *testing.T, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "package.zip")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAESZipOpensIn7z(t *testing.T) {
	sevenZip := tool(t, "7zz", "7z", "7za")
	p := passphrase(t)
	path := save(t, build(t, withPassphrase(t, p)))
	dir := t.TempDir()
	if out, err := run(t, sevenZip, "x", "-y", "-p"+p.Reveal(), "-o"+dir, path); err != nil {
		t.Fatalf("7z: %v\n%s", err, out)
	}
	inner, err := os.ReadFile(filepath.Join(dir, "package.zip"))
	if err != nil {
		t.Fatal(err)
	}
	if report := verify(inner, archive.Keys{}); !report.OK() {
		t.Errorf("the inner zip: %v", report.Problems)
	}
	if out, err := run(t, sevenZip, "t", "-pwrong", path); err == nil {
		t.Errorf("7z opens it with a wrong passphrase:\n%s", out)
	}
	if out, err := run(t, sevenZip, "l", "-slt", path); err != nil ||
		!strings.Contains(out, "AES-256") {
		t.Errorf("7z sees no AES-256: %v\n%s", err, out)
	}
}

// pythonAES opens the outer zip with nothing but Python's zipfile, hashlib and hmac, and an AES
// block cipher of its own from OpenSSL's command line: a second reading of the WinZip form.
const pythonAES = `
import hashlib, hmac, struct, subprocess, sys, zipfile
path, password = sys.argv[1], sys.argv[2].encode()
z = zipfile.ZipFile(path)
(info,) = z.infolist()
assert info.compress_type == 99 and info.flag_bits & 1, (info.compress_type, info.flag_bits)
header_id, size, version, vendor, strength, method = struct.unpack("<HHH2sBH", info.extra[:11])
assert (header_id, size, version, vendor, strength, method) == (0x9901, 7, 2, b"AE", 3, 0)
assert info.CRC == 0
raw = open(path, "rb").read()
n, e = struct.unpack("<HH", raw[info.header_offset+26:info.header_offset+30])
start = info.header_offset + 30 + n + e
body = raw[start:start+info.compress_size]
salt, check, text, mac = body[:16], body[16:18], body[18:-10], body[-10:]
keys = hashlib.pbkdf2_hmac("sha1", password, salt, 1000, 66)
assert keys[64:] == check, "wrong passphrase"
assert hmac.new(keys[32:64], text, "sha1").digest()[:10] == mac, "wrong mac"
assert len(text) == info.file_size
counters = b"".join(i.to_bytes(16, "little") for i in range(1, len(text)//16 + 2))
stream = subprocess.run(["openssl", "enc", "-aes-256-ecb", "-nopad", "-K", keys[:32].hex()],
    input=counters, stdout=subprocess.PIPE, check=True).stdout
sys.stdout.buffer.write(bytes(a ^ b for a, b in zip(text, stream)))
`

func TestAESZipOpensInPython(t *testing.T) {
	python := tool(t, "python3")
	tool(t, "openssl")
	p := passphrase(t)
	path := save(t, build(t, withPassphrase(t, p)))
	cmd := exec.Command(python, "-c", pythonAES, path, p.Reveal())
	var complaint strings.Builder
	cmd.Stderr = &complaint
	inner, err := cmd.Output()
	if err != nil {
		t.Fatalf("python: %v\n%s", err, complaint.String())
	}
	if report := verify(inner, archive.Keys{}); !report.OK() {
		t.Errorf("the inner zip: %v", report.Problems)
	}
}

func TestInnerZipOpensInUnzipAndPython(t *testing.T) {
	path := save(t, build(t, sample(t)))
	t.Run("unzip", func(t *testing.T) {
		if out, err := run(t, tool(t, "unzip"), "-t", path); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	})
	t.Run("python", func(t *testing.T) {
		code := "import sys,zipfile; assert zipfile.ZipFile(sys.argv[1]).testzip() is None"
		if out, err := run(t, tool(t, "python3"), "-c", code, path); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	})
	t.Run("7z", func(t *testing.T) {
		if out, err := run(t, tool(t, "7zz", "7z", "7za"), "t", path); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	})
}

func TestSignatureIsCheckedByOpenSSL(t *testing.T) {
	openssl := tool(t, "openssl")
	_, files := unzip(t, build(t, sample(t)))
	dir := t.TempDir()
	// SubjectPublicKeyInfo of an ed25519 key (RFC 8410 4) is a fixed head and the key.
	head := "\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00"
	sig := decodeField(t, files["manifest.json.sig"], "signature")
	for name, content := range map[string]string{
		"key": head + string(testSigner(t).Public()), "sig": sig, "m": files["manifest.json"],
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out, err := run(t, openssl, "pkeyutl", "-verify", "-rawin", "-pubin", "-keyform", "DER",
		"-inkey", filepath.Join(dir, "key"), "-sigfile", filepath.Join(dir, "sig"),
		"-in", filepath.Join(dir, "m"))
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestSealedPackageVerifiesWithItsKeyOnly(t *testing.T) {
	p := passphrase(t)
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	ageSealed := sample(t)
	ageSealed.Seal = archive.Age(id.Recipient())
	tests := []struct {
		name       string
		packed     []byte
		right      archive.Keys
		wrong      []archive.Keys
		encryption string
	}{
		{
			name: "passphrase", encryption: "passphrase", packed: build(t, withPassphrase(t, p)),
			right: archive.Keys{Passphrase: " " + strings.ToUpper(p.Reveal()) + "\n"},
			wrong: []archive.Keys{{}, {Passphrase: "x"}, {Passphrase: passphrase(t).Reveal()}},
		},
		{
			name: "age", encryption: "age", packed: build(t, ageSealed),
			right: archive.Keys{Identities: []age.Identity{id}},
			wrong: []archive.Keys{{}, {Identities: []age.Identity{stranger}}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			report := verify(tt.packed, tt.right)
			if !report.OK() || report.Encryption != tt.encryption || report.Files != 4 {
				t.Errorf("the right key: got %+v", report)
			}
			for i, keys := range tt.wrong {
				report := verify(tt.packed, keys)
				if !report.Has(archive.Locked) || report.Manifest != nil {
					t.Errorf("wrong key %d: got %+v", i, report)
				}
			}
			for i := 0; i < len(tt.packed); i += 7 {
				tt.packed[i] ^= 0x10
				if verify(tt.packed, tt.right).OK() {
					t.Errorf("a change of byte %d of %d is not seen", i, len(tt.packed))
				}
				tt.packed[i] ^= 0x10
			}
			for n := 0; n < len(tt.packed); n += 11 {
				if verify(tt.packed[:n], tt.right).OK() {
					t.Errorf("a cut at %d is not seen", n)
				}
			}
			if verify(append(bytes.Clone(tt.packed), 0), tt.right).OK() {
				t.Error("a byte behind is not seen")
			}
		})
	}
}

func TestSealedPackageShowsNothingInTheClear(t *testing.T) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	seals := []archive.Seal{
		archive.Age(id.Recipient()), archive.WithPassphrase(passphrase(t), rand.Reader),
	}
	for _, seal := range seals {
		c := sample(t)
		c.Seal = seal
		packed := build(t, c)
		for _, word := range []string{"ann@", "README", "manifest", "defender", "r-1"} {
			if bytes.Contains(packed, []byte(word)) {
				t.Errorf("%s: %q can be read", seal.Kind(), word)
			}
		}
	}
}

func TestAESTextOfAnyLengthComesBack(t *testing.T) {
	p := passphrase(t)
	rapid.Check(t, func(rt *rapid.T) {
		body := strings.Repeat("x", rapid.IntRange(0, 300_000).Draw(rt, "length"))
		c := withPassphrase(t, p)
		c.Files[0].Write = text(body)
		packed := build(t, c)
		if report := verify(packed, archive.Keys{Passphrase: p.Reveal()}); !report.OK() {
			rt.Fatalf("got %v", report.Problems)
		}
	})
}

func TestPassphraseIsNewStrongAndHidden(t *testing.T) {
	p := passphrase(t)
	if len(p.Reveal()) != 23 || p == passphrase(t) {
		t.Errorf("got a passphrase of %d characters", len(p.Reveal()))
	}
	for _, shown := range []string{fmt.Sprint(p), fmt.Sprintf("%+v %#v %s", p, p, p)} {
		if strings.Contains(shown, p.Reveal()) {
			t.Error("printing reveals the passphrase")
		}
	}
	again, err := archive.ParsePassphrase(strings.ToUpper(p.Reveal()))
	if err != nil || again != p {
		t.Errorf("parse: %v", err)
	}
	for _, weak := range []string{"", "hunter2", "aaaaa-aaaaa-aaaaa", "aaaaa-aaaaa-aaaaa-aa0aa"} {
		if _, err := archive.ParsePassphrase(weak); err == nil {
			t.Errorf("%q is taken", weak)
		}
	}
	if _, err := archive.NewPassphrase(strings.NewReader("short")); err == nil {
		t.Error("a passphrase was made without enough chance")
	}
}

func TestPassphraseUsesTheWholeAlphabetEvenly(t *testing.T) {
	count := map[rune]int{}
	raw := make([]byte, 0, 256)
	for b := range 256 {
		raw = append(raw, byte(b))
	}
	source := bytes.NewReader(bytes.Repeat(raw, 20))
	for range 256 {
		p, err := archive.NewPassphrase(source)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range strings.ReplaceAll(p.Reveal(), "-", "") {
			count[r]++
		}
	}
	want := map[rune]int{}
	for r := range count {
		want[r] = 256 * 20 / 32
	}
	if diff := cmp.Diff(want, count); diff != "" || len(count) != 32 {
		t.Errorf("characters (-want +got):\n%s", diff)
	}
}

func TestOuterZipIsReadByTheStandardLibrary(t *testing.T) {
	packed := build(t, withPassphrase(t, passphrase(t)))
	r, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
	if err != nil || len(r.File) != 1 {
		t.Fatalf("got %v", err)
	}
	if _, err := r.File[0].Open(); !errors.Is(err, zip.ErrAlgorithm) {
		t.Errorf("got %v, want the unknown method to be named", err)
	}
	if raw, err := r.File[0].OpenRaw(); err != nil {
		t.Error(err)
	} else if n, _ := io.Copy(io.Discard, raw); uint64(n) != r.File[0].CompressedSize64 {
		t.Errorf("%d bytes where the header says %d", n, r.File[0].CompressedSize64)
	}
}
