package main

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/dsrd/dsrd/internal/demo"
	"github.com/dsrd/dsrd/mailer/mailtest"
)

// people are the names by which scripts call them.
var people = map[string]string{
	"anna": demo.Anna, "bob": demo.Bob, "records": demo.Records, "secretary": demo.Secretary,
	"jane": demo.Jane, "joe": demo.Joe, "stranger": demo.Stranger, "desk": demo.Desk,
}

func address(who string) (string, error) {
	if strings.Contains(who, "@") {
		return who, nil
	}
	a, ok := people[who]
	if !ok {
		return "", fmt.Errorf("nobody is called %q", who)
	}
	return a, nil
}

// manner is how a mail is written, sent and signed.
type manner struct {
	signAs  string // domain; "" the writer's own, "-" nobody
	from    string // another writer than the one whose mailbox it is
	noQuote bool
	raw     bool   // the file is the whole mail
	number  int    // of the mail that is answered, from 1; 0 the newest
	null    bool   // with the null sender, as bounces have it
	into    string // whose mailbox it lands in, whatever its To says
}

func manners(words []string) (m manner, err error) {
	for i := 0; i < len(words); i++ {
		value := func() string {
			i++
			if i < len(words) {
				return words[i]
			}
			err = fmt.Errorf("%s what?", words[i-1])
			return ""
		}
		switch words[i] {
		case "unsigned":
			m.signAs = "-"
		case "as":
			m.signAs = value()
		case "from":
			if m.from, err = address(value()); err != nil {
				return m, err
			}
		case "noquote":
			m.noQuote = true
		case "raw":
			m.raw = true
		case "null":
			m.null = true
		case "into":
			if m.into, err = address(value()); err != nil {
				return m, err
			}
		case "to":
			m.number, err = strconv.Atoi(value())
		default:
			err = fmt.Errorf("%q is no way to send a mail", words[i])
		}
		if err != nil {
			return m, err
		}
	}
	return m, nil
}

// mail FILE [unsigned | as DOMAIN] [raw] [null] [into WHO]: somebody writes to us. Date and
// Message-ID are added where they are missing, unless the file is raw.
func (p *play) mail(_ bool, args []string) error {
	if err := arity(args, 1, 7); err != nil {
		return err
	}
	m, err := manners(args[1:])
	if err != nil {
		return err
	}
	return p.post(p.file(args[0]), m)
}

// again: the newest mail that we have seen lies in our mailbox once more, byte for byte.
func (p *play) again(_ bool, args []string) error {
	if err := arity(args, 0, 0); err != nil {
		return err
	}
	mails, err := p.Post.IMAP.Stored(demo.Desk, "DSRD/Processed")
	if err != nil || len(mails) == 0 {
		return fmt.Errorf("there is no mail that came before: %v", err)
	}
	return p.Post.IMAP.Deliver(demo.Desk, "INBOX", mails[len(mails)-1].Raw, p.Clock.Now())
}

// answer WHO FILE [unsigned | as DOMAIN] [from ADDRESS] [noquote] [to N]: an answer
// to the newest (or N-th) mail in somebody's mailbox, as a mail program writes it.
// answer WHO FILE raw ...: the file is the whole mail, with words in braces filled in.
func (p *play) answer(_ bool, args []string) error {
	if err := arity(args, 2, 10); err != nil {
		return err
	}
	m, err := manners(args[2:])
	if err != nil {
		return err
	}
	who, err := address(args[0])
	if err != nil {
		return err
	}
	asked, err := p.nth(who, m.number)
	if err != nil {
		return err
	}
	if m.raw {
		text, err := p.fill(p.file(args[1]), asked)
		if err != nil {
			return err
		}
		return p.post(text, m)
	}
	if m.from == "" {
		m.from = who
	}
	l, err := demo.Reply(asked, m.from, p.file(args[1]), !m.noQuote)
	if err != nil {
		return err
	}
	l.SignAs = m.signAs
	return p.Write(l)
}

// autoreply WHO: the mail program of somebody who is away answers the newest mail,
// quotes it, and even says the word.
func (p *play) autoreply(_ bool, args []string) error {
	if err := arity(args, 1, 1); err != nil {
		return err
	}
	who, err := address(args[0])
	if err != nil {
		return err
	}
	asked, err := p.nth(who, 0)
	if err != nil {
		return err
	}
	l, err := demo.Reply(asked, who, "CONFIRM\n\nI am out of the office until 9 November.\n", true)
	if err != nil {
		return err
	}
	l.SubjectLine = "Automatic reply: " + l.SubjectLine
	l.Headers = append(l.Headers, "Auto-Submitted: auto-replied")
	return p.Write(l)
}

// nth is the n-th mail in a mailbox, or the newest.
func (p *play) nth(who string, n int) ([]byte, error) {
	mails, err := p.Inbox(who)
	if err != nil {
		return nil, err
	}
	if n == 0 {
		n = len(mails)
	}
	if n < 1 || n > len(mails) {
		return nil, fmt.Errorf("%s has %d mails, not %d", who, len(mails), n)
	}
	return mails[n-1].Raw, nil
}

var codeLine = regexp.MustCompile(`(?m)^Code: ([a-z2-7-]+)$`)

// fill writes into a raw mail what its writer took from the mail that is answered.
func (p *play) fill(text string, asked []byte) (string, error) {
	words, err := demo.PlainText(asked)
	if err != nil {
		return "", err
	}
	code := ""
	if m := codeLine.FindStringSubmatch(words); m != nil {
		code = m[1]
	}
	other := ""
	if bobs, err := p.nth(demo.Bob, 0); err == nil {
		other = headerField(bobs, "Message-Id")
	}
	probe := ""
	if annas, err := p.nth(demo.Anna, 0); err == nil {
		probe = bareAddress(headerField(annas, "Reply-To"))
	}
	return strings.NewReplacer(
		"{bob-id}", other, "{anna-reply-to}", probe,
		"{code}", code,
		"{CODE}", strings.ToUpper(strings.ReplaceAll(code, "-", " ")),
		"{quote}", "> "+strings.ReplaceAll(strings.TrimSpace(words), "\n", "\n> "),
		"{quote64}", base64.StdEncoding.EncodeToString([]byte(words)),
		"{message-id}", headerField(asked, "Message-Id"),
		"{subject}", headerField(asked, "Subject"),
		"{reply-to}", bareAddress(headerField(asked, "Reply-To")),
		"{return-path}", bareAddress(headerField(asked, "Return-Path")),
		"{mail}", strings.TrimSpace(strings.ReplaceAll(string(asked), "\r\n", "\n")),
		"{date}", p.Clock.Now().Format(time.RFC1123Z),
	).Replace(text), nil
}

// post sends a mail that was written by hand, with the lines of its header as they are.
func (p *play) post(text string, m manner) error {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	from, to := bareAddress(headerField([]byte(text), "From")), bareAddress(headerField([]byte(text), "To"))
	if to == "" {
		to = demo.Desk
	}
	if m.into != "" {
		to = m.into
	}
	p.written++
	if !m.raw {
		text = p.complete(text, from)
	}
	raw := []byte(strings.ReplaceAll(text, "\n", "\r\n"))
	if m.null || from == "" {
		m.signAs = "-"
	}
	if m.null {
		return p.Post.Deliver(mailtest.Envelope{To: []string{to}}, raw)
	}
	return p.Send(raw, from, to, m.signAs)
}

// complete adds what every mail program adds.
func (p *play) complete(text, from string) string {
	added := ""
	if headerField([]byte(text), "Date") == "" {
		added += "Date: " + p.Clock.Now().Format(time.RFC1123Z) + "\n"
	}
	if headerField([]byte(text), "Message-ID") == "" {
		_, domain, _ := strings.Cut(from, "@")
		added += fmt.Sprintf("Message-ID: <story-%d@%s>\n", p.written, domain)
	}
	if headerField([]byte(text), "Content-Type") == "" {
		added += "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
	}
	return added + text
}

// headerField is the first field of that name, unfolded; "" if there is none.
func headerField(raw []byte, name string) string {
	head, _, _ := strings.Cut(strings.ReplaceAll(string(raw), "\r\n", "\n"), "\n\n")
	head = regexp.MustCompile(`\n[ \t]+`).ReplaceAllString(head, " ")
	for _, line := range strings.Split(head, "\n") {
		if n, value, ok := strings.Cut(line, ":"); ok && strings.EqualFold(strings.TrimSpace(n), name) {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

var addrSpec = regexp.MustCompile(`[^\s<>",;:()]+@[^\s<>",;:()]+`)

// bareAddress is the last address of a field: the others may be display names.
func bareAddress(value string) string {
	all := addrSpec.FindAllString(value, -1)
	if len(all) == 0 {
		return ""
	}
	return all[len(all)-1]
}

// tenants FILE: an operator replaces the registry; "{age}" is Anna's age recipient.
// A file that cannot be read is refused, and the old registry stays in force.
func (p *play) tenants(_ bool, args []string) error {
	if err := arity(args, 1, 1); err != nil {
		return err
	}
	text := strings.ReplaceAll(p.file(args[0]), "{age}", p.Identity.Recipient().String())
	if err := os.WriteFile(filepath.Join(p.Dir, "tenants.yaml"), []byte(text), 0o600); err != nil {
		return err
	}
	return p.App.Reload()
}
