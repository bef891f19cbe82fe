package redistest_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dsrd/dsrd/store/redistest"
)

// folder is one whose name is short enough for a socket in it.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "dsrd")
	noError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// noError also leaves the test out where a program is missing, unless it is required.
func noError(t *testing.T, err error) {
	t.Helper()
	var missing redistest.Missing
	if errors.As(err, &missing) && os.Getenv("REQUIRE_REAL") == "" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func start(t *testing.T, settings ...string) *redistest.Server {
	t.Helper()
	s, err := redistest.Start(folder(t), settings...)
	noError(t, err)
	t.Cleanup(s.Kill)
	return s
}

// ask wants an answer.
func ask(t *testing.T, s *redistest.Server, words ...string) string {
	t.Helper()
	got, err := s.Ask(words...)
	noError(t, err)
	return got
}

// count writes n keys, named by the prefix.
func count(t *testing.T, s *redistest.Server, prefix string, n int) {
	t.Helper()
	for i := range n {
		ask(t, s, "SET", prefix+strconv.Itoa(i), "x")
	}
}

func TestAServerAnswersAsRedisCliDoes(t *testing.T) {
	s := start(t, "--maxmemory-policy", "allkeys-lru")
	ask(t, s, "RPUSH", "list", "one", "two\r\n2", "")
	for _, c := range []struct {
		words []string
		want  string
	}{
		{[]string{"PING"}, "PONG"},
		{[]string{"GET", "nothing"}, ""},
		{[]string{"LRANGE", "list", "0", "-1"}, "one\ntwo\r\n2\n"},
		{[]string{"LRANGE", "nothing", "0", "-1"}, ""},
		{[]string{"LLEN", "list"}, "3"},
		{[]string{"EVAL", "return {1,{'a',{}},'b'}", "0"}, "1\na\nb"},
		{[]string{"CONFIG", "GET", "maxmemory-policy"}, "maxmemory-policy\nallkeys-lru"},
	} {
		if got := ask(t, s, c.words...); got != c.want {
			t.Errorf("%q: got %q, want %q", c.words, got, c.want)
		}
	}
	var refused redistest.Refused
	if _, err := s.Ask("GET", "list"); !errors.As(err, &refused) || !strings.HasPrefix(string(refused), "WRONGTYPE") {
		t.Errorf("a wrong type: got %v", err)
	}
}

func TestAKilledServerHasWhatItAcknowledged(t *testing.T) {
	s := start(t)
	for round := range 3 {
		count(t, s, fmt.Sprint("round", round, "."), 20)
		s.Kill()
		if _, err := s.Ask("PING"); err == nil || s.Running() {
			t.Fatal("a dead server answers")
		}
		noError(t, s.Start())
		if got, want := ask(t, s, "DBSIZE"), strconv.Itoa(20*(round+1)); got != want {
			t.Errorf("round %d: %s keys, want %s", round, got, want)
		}
	}
}

func TestACutLogIsToldAndItsPrefixIsKept(t *testing.T) {
	s := start(t)
	count(t, s, "before", 20)
	middle, err := s.Written()
	noError(t, err)
	count(t, s, "after", 20)
	end, err := s.Written()
	noError(t, err)
	if err := s.Cut(1); err == nil {
		t.Error("the log of a server that runs is cut")
	}
	s.Kill()
	if said, err := s.CheckAOF(); err != nil {
		t.Errorf("a whole log: %v\n%s", err, said)
	}
	noError(t, s.Cut(end-middle-5)) // five bytes of a command are no command
	if said, err := s.CheckAOF(); err == nil {
		t.Errorf("a cut log is whole:\n%s", said)
	}
	noError(t, s.Start())
	if got := ask(t, s, "DBSIZE"); got != "20" {
		t.Errorf("%s keys, want the 20 before the cut", got)
	}
	s.Kill()
	noError(t, s.Clear())
	noError(t, s.Start())
	if got := ask(t, s, "DBSIZE"); got != "0" {
		t.Errorf("%s keys on an empty volume", got)
	}
}

func TestAPausedServerAnswersWhenItGoesOn(t *testing.T) {
	s := start(t)
	s.Pause()
	answered := make(chan error, 1)
	go func() {
		_, err := s.Ask("PING")
		answered <- err
	}()
	select {
	case err := <-answered:
		t.Errorf("a paused server answers: %v", err)
	case <-time.After(200 * time.Millisecond):
	}
	s.Resume()
	noError(t, <-answered)
	s.Pause()
	s.Kill() // a paused one, too
}

// TestServersDieWithTheTests kills a process that has started a server and paused it.
func TestServersDieWithTheTests(t *testing.T) {
	const hold = "REDISTEST_HOLD"
	if dir := os.Getenv(hold); dir != "" {
		s, err := redistest.Start(dir)
		noError(t, err)
		s.Pause()
		fmt.Fprintln(os.Stdout, "it is up")
		io.Copy(io.Discard, os.Stdin) // until we are killed
		return
	}
	dir := folder(t)
	_ = start(t) // or it is not installed
	c := exec.Command(os.Args[0], "-test.run", "^"+t.Name()+"$")
	c.Env = append(os.Environ(), hold+"="+dir)
	in, err := c.StdinPipe()
	noError(t, err)
	defer in.Close()
	out, err := c.StdoutPipe()
	noError(t, err)
	noError(t, c.Start())
	up := false
	for lines := bufio.NewScanner(out); !up && lines.Scan(); {
		up = strings.Contains(lines.Text(), "it is up")
	}
	if !up || len(usersOf(dir)) == 0 {
		t.Fatal("the server did not start")
	}
	noError(t, c.Process.Signal(syscall.SIGKILL))
	c.Wait()
	late := time.After(10 * time.Second)
	for len(usersOf(dir)) > 0 {
		select {
		case <-late:
			t.Fatalf("still there: %v", usersOf(dir))
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// usersOf are the servers that speak of a folder.
func usersOf(dir string) (all []string) {
	processes, _ := filepath.Glob("/proc/[0-9]*")
	for _, p := range processes {
		line, _ := os.ReadFile(filepath.Join(p, "cmdline"))
		if strings.Contains(string(line), "redis-server") {
			if cwd, _ := os.Readlink(filepath.Join(p, "cwd")); strings.HasPrefix(cwd, dir) {
				all = append(all, p)
			}
		}
	}
	return all
}
