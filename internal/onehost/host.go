package onehost

import (
	"bytes"
	"context"
	_ "embed"
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
	init *exec.Cmd
	said bytes.Buffer
}

// Possible says why a host cannot be made here, nil if it can: that takes root and a
// kernel that lets it make namespaces and overlays.
func Possible() error {
	if os.Geteuid() != 0 {
		return fmt.Errorf("make namespaces: this needs root")
	}
	for _, need := range []string{"systemctl", "unshare", "nsenter", "pivot_root", "ip"} {
		if _, err := exec.LookPath(need); err != nil {
			return fmt.Errorf("make a host: %v", err)
		}
	}
	probe := exec.Command("unshare", "--mount", "--pid", "--fork", "--net", "--cgroup", "mount",
		"-t", "tmpfs", "tmpfs", "/mnt")
	if out, err := probe.CombinedOutput(); err != nil {
		return fmt.Errorf("make namespaces: %v: %s", err, bytes.TrimSpace(out))
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
		return nil, fmt.Errorf("boot a host: %v", err)
	}
	if err := h.booted(ctx); err != nil {
		h.Stop()
		return nil, fmt.Errorf("boot a host: %v: %s", err, h.said.String())
	}
	return h, nil
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
	_ = h.init.Wait()
}
