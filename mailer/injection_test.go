package mailer_test

import (
	"context"
	"fmt"
	"mime"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dsrd/dsrd/mailer"
	"github.com/dsrd/dsrd/mailer/courier"
	"github.com/dsrd/dsrd/mailer/mailtest"
)

// Whatever a stranger writes, into whichever field: no letter of ours has a field, a
// recipient or a command more for it.

// evil stands in all that the stranger of these tests writes.
const evil = "zq9" // no digest of ours can spell it: base32 has no 9, and base16 no z

// breaks are what might end a line for somebody on the way.
var breaks = []string{
	"\r\n", "\n", "\r", "\r\n ", "\n\t", "\x00", "\x0b", "\x0c", "\x1a", "\u0085", "\u2028", "\u2029",
	"%0a", "%0d%0a", `\r\n`, "=0D=0A", "=?utf-8?q?=0D=0A?=", "=?utf-8?b?DQo=?=", "&#13;&#10;", "\r\n.\r\n",
	"嘊", "ė\u010a", strings.Repeat("a", 3000) + "\r\n", " ",
}

// smuggled are what might come behind it.
var smuggled = []string{
	"Bcc: zq9@evil.example", "X-Zq9: 1", "RCPT TO:<zq9@evil.example>",
	"MAIL FROM:<zq9@evil.example>\r\nRCPT TO:<zq9@evil.example>\r\nDATA",
	"Content-Type: text/html\r\n\r\n<b>zq9</b>", ",zq9@evil.example", ">,<zq9@evil.example",
}

// places are where a stranger can write something.
var places = map[string]func(l *letter, what, customer string){
	"before the customer's @": func(l *letter, what, _ string) {
		l.body = "Please export the data of zq9" + what + "@customer.example.\n"
	},
	"in a quoted local part": func(l *letter, what, _ string) {
		l.body = "Please export the data of \"zq9" + what + "\"@customer.example.\n"
	},
	"behind the customer": func(l *letter, what, customer string) {
		l.body = "Please export the data of " + customer + what + "\n"
	},
	"in brackets": func(l *letter, what, customer string) {
		l.body = "Please export the data of <" + customer + what + ">.\n"
	},
	"in the subject line":        func(l *letter, what, _ string) { l.subject = "zq9" + what },
	"in an encoded subject line": func(l *letter, what, _ string) { l.subject = mime.BEncoding.Encode("utf-8", "zq9"+what) },
	"in the writer's name": func(l *letter, what, _ string) {
		l.from = mime.QEncoding.Encode("utf-8", "zq9"+what) + " <" + l.from + ">"
	},
	"in the writer's address":     func(l *letter, what, _ string) { l.from = "\"zq9" + what + "\"@elsewhere.example" },
	"in the Message-ID":           func(l *letter, what, _ string) { l.id = "zq9" + what + "@elsewhere.example" },
	"in In-Reply-To":              func(l *letter, what, _ string) { l.more = "In-Reply-To: <zq9" + what + "@x>\r\n" },
	"in Reply-To":                 func(l *letter, what, _ string) { l.more = "Reply-To: zq9" + what + " <zq9@evil.example>\r\n" },
	"in the name of the language": func(l *letter, what, _ string) { l.more = "Content-Language: en" + what + "\r\n" },
}

// tapped is a mail server, and all that was said to it.
type tapped struct {
	net.Conn
	t *tap
}

type tap struct {
	*mailtest.SMTP
	mu   sync.Mutex
	said strings.Builder
}

func (c tapped) Write(p []byte) (int, error) {
	c.t.mu.Lock()
	defer c.t.mu.Unlock()
	c.t.said.Write(p)
	return c.Conn.Write(p)
}

// overTheWire lets the postman send over a real connection to a server.
func (w *world) overTheWire() *tap {
	server, err := mailtest.NewSMTP(mailtest.SMTPConfig{Now: w.clock})
	w.must(err)
	t := &tap{SMTP: server}
	host, port, _ := net.SplitHostPort(server.Addr())
	number, _ := strconv.Atoi(port)
	c := courier.New(courier.Server{
		Host: host, Port: number, TLS: courier.NoTLS, HELO: "provider.example", Idle: 1,
		Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(ctx, network, address)
			return tapped{conn, t}, err
		},
	}, time.Now)
	w.t.Cleanup(func() { c.Close(); server.Close() })
	w.postman.Courier = c
	return t
}

// commands are what was said outside of mails.
func (t *tap) commands() (all []string) {
	inside := false
	for line := range strings.SplitSeq(t.said.String(), "\r\n") {
		switch {
		case inside:
			inside = line != "."
		case line != "":
			all, inside = append(all, line), line == "DATA"
		}
	}
	return all
}

func TestNothingAStrangerWritesEntersAHeader(t *testing.T) {
	alone(t)
	w := newWorld(t)
	w.postman.Asks = mailer.Lane{Hour: 9999, Day: 9999, UnprovenAddress: 9999, UnprovenDomain: 9999, ProvenAddress: 9999,
		ProvenDomain: 9999, All: 9999}
	wire := w.overTheWire()
	tried, people := 0, map[string]bool{anna: true}
	for _, place := range sorted(places) {
		for b, end := range breaks {
			for s, what := range smuggled {
				if (b+s)%len(smuggled) > 0 && !full() {
					continue // the short version takes one behind each break
				}
				tried++
				from := fmt.Sprintf("w%d@s%d.evil.example", tried, tried/20)
				people[from] = true
				customer := fmt.Sprintf("c%d@customer.example", tried)
				l := letter{from: from, to: desk, subject: "x", body: "Please export the data of " + customer + ".\n"}
				places[place](&l, end+what, customer)
				w.take(seal(w.write(l), signature{domain: "evil.example"}))
			}
		}
	}
	w.work()
	w.pass(25 * time.Hour)
	w.work() // reminders

	entered := 0
	for _, m := range wire.Accepted() {
		for _, why := range intruders(m, people) {
			entered++
			t.Errorf("%s:\n%s", why, head(string(m.Raw)))
		}
	}
	for _, c := range wire.commands() {
		if !plain.MatchString(c) || strings.Contains(c, evil) {
			entered++
			t.Errorf("said to the server: %q", c)
		}
	}
	letters := len(wire.Accepted()) // limits of a day hold some
	if letters < tried {
		t.Errorf("only %d letters left because of %d mails", letters, tried)
	}
	t.Logf("figure: injected header fields or recipients %d of %d, in %d letters", entered, tried, letters)
}

// plain are the commands that a letter of ours needs.
var plain = regexp.MustCompile(`^(EHLO provider\.example|MAIL FROM:<(bounce\+[0-9a-z-]+@provider\.example)?>( [A-Z0-9=]+)*|` +
	`RCPT TO:<(anna\.admin@acme\.example|w[0-9]+@s[0-9]+\.evil\.example)>( [A-Z]+=[A-Za-z0-9,;.@-]+)*|DATA|RSET|NOOP|QUIT)$`)

// ourFields are all that our letters have, each once.
var ourFields = []string{
	"Auto-Submitted", "Content-Language", "Content-Type", "Date", "From", "In-Reply-To", "MIME-Version",
	"Message-ID", "References", "Reply-To", "Subject", "To", "X-Auto-Response-Suppress", "X-Dsrd-Loop",
}

// threads are the fields that repeat a stranger's Message-ID, as one word.
var threads = regexp.MustCompile(`^<[!-;=?-~]+>( <[!-;=?-~]+>)*$`)

// intruders says what in a letter does not belong there.
func intruders(m mailtest.Accepted, people map[string]bool) (why []string) {
	if len(m.Envelope.To) != 1 || !people[m.Envelope.To[0]] {
		why = append(why, fmt.Sprintf("%d recipients, or one whom nobody knows", len(m.Envelope.To)))
	}
	seen := map[string]bool{}
	fields := regexp.MustCompile(`\r\n[ \t]+`).ReplaceAllString(head(string(m.Raw)), " ")
	for line := range strings.SplitSeq(fields, "\r\n") {
		name, value, _ := strings.Cut(line, ": ")
		if !slices.Contains(ourFields, name) || seen[name] {
			why = append(why, "a field "+name+" that is not ours, or comes twice")
		}
		seen[name] = true
		words, err := new(mime.WordDecoder).DecodeHeader(value)
		thread := name == "In-Reply-To" || name == "References"
		switch {
		case err != nil || strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r > '~' }):
			why = append(why, "letters in "+name+" that nobody may write")
		case thread && !threads.MatchString(value):
			why = append(why, "no plain thread in "+name)
		case !thread && strings.Contains(strings.ToLower(words), evil):
			why = append(why, "a stranger's words in "+name)
		case name == "To" && value != "<"+m.Envelope.To[0]+">":
			why = append(why, "another address in To than the recipient's")
		}
	}
	return why
}

func head(raw string) string {
	h, _, _ := strings.Cut(raw, "\r\n\r\n")
	return h
}

func sorted[V any](m map[string]V) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
