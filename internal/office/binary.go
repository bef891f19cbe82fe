package office

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// binaries are the program as it is shipped, and one whose clock can be moved; each is built once.
var binaries struct {
	sync.Mutex
	dir   string
	built map[string]string
}

// Build gives the path of the program built with the tags; REAL_BINARY names one that was built
// with testclock before. Tags are separated by commas.
func Build(t testing.TB, tags string) string {
	t.Helper()
	binaries.Lock()
	defer binaries.Unlock()
	if path, ok := binaries.built[tags]; ok {
		return path
	}
	if path := os.Getenv("REAL_BINARY"); path != "" && tags == "testclock" {
		return path
	}
	if binaries.dir == "" {
		dir, err := os.MkdirTemp("", "dsrd")
		NoError(t, err)
		binaries.dir, binaries.built = dir, map[string]string{}
	}
	path := filepath.Join(binaries.dir, "dsrd-"+tags)
	c := exec.Command("go", "build", "-tags", tags, "-o", path, "github.com/dsrd/dsrd/cmd/dsrd")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("build dsrd: %v\n%s", err, out)
	}
	binaries.built[tags] = path
	return path
}

// Said is what a verb wrote, and how it ended.
type Said struct {
	Out, Err string
	Code     int
}

// Dsrd runs a verb of the program.
func Dsrd(t testing.TB, env []string, args ...string) Said {
	t.Helper()
	var out, errs bytes.Buffer
	c := exec.Command(Build(t, "testclock"), args...)
	c.Env = append(os.Environ(), env...)
	c.Stdout, c.Stderr = &out, &errs
	if err := c.Run(); c.ProcessState == nil {
		t.Fatal(err)
	}
	return Said{out.String(), errs.String(), c.ProcessState.ExitCode()}
}
