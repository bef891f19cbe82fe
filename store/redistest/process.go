package redistest

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// A Missing program is one that is not installed.
type Missing struct{ Program, Package string }

// Error ends in what to do.
func (m Missing) Error() string {
	return fmt.Sprintf("%s is not installed (apt-get install %s)", m.Program, m.Package)
}

// find looks for a program in PATH and where servers are, which an ordinary user's PATH leaves out.
func find(program, debian string) (string, error) {
	if path, err := exec.LookPath(program); err == nil {
		return path, nil
	}
	for _, dir := range []string{"/usr/sbin", "/usr/local/sbin", "/usr/local/bin"} {
		path := filepath.Join(dir, program)
		if info, err := os.Stat(path); err == nil && info.Mode()&0o111 != 0 {
			return path, nil
		}
	}
	return "", Missing{program, debian}
}

// patience is how long a server may take to begin, to fail over or to follow.
const patience = 20 * time.Second

// look is how often we look whether it has.
const look = 10 * time.Millisecond

// A process is a redis-server that dies with us.
type process struct {
	cmd   *exec.Cmd
	ended chan struct{}
}

// launch starts the program; what it says is appended to the file log.
func launch(log, program string, args ...string) (*process, error) {
	out, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("start %s: %v", program, err)
	}
	defer out.Close()
	p := &process{cmd: exec.Command(program, args...), ended: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = out, out
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	started := make(chan error, 1)
	go p.run(started)
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %v", program, err)
	}
	return p, nil
}

// run keeps its thread until the program has ended: the kernel sends Pdeathsig when the thread
// that forked ends, not when the process does (golang.org/issue/27505).
func (p *process) run(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := p.cmd.Start()
	started <- err
	if err != nil {
		return
	}
	_ = p.cmd.Wait() // how it ends is the test's business
	close(p.ended)
}

func (p *process) signal(s syscall.Signal) { _ = syscall.Kill(p.cmd.Process.Pid, s) }

// running says whether the program has not ended yet.
func (p *process) running() bool {
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

// stopped says whether the program stands still: a signal is sent before it is obeyed.
func (p *process) stopped() bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return true // no such file system, or no such process
	}
	_, state, _ := strings.Cut(string(stat), ") ") // proc(5): "pid (name) state ..."
	return strings.HasPrefix(state, "T")
}

// kill ends the program as a power cut would, also where it is stopped.
func (p *process) kill() {
	p.signal(syscall.SIGKILL)
	<-p.ended
}

// within polls until something holds; false when it took too long or the process, which may be
// nil, has ended.
func within(d time.Duration, p *process, holds func() bool) bool {
	ticks := time.NewTicker(look)
	defer ticks.Stop()
	late := time.After(d)
	var ended <-chan struct{}
	if p != nil {
		ended = p.ended
	}
	for !holds() {
		select {
		case <-ticks.C:
		case <-ended:
			return false
		case <-late:
			return false
		}
	}
	return true
}

// tail is the end of a log.
func tail(log string) string {
	f, err := os.Open(log)
	if err != nil {
		return err.Error()
	}
	defer f.Close()
	const much = 4000
	if info, err := f.Stat(); err == nil && info.Size() > much {
		_, _ = f.Seek(-much, io.SeekEnd) // or we show all of it
	}
	b, err := io.ReadAll(f)
	if err != nil {
		return err.Error()
	}
	return string(b)
}
