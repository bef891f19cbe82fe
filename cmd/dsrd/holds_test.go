package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/dsrd/dsrd/internal/demo"
	"github.com/dsrd/dsrd/workflow"
)

// holds checks what must hold in every story whenever the world has come to rest.
func (p *play) holds() error {
	return errors.Join(p.histories(), p.allMailsEnded(), p.logNamesNobody(), p.codesStayInBodies(), p.secretsStayOut())
}

// histories: every chain is whole and replays to the stored request; whatever is
// open has a timer, whatever is over has no code.
func (p *play) histories() error {
	all, err := p.Requests(p.ctx)
	if err != nil {
		return err
	}
	for _, r := range all {
		entries, err := p.ledger.History(p.ctx, r.ID)
		if err != nil {
			return err
		}
		if err := workflow.VerifyHistory(entries, r.HistoryHead, r.Salt); err != nil {
			return err
		}
		if !r.State.Terminal() && r.WakeAt.IsZero() {
			return fmt.Errorf("a request rests in %s without a timer", r.State)
		}
		if r.State != workflow.AwaitingConfirmation && r.Challenge != nil {
			return fmt.Errorf("a request is %s and has a live code", r.State)
		}
		if err := replays(entries, r); err != nil {
			return err
		}
	}
	return nil
}

func replays(entries []workflow.Entry, r workflow.Request) error {
	again, err := workflow.Replay(entries)
	if r.Purged && errors.Is(err, workflow.NotFound) {
		return nil // the personal data are gone, as they should be
	}
	if err != nil {
		return err
	}
	if diff := cmp.Diff(again, r, cmpopts.EquateEmpty()); diff != "" {
		return fmt.Errorf("the history leads elsewhere (-replayed +stored):\n%s", diff)
	}
	return nil
}

// mailsKept is how long the journal remembers a mail.
const mailsKept = 90 * 24 * time.Hour

// allMailsEnded: no mail waits, and each that came has exactly one end.
func (p *play) allMailsEnded() error {
	waiting, err := p.Inbox(demo.Desk)
	if err != nil {
		return err
	}
	for _, m := range waiting { // of a mail in quarantine the original stays, marked
		if !m.Has("$DsrdQuarantine") {
			return errors.New("a mail lies in our mailbox, and nothing became of it")
		}
	}
	records, err := p.journal()
	if err != nil {
		return err
	}
	ends := map[string]workflow.Outcomes{}
	for _, m := range records {
		if m.Outcome == "" {
			return errors.New("the journal has a mail without an outcome")
		}
		ends[m.Digest] = m.Outcome
	}
	for _, folder := range []string{"DSRD/Processed", "DSRD/Quarantine"} {
		mails, err := p.Post.IMAP.Stored(demo.Desk, folder)
		if err != nil {
			continue // no mail was put there yet
		}
		for _, m := range mails {
			sum := sha256.Sum256(m.Raw)
			_, known := ends[hex.EncodeToString(sum[:])]
			big := len(m.Raw) > 10<<20 // of such a mail only the header was fetched
			if !known && !big && p.Clock.Now().Sub(m.Arrived) < mailsKept {
				return fmt.Errorf("the journal knows nothing of a mail in %s", folder)
			}
		}
	}
	return nil
}

var inThisWorld = regexp.MustCompile(`(?i)[a-z.]@[a-z]|jane\.roe|joe\.bloggs|(anna|bob)\.admin`)

// logNamesNobody: the log names no person of this world, and no code.
func (p *play) logNamesNobody() error {
	text := p.log.String()
	if name := inThisWorld.FindString(text); name != "" {
		return fmt.Errorf("the log names %q", name)
	}
	for _, code := range p.codes() {
		if strings.Contains(text, code) {
			return errors.New("a code stands in the log")
		}
	}
	return nil
}

// codesStayInBodies: no header of any mail that we sent carries its code.
func (p *play) codesStayInBodies() error {
	codes := p.codes()
	for _, a := range p.Post.SMTP.Accepted() {
		head, _, _ := strings.Cut(string(a.Raw), "\r\n\r\n")
		for _, code := range codes {
			if strings.Contains(head, code) {
				return errors.New("a code stands in a header")
			}
		}
	}
	return nil
}

// codes are all that were ever sent.
func (p *play) codes() []string {
	var codes []string
	for _, a := range p.Post.SMTP.Accepted() {
		text, err := demo.PlainText(a.Raw)
		if err != nil {
			continue
		}
		for _, m := range codeLine.FindAllStringSubmatch(text, -1) {
			codes = append(codes, m[1])
		}
	}
	return codes
}
