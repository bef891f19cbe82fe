package mailtest

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
)

// Rule is one answer of a scripted IMAP server.
type Rule struct {
	// On is how the command begins, without its tag: "UID FETCH 7 ". Case does not matter.
	On string
	// Say are the answer's lines, without CRLF. TAG at the start of a line becomes the command's
	// tag, and so does "TAG" in quotes; Text writes a literal. The line HEAR waits for a line of
	// the client, as after "+".
	Say []string
	// Make, when set, makes the answer to a command, which it is given without the tag, at the time;
	// an empty Rule stands for the answer of an empty INBOX. It must not block.
	Make func(command string) Rule
	// Pour, when set, is called after Say to write whatever it likes, until a write fails; Then is
	// the line after that.
	Pour func(w io.Writer)
	Then string
	// Drop cuts the connection after the answer.
	Drop bool
	// Reset cuts it without a goodbye of TCP: the client reads an error, not an end.
	Reset bool
	// Hang says nothing more on this connection, however long the client waits.
	Hang bool
	// Times is how often the rule applies before it is used up; 0 means always.
	Times int
}

func (r Rule) empty() bool {
	return r.Say == nil && r.Pour == nil && !r.Drop && !r.Reset && !r.Hang
}

// Text writes an IMAP literal (RFC 9051 4.3) into an answer line.
func Text(s string) string { return fmt.Sprintf("{%d}\r\n%s", len(s), s) }

// Script is an IMAP server that says what it was told to say: for answers that no honest server
// gives. It speaks plain text on loopback. Rules are tried in order and the first that fits
// answers; what no rule names gets the answer of a server with an empty INBOX.
type Script struct {
	caps   string
	door   *door
	served sync.WaitGroup
	done   chan struct{}

	mu       sync.Mutex
	rules    []Rule
	commands []string
}

// NewScript starts a scripted server with the given capabilities beside IMAP4rev1. The caller
// closes it.
func NewScript(caps string, rules ...Rule) (*Script, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start the scripted server: %w", err)
	}
	s := &Script{
		caps: offered(caps), door: newDoor(l),
		done: make(chan struct{}), rules: rules,
	}
	s.served.Go(s.accept)
	return s, nil
}

// offered is PLAIN, unless the test has other ways to log in.
func offered(caps string) string {
	if !strings.Contains(caps, "AUTH=") {
		caps = "AUTH=PLAIN " + caps
	}
	return strings.TrimSpace("IMAP4rev1 SASL-IR " + caps)
}

// Addr is host:port of the server.
func (s *Script) Addr() string { return s.door.Addr().String() }

// Commands lists what clients said so far, without tags; what HEAR heard begins with "HEARD ".
func (s *Script) Commands() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.commands...)
}

// Asked counts the commands that begin so.
func (s *Script) Asked(begin string) int {
	n := 0
	for _, c := range s.Commands() {
		if begins(c, begin) {
			n++
		}
	}
	return n
}

// Close stops the server, cuts its connections and waits for them.
func (s *Script) Close() error {
	close(s.done)
	err := s.door.Close()
	s.door.hangup()
	s.served.Wait()
	return err
}

func (s *Script) accept() {
	for {
		c, err := s.door.Accept()
		if err != nil {
			return
		}
		s.served.Go(func() { s.talk(c) })
	}
}

// talk is one connection from greeting to end.
func (s *Script) talk(c net.Conn) {
	defer c.Close()
	r := bufio.NewReader(c)
	if s.answer(r, c, "", "GREETING") {
		return
	}
	for {
		tag, command, err := readCommand(r, c)
		if err != nil || s.answer(r, c, tag, command) {
			return
		}
	}
}

// answer says what the script has for a command; true means that the connection ends here.
func (s *Script) answer(r *bufio.Reader, w io.Writer, tag, command string) (end bool) {
	rule, found := s.match(command)
	switch {
	case !found:
		rule = Rule{Say: s.usual(command)}
	case rule.Make != nil:
		if rule = rule.Make(command); rule.empty() {
			rule.Say = s.usual(command)
		}
	}
	if !s.say(r, w, tag, rule.Say) {
		return true
	}
	if rule.Pour != nil {
		rule.Pour(w)
	}
	if rule.Then != "" && !s.say(r, w, tag, []string{rule.Then}) {
		return true
	}
	if rule.Hang {
		<-s.done
		return true
	}
	if g, ok := w.(*guest); ok && rule.Reset {
		g.reset()
	}
	return rule.Drop || rule.Reset
}

// say writes lines; false means that nobody is there any more.
func (s *Script) say(r *bufio.Reader, w io.Writer, tag string, lines []string) bool {
	for _, line := range lines {
		if line == "HEAR" {
			if !s.hear(r) {
				return false
			}
			continue
		}
		if rest, isTagged := strings.CutPrefix(line, "TAG "); isTagged {
			line = tag + " " + rest
		}
		line = strings.ReplaceAll(line, `"TAG"`, `"`+tag+`"`)
		if _, err := io.WriteString(w, line+"\r\n"); err != nil {
			return false
		}
	}
	return true
}

// hear records a line that is no command; false means that none came.
func (s *Script) hear(r *bufio.Reader) bool {
	line, err := r.ReadString('\n')
	if err != nil {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.commands = append(s.commands, "HEARD "+strings.TrimRight(line, "\r\n"))
	return true
}

// match finds the first rule that fits, counts it and records the command.
func (s *Script) match(command string) (Rule, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.commands = append(s.commands, command)
	for i := range s.rules {
		if !begins(command, s.rules[i].On) || s.rules[i].Times < 0 {
			continue
		}
		rule := s.rules[i]
		if rule.Times == 1 {
			s.rules[i].Times = -1 // used up
		} else if rule.Times > 1 {
			s.rules[i].Times--
		}
		return rule, true
	}
	return Rule{}, false
}

// usual is what an honest server with an empty INBOX says.
func (s *Script) usual(command string) []string {
	verb, _, _ := strings.Cut(strings.ToUpper(command), " ")
	switch verb {
	case "GREETING":
		return []string{"* OK [CAPABILITY " + s.caps + "] ready"}
	case "CAPABILITY":
		return []string{"* CAPABILITY " + s.caps, "TAG OK done"}
	case "LIST":
		return []string{`* LIST () "/" ` + lastWord(command), "TAG OK done"}
	case "SELECT", "EXAMINE":
		return []string{
			"* 0 EXISTS", `* FLAGS (\Deleted \Seen)`, "* OK [UIDVALIDITY 1] valid", "* OK [UIDNEXT 1] next",
			`* OK [PERMANENTFLAGS (\Deleted \Seen \*)] flags`, "TAG OK [READ-WRITE] selected",
		}
	case "IDLE":
		return []string{"+ idling", "HEAR", "TAG OK done"}
	case "LOGOUT":
		return []string{"* BYE see you", "TAG OK done"}
	}
	return []string{"TAG OK done"}
}

// readCommand reads one command with its literals; what arrives in literals is left out.
func readCommand(r *bufio.Reader, w io.Writer) (tag, command string, err error) {
	var all strings.Builder
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return "", "", err
		}
		line = strings.TrimRight(line, "\r\n")
		all.WriteString(line)
		size, waits, found := literalSize(line)
		if !found {
			break
		}
		if waits {
			if _, err := io.WriteString(w, "+ go on\r\n"); err != nil {
				return "", "", err
			}
		}
		if _, err := io.CopyN(io.Discard, r, size); err != nil {
			return "", "", err
		}
	}
	tag, command, _ = strings.Cut(all.String(), " ")
	return tag, command, nil
}

// literalSize reads the {n} or {n+} at the end of a line (RFC 7888).
func literalSize(line string) (size int64, waits, found bool) {
	open := strings.LastIndexByte(line, '{')
	if open < 0 || !strings.HasSuffix(line, "}") {
		return 0, false, false
	}
	digits, plus := strings.CutSuffix(line[open+1:len(line)-1], "+")
	size, err := strconv.ParseInt(digits, 10, 64)
	return size, !plus, err == nil
}

func begins(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

func lastWord(s string) string { return s[strings.LastIndexByte(s, ' ')+1:] }
