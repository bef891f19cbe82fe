package real

import (
	"bytes"
	"fmt"
	"os/exec"
	"strings"
	"syscall"

	"github.com/dsrd/dsrd/internal/child"
)

// A Process is a program that runs in a process group of its own, with all that it starts.
type Process = child.Process

// Launch starts a program that need not clean up behind itself: it dies with this process.
func Launch(log string, env []string, name string, args ...string) (*Process, error) {
	return child.Launch(log, syscall.SIGKILL, env, name, args...)
}

// output runs a short program and gives what it writes.
func output(name string, args ...string) (string, error) { return outputOf("", name, args...) }

// outputOf is output for a program that reads.
func outputOf(input, name string, args ...string) (string, error) {
	var out, errs bytes.Buffer
	c := exec.Command(name, args...)
	c.Stdin, c.Stdout, c.Stderr = strings.NewReader(input), &out, &errs
	if err := c.Run(); err != nil {
		return "", fmt.Errorf("run %s %v: %v\n%s", name, args, err, errs.String())
	}
	return out.String(), nil
}
