package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dsrd/dsrd/internal/config"
)

// TestSecretsAreLookedAtBeforeTheStart gives the mailbox's password in each way.
func TestSecretsAreLookedAtBeforeTheStart(t *testing.T) {
	t.Setenv("DSRD_TEST_SECRET", "s3cret")
	t.Setenv("DSRD_TEST_EMPTY", "")
	for _, k := range []struct{ name, ref, want string }{
		{"a file", "secrets/imap-password", ""},
		{"a variable", "${DSRD_TEST_SECRET}", ""},
		{"a folder named by a variable", "${DSRD_TEST_DIR}/imap-password", ""},
		{"a variable that is not set", "${DSRD_TEST_NOTHING}", "names the variable DSRD_TEST_NOTHING, which is not set"},
		{"an empty variable", "${DSRD_TEST_EMPTY}", "an empty secret"},
		{"an empty file", "secrets/empty", "an empty secret"},
		{"a line break alone", "secrets/break", "an empty secret"},
		{"no file", "secrets/nowhere", "no such file or directory (create the file"},
		{"nothing", `""`, "mailboxes[0].password_file: is missing"},
	} {
		t.Run(k.name, func(t *testing.T) {
			file, text := example(t)
			dir := filepath.Dir(file)
			t.Setenv("DSRD_TEST_DIR", filepath.Join(dir, "secrets"))
			place(t, filepath.Join(dir, "secrets/empty"), "")
			place(t, filepath.Join(dir, "secrets/break"), "\n")
			place(t, file, strings.Replace(text, "secrets/imap-password", k.ref, 1))
			_, err := config.Load(file, nil)
			switch {
			case k.want == "" && err != nil:
				t.Errorf("got %v", err)
			case k.want != "" && (err == nil || !strings.Contains(err.Error(), k.want)):
				t.Errorf("got %v, want %q", err, k.want)
			case err != nil && strings.Contains(err.Error(), "s3cret"):
				t.Error("a secret is repeated")
			}
		})
	}
}

// TestOtherRoomsProblemsGetTheirLine hands in what only others can know.
func TestOtherRoomsProblemsGetTheirLine(t *testing.T) {
	file, _ := example(t)
	_, err := config.Load(file, nil, func(c *config.Config) config.Problems {
		if c.Schedules.Scan == "" {
			t.Error("the configuration is not complete yet")
		}
		return config.Problems{
			{File: "tenants.yaml", Line: 9, Key: "tenants", What: "second"},
			{File: "tenants.yaml", Line: 999, Key: "tenants", What: "third"},
			{Key: "schedules.scan", What: "first", Remedy: "do this"},
			{File: "tenants.yaml", Line: 3, Key: "tenants", What: "earlier"},
		}
	})
	if err == nil {
		t.Fatal("it loads")
	}
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != 4 || !strings.HasPrefix(lines[0], "tenants.yaml:3: ") || !strings.HasPrefix(lines[1], "tenants.yaml:9: ") ||
		!strings.Contains(lines[3], "schedules.scan: first (do this)") || !strings.HasPrefix(lines[3], file+":") {
		t.Errorf("got:\n%v", err)
	}
}

func TestKeyFilesThatAreRefused(t *testing.T) {
	for name, k := range map[string]struct{ text, want string }{
		"empty":         {"", "is missing (restore the file from its backup)"},
		"no YAML":       {"\tx", "check indentation"},
		"a short key":   {"master: QUJD\n", "no key of 32 bytes"},
		"an odd key":    {"mastr: QUJD\n", `did you mean "master"`},
		"no base64":     {"master: s3cret!s3cret!\n", "no key of 32 bytes"},
		"a list it is":  {"- a\n", "keys.yaml"},
		"one is wanted": {"ids: []\n", "is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "keys.yaml")
			if err := os.WriteFile(file, []byte(k.text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := config.ReadKeys(file)
			if err == nil || !strings.Contains(err.Error(), k.want) {
				t.Errorf("got %v, want %q", err, k.want)
			}
			if err != nil && (strings.Contains(err.Error(), "s3cret") || strings.Contains(err.Error(), "QUJD")) {
				t.Errorf("a secret is repeated: %v", err)
			}
		})
	}
}
