package office

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"

	"github.com/dsrd/dsrd/internal/oracle"
)

// golden is the table of states, from any package two folders below the root.
const golden = "../../workflow/testdata/matrix.txt"

// Evidence gathers what an oracle needs of this office: the mails of the owners of mailboxes, the
// requests as the daemon at a socket shows them, and the histories as Redis has them. What a
// receiver has recorded is the caller's to add.
func (o *Office) Evidence(socket string, asked []oracle.Asked, owners ...string) (e oracle.Evidence, err error) {
	e.Asked = asked
	if e.Table, err = os.ReadFile(golden); err != nil {
		return e, err
	}
	for _, owner := range owners {
		mails, err := o.Site.Look(owner, "INBOX")
		if err != nil {
			return e, fmt.Errorf("look into the mailbox of %s: %v", owner, err)
		}
		for _, m := range mails {
			e.Mailbox = append(e.Mailbox, oracle.Mail{Owner: owner, Raw: []byte(m)})
		}
	}
	return e, o.histories(&e, socket)
}

// histories adds the requests.
func (o *Office) histories(e *oracle.Evidence, socket string) error {
	e.Entries = map[string][]string{}
	shows := o.asking(socket)
	for _, key := range o.Store.Keys("*:h:*") {
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
