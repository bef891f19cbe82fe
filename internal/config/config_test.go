package config_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dsrd/dsrd/internal/config"
)

// example lays out the files that deploy/dsrd.example.yaml names.
func example(t *testing.T) (file string, text string) {
	t.Helper()
	raw, err := os.ReadFile("../../deploy/dsrd.example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, name := range []string{"imap-password", "smtp-password", "redis-password", "azure-secret", "exchange-secret"} {
		place(t, filepath.Join(dir, "secrets", name), "secret of "+name+"\n")
	}
	place(t, filepath.Join(dir, "tenants.yaml"), "tenants: []\n")
	file = filepath.Join(dir, "dsrd.yaml")
	place(t, file, string(raw))
	return file, string(raw)
}

func place(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestExampleLoads(t *testing.T) {
	file, _ := example(t)
	c, err := config.Load(file, []string{"DSRD_REDIS_URL=redis://elsewhere:6379/1", "HOME=/"})
	if err != nil {
		t.Fatal(err)
	}
	if c.Redis.URL != "redis://elsewhere:6379/1" {
		t.Errorf("the environment did not override: %s", c.Redis.URL)
	}
	if got := time.Duration(c.Policy.CodeLife); got != 7*24*time.Hour {
		t.Errorf("code_life is %s", got)
	}
	secret, err := c.Mailboxes[0].Password.Read()
	if err != nil || secret != "secret of imap-password" {
		t.Errorf("password %q, %v", secret, err)
	}
}

// TestExampleShowsDefaults takes out of the example what has a default: the
// configuration must stay the same, so what the comments claim is true.
func TestExampleShowsDefaults(t *testing.T) {
	file, text := example(t)
	whole, err := config.Load(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	var short []string
	for _, line := range strings.Split(text, "\n") {
		_, comment, _ := strings.Cut(line, "#")
		if !strings.Contains(comment, "default") || strings.Contains(comment, "no default") {
			short = append(short, line)
		}
	}
	place(t, file, strings.Join(short, "\n"))
	less, err := config.Load(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	less.SMTP.HELO, less.SMTP.From = whole.SMTP.HELO, whole.SMTP.From // derived from other keys
	less.Mailboxes[0].Junk = whole.Mailboxes[0].Junk
	less.Export.WorkDir = whole.Export.WorkDir
	if diff := cmp.Diff(whole, less); diff != "" {
		t.Errorf("a default is not what the example says (-example +default):\n%s", diff)
	}
}

func TestAllProblemsAtOnceWithRemedy(t *testing.T) {
	file, text := example(t)
	for _, change := range [][2]string{
		{"from_name: Provider", "frm_name: Provider"},
		{"encryption: age ", "encryption: \"\" "},
		{"partitions: 1 ", "partitions: many "},
		{"code_life: 7d", "code_life: 90d"},
		{"questions: 2", "questions: soon"},
		{"kind: client_secret", "kind: magic"},
		{"secrets/smtp-password", "secrets/nowhere"},
		{"url: redis://localhost:6379/0", "url: redis://:hunter2@localhost:6379/0"},
		{"file: keys.yaml", "file: \"\""},
	} {
		if !strings.Contains(text, change[0]) {
			t.Fatalf("the example no longer has %q", change[0])
		}
		text = strings.Replace(text, change[0], change[1], 1)
	}
	place(t, file, text)
	_, err := config.Load(file, []string{"DSRD_RADIS_URL=x"})
	if err == nil {
		t.Fatal("it loads")
	}
	for _, want := range []string{
		`did you mean "from_name"?`, "delivery.encryption: must be written down", "partitions",
		"policy.code_life: is out of range (1h to 30d)", "questions",
		"sources[0].credential.kind: is \"magic\" (one of: client_secret",
		"smtp.password_file", "put it into a file", "keys.file: is missing (make one with: dsrd keys new",
		"DSRD_RADIS_URL: this environment variable sets no key",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("nothing says %q in:\n%v", want, err)
		}
	}
	if strings.Contains(err.Error(), "hunter2") {
		t.Error("a secret is repeated in the error")
	}
	for _, line := range strings.Split(err.Error(), "\n") {
		if !strings.Contains(line, "DSRD_") && !strings.Contains(line, "dsrd.yaml:") {
			t.Errorf("no line number: %s", line)
		}
	}
}

func TestPlainServersOnlyHere(t *testing.T) {
	file, text := example(t)
	place(t, file, strings.ReplaceAll(text, "security: starttls", "security: none"))
	if _, err := config.Load(file, nil); err == nil || !strings.Contains(err.Error(), "in clear over the network") {
		t.Errorf("got %v", err)
	}
}

func TestBrokenYAMLNamesTheLine(t *testing.T) {
	_, err := config.Parse("x.yaml", []byte("redis:\n  url: [\n"), nil)
	if err == nil || !strings.Contains(err.Error(), "x.yaml:") {
		t.Errorf("got %v", err)
	}
	if _, err := config.Parse("empty.yaml", nil, nil); err == nil {
		t.Error("an empty file loads")
	}
}

func TestKeyFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "keys.yaml")
	chance := bytes.NewReader(bytes.Repeat([]byte("0123456789abcdef"), 64))
	made, err := config.NewKeys(chance, time.Unix(0, 0))
	if err != nil {
		t.Fatal(err)
	}
	if err := made.Rotate(chance, time.Unix(60, 0)); err != nil {
		t.Fatal(err)
	}
	if err := made.Write(file); err != nil {
		t.Fatal(err)
	}
	read, err := config.ReadKeys(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(made, read); diff != "" {
		t.Error(diff)
	}
	if len(read.IDs) != 2 || read.IDs[1].Version != 2 {
		t.Errorf("rotated to %d versions", len(read.IDs))
	}
	if got := read.Master.String(); got != "***" {
		t.Error("a key prints itself")
	}
	if err := os.Chmod(file, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := config.ReadKeys(file); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("a key file that all can read: %v", err)
	}
}
