package registry_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/dsrd/dsrd/internal/config"
	"github.com/dsrd/dsrd/internal/registry"
	"github.com/dsrd/dsrd/workflow"
)

// TestReloadIsAllOrNothing reads while files change: never a tenant without its
// customers, never a mixture.
func TestReloadIsAllOrNothing(t *testing.T) {
	dir := t.TempDir()
	one := write(t, dir, good)
	r, err := registry.Open([]string{one}, defaults)
	if err != nil {
		t.Fatal(err)
	}
	other := strings.NewReplacer("Customer.example", "changed.example", "Acme GmbH", "changed").Replace(good)
	var readers sync.WaitGroup
	stop := make(chan struct{})
	for range 4 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				a, errA := r.Lookup(context.Background(), "joe@customer.example")
				b, errB := r.Lookup(context.Background(), "joe@changed.example")
				if errA == nil && a.Name != "Acme GmbH" || errB == nil && b.Name != "changed" {
					t.Errorf("a mixture: %q, %q", a.Name, b.Name)
				}
			}
		})
	}
	for i := range 20 {
		write(t, dir, []string{other, good, "tenants: ["}[i%3])
		if _, err := r.Reload(); (err != nil) != (i%3 == 2) {
			t.Errorf("round %d: %v", i, err)
		}
	}
	close(stop)
	readers.Wait()
}

func TestTenantsInSeveralFiles(t *testing.T) {
	dir := t.TempDir()
	paths := []string{filepath.Join(dir, "a.yaml"), filepath.Join(dir, "b.yaml")}
	first, second, _ := strings.Cut(good, "  - id: other")
	for i, text := range []string{first, "tenants:\n  - id: other" + second} {
		if err := os.WriteFile(paths[i], []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r, err := registry.Open(paths, defaults)
	if err != nil || len(r.Tenants()) != 2 {
		t.Fatalf("got %v", err)
	}
	_, err = registry.Open([]string{paths[0], paths[0]}, defaults)
	if err == nil || !strings.Contains(err.Error(), "tenant acme stands there twice") {
		t.Errorf("the same file twice: %v", err)
	}
	_, err = registry.Open([]string{paths[0], filepath.Join(dir, "nowhere.yaml")}, defaults)
	if err == nil || !strings.Contains(err.Error(), "nowhere.yaml: tenants: cannot be read") {
		t.Errorf("a file that is not there: %v", err)
	}
}

// TestHostileFiles must end in problems, not in a tenant that nobody wrote down.
func TestHostileFiles(t *testing.T) {
	for name, text := range map[string]string{
		"empty":           "",
		"no tenants":      "tenants: []\n",
		"a list":          "- id: x\n",
		"no admins":       "tenants:\n  - {id: x, domains: [x.example]}\n",
		"a wildcard":      strings.Replace(good, "[Customer.example]", "['*']", 1),
		"an empty domain": strings.Replace(good, "[Customer.example]", "['']", 1),
		"an IDN":          strings.Replace(good, "[Customer.example]", "[bücher.example]", 1),
		"two addresses":   strings.Replace(good, "bob@other.example", "'bob@other.example, eve@evil.example'", 1),
		"a line break":    strings.Replace(good, "bob@other.example", `"bob@other.example\r\nBcc: eve@evil.example"`, 1),
		"an id with @":    strings.Replace(good, "id: other", "id: oth@er", 1),
		"no id":           strings.Replace(good, "id: other", "id: ''", 1),
		"aliases":         "a: &a [x,x,x]\nb: &b [*a,*a,*a]\ntenants: *b\n",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := registry.Open([]string{write(t, t.TempDir(), text)}, defaults)
			var found config.Problems
			if !errors.As(err, &found) || len(found) == 0 {
				t.Fatalf("got %v", err)
			}
			for _, p := range found {
				if p.File == "" || p.Key == "" || p.What == "" {
					t.Errorf("it does not say where or what: %+v", p)
				}
			}
		})
	}
}

func TestUnknownTenantIsNotFound(t *testing.T) {
	r, err := registry.Open([]string{write(t, t.TempDir(), good)}, defaults)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Tenant(context.Background(), "nobody"); !errors.Is(err, workflow.NotFound) {
		t.Errorf("got %v", err)
	}
	_, err = r.Lookup(context.Background(), "jane.canary@nowhere.example")
	if !errors.Is(err, workflow.NotFound) || strings.Contains(err.Error(), "canary") {
		t.Errorf("got %v; it goes into logs and must name nobody", err)
	}
}
