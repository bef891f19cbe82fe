package storetest_test

import (
	"io"
	"net"
	"testing"

	"github.com/dsrd/dsrd/store/storetest"
)

// A server that does not know a script has done nothing, and what it answers to the command behind
// it may come by itself: the reply that is lost is the one to the script when it was done.
func TestTheReplyThatIsLostIsOfWhatWasDone(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	line := &storetest.Line{}
	line.LoseReplies(1)
	client, err := line.Dial(t.Context(), "tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	server, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	say := func(to net.Conn, text string) {
		t.Helper()
		if _, err := io.WriteString(to, text); err != nil {
			t.Fatal(err)
		}
	}
	hear := func() string {
		t.Helper()
		reply := make([]byte, 100)
		n, _ := client.Read(reply) // what is lost is an error, and no text
		return string(reply[:n])
	}

	say(client, "*1\r\n$7\r\nevalsha\r\n*1\r\n$4\r\nWAIT\r\n")
	for _, piece := range []string{"-NOSCRIPT\r\n", ":1\r\n"} {
		say(server, piece)
		if got := hear(); got != piece || line.Lost != 0 {
			t.Errorf("of what was not done came %q, want %q; %d were lost", got, piece, line.Lost)
		}
	}
	say(client, "*1\r\n$4\r\neval\r\n")
	say(server, "+OK\r\n")
	if got := hear(); got != "" || line.Lost != 1 {
		t.Errorf("of what was done came %q; %d were lost, want 1", got, line.Lost)
	}
}
