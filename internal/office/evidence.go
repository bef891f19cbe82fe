package office

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/dsrd/dsrd/internal/oracle"
)

// golden is the table of states, from any package two folders below the root.
const golden = "../../workflow/testdata/matrix.txt"

// Evidence gathers what an oracle needs of this office: the mails of the owners of mailboxes, what
// the desk has read, left lying and kept of what it sent, for whom Postfix has got something of it,
// the requests as the daemon at a socket shows them, and the histories as Redis has them. What a
// receiver has recorded is the caller's to add.
func (o *Office) Evidence(socket string, asked []oracle.Asked, owners ...string) (e oracle.Evidence, err error) {
	e.Asked = asked
	if e.Table, err = os.ReadFile(golden); err != nil {
		return e, err
	}
	for _, owner := range owners {
		mails, err := o.lies(owner, "INBOX")
		if err != nil {
			return e, err
		}
		e.Mailbox = append(e.Mailbox, mails...)
	}
	if e.Sent, err = o.lies(o.Desk(), "DSRD.Sent"); err != nil {
		return e, err
	}
	if o.Settings.After == "move" {
		if e.Inbox, err = o.lies(o.Desk(), "INBOX"); err != nil {
			return e, err
		}
		if e.Kept, err = o.lies(o.Desk(), "DSRD.Processed"); err != nil {
			return e, err
		}
	}
	if e.Addressed, err = o.addressed(); err != nil {
		return e, err
	}
	return e, o.histories(&e, socket)
}

// lies is what lies in a folder; never nil.
func (o *Office) lies(owner, folder string) ([]oracle.Mail, error) {
	mails, err := o.Site.Look(owner, folder)
	if err != nil {
		return nil, fmt.Errorf("look into %s of %s: %v", folder, owner, err)
	}
	all := []oracle.Mail{}
	for _, m := range mails {
		all = append(all, oracle.Mail{Owner: owner, Raw: []byte(m)})
	}
	return all, nil
}

var (
	fromDesk = regexp.MustCompile(`: ([0-9A-Za-z]+): from=<b-([^@>+]+)`)
	goesTo   = regexp.MustCompile(`: ([0-9A-Za-z]+): to=<([^>]*)>`)
)

// addressed is everybody for whom Postfix has taken a letter of this desk, as its log tells. Its
// killing may cost the log a line, and never adds one.
func (o *Office) addressed() (all []string, err error) {
	log, err := os.ReadFile(o.Site.Postfix.Log())
	if err != nil {
		return nil, fmt.Errorf("read whom Postfix wrote to: %v", err)
	}
	ours := map[string]bool{}
	for line := range strings.Lines(string(log)) {
		if m := fromDesk.FindStringSubmatch(line); m != nil {
			ours[m[1]] = m[2] == o.Name
		}
		if m := goesTo.FindStringSubmatch(line); m != nil && ours[m[1]] && !slices.Contains(all, m[2]) {
			all = append(all, m[2])
		}
	}
	return all, nil
}

// histories adds the requests.
func (o *Office) histories(e *oracle.Evidence, socket string) error {
	e.Entries = map[string][]string{}
	shows := o.asking(socket)
	// What a killed self-test of the store has left is nobody's history: it has a longer prefix.
	for _, key := range o.Store.Keys("*}:h:*") {
		id := key[strings.LastIndexByte(key, ':')+1:]
		list, err := o.Store.Ask(key, "LRANGE", key, "0", "-1")
		if err != nil {
			return fmt.Errorf("read the history of %s: %v", id, err)
		}
		e.Entries[id] = strings.Split(list, "\n")
		shown, err := shows("/api/v1/requests/" + id)
		if err != nil {
			return fmt.Errorf("ask for %s: %v", id, err)
		}
		e.Requests = append(e.Requests, shown)
	}
	return nil
}

// asking gives a function that asks the daemon at a socket, as `dsrd show --json` does, without a
// process for each question.
func (o *Office) asking(socket string) func(path string) (json.RawMessage, error) {
	client := &http.Client{Timeout: Deadline, Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", o.Path(socket))
		},
	}}
	return func(path string) (json.RawMessage, error) {
		answer, err := client.Get("http://dsrd" + path)
		if err != nil {
			return nil, err
		}
		defer answer.Body.Close()
		b, err := io.ReadAll(answer.Body)
		if err == nil && answer.StatusCode != http.StatusOK {
			err = fmt.Errorf("%s: %s", answer.Status, b)
		}
		return b, err
	}
}
