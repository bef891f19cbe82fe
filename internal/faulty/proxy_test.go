package faulty_test

import (
	"bufio"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/internal/faulty"
)

// echo is a server that answers each line with the same line, in capitals, and counts them.
func echo(t *testing.T, network, address string) (to string, heard chan string) {
	t.Helper()
	l, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	heard = make(chan string, 100)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				for in := bufio.NewScanner(c); in.Scan(); {
					heard <- in.Text()
					io.WriteString(c, strings.ToUpper(in.Text())+"\n")
				}
			}()
		}
	}()
	return l.Addr().String(), heard
}

func proxy(t *testing.T) (*faulty.Proxy, chan string) {
	t.Helper()
	to, heard := echo(t, "tcp", "127.0.0.1:0")
	p, err := faulty.Listen(to)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p, heard
}

type client struct {
	net.Conn
	in *bufio.Reader
}

func dial(t *testing.T, p *faulty.Proxy) client {
	t.Helper()
	c, err := net.Dial("tcp", p.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return client{c, bufio.NewReader(c)}
}

// says writes a line and gives the answer, and "" when the connection has ended.
func (c client) says(line string) string {
	if _, err := io.WriteString(c, line+"\n"); err != nil {
		return ""
	}
	answer, err := c.in.ReadString('\n')
	if err != nil {
		return ""
	}
	return strings.TrimSpace(answer)
}

func TestWhatPassesIsNotChanged(t *testing.T) {
	for name, mode := range map[string]faulty.Mode{
		"pass": faulty.Pass(), "slices of one byte": faulty.Slice(1), "slow": faulty.Slow(10000),
	} {
		p, _ := proxy(t)
		p.Set(mode)
		c := dial(t, p)
		for _, line := range []string{"starttls", strings.Repeat("x", 500), "b"} {
			if got := c.says(line); got != strings.ToUpper(line) {
				t.Errorf("%s: %q becomes %q", name, line, got)
			}
		}
	}
}

func TestAUnixSocketIsLedToAsWell(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	echo(t, "unix", path)
	p, err := faulty.Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if got := dial(t, p).says("a"); got != "A" {
		t.Errorf("got %q", got)
	}
}

func TestRefuseEndsWhatIsOpenAndWhatComes(t *testing.T) {
	p, heard := proxy(t)
	c := dial(t, p)
	c.says("before")
	<-heard
	p.Set(faulty.Refuse())
	if got := c.says("after"); got != "" {
		t.Errorf("the open one is answered %q", got)
	}
	if got := dial(t, p).says("new"); got != "" {
		t.Errorf("a new one is answered %q", got)
	}
	p.Set(faulty.Pass())
	if got := dial(t, p).says("again"); got != "AGAIN" {
		t.Errorf("afterwards it is answered %q", got)
	}
	if got := <-heard; got != "again" {
		t.Errorf("the server has heard %q", got)
	}
}

func TestSwallowedWordsReachNobody(t *testing.T) {
	p, heard := proxy(t)
	c := dial(t, p)
	p.Set(faulty.Swallow())
	if err := c.SetReadDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	c.says("lost")
	if err := c.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	p.Set(faulty.Pass())
	if got := c.says("heard"); got != "HEARD" || <-heard != "heard" {
		t.Errorf("the connection goes on with %q", got)
	}
}

func TestADroppedReplyWasCarriedOut(t *testing.T) {
	p, heard := proxy(t)
	p.Set(faulty.DropReply(3))
	other := dial(t, p)
	if got := other.says("one"); got != "ONE" {
		t.Errorf("the first burst: %q", got)
	}
	c := dial(t, p)
	if got := c.says("two"); got != "TWO" {
		t.Errorf("the second burst: %q", got)
	}
	if got := c.says("three"); got != "" {
		t.Errorf("the third burst is answered %q", got)
	}
	if got := other.says("four"); got != "FOUR" {
		t.Errorf("the fourth burst, on another connection: %q", got)
	}
	for _, want := range []string{"one", "two", "three", "four"} {
		if got := <-heard; got != want {
			t.Errorf("the server has heard %q, not %q", got, want)
		}
	}
	if p.Fired() != 1 || p.Bursts() != 4 {
		t.Errorf("it has cut %d times in %d bursts", p.Fired(), p.Bursts())
	}
}

func TestWhatIsSaidInManyPiecesIsOneBurst(t *testing.T) {
	p, heard := proxy(t)
	p.Set(faulty.DropReply(2))
	c := dial(t, p)
	long := strings.Repeat("x", 60000) // is read in two pieces at least
	if got := c.says(long); got != strings.ToUpper(long) || <-heard != long {
		t.Errorf("%d bytes were answered, after %d bursts", len(got), p.Bursts())
	}
	if got := c.says("two"); got != "" || p.Bursts() != 2 {
		t.Errorf("the second burst is answered %q, after %d", got, p.Bursts())
	}
}

func TestACutComesAfterSoManyBytes(t *testing.T) {
	p, _ := proxy(t)
	p.Set(faulty.CutAfter(7))
	c := dial(t, p)
	if got := c.says("abc"); got != "ABC" { // four bytes
		t.Errorf("before the cut: %q", got)
	}
	io.WriteString(c, "defghi\n")
	rest, _ := io.ReadAll(c.in)
	if string(rest) != "DEF" {
		t.Errorf("up to the cut: %q", rest)
	}
	if got := dial(t, p).says("abc"); got != "ABC" || p.Fired() != 1 {
		t.Errorf("another connection after it: %q, %d cuts", got, p.Fired())
	}
}

func TestSlowTakesItsTime(t *testing.T) {
	p, _ := proxy(t)
	p.Set(faulty.Slow(1000))
	c := dial(t, p)
	began := time.Now()
	c.says(strings.Repeat("x", 200))
	if took := time.Since(began); took < 300*time.Millisecond {
		t.Errorf("2 x 200 bytes took %s", took)
	}
}

func TestNoTLSIsOfferedWhereItIsStripped(t *testing.T) {
	p, _ := proxy(t)
	p.Set(faulty.StripSTARTTLS())
	c := dial(t, p)
	if got := c.says("250-starttls"); strings.Contains(got, "STARTTLS") || !strings.HasPrefix(got, "250-") {
		t.Errorf("the server offers %q", got)
	}
	if got := p.Heard(); got != "250-starttls\n" {
		t.Errorf("in the open it heard %q", got)
	}
}

func TestCloseEndsEverything(t *testing.T) {
	p, _ := proxy(t)
	c := dial(t, p)
	c.says("a")
	p.Close()
	if got := c.says("b"); got != "" {
		t.Errorf("it still answers %q", got)
	}
}
