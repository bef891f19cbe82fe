package admin

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dsrd/dsrd/workflow"
)

// MailView is what became of a mail, which itself lies in the mailbox. The field names
// are part of the interface: add, never rename.
type MailView struct {
	Digest    string    `json:"digest"` // sha256 of its bytes
	Outcome   string    `json:"outcome"`
	Rule      string    `json:"rule,omitempty"` // that held it, or the reason of the outcome
	Class     string    `json:"class,omitempty"`
	Mailbox   string    `json:"mailbox"`
	Folder    string    `json:"folder,omitempty"`
	UID       string    `json:"uid,omitempty"` // "validity/uid" where it was seen
	Size      int64     `json:"size,omitempty"`
	FirstSeen time.Time `json:"first_seen"`
	Arrived   time.Time `json:"arrived,omitzero"`
	Attempts  int       `json:"attempts"`
	Requests  []string  `json:"requests"` // tags
	By        string    `json:"by,omitempty"`
}

// MailPage is one page of mails, the newest first.
type MailPage struct {
	Mails []MailView `json:"mails"`
	Next  string     `json:"next,omitempty"`
}

// underWay is how an outcome that is none is written.
const underWay = "under_way"

// Outcomes are all that a mail may have come to, as operators write them.
func Outcomes() []string {
	all := []string{underWay}
	for _, o := range outcomes {
		all = append(all, string(o))
	}
	return all
}

var outcomes = []workflow.Outcomes{
	workflow.MailStarted, workflow.MailRepeated, workflow.MailAnswered, workflow.MailAskedBack,
	workflow.MailHeld, workflow.MailNoted, workflow.MailOwn, workflow.MailQuarantined, workflow.MailIgnored,
}

// MailVerbs are what an operator may say about a mail. A mail that is replayed goes
// the way of any other: it releases nothing that it would not release by itself.
func MailVerbs() []string { return []string{"replay", "ignore"} }

func viewOfMail(m workflow.MailRecord) MailView {
	v := MailView{
		Digest: m.Digest, Outcome: string(m.Outcome), Rule: m.Rule, Class: m.Class, Mailbox: m.Mailbox,
		Folder: m.Folder, UID: m.UID, Size: m.Size, FirstSeen: m.FirstSeen, Arrived: m.Arrived,
		Attempts: m.Attempts, Requests: []string{}, By: m.By,
	}
	if v.Outcome == "" {
		v.Outcome = underWay
	}
	for _, id := range m.Requests {
		v.Requests = append(v.Requests, strings.Trim(id.Tag(), "[]"))
	}
	return v
}

func (s *Server) mails(w http.ResponseWriter, r *http.Request) {
	page, err := s.mailPage(r)
	if err != nil {
		s.fail(w, err)
		return
	}
	s.send(w, page)
}

func (s *Server) mailPage(r *http.Request) (MailPage, error) {
	page := MailPage{Mails: []MailView{}}
	if s.Mails == nil {
		return page, noMails()
	}
	wanted, err := outcomesOf(r.URL.Query()["outcome"])
	if err != nil {
		return page, err
	}
	limit, err := strconv.Atoi(r.URL.Query().Get("limit"))
	if err != nil || limit < 1 || limit > maxPage {
		limit = maxPage
	}
	found, next, err := s.Mails.Mails(r.Context(), wanted, limit, r.URL.Query().Get("after"))
	if err != nil {
		return page, err
	}
	page.Next = next
	for _, m := range found {
		page.Mails = append(page.Mails, viewOfMail(m))
	}
	return page, nil
}

func outcomesOf(names []string) ([]workflow.Outcomes, error) {
	var wanted []workflow.Outcomes
	for _, n := range names {
		if !slices.Contains(Outcomes(), n) {
			return nil, fmt.Errorf("no outcome is called %q: %w", n, workflow.Refused)
		}
		if n == underWay {
			n = ""
		}
		wanted = append(wanted, workflow.Outcomes(n))
	}
	return wanted, nil
}

func noMails() error {
	return fmt.Errorf("this daemon tells nothing of mails: %w", workflow.Refused)
}

func (s *Server) mail(w http.ResponseWriter, r *http.Request) {
	m, err := s.oneMail(r.Context(), r.PathValue("digest"))
	if err != nil {
		s.fail(w, err)
		return
	}
	s.send(w, viewOfMail(m))
}

// oneMail finds the mail that a person means.
func (s *Server) oneMail(ctx context.Context, typed string) (workflow.MailRecord, error) {
	if s.Mails == nil {
		return workflow.MailRecord{}, noMails()
	}
	m, err := s.Mails.Mail(ctx, strings.TrimSpace(typed))
	if notFound(err) {
		return m, fmt.Errorf("no mail's digest begins with %q (type at least six digits of it; "+
			"`dsrd inbox ls` lists them): %w", typed, workflow.NotFound)
	}
	return m, err
}

func (s *Server) judge(w http.ResponseWriter, r *http.Request) {
	v, err := s.judged(r.Context(), r.PathValue("digest"), r.PathValue("verb"))
	if err != nil {
		s.fail(w, err)
		return
	}
	s.send(w, v)
}

// judged carries out an order about a mail. The same order twice is the same.
func (s *Server) judged(ctx context.Context, typed, verb string) (MailView, error) {
	if !slices.Contains(MailVerbs(), verb) {
		return MailView{}, fmt.Errorf("no verb for mails is called %q: %w", verb, workflow.NotFound)
	}
	m, err := s.oneMail(ctx, typed)
	if err != nil {
		return MailView{}, err
	}
	if verb == "replay" {
		err = s.Mails.Replay(ctx, m.Digest, actor(ctx))
	} else {
		err = s.Mails.Ignore(ctx, m.Digest, actor(ctx))
	}
	if err != nil {
		return MailView{}, fmt.Errorf("%s mail %.12s: %w", verb, m.Digest, err)
	}
	s.Log.Info("operator", "did", verb, "mail", m.Digest, "actor", actor(ctx))
	m, err = s.Mails.Mail(ctx, m.Digest)
	return viewOfMail(m), err
}
