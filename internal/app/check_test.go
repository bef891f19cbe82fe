package app_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dsrd/dsrd/internal/app"
	"github.com/dsrd/dsrd/internal/config"
)

// example lays out what deploy/ shows, with the secrets that it names.
func example(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	must(t, os.Mkdir(filepath.Join(dir, "secrets"), 0o700))
	for _, name := range []string{"imap-password", "smtp-password", "redis-password", "azure-secret", "exchange-secret"} {
		must(t, os.WriteFile(filepath.Join(dir, "secrets", name), []byte("x"), 0o600))
	}
	for name, as := range map[string]string{"dsrd.example.yaml": "dsrd.yaml", "tenants.example.yaml": "tenants.yaml"} {
		raw, err := os.ReadFile(filepath.Join("../../deploy", name))
		must(t, err)
		must(t, os.WriteFile(filepath.Join(dir, as), raw, 0o600))
	}
	keys, err := config.NewKeys(neverRandom{}, start)
	must(t, err)
	must(t, keys.Write(filepath.Join(dir, "keys.yaml")))
	return dir
}

func TestExampleStarts(t *testing.T) {
	dir := example(t)
	c, keys, err := app.Load(filepath.Join(dir, "dsrd.yaml"), nil, start)
	if err != nil || c == nil || keys == nil {
		t.Errorf("got %v", err)
	}
}

func TestWhatWouldRefuseEveryRequestIsAProblem(t *testing.T) {
	for name, k := range map[string]struct{ file, from, to, want string }{
		"no source": {"dsrd.yaml", "sources:\n", "sources: []\nxources:\n", "sources: is missing"},
		"a typing error": {"tenants.yaml", "      defender:\n", "      defnder:\n",
			`tenant acme has parameters for "defnder"`},
		"no parameters": {"tenants.yaml", "      defender:\n        subscriptions:", "      #", "none is asked for tenant acme"},
		"a schedule that never comes": {"dsrd.yaml", `"17 * * * *"`, `"0 0 31 2 *"`,
			"schedules.retention: read schedule"},
		"a schedule that panics": {"dsrd.yaml", `"17 * * * *"`, `"TZ=UTC"`, "schedules.retention: read schedule"},
		"roots that are none":    {"dsrd.yaml", `ca_file: ""`, `ca_file: tenants.yaml`, "mailboxes[0].ca_file: read"},
		"a broken key file":      {"keys.yaml", "master:", "maste:", `there is no key "maste"`},
	} {
		t.Run(name, func(t *testing.T) {
			dir := example(t)
			path := filepath.Join(dir, k.file)
			raw, err := os.ReadFile(path)
			must(t, err)
			text := strings.Replace(string(raw), k.from, k.to, 1)
			if text == string(raw) {
				t.Fatalf("%s does not hold %q", k.file, k.from)
			}
			must(t, os.WriteFile(path, []byte(text), 0o600))
			_, _, err = app.Load(filepath.Join(dir, "dsrd.yaml"), nil, start)
			if err == nil || !strings.Contains(err.Error(), k.want) {
				t.Errorf("got %v, want it to say %q", err, k.want)
			}
		})
	}
}
