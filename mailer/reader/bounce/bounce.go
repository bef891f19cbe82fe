// Package bounce reads what mail servers write about mails that they could not deliver.
// It must never take a person's mail for such a notice, and never act on one.
package bounce

// A Notice is what a bounce says.
type Notice struct {
	Recipients        []Recipient
	OriginalMessageID string // of the mail that bounced, without brackets; "" when not told
}

// A Recipient is one address that the notice speaks of.
type Recipient struct {
	Address string
	Action  string // failed, delayed, delivered, relayed or expanded (RFC 3464 2.3.3)
	Status  string // enhanced status code (RFC 3463), "" when not told
	Hard    bool   // the address is dead: writing to it again is useless
	Reason  Reason
	Code    string // SMTP reply code, "" when not told

	diagnosis string // what was said in words
}

// settle fills in what follows from the rest.
func (r *Recipient) settle() {
	if told := statusIn(r.diagnosis); told != "" && isVague(r.Status) {
		r.Status = told
	}
	r.Code = replyCodeIn(r.diagnosis)
	r.Reason = reasonOf(r.Status, r.diagnosis)
	r.Hard = r.Reason.hard()
	if r.Action == "" {
		r.Action = "failed"
		if len(r.Status) > 0 && r.Status[0] == '4' && r.Reason != Expired {
			r.Action = "delayed"
		}
	}
	if r.Action == "delayed" || r.Action == "delivered" || r.Action == "relayed" ||
		r.Action == "expanded" {
		r.Hard = false
	}
}
