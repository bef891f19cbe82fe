package onehost

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

//go:embed boot.sh
var boot string

// Host is a machine of its own as far as file system, processes, network and
// services go. It ends with the process that made it.
type Host struct {
	init  *exec.Cmd
	said  bytes.Buffer
	ended chan struct{} // closed when it has
}

// Refused says that the kernel, or what this machine runs in, does not let us make a
// host: a container, mostly.
type Refused struct{ Why string }

func (r *Refused) Error() string { return "make a host: refused: " + r.Why }

// refused is the exit status of boot.sh when a mount was refused.
const refused = 77

// Possible says why a host cannot be made here, nil if it may be: that takes root and
// some programs. Whether the kernel lets us, Start finds out.
func Possible() error {
	if os.Geteuid() != 0 {
		return errors.New("make a host: this needs root (sudo make test)")
	}
	for _, need := range []string{"systemctl", "nsenter", "pivot_root", "ip"} {
		if _, err := exec.LookPath(need); err != nil {
			return fmt.Errorf("make a host: %v", err)
		}
	}
	return nil
}

// Start boots a host; base is an empty folder that it needs for a moment.
func Start(ctx context.Context, base string) (*Host, error) {
	h := &Host{init: exec.Command("bash", "-c", boot, "boot", base)}
	h.init.Stdout, h.init.Stderr = &h.said, &h.said
	h.init.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWPID | syscall.CLONE_NEWUTS |
			syscall.CLONE_NEWIPC | syscall.CLONE_NEWNET | syscall.CLONE_NEWCGROUP,
		Pdeathsig: syscall.SIGKILL,
		Setsid:    true,
	}
	if err := h.init.Start(); err != nil {
		return nil, &Refused{Why: err.Error()}
	}
	h.ended = make(chan struct{})
	go func() {
		defer close(h.ended)
		_ = h.init.Wait()
	}()
	err := h.booted(ctx)
	if err == nil {
		return h, nil
	}
	h.Stop()
	if h.init.ProcessState.ExitCode() == refused {
		return nil, &Refused{Why: strings.TrimSpace(h.said.String())}
	}
	return nil, fmt.Errorf("boot a host: %v: %s", err, h.said.String())
}

// booted waits until systemd has started what it starts by itself.
func (h *Host) booted(ctx context.Context) error {
	every := time.NewTicker(100 * time.Millisecond)
	defer every.Stop()
	for {
		out, _ := h.Run(ctx, "systemctl is-system-running 2>/dev/null")
		switch strings.TrimSpace(out) {
		case "running", "degraded": // of this machine's own units, not ours
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-h.ended:
			return errors.New("it ended at once")
		case <-every.C:
		}
	}
}

// Run lets bash run a script in the host, in /root/dsrd if that is there, and ends at
// the first command that fails.
func (h *Host) Run(ctx context.Context, script string) (string, error) {
	script = "cd /root/dsrd 2>/dev/null || cd /root\nset -euo pipefail\n" + script
	c := exec.CommandContext(ctx, "nsenter", "--target", strconv.Itoa(h.init.Process.Pid),
		"--all", "--root", "--wd", "env", "-i", "HOME=/root",
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "bash", "-c", script)
	out, err := c.CombinedOutput()
	return string(out), err
}

// Path is where a file of the host is to be reached from here.
func (h *Host) Path(name string) string {
	return filepath.Join("/proc", strconv.Itoa(h.init.Process.Pid), "root", name)
}

// Stop ends the host with everything in it.
func (h *Host) Stop() {
	_ = h.init.Process.Kill() // the kernel ends all of a process namespace with its first
	<-h.ended
}
