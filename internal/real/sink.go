package real

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/dsrd/dsrd/internal/child"
)

// Sink is Postfix's smtp-sink: it fails as it is told, and writes down what it is sent, whatever it
// replies to that.
type Sink struct {
	*Process
	Port         int
	dir, program string
	runs         int
}

// StartSink starts one in the folder, which everybody must be able to write to: smtp-sink gives up
// root. The options are those of smtp-sink(1).
func StartSink(dir string, options ...string) (*Sink, error) {
	program, err := child.Find("smtp-sink", "postfix")
	if err != nil {
		return nil, err
	}
	s := &Sink{dir: dir, program: program}
	if s.Port, err = child.Port(); err != nil {
		return nil, err
	}
	return s, s.start(options)
}

// Restart ends it, and starts it at the same port with other options. What it has written down
// before is no longer told.
func (s *Sink) Restart(options ...string) error {
	s.Kill()
	return s.start(options)
}

func (s *Sink) start(options []string) (err error) {
	s.runs++
	folder := s.folder()
	if err := os.Mkdir(folder, 0o700); err != nil {
		return fmt.Errorf("start smtp-sink: %v", err)
	}
	if err := os.Chmod(folder, 0o777); err != nil { // whatever the umask says
		return fmt.Errorf("start smtp-sink: %v", err)
	}
	if os.Geteuid() == 0 { // it does not want to be root
		options = append([]string{"-u", "nobody"}, options...)
	}
	options = append(options, "-d", filepath.Join(folder, "mail."), child.Loopback(s.Port), "100")
	s.Process, err = child.Launch(filepath.Join(s.dir, "sink.log"), syscall.SIGKILL, nil, s.program, options...)
	if err != nil {
		return err
	}
	return s.Await("smtp-sink", func() bool { return listens(s.Port) })
}

func (s *Sink) folder() string { return filepath.Join(s.dir, fmt.Sprintf("sink-%d", s.runs)) }

// Dumped is a mail that was sent to a Sink as a whole.
type Dumped struct {
	To  []string
	Raw string // with the line of the sink on top
}

// Dumps are the mails that it has been sent since it was started, in no order.
func (s *Sink) Dumps() (all []Dumped, err error) {
	paths, err := filepath.Glob(filepath.Join(s.folder(), "mail.*"))
	if err != nil {
		return nil, fmt.Errorf("look for mails: %v", err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("look for mails: %v", err)
		}
		if d, ok := dumped(string(text)); ok {
			all = append(all, d)
		}
	}
	return all, nil
}

// dumped reads the format of smtp-sink(1): lines about the envelope, the mail, an empty line. False
// for a dialogue that did not come to the end of a mail.
func dumped(text string) (d Dumped, ok bool) {
	for {
		line, rest, _ := strings.Cut(text, "\n")
		if !strings.HasPrefix(line, "X-") {
			break
		}
		if to, ok := strings.CutPrefix(line, "X-Rcpt-Args: <"); ok {
			to, _, _ = strings.Cut(to, ">")
			d.To = append(d.To, to)
		}
		text = rest
	}
	text, whole := strings.CutSuffix(text, "\n\n")
	d.Raw = strings.ReplaceAll(text+"\n", "\n", "\r\n")
	return d, whole && strings.Contains(text, "\n\n")
}
