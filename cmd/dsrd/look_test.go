package main

import (
	"bytes"
	"cmp"
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/dsrd/dsrd/internal/demo"
	"github.com/dsrd/dsrd/mailer/mailtest"
	"github.com/dsrd/dsrd/store"
	"github.com/dsrd/dsrd/workflow"
)

// expect WHO N: so many mails lie in somebody's mailbox.
func (p *play) expect(_ bool, args []string) error {
	if err := arity(args, 2, 2); err != nil {
		return err
	}
	who, err := address(args[0])
	if err != nil {
		return err
	}
	mails, err := p.Inbox(who)
	if err != nil {
		return err
	}
	if strconv.Itoa(len(mails)) != args[1] {
		return fmt.Errorf("%s has %d mails, not %s:%s", args[0], len(mails), args[1], subjectLines(mails))
	}
	return nil
}

func subjectLines(mails []mailtest.Stored) string {
	var b strings.Builder
	for _, m := range mails {
		fmt.Fprintf(&b, "\n  %s  %s", m.Arrived.UTC().Format("2006-01-02 15:04"), headerField(m.Raw, "Subject"))
	}
	return b.String()
}

// letter WHO [N]: prints the text of somebody's newest (or N-th) mail.
func (p *play) letter(_ bool, args []string) error {
	mail, err := p.pick(args)
	if err != nil {
		return err
	}
	text, err := demo.PlainText(mail)
	if err != nil {
		return err
	}
	fmt.Fprintf(p.stdout(), "Subject: %s\n\n%s\n", headerField(mail, "Subject"), text)
	return nil
}

// head WHO [N]: prints the header of somebody's newest (or N-th) mail.
func (p *play) head(_ bool, args []string) error {
	mail, err := p.pick(args)
	if err != nil {
		return err
	}
	head, _, _ := strings.Cut(strings.ReplaceAll(string(mail), "\r\n", "\n"), "\n\n")
	fmt.Fprintln(p.stdout(), head)
	return nil
}

func (p *play) pick(args []string) ([]byte, error) {
	if err := arity(args, 1, 2); err != nil {
		return nil, err
	}
	who, err := address(args[0])
	if err != nil {
		return nil, err
	}
	n := 0
	if len(args) == 2 {
		if n, err = strconv.Atoi(args[1]); err != nil {
			return nil, err
		}
	}
	return p.nth(who, n)
}

// twice WHO: the relay took the newest mail to somebody twice, byte for byte.
func (p *play) twice(_ bool, args []string) error {
	if err := arity(args, 1, 1); err != nil {
		return err
	}
	who, err := address(args[0])
	if err != nil {
		return err
	}
	var copies [][]byte
	for _, a := range p.Post.SMTP.Accepted() {
		if slices.Contains(a.Envelope.To, who) {
			copies = append(copies, a.Raw)
		}
	}
	if n := len(copies); n < 2 || !bytes.Equal(copies[n-1], copies[n-2]) {
		return fmt.Errorf("of %d mails to %s, the last two are not the same", n, args[0])
	}
	return nil
}

// requests N: there are so many.
func (p *play) requests(_ bool, args []string) error {
	if err := arity(args, 1, 1); err != nil {
		return err
	}
	all, err := p.Requests(p.ctx)
	if err != nil {
		return err
	}
	if strconv.Itoa(len(all)) != args[0] {
		return fmt.Errorf("there are %d requests, not %s", len(all), args[0])
	}
	return nil
}

// state [of CUSTOMER[:RIGHT]] STATE [REASON]: where the request stands, and why.
func (p *play) state(_ bool, args []string) error {
	r, rest, err := p.request(args)
	if err != nil {
		return err
	}
	if err := arity(rest, 1, 2); err != nil {
		return err
	}
	want := strings.Join(rest, " ")
	if got := strings.TrimSpace(fmt.Sprintf("%s %s", r.State, r.Reason)); got != want {
		return fmt.Errorf("the request is %s, not %s", got, want)
	}
	return nil
}

// request finds the one that is meant, by "of CUSTOMER[:RIGHT]"; without it there
// must be only one.
func (p *play) request(args []string) (workflow.Request, []string, error) {
	all, err := p.Requests(p.ctx)
	if err != nil {
		return workflow.Request{}, nil, err
	}
	if len(args) > 1 && args[0] == "of" {
		customer, right, _ := strings.Cut(args[1], ":")
		if customer, err = address(customer); err != nil {
			return workflow.Request{}, nil, err
		}
		all = slices.DeleteFunc(all, func(r workflow.Request) bool {
			other := right != "" && !slices.Contains(r.Rights, workflow.Right(right))
			return string(r.Customer) != customer || other
		})
		args = args[2:]
	}
	if len(all) != 1 {
		return workflow.Request{}, nil, fmt.Errorf("%d requests are meant, not one", len(all))
	}
	return all[0], args, nil
}

// id [of CUSTOMER[:RIGHT]]: the request's id is $ID from now on.
func (p *play) id(_ bool, args []string) error {
	r, rest, err := p.request(args)
	if err != nil {
		return err
	}
	p.script.Setenv("ID", string(r.ID))
	return arity(rest, 0, 0)
}

// digest OUTCOME: from now on $DIGEST is the beginning of the digest of the one mail
// that came to it.
func (p *play) digest(_ bool, args []string) error {
	if err := arity(args, 1, 1); err != nil {
		return err
	}
	found, _, err := p.ledger.Mails(p.ctx, store.Query{Outcomes: []workflow.Outcomes{workflow.Outcomes(args[0])}})
	if err != nil {
		return err
	}
	if len(found) != 1 {
		return fmt.Errorf("%d mails came to %q, not one", len(found), args[0])
	}
	p.script.Setenv("DIGEST", found[0].Digest[:8])
	return nil
}

// history [of CUSTOMER[:RIGHT]]: prints what happened to the request, a line an event:
// when, what, which letter, rule and reason, and the state it led to.
func (p *play) history(_ bool, args []string) error {
	r, rest, err := p.request(args)
	if err != nil {
		return err
	}
	if err := arity(rest, 0, 0); err != nil {
		return err
	}
	entries, err := p.ledger.History(p.ctx, r.ID)
	if err != nil {
		return err
	}
	for _, e := range entries {
		words := []string{e.At.Format("2006-01-02 15:04"), string(e.Event.Type)}
		for _, w := range []string{string(e.Event.Order), e.Event.Rule, string(e.Event.Reason)} {
			if w != "" {
				words = append(words, w)
			}
		}
		fmt.Fprintf(p.stdout(), "%s -> %s\n", strings.Join(words, " "), e.To)
	}
	return nil
}

// mails: prints what became of each mail that came in, oldest first: outcome, class,
// rule, and how many requests it touched.
func (p *play) mails(_ bool, args []string) error {
	if err := arity(args, 0, 0); err != nil {
		return err
	}
	all, err := p.journal()
	if err != nil {
		return err
	}
	out := p.stdout()
	for _, m := range all {
		words := []string{string(m.Outcome)}
		for _, w := range []string{m.Class, m.Rule} {
			if w != "" {
				words = append(words, w)
			}
		}
		fmt.Fprintf(out, "%s %d\n", strings.Join(words, " "), len(m.Requests))
	}
	return nil
}

func (p *play) journal() ([]workflow.MailRecord, error) {
	all, next, err := p.ledger.Mails(p.ctx, store.Query{Limit: 1000})
	if err == nil && next != "" {
		err = fmt.Errorf("there are more than 1000 mails")
	}
	slices.SortFunc(all, func(a, b workflow.MailRecord) int {
		return cmp.Or(a.FirstSeen.Compare(b.FirstSeen), cmp.Compare(uid(a), uid(b)))
	})
	return all, err
}

// uid orders mails that were seen at the same moment.
func uid(m workflow.MailRecord) int {
	_, number, _ := strings.Cut(m.UID, "/")
	n, _ := strconv.Atoi(number)
	return n
}

// folder NAME N: so many mails lie in that folder of our own mailbox.
func (p *play) folder(_ bool, args []string) error {
	if err := arity(args, 2, 2); err != nil {
		return err
	}
	mails, err := p.Post.IMAP.Stored(demo.Desk, args[0])
	if err != nil {
		return err
	}
	if strconv.Itoa(len(mails)) != args[1] {
		return fmt.Errorf("%s holds %d mails, not %s", args[0], len(mails), args[1])
	}
	return nil
}

// signer is the public key that may have signed a package.
func (p *play) signer() string {
	return base64.StdEncoding.EncodeToString(p.keys.SigningKey().Public().(ed25519.PublicKey))
}
