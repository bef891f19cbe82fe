package oracle_test

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/internal/oracle"
)

func receiver(t *testing.T, c *tls.Config, plan func(oracle.Stage) oracle.Reply) (*oracle.Receiver, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "received.jsonl")
	r, err := oracle.Listen(path, c, plan)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r, path
}

// talk says lines, and gives the last line of each answer; "cut" for the end of the connection.
type talk struct {
	net.Conn
	in *bufio.Reader
}

func dial(t *testing.T, r *oracle.Receiver) *talk {
	t.Helper()
	c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", r.Port()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return &talk{c, bufio.NewReader(c)}
}

func (k *talk) answer() string {
	for {
		line, err := k.in.ReadString('\n')
		if err != nil {
			return "cut"
		}
		if len(line) < 4 || line[3] != '-' {
			return strings.TrimRight(line, "\r\n")
		}
	}
}

func (k *talk) say(line string) string {
	io.WriteString(k, line+"\r\n")
	return k.answer()
}

const text = "Date: Mon, 23 Nov 2026 10:00:00 +0000\r\nMessage-ID: <m@x>\r\n\r\n..dot\r\n"

// send goes through a dialogue up to the dot, and gives the answer to that.
func (k *talk) send(t *testing.T) string {
	t.Helper()
	for _, line := range []string{"MAIL FROM:<a@x>", "RCPT TO:<b@y>", "RCPT TO:<c@y>", "DATA"} {
		if got := k.say(line); got[0] != '2' && got[0] != '3' {
			t.Fatalf("%s: %s", line, got)
		}
	}
	return k.say(text + ".")
}

func TestAReceiverWritesDownWhatItTakes(t *testing.T) {
	r, path := receiver(t, nil, nil)
	k := dial(t, r)
	if got := k.answer(); !strings.HasPrefix(got, "220") {
		t.Fatalf("it greets with %q", got)
	}
	for _, line := range []string{"EHLO x", "AUTH PLAIN AGEAYg==", "NOOP", "RSET"} {
		if got := k.say(line); got[0] != '2' {
			t.Errorf("%s: %s", line, got)
		}
	}
	if got := k.say("AUTH LOGIN"); got != "334 VXNlcm5hbWU6" {
		t.Errorf("LOGIN: %s", got)
	}
	if got := k.say("YQ=="); !strings.HasPrefix(got, "334") {
		t.Errorf("the name: %s", got)
	}
	if got := k.say("Yg=="); !strings.HasPrefix(got, "235") {
		t.Errorf("the password: %s", got)
	}
	if got := k.send(t); !strings.HasPrefix(got, "250") {
		t.Errorf("the dot: %s", got)
	}
	if got := k.say("VRFY a"); !strings.HasPrefix(got, "502") {
		t.Errorf("VRFY: %s", got)
	}
	if got := k.say("DATA"); !strings.HasPrefix(got, "354") && !strings.HasPrefix(got, "503") {
		t.Errorf("DATA: %s", got)
	}
	all := r.Received()
	if len(all) != 1 || all[0].From != "a@x" || strings.Join(all[0].To, " ") != "b@y c@y" ||
		all[0].MessageID != "<m@x>" || !all[0].Accepted() || all[0].Cut {
		t.Errorf("it remembers %+v", all)
	}
	if got := r.Mails(); len(got) != 1 || string(got[0]) != strings.Replace(text, "..dot", ".dot", 1) {
		t.Errorf("it has %q", got)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var line oracle.Received
	if err := json.Unmarshal(b, &line); err != nil || line.Sum != all[0].Sum || line.Reply != all[0].Reply {
		t.Errorf("the file holds %s, %v", b, err)
	}
}

func TestAReceiverSaysWhatAMailCarries(t *testing.T) {
	r, _ := receiver(t, nil, nil)
	k := dial(t, r)
	k.answer()
	for _, line := range []string{"MAIL FROM:<a@x>", "RCPT TO:<b@y>", "DATA", string(lies("b@y", "1@x", "Q1", asks).Raw) + ".",
		"MAIL FROM:<a@x>", "RCPT TO:<b@y>", "DATA", string(lies("b@y", "2@x", "Q2", holds).Raw) + "."} {
		if got := k.say(line); got[0] != '2' && got[0] != '3' {
			t.Fatalf("%s: %s", line, got)
		}
	}
	all := r.Received()
	if len(all) != 2 || all[0].Tag != tag || !all[0].Code || all[0].Data || all[1].Code || !all[1].Data {
		t.Errorf("it remembers %+v", all)
	}
}

func TestAReceiverDoesAsItIsTold(t *testing.T) {
	for name, c := range map[string]struct {
		stage    string
		reply    oracle.Reply
		answer   string // to the dot
		accepted int
	}{
		"refused after the dot":     {".", oracle.Reply{Text: "450 4.2.0 not now"}, "450 4.2.0 not now", 0},
		"taken, and nobody hears":   {".", oracle.Reply{Cut: true}, "cut", 1},
		"refused, and nobody hears": {".", oracle.Reply{Text: "554 5.0.0 no", Cut: true}, "cut", 0},
		"taken late":                {".", oracle.Reply{After: 50 * time.Millisecond}, "250 2.0.0 taken", 1},
		"cut afterwards":            {"QUIT", oracle.Reply{Cut: true}, "250 2.0.0 taken", 1},
	} {
		r, _ := receiver(t, nil, func(s oracle.Stage) oracle.Reply {
			if s.Name == c.stage && s.N == 1 {
				return c.reply
			}
			return oracle.Reply{}
		})
		k := dial(t, r)
		k.answer()
		began := time.Now()
		if got := k.send(t); got != c.answer {
			t.Errorf("%s: the dot is answered %q", name, got)
		}
		if time.Since(began) < c.reply.After {
			t.Errorf("%s: too early", name)
		}
		if n := len(r.Mails()); n != c.accepted || len(r.Received()) != 1 || r.Received()[0].Cut != (c.reply.Cut && c.stage == ".") {
			t.Errorf("%s: it has %d mails: %+v", name, n, r.Received())
		}
		if got, want := k.say("QUIT"), "cut"; c.reply.Cut != (got == want) {
			t.Errorf("%s: QUIT is answered %q", name, got)
		}
	}
}

func TestAReceiverKnowsAMailAgain(t *testing.T) {
	var seen []int
	r, _ := receiver(t, nil, func(s oracle.Stage) oracle.Reply {
		if s.Name == "." {
			seen = append(seen, s.Seen)
			return oracle.Reply{Cut: s.Seen == 1 && s.MessageID == "<m@x>"}
		}
		return oracle.Reply{}
	})
	for _, want := range []string{"cut", "250 2.0.0 taken"} {
		k := dial(t, r)
		k.answer()
		if got := k.send(t); got != want {
			t.Errorf("it answers %q, not %q", got, want)
		}
	}
	if len(seen) != 2 || seen[1] != 2 {
		t.Errorf("it has seen it %v times", seen)
	}
}

func TestWhatCannotBeHandedOnIsRefusedForNow(t *testing.T) {
	r, _ := receiver(t, nil, nil)
	r.Deliver = func(string, []string, []byte) error { return errors.New("full") }
	k := dial(t, r)
	k.answer()
	if got := k.send(t); !strings.HasPrefix(got, "451") || len(r.Mails()) != 0 || r.Received()[0].Accepted() {
		t.Errorf("it answers %q and has %d mails", got, len(r.Mails()))
	}
}

func TestAReceiverSpeaksTLS(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"localhost"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	r, _ := receiver(t, &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, nil)
	k := dial(t, r)
	k.answer()
	if got := k.say("EHLO x"); got != "250 STARTTLS" {
		t.Errorf("it offers %q last", got)
	}
	if got := k.say("STARTTLS"); !strings.HasPrefix(got, "220") {
		t.Fatalf("STARTTLS: %q", got)
	}
	c := tls.Client(k.Conn, &tls.Config{InsecureSkipVerify: true})
	k = &talk{c, bufio.NewReader(c)}
	if got := k.say("EHLO x"); got != "250 AUTH PLAIN LOGIN" {
		t.Errorf("inside, it offers %q last", got)
	}
	if got := k.send(t); !strings.HasPrefix(got, "250") {
		t.Errorf("the dot: %q", got)
	}
}
