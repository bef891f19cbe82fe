package admin_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/internal/admin"
)

func TestSocketIsForOwnerAndGroup(t *testing.T) {
	path := socketPath(t)
	l, err := admin.Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	info, err := os.Stat(path)
	if err != nil || info.Mode() != os.ModeSocket|0o660 {
		t.Errorf("got mode %v, %v; want a socket for owner and group", info.Mode(), err)
	}
}

func TestSocketOfADeadDaemonIsReplaced(t *testing.T) {
	path := socketPath(t)
	dead, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	dead.(*net.UnixListener).SetUnlinkOnClose(false) // as a kill leaves it
	dead.Close()
	l, err := admin.Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	dial(t, path)
}

func TestWhatIsNoDeadSocketStays(t *testing.T) {
	t.Run("a daemon answers", func(t *testing.T) {
		path := socketPath(t)
		l, err := admin.Listen(path)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		if _, err := admin.Listen(path); err == nil || !strings.Contains(err.Error(), "answers there already") {
			t.Errorf("got %v", err)
		}
		dial(t, path)
	})
	t.Run("a file", func(t *testing.T) {
		path := socketPath(t)
		if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := admin.Listen(path); err == nil || !strings.Contains(err.Error(), "console.socket") {
			t.Errorf("got %v, want a hint", err)
		}
		if b, err := os.ReadFile(path); string(b) != "precious" {
			t.Errorf("the file is gone: %v", err)
		}
	})
}

func TestSocketWhereNoneCanBe(t *testing.T) {
	for name, c := range map[string]struct{ path, want string }{
		"no folder": {filepath.Join(t.TempDir(), "nowhere", "s"), "does its folder exist"},
		"too long":  {filepath.Join(t.TempDir(), strings.Repeat("long", 40)), "at most 107 bytes"},
	} {
		if _, err := admin.Listen(c.path); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

// TestEndCutsWhatHangs holds a connection open in the middle of a call: the end of
// the context must not wait for it.
func TestEndCutsWhatHangs(t *testing.T) {
	path := socketPath(t)
	l, err := admin.Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	s := &admin.Server{Queue: newLedger(), Log: slog.New(slog.DiscardHandler)}
	go func() { ended <- s.Serve(ctx, l) }()
	c := dial(t, path)
	io.WriteString(c, "POST /api/v1/requests/x/decline HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{")
	stop()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("it still serves")
	}
	c.SetReadDeadline(time.Now().Add(5 * time.Second))
	if _, err := io.ReadAll(c); errors.Is(err, os.ErrDeadlineExceeded) { // closed or reset
		t.Error("the connection is still open")
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("the socket is left behind")
	}
}

func TestNoDaemonGivesAHint(t *testing.T) {
	_, err := admin.NewClient(filepath.Join(t.TempDir(), "s")).List(t.Context(), nil, 1, "")
	if err == nil || !strings.Contains(err.Error(), "is `dsrd serve` running") {
		t.Errorf("got %v", err)
	}
	if strings.Contains(err.Error(), "http://") {
		t.Errorf("it speaks of an address that means nothing: %v", err)
	}
}
