package oracle

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net"
	"net/mail"
	"os"
	"slices"
	"sync"
	"time"
)

// Received is one mail that a Receiver was to take, and what it said to that.
type Received struct {
	At        time.Time // when it was taken, and handed on
	Named     time.Time // when its first recipient was named: whoever may stop it has been asked
	From      string
	To        []string
	MessageID string
	Tag       string // of the request that the mail is about, "" for none
	Data      bool   // it carries a file
	Code      bool   // it carries a code
	Sum       string // sha256 of the bytes, as Judge takes it
	Bytes     int
	Reply     string // to the final dot: what was sent, or was to be sent
	Cut       bool   // nobody heard the reply: the connection was cut instead
}

// Accepted says whether the Receiver has kept the mail. It may be the only one to know that.
func (r Received) Accepted() bool { return len(r.Reply) > 0 && r.Reply[0] == '2' }

// A Receiver is an SMTP server that takes what it is told to take, and records every mail with
// the reply that it gave: whoever judges need ask nobody else.
type Receiver struct {
	// Deliver hands an accepted mail on, before it is acknowledged; nil keeps it here alone. A
	// mail that cannot be handed on is refused for now.
	Deliver func(from string, to []string, raw []byte) error

	listener net.Listener
	tls      *tls.Config
	plan     func(Stage) Reply
	file     *os.File

	mu     sync.Mutex
	counts map[string]int
	seen   map[string]int
	record []Received
	mails  [][]byte
	open   map[net.Conn]bool
	closed chan struct{}
	busy   sync.WaitGroup
}

// A Stage is a moment of a dialogue in which the Receiver is to reply.
type Stage struct {
	Name      string // CONNECT EHLO STARTTLS AUTH MAIL RCPT DATA . RSET QUIT
	N         int    // it is the N-th time that any dialogue is at it; from 1
	MessageID string // of the mail, at the final dot
	Seen      int    // how often that mail has been here, now included
}

// A Reply is what the Receiver does at a stage. Zero is what a server usually says.
type Reply struct {
	Text  string        // code and words, without an end of line
	Cut   bool          // it closes the connection instead of saying it
	After time.Duration // it waits so long before
}

// Listen starts a Receiver on the loopback. It appends a line of JSON for each mail to the file,
// offers STARTTLS where it has a certificate, and takes every login. A nil plan is the usual one.
func Listen(path string, certificate *tls.Config, plan func(Stage) Reply) (*Receiver, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("record what is received: %v", err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for mail: %v", err)
	}
	r := &Receiver{listener: l, tls: certificate, file: file,
		counts: map[string]int{}, seen: map[string]int{}, open: map[net.Conn]bool{}, closed: make(chan struct{})}
	r.Plan(plan)
	r.busy.Go(r.accept)
	return r, nil
}

// Plan changes what is replied from now on; nil is the usual.
func (r *Receiver) Plan(plan func(Stage) Reply) {
	if plan == nil {
		plan = func(Stage) Reply { return Reply{} }
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.plan = plan
}

// Port is where it listens, on 127.0.0.1.
func (r *Receiver) Port() int { return r.listener.Addr().(*net.TCPAddr).Port }

// Received gives all dialogues that came to the final dot, oldest first.
func (r *Receiver) Received() []Received {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.record)
}

// Mails are those that it has accepted, oldest first.
func (r *Receiver) Mails() [][]byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.mails)
}

// Close ends all dialogues, and waits for their ends.
func (r *Receiver) Close() error {
	if !r.hangUp() {
		return nil // it was closed before
	}
	r.busy.Wait()
	return r.file.Close()
}

func (r *Receiver) hangUp() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.isClosed() {
		return false
	}
	close(r.closed)
	for c := range r.open {
		c.Close()
	}
	r.listener.Close()
	return true
}

func (r *Receiver) isClosed() bool {
	select {
	case <-r.closed:
		return true
	default:
		return false
	}
}

func (r *Receiver) accept() {
	for {
		c, err := r.listener.Accept()
		if err != nil {
			return
		}
		if r.keep(c) {
			r.busy.Go(func() { r.talk(c) })
		}
	}
}

func (r *Receiver) keep(c net.Conn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.isClosed() {
		c.Close()
		return false
	}
	r.open[c] = true
	return true
}

func (r *Receiver) talk(c net.Conn) {
	newDialogue(r, c).run()
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.open, c)
	c.Close()
}

// reply asks the plan, and gives the usual words where it has none.
func (r *Receiver) reply(name, usual, id string) Reply {
	r.mu.Lock()
	r.counts[name]++
	s := Stage{Name: name, N: r.counts[name], MessageID: id}
	if name == "." {
		r.seen[id]++
		s.Seen = r.seen[id]
	}
	plan := r.plan
	r.mu.Unlock()
	answer := plan(s)
	if answer.Text == "" {
		answer.Text = usual
	}
	return answer
}

// take decides about a mail, and writes that down before anybody hears of it.
func (r *Receiver) take(named time.Time, from string, to []string, raw []byte) Reply {
	id := messageID(raw)
	answer := r.reply(".", "250 2.0.0 taken", id)
	if answer.Text[0] == '2' && r.Deliver != nil {
		if err := r.Deliver(from, to, raw); err != nil {
			answer = Reply{Text: "451 4.3.0 it cannot be handed on"}
		}
	}
	l, _ := readLetter(Mail{Raw: raw}) // the zero one of a mail that is none of ours
	got := Received{At: time.Now(), Named: named, From: from, To: to, MessageID: id,
		Tag: l.tag, Data: l.data, Code: l.code,
		Sum: digest(handed(raw)), Bytes: len(raw), Reply: answer.Text, Cut: answer.Cut}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.write(got); err != nil {
		return Reply{Text: "451 4.3.0 it cannot be written down"}
	}
	r.record = append(r.record, got)
	if got.Accepted() {
		r.mails = append(r.mails, raw)
	}
	return answer
}

func (r *Receiver) write(got Received) error {
	line, err := json.Marshal(got)
	if err != nil {
		return err
	}
	_, err = r.file.Write(append(line, '\n'))
	return err
}

func messageID(raw []byte) string {
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return ""
	}
	return m.Header.Get("Message-Id")
}
