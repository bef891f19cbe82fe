package storetest

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Raw speaks to the server behind the store, to spoil or to look at what no port
// shows. The answer is a string, an int64, nil or a list of these.
func (h Harness) Raw(t testing.TB, args ...string) any {
	t.Helper()
	addr := h.Config.Addrs[0]
	if h.node != nil {
		addr = h.node(t, tagged(args))
	}
	network := "tcp"
	if strings.HasPrefix(addr, "/") {
		network = "unix"
	}
	conn, err := net.Dial(network, addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "*%d\r\n", len(args))
	for _, a := range args {
		fmt.Fprintf(conn, "$%d\r\n%s\r\n", len(a), a)
	}
	answer, err := readReply(bufio.NewReader(conn))
	if err != nil {
		t.Fatalf("%s: %v", args[0], err)
	}
	return answer
}

// tagged is the first argument that is a key, without which any server will do.
func tagged(args []string) string {
	for _, a := range args {
		if strings.HasPrefix(a, "{") {
			return a
		}
	}
	return "{any}"
}

// key spells a key of partition 0.
func (h Harness) key(rest string) string { return "{" + h.Config.Prefix + ":00}:" + rest }

func readReply(r *bufio.Reader) (any, error) {
	line, err := r.ReadString('\n')
	if err != nil {
		return nil, err
	}
	kind, text := line[0], strings.TrimRight(line[1:], "\r\n")
	switch kind {
	case '+':
		return text, nil
	case '-':
		return nil, fmt.Errorf("server: %s", text)
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || kind == ':' || n < 0 {
		return map[bool]any{true: n}[kind == ':'], err
	}
	if kind == '$' {
		b := make([]byte, n+2)
		_, err := io.ReadFull(r, b)
		return string(b[:n]), err
	}
	list := make([]any, n)
	for i := range list {
		if list[i], err = readReply(r); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// keyOf spells a key of a partition.
func (h Harness) keyOf(partition int, rest string) string {
	return fmt.Sprintf("{%s:%02d}:%s", h.Config.Prefix, partition, rest)
}

// milli is a moment as it stands in Redis.
func milli(at time.Time) string { return strconv.FormatInt(at.UnixMilli(), 10) }

// empty removes all that the partitions of this harness hold.
func (h Harness) empty(t testing.TB, partitions int) {
	t.Helper()
	for n := range partitions {
		for _, key := range h.Raw(t, "KEYS", h.keyOf(n, "*")).([]any) {
			h.Raw(t, "DEL", key.(string))
		}
	}
}
