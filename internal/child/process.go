package child

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// A Process is a program that runs in a process group of its own, with all that it starts.
type Process struct {
	cmd   *exec.Cmd
	log   string // file of what it says
	hold  io.Closer
	ended chan struct{}
}

// Patience is how long a server may take to begin, to end, or to follow another.
const Patience = 20 * time.Second

// Launch starts a program in the foreground. Its output is appended to the file log. When this
// process dies, however it dies, the program gets the signal last.
func Launch(log string, last syscall.Signal, env []string, name string, args ...string) (*Process, error) {
	out, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, fmt.Errorf("start %s: %v", name, err)
	}
	defer out.Close()
	p := &Process{cmd: exec.Command(name, args...), log: log, ended: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = out, out
	hold, err := p.cmd.StdinPipe() // until this process ends
	if err != nil {
		return nil, fmt.Errorf("start %s: %v", name, err)
	}
	p.hold = hold
	p.cmd.Env = append(p.cmd.Environ(), env...)
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: last}
	started := make(chan error, 1)
	go p.run(started)
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %v", name, err)
	}
	return p, nil
}

// run keeps its thread until the program has ended: the kernel sends Pdeathsig when the thread
// that forked ends, not when the process does (golang.org/issue/27505).
func (p *Process) run(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := p.cmd.Start()
	started <- err
	if err != nil {
		return
	}
	_ = p.cmd.Wait()
	p.Signal(syscall.SIGKILL) // whoever of the group is still there
	close(p.ended)
}

// Signal sends a signal to the program and all that it started.
func (p *Process) Signal(s syscall.Signal) { _ = syscall.Kill(-p.cmd.Process.Pid, s) }

// Tell sends a signal to the program alone.
func (p *Process) Tell(s syscall.Signal) { _ = syscall.Kill(p.cmd.Process.Pid, s) }

// Kill ends the whole group as a power cut would.
func (p *Process) Kill() {
	p.Signal(syscall.SIGKILL)
	<-p.ended
}

// Stop asks the program to end, and kills it when it does not.
func (p *Process) Stop() {
	p.Tell(syscall.SIGTERM)
	p.Tell(syscall.SIGCONT) // or a stopped one never hears of it
	select {
	case <-p.ended:
	case <-time.After(Patience):
		p.Kill()
	}
}

// Pause stops the group where it stands: its sockets stay open and nobody answers. It returns when
// the program stands: a signal is sent before it is obeyed.
func (p *Process) Pause() {
	p.Signal(syscall.SIGSTOP)
	p.Within(Patience, p.stands)
}

// stands says whether the program is stopped.
func (p *Process) stands() bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return true // no such file system, or no such process
	}
	_, state, _ := strings.Cut(string(stat), ") ") // proc(5): "pid (name) state ..."
	return strings.HasPrefix(state, "T")
}

// Resume lets it go on.
func (p *Process) Resume() { p.Signal(syscall.SIGCONT) }

// Running says whether the program has not ended yet.
func (p *Process) Running() bool {
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

// ExitCode waits for the end of the program and gives its status; -1 after a signal.
func (p *Process) ExitCode() int {
	<-p.ended
	return p.cmd.ProcessState.ExitCode()
}

// Said is all that the program has written so far.
func (p *Process) Said() string {
	b, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	return string(b)
}
