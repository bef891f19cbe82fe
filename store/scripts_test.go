package store_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
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

func TestTheProbeTriesEveryCommandOfTheScripts(t *testing.T) {
	files := luaFiles(t)
	probe := files["probe.lua"]
	for name, text := range files {
		for _, call := range regexp.MustCompile(`redis\.call\('(\w+)'`).FindAllStringSubmatch(text, -1) {
			if !strings.Contains(probe, "try('"+call[1]+"'") {
				t.Errorf("%s uses %s, which the probe does not try", name, call[1])
			}
		}
	}
}
