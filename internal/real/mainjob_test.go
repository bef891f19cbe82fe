package real_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"testing"

	"filippo.io/age"
)

// TestARequestBecomesAPackageThatOnlyAnnaOpens is the main job, with nothing but real servers
// around the built program: mail in over SMTP and LMTP, mail out over submission, look-ups in a
// DNS, rows from an API behind a login.
func TestARequestBecomesAPackageThatOnlyAnnaOpens(t *testing.T) {
	for _, security := range []string{"implicit", "starttls"} {
		t.Run(security, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t, common(t), "main"+security, func(s *settings) {
				s.security, s.idle = security, security == "implicit"
			})
			d := o.serve()
			o.ask(jane)
			confirmation := o.awaitMail(o.anna(), 1)[0]
			if text := body(confirmation); !strings.Contains(text, "Customer: "+jane) || !strings.Contains(text, "\nCode: ") {
				t.Errorf("the confirmation says:\n%s", text)
			}
			o.answer("CONFIRM")
			r := o.awaitState("completed")
			if r.Proof != "ok" || !slices.Contains(r.events(), "acknowledged") {
				t.Errorf("the history is %s: %v", r.Proof, r.events())
			}
			o.opens(o.awaitMail(o.anna(), 2)[1])
			d.end()
			o.nobodyElseGot()
			if strings.Contains(d.Said(), "level=ERROR") {
				t.Errorf("errors:\n%s", d.Said())
			}
		})
	}
}

// opens decrypts the package with age and lets `dsrd verify` look at it.
func (o *office) opens(mail string) {
	o.t.Helper()
	p, ok := attachment(mail)
	if !ok {
		o.t.Fatalf("no package in:\n%s", mail)
	}
	o.write("package.zip.age", string(p.data))
	plain, err := age.Decrypt(bytes.NewReader(p.data), o.identity)
	noError(o.t, err)
	data, err := io.ReadAll(plain)
	noError(o.t, err)
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	noError(o.t, err)
	rows := 0
	for _, f := range z.File {
		r, err := f.Open()
		noError(o.t, err)
		text, err := io.ReadAll(r)
		noError(o.t, err)
		rows += bytes.Count(text, []byte(jane))
		if bytes.Contains(text, []byte("somebody.else@")) {
			o.t.Errorf("%s names somebody else", f.Name)
		}
	}
	if rows == 0 {
		o.t.Error("nothing in the package is about jane")
	}
	keys := dsrd(o.t, nil, "keys", "show", "--file", o.path("keys.yaml"), "--json")
	got := dsrd(o.t, nil, "verify", o.path("package.zip.age"), "--identity", o.path("identity"),
		"--signer", signerIn(keys.out))
	if got.code != 0 {
		o.t.Errorf("dsrd verify: %+v", got)
	}
}

// nobodyElseGot looks at everybody but anna: no data and no code went there.
func (o *office) nobodyElseGot() {
	o.t.Helper()
	for _, who := range []string{o.jane(), o.records(), o.desk()} {
		for _, m := range o.inbox(who) {
			if _, ok := attachment(m); ok && !strings.HasPrefix(header(m).Get("From"), "anna") {
				o.t.Errorf("%s has got a file:\n%s", who, m)
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
