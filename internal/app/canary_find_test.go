package app_test

import (
	"archive/zip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/dsrd/dsrd/internal/demo"
)

// aviary knows every value that must be found nowhere, and where it was let in.
type aviary struct {
	where map[string]string
	learn []string // codes and passphrases, found in the mails
}

// bird gives a value that stands nowhere else, for that place.
func (a *aviary) bird(where string) string {
	if a.where == nil {
		a.where = map[string]string{}
	}
	v := fmt.Sprintf("kanari%02dzq", len(a.where)+1)
	a.where[v] = where
	return v
}

// found are the birds in a text: as they are, whatever the case.
func (a *aviary) found(text string) []string {
	text = strings.ToLower(text)
	var all []string
	for v, where := range a.where {
		if strings.Contains(text, v) {
			all = append(all, v+" ("+where+")")
		}
	}
	for _, secret := range a.learn {
		if strings.Contains(text, secret) || strings.Contains(text, strings.ReplaceAll(secret, "-", "")) {
			all = append(all, "a code or passphrase")
		}
	}
	return all
}

// none fails for each bird in a place, and shows the line.
func (a *aviary) none(t *testing.T, place, text string) {
	t.Helper()
	if text == "" {
		t.Errorf("%s: there is nothing to look at", place)
	}
	for _, line := range strings.Split(text, "\n") {
		if birds := a.found(line); birds != nil {
			t.Errorf("%s: %s in: %.400s", place, birds, line)
		}
	}
}

var secretLine = regexp.MustCompile(`(?m)^(?:Code|Passphrase): +([a-z0-9-]{20,})\s*$`)

// remember learns the codes and passphrases that have left since.
func (a *aviary) remember(t *testing.T, p *place) {
	t.Helper()
	a.learn = nil
	for _, sent := range p.Post.SMTP.Accepted() {
		text, err := demo.PlainText(sent.Raw)
		must(t, err)
		for _, m := range secretLine.FindAllStringSubmatch(text, -1) {
			a.learn = append(a.learn, m[1])
		}
	}
}

// personal are the places in Redis that hold personal data by design: the request
// itself and the private part of its history, which go with the purge.
var personal = regexp.MustCompile(`^\{dsrd:\d\d\}:(r|p):`)

// dump is all of Redis, key by key: everything, and without what is personal by design.
func dump(t *testing.T, w *demo.World) (all, public string) {
	t.Helper()
	var a, b strings.Builder
	for _, key := range w.Redis.Keys() {
		text := key + " " + contents(t, w, key) + "\n"
		a.WriteString(text)
		if personal.MatchString(key) {
			text = key + "\n"
		}
		b.WriteString(text)
	}
	return a.String(), b.String()
}

func contents(t *testing.T, w *demo.World, key string) string {
	t.Helper()
	r := w.Redis
	var parts []string
	var err error
	switch kind := r.Type(key); kind {
	case "string":
		var v string
		v, err = r.Get(key)
		parts = []string{v}
	case "list":
		parts, err = r.List(key)
	case "set":
		parts, err = r.Members(key)
	case "zset":
		parts, err = r.ZMembers(key)
	case "hash":
		var fields []string
		fields, err = r.HKeys(key)
		for _, f := range fields {
			parts = append(parts, f, r.HGet(key, f))
		}
	default:
		t.Fatalf("%s is a %s: nobody looks into those", key, kind)
	}
	must(t, err)
	return strings.Join(parts, " ")
}

// files are the names and the bytes of everything that the daemon keeps on the disk.
func files(t *testing.T, dirs ...string) string {
	t.Helper()
	var b strings.Builder
	for _, dir := range dirs {
		must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) {
				return nil // it is made with the first file
			}
			if err != nil || d.IsDir() {
				return err
			}
			raw, err := os.ReadFile(path)
			fmt.Fprintf(&b, "%s %s\n", path, raw)
			return err
		}))
	}
	return b.String() + "looked\n"
}

// shown is a value as JSON.
func shown(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	must(t, err)
	return string(b)
}

// readZip is the text of all files in an archive.
func readZip(r io.ReaderAt, size int64) (string, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, f := range z.File {
		in, err := f.Open()
		if err != nil {
			return "", err
		}
		_, err = io.Copy(&b, in)
		in.Close()
		if err != nil {
			return "", err
		}
	}
	return b.String(), nil
}
