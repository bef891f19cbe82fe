// Package bounce reads what mail systems write about mails: that they could not be delivered,
// that they were read, that their sender shall prove to be a person.
// It must never take a person's mail for such a notice, and never act on one.
package bounce

import "strings"

// MaxAddress bounds the address that a notice names, in bytes: a line's (RFC 5322 2.1.1),
// several times what a path may hold (RFC 5321 4.5.3.1.3).
const MaxAddress = 998

// A Notice is what a bounce says.
type Notice struct {
	Recipients        []Recipient
	OriginalMessageID string // of the mail that bounced, without brackets; "" when not told
	// Returned: it is a delivery report, and the id stands in what it returns of that
	// mail (RFC 3462 2), not just somewhere in the notice.
	Returned bool
}

// A Recipient is one address that the notice speaks of.
type Recipient struct {
	Address string
	Action  string // failed, delayed, delivered, relayed or expanded (RFC 3464 2.3.3)
	Status  string // enhanced status code (RFC 3463), "" when not told
	Hard    bool   // the address is dead: writing to it again is useless
	Reason  Reason
	Code    string // SMTP reply code, "" when not told

	diagnosis string // what the refusing server said
	context   string // what the notice says about the address, for people

	atRecipient bool // a transcript shows the refusal as the answer to RCPT
}

// recipient is one of whom nothing but the address is known yet.
func recipient(address string) Recipient {
	return Recipient{Address: strings.ToValidUTF8(head(address, MaxAddress), "")}
}

// settle fills in what follows from the rest. The words of the server that refused weigh more
// than the Status field, which the reporting server often makes up. late: the notice says that
// the mail is still being tried.
func (r *Recipient) settle(late bool) {
	if said := saidStatus(r.diagnosis); said != "" && (isVague(r.Status) || !isVague(said)) {
		r.Status = said
	}
	for _, text := range []string{r.diagnosis, r.context} {
		if said := statusIn(text); isVague(r.Status) && said != "" {
			r.Status = said
		}
		if r.Code == "" {
			r.Code = replyCodeIn(text)
		}
	}
	r.Reason = reasonOf(*r)
	if r.Action == "" {
		r.Action = r.likelyAction(late)
	}
	if r.succeeded() {
		r.Reason = Unknown // there is nothing to give a reason for
	}
	r.Hard = isHard(*r)
	// What outlives the mail is a copy of its own: a piece would keep the whole part alive.
	r.Address, r.Action = strings.Clone(r.Address), strings.Clone(r.Action)
	r.Status, r.Code = strings.Clone(r.Status), strings.Clone(r.Code)
	r.diagnosis, r.context = "", ""
}

// succeeded knows the actions that are no failure (RFC 3464 2.3.3).
func (r *Recipient) succeeded() bool {
	return r.Action == "delivered" || r.Action == "relayed" || r.Action == "expanded"
}

// likelyAction is for notices that do not say what became of the mail in a field.
func (r *Recipient) likelyAction(late bool) string {
	permanent := strings.HasPrefix(r.Status, "5") || r.Status == "" && strings.HasPrefix(r.Code, "5")
	switch {
	case late && !permanent, strings.HasPrefix(r.Status, "4") && r.Reason != Expired:
		return "delayed"
	}
	return "failed"
}
