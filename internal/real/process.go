package real

import (
	"bytes"
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

// patience is how long a server may take to begin or to end.
const patience = 20 * time.Second

// Launch starts a program that need not clean up behind itself: it dies with this process.
func Launch(log string, env []string, name string, args ...string) (*Process, error) {
	return launch(log, syscall.SIGKILL, env, name, args...)
}

// launch starts a program in the foreground. Its output is appended to the file log. When this
// process dies, however it dies, the program gets the signal last.
func launch(log string, last syscall.Signal, env []string, name string, args ...string) (*Process, error) {
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
	p.cmd.Env = append(os.Environ(), env...)
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
	case <-time.After(patience):
		p.Kill()
	}
}

// Pause stops the group where it stands: its sockets stay open and nobody answers.
func (p *Process) Pause() { p.Signal(syscall.SIGSTOP) }

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

// await polls until the program is ready, has ended, or took too long, and then ends it.
func (p *Process) await(what string, ready func() bool) error {
	if p.poll(ready) {
		return nil
	}
	if p.Running() {
		p.Kill()
		return fmt.Errorf("%s does not get ready:\n%s", what, tail(p.Said()))
	}
	return fmt.Errorf("%s has ended at its start:\n%s", what, tail(p.Said()))
}

// poll waits until something holds; false when the program has ended or it took too long.
func (p *Process) poll(holds func() bool) bool {
	ticks := time.NewTicker(10 * time.Millisecond)
	defer ticks.Stop()
	late := time.After(patience)
	for !holds() {
		select {
		case <-ticks.C:
		case <-p.ended:
			return false
		case <-late:
			return false
		}
	}
	return true
}

// tail is the end of a log.
func tail(log string) string { return log[max(0, len(log)-4000):] }

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
