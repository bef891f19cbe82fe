package main

import (
	"encoding/base64"
	"encoding/json"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/internal/app"
	"github.com/dsrd/dsrd/internal/config"
	"github.com/dsrd/dsrd/internal/demo"
)

// passphraseLike is a passphrase as the second contact's letter has it.
var passphraseLike = regexp.MustCompile(`[a-z1-9]{5}(-[a-z1-9]{5}){3}`)

// delivered are two real packages, with what opens them, in a folder.
type delivered struct {
	dir, age, aes string // the folder; sealed for a key, and with a passphrase
	plain         string // the inner zip of the first
	signer        string // the public key of this world, as keys show prints it
}

func deliver(t *testing.T) delivered {
	t.Helper()
	o := newOffice(t)
	d := delivered{dir: t.TempDir()}
	d.age, d.aes, d.plain = filepath.Join(d.dir, "a.zip.age"), filepath.Join(d.dir, "b.zip"), filepath.Join(d.dir, "a.zip")
	for _, who := range []struct{ customer, admin, file string }{{demo.Jane, demo.Anna, d.age}, {demo.Joe, demo.Bob, d.aes}} {
		o.ask(t, who.customer)
		noError(t, o.Answer(who.admin, "CONFIRM"))
		noError(t, o.Settle(t.Context()))
		noError(t, o.Pass(t.Context(), 24*time.Hour))
		mail, err := o.Latest(who.admin)
		noError(t, err)
		parts, err := demo.Parts(mail)
		noError(t, err)
		for _, p := range parts {
			if p.Name != "" {
				spill(t, who.file, string(p.Data))
			}
		}
	}
	mail, err := o.Latest(demo.Anna)
	noError(t, err)
	opened, err := o.Open(mail)
	noError(t, err)
	spill(t, d.plain, string(opened.Zip))
	letter, err := o.Latest(demo.Secretary)
	noError(t, err)
	text, err := demo.PlainText(letter)
	noError(t, err)
	spill(t, d.in("passphrase"), passphraseLike.FindString(text)+"\n")
	spill(t, d.in("identity"), "# created by age-keygen\n"+o.Identity.String()+"\n")
	keys, err := config.ReadKeys(filepath.Join(o.Dir, "keys.yaml"))
	noError(t, err)
	d.signer = keyRows(keys)[1].Public
	return d
}

func (d delivered) in(name string) string { return filepath.Join(d.dir, name) }

func TestVerify(t *testing.T) {
	d := deliver(t)
	stranger := filepath.Join(d.dir, "stranger.yaml")
	dsrd(t, "keys", "new", "--out", stranger)
	keys, err := config.ReadKeys(stranger)
	noError(t, err)
	foreign := keyRows(keys)[1].Public
	raw := slurp(t, d.plain)
	spill(t, d.in("tampered"), raw[:200]+string(raw[200]^1)+raw[201:])
	spill(t, d.in("short"), raw[:len(raw)/2])
	spill(t, d.in("sealed-tampered"), strings.Replace(slurp(t, d.age), slurp(t, d.age)[300:310], "0123456789", 1))
	spill(t, d.in("empty"), "")
	spill(t, d.in("other-identity"), "AGE-SECRET-KEY-1QYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQS\n")
	spill(t, d.in("wrong-passphrase"), "aaaaa-bbbbb-ccccc-ddddd\n")
	for _, k := range []struct {
		name string
		args []string
		code int
		want string
	}{
		{"sealed for a key", []string{d.age, "--identity", d.in("identity")}, exitDone, "Nothing is wrong with this package."},
		{"and by whom", []string{d.age, "--identity", d.in("identity"), "--signer", d.signer}, exitDone, "by the trusted key"},
		{"one of two keys", []string{d.age, "--identity", d.in("identity"), "--signer", foreign, "--signer", d.signer}, exitDone, "by the trusted key"},
		{"by somebody else", []string{d.age, "--identity", d.in("identity"), "--signer", foreign}, exitFailed, "not one you trust"},
		{"without a key", []string{d.age}, exitFailed, "--identity FILE or --passphrase-file FILE"},
		{"with a passphrase", []string{d.aes, "--passphrase-file", d.in("passphrase")}, exitDone, "Nothing is wrong with this package."},
		{"with a wrong one", []string{d.aes, "--passphrase-file", d.in("wrong-passphrase")}, exitFailed, "Do not rely on this package."},
		{"with none", []string{d.aes}, exitFailed, "--identity FILE or --passphrase-file FILE"},
		{"opened before", []string{d.plain}, exitDone, "Ask the sender, not by the same mail"},
		{"one bit is another", []string{d.in("tampered")}, exitFailed, "PROBLEM:"},
		{"cut off", []string{d.in("short")}, exitFailed, "PROBLEM:"},
		{"sealed and changed", []string{d.in("sealed-tampered"), "--identity", d.in("identity")}, exitFailed, "PROBLEM:"},
		{"empty", []string{d.in("empty")}, exitFailed, "PROBLEM:"},
		{"no file", []string{d.in("nowhere")}, exitFailed, "no such file"},
		{"a folder", []string{d.dir}, exitFailed, "it is a folder"},
		{"no public key", []string{d.plain, "--signer", "abc"}, exitFailed, "dsrd keys show"},
		{"no identity file", []string{d.age, "--identity", d.in("nowhere")}, exitFailed, "--identity"},
		{"no identity in it", []string{d.age, "--identity", d.in("passphrase")}, exitFailed, "no age key in it"},
		{"no passphrase file", []string{d.aes, "--passphrase-file", d.in("nowhere")}, exitFailed, "--passphrase-file"},
	} {
		t.Run(k.name, func(t *testing.T) {
			s := dsrd(t, append([]string{"verify"}, k.args...)...)
			if s.code != k.code || !strings.Contains(s.out+s.err, k.want) {
				t.Errorf("got %+v, want %d and %q", s, k.code, k.want)
			}
			s = dsrd(t, append([]string{"verify", "--json"}, k.args...)...)
			if s.code != k.code {
				t.Errorf("with --json: got %d", s.code)
			}
			var c app.Checked
			if s.out == "" && s.err != "" {
				return // nothing could be checked
			}
			if err := json.Unmarshal([]byte(s.out), &c); err != nil || c.OK != (k.code == exitDone) || c.OK != (len(c.Problems) == 0) {
				t.Errorf("got %+v, %v", c, err)
			}
		})
	}
}

func TestVerifyShowsNoSecret(t *testing.T) {
	d := deliver(t)
	secrets := []string{strings.TrimSpace(slurp(t, d.in("passphrase"))), strings.Fields(slurp(t, d.in("identity")))[4]}
	for _, s := range []said{
		dsrd(t, "verify", "--json", d.aes, "--passphrase-file", d.in("passphrase")),
		dsrd(t, "verify", d.age, "--identity", d.in("identity")),
		dsrd(t, "verify", d.aes, "--identity", d.in("passphrase")),
	} {
		for _, secret := range secrets {
			if secret == "" || strings.Contains(s.out+s.err, secret) {
				t.Errorf("%q is shown: %+v", secret, s)
			}
		}
	}
	if _, err := base64.StdEncoding.DecodeString(d.signer); err != nil {
		t.Error(err)
	}
}
