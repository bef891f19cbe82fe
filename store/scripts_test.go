package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/store"
	"github.com/dsrd/dsrd/store/storetest"
	"github.com/dsrd/dsrd/workflow"
)

// legends of the scripts, which are all that a reader has of their arguments.
func luaFiles(t *testing.T) map[string]string {
	t.Helper()
	paths, err := filepath.Glob("lua/*.lua")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	files := map[string]string{}
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(path)] = string(b)
	}
	return files
}

func TestEveryScriptHasALegendAndKeepsToWhatIsEverywhere(t *testing.T) {
	forbidden := regexp.MustCompile(`\b(bit|struct|cmsgpack)\.|'(CONFIG|TIME|KEYS|SCAN|RANDOMKEY|SPOP)'|math\.random|os\.`)
	for name, text := range luaFiles(t) {
		if !strings.HasPrefix(text, "-- ") || !strings.Contains(text, "\n-- KEYS ") ||
			!strings.Contains(text, "\n-- Returns ") {
			t.Errorf("%s has no legend", name)
		}
		if strings.Contains(text, "ARGV[") && !strings.Contains(text, "\n-- ARGV ") {
			t.Errorf("%s does not say what its arguments are", name)
		}
		if found := forbidden.FindString(text); found != "" {
			t.Errorf("%s uses %s", name, found)
		}
	}
}

func TestTheSelfTestRunsEveryScript(t *testing.T) {
	for name, open := range storetest.Servers(t) {
		t.Run(name, func(t *testing.T) {
			h := open(t)
			all, ran, err := store.SelfTested(t.Context(), h.Open(t))
			if err != nil || len(all) != len(luaFiles(t)) {
				t.Fatalf("%d scripts, %v", len(all), err)
			}
			for _, name := range all {
				if !ran[name] {
					t.Errorf("%s was not run", name)
				}
			}
			if left := h.Raw(t, "KEYS", "{"+h.Config.Prefix+":*").([]any); len(left) != 0 {
				t.Errorf("the self-test left %v", left)
			}
		})
	}
}

// What a process leaves that dies in a self-test is cleared away an hour later, and not while
// it may still run.
func TestASelfTestClearsAwayAfterOneThatDied(t *testing.T) {
	for name, open := range storetest.Servers(t) {
		t.Run(name, func(t *testing.T) {
			h := open(t)
			now := storetest.Start
			s := h.Open(t, func(c *store.Config) { c.Now = func() time.Time { return now } })
			if err := store.DieWhileTesting(t.Context(), s); err != nil {
				t.Fatal(err)
			}
			left := func() int { return len(h.Raw(t, "KEYS", "{"+h.Config.Prefix+":*").([]any)) }
			died := left()
			for _, after := range []struct {
				wait time.Duration
				want int
			}{{0, died}, {59 * time.Minute, died}, {time.Minute, 0}} {
				now = now.Add(after.wait)
				if err := s.SelfTest(t.Context()); err != nil {
					t.Fatal(err)
				}
				if got := left(); got != after.want || died < 5 {
					t.Errorf("%s later: %d keys, want %d of %d", after.wait, got, after.want, died)
				}
			}
		})
	}
}

// One command after the other is denied. Of those that a script calls, the message says
// which script lacks which.
func TestTheSelfTestNamesWhatIsDenied(t *testing.T) {
	h := realRedis(t).Harness()
	s := h.Open(t)
	calls := regexp.MustCompile(`redis\.call\('(\w+)'`)
	scripts := map[string][]string{} // of each command
	for name, text := range luaFiles(t) {
		for _, call := range calls.FindAllStringSubmatch(text, -1) {
			scripts[call[1]] = append(scripts[call[1]], strings.TrimSuffix(name, ".lua"))
		}
	}
	for command, users := range scripts {
		if command == "DEL" { // it clears away, too
			continue
		}
		h.Raw(t, "ACL", "SETUSER", "default", "-"+strings.ToLower(command))
		err := s.SelfTest(t.Context())
		h.Raw(t, "ACL", "SETUSER", "default", "+"+strings.ToLower(command))
		if err == nil || errors.Is(err, workflow.Unavailable) {
			t.Errorf("%s is denied: got %v", command, err)
			continue
		}
		if !slices.ContainsFunc(users, func(name string) bool {
			return strings.Contains(err.Error(), "script "+name+" ("+command+")")
		}) {
			t.Errorf("%s is denied, which %v call: got %v", command, users, err)
		}
	}
	if err := s.SelfTest(t.Context()); err != nil {
		t.Errorf("with all rights: %v", err)
	}
}
