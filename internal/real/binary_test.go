package real_test

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

// build gives the path of the program built with the tags; REAL_BINARY names one that was built
// with testclock before.
func build(t testing.TB, tags string) string {
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
		noError(t, err)
		binaries.dir, binaries.built = dir, map[string]string{}
	}
	path := filepath.Join(binaries.dir, "dsrd-"+tags)
	c := exec.Command("go", "build", "-tags", tags, "-o", path, "../../cmd/dsrd")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("build dsrd: %v\n%s", err, out)
	}
	binaries.built[tags] = path
	return path
}

// said is what a verb wrote, and how it ended.
type said struct {
	out, err string
	code     int
}

// dsrd runs a verb of the program.
func dsrd(t testing.TB, env []string, args ...string) said {
	t.Helper()
	var out, errs bytes.Buffer
	c := exec.Command(build(t, "testclock"), args...)
	c.Env = append(os.Environ(), env...)
	c.Stdout, c.Stderr = &out, &errs
	if err := c.Run(); c.ProcessState == nil {
		t.Fatal(err)
	}
	return said{out.String(), errs.String(), c.ProcessState.ExitCode()}
}
