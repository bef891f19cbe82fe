package redistest

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"
)

// silence is how long a server may think about an answer. A paused one never answers.
const silence = 5 * time.Second

// ask sends commands over a connection of its own, and writes the last answer as redis-cli does to
// a file: one element a line, nothing for nil.
func ask(network, addr string, commands ...[]string) (string, error) {
	conn, err := net.DialTimeout(network, addr, silence)
	if err != nil {
		return "", fmt.Errorf("ask %s: %v", commands[0][0], err)
	}
	defer conn.Close()
	late := time.AfterFunc(silence, func() { conn.Close() })
	defer late.Stop()
	in := bufio.NewReader(conn)
	var lines []string
	for _, words := range commands {
		lines = nil
		if err := say(conn, words); err != nil {
			return "", fmt.Errorf("ask %s: %v", words[0], err)
		}
		if err := answer(in, &lines); err != nil {
			return "", fmt.Errorf("ask %s: %w", words[0], err)
		}
	}
	return strings.Join(lines, "\n"), nil
}

// say writes a command as an array of strings.
func say(to io.Writer, words []string) error {
	var b strings.Builder
	fmt.Fprintf(&b, "*%d\r\n", len(words))
	for _, w := range words {
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(w), w)
	}
	_, err := io.WriteString(to, b.String())
	return err
}

// A Refused command is one that the server answered with an error, which is the text.
type Refused string

func (r Refused) Error() string { return string(r) }

// answer reads one value and appends its elements.
func answer(in *bufio.Reader, lines *[]string) error {
	line, err := in.ReadString('\n')
	if err != nil {
		return err
	}
	line = strings.TrimSuffix(line, "\r\n")
	if line == "" {
		return fmt.Errorf("an empty line")
	}
	kind, rest := line[0], line[1:]
	switch kind {
	case '+', ':':
		*lines = append(*lines, rest)
		return nil
	case '-':
		return Refused(rest)
	}
	n, err := strconv.Atoi(rest)
	if err != nil {
		return fmt.Errorf("a length of %q", rest)
	}
	switch {
	case kind == '*':
		return elements(in, n, lines)
	case n < 0:
		*lines = append(*lines, "")
		return nil
	}
	text := make([]byte, n+2)
	if _, err := io.ReadFull(in, text); err != nil {
		return err
	}
	*lines = append(*lines, string(text[:n]))
	return nil
}

func elements(in *bufio.Reader, n int, lines *[]string) error {
	for range n {
		if err := answer(in, lines); err != nil {
			return err
		}
	}
	return nil
}
