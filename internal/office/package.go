package office

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"strings"

	"filippo.io/age"
)

// Opens decrypts the package with age and lets `dsrd verify` look at it.
func (o *Office) Opens(mail string) {
	o.T.Helper()
	p, ok := Attachment(mail)
	if !ok {
		o.T.Fatalf("no package in:\n%s", mail)
	}
	o.Write("package.zip.age", string(p.Data))
	plain, err := age.Decrypt(bytes.NewReader(p.Data), o.Identity)
	NoError(o.T, err)
	data, err := io.ReadAll(plain)
	NoError(o.T, err)
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	NoError(o.T, err)
	rows := 0
	for _, f := range z.File {
		r, err := f.Open()
		NoError(o.T, err)
		text, err := io.ReadAll(r)
		NoError(o.T, err)
		rows += bytes.Count(text, []byte(Jane))
		if bytes.Contains(text, []byte("somebody.else@")) {
			o.T.Errorf("%s names somebody else", f.Name)
		}
	}
	if rows == 0 {
		o.T.Error("nothing in the package is about jane")
	}
	keys := Dsrd(o.T, nil, "keys", "show", "--file", o.Path("keys.yaml"), "--json")
	got := Dsrd(o.T, nil, "verify", o.Path("package.zip.age"), "--identity", o.Path("identity"),
		"--signer", signerIn(keys.Out))
	if got.Code != 0 {
		o.T.Errorf("dsrd verify: %+v", got)
	}
}

// NobodyElseGot looks at everybody but anna: no data and no code went there.
func (o *Office) NobodyElseGot() {
	o.T.Helper()
	for _, who := range []string{o.Jane(), o.Records(), o.Desk()} {
		for _, m := range o.Inbox(who) {
			if _, ok := Attachment(m); ok && !strings.HasPrefix(Header(m).Get("From"), "anna") {
				o.T.Errorf("%s has got a file:\n%s", who, m)
			}
		}
	}
}

// signerIn finds the public key in the output of `dsrd keys show --json`.
func signerIn(out string) string {
	for line := range strings.Lines(out) {
		var key struct{ Use, Public string }
		if json.Unmarshal([]byte(line), &key) == nil && key.Use == "signing" {
			return key.Public
		}
	}
	return ""
}
