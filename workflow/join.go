package workflow

import (
	"fmt"
	"slices"
	"time"
)

// Joining is a later mail that asked for what an open request asks for already.
type Joining struct {
	Number    int       // 1 is the first that joined
	At        time.Time // arrival; the legal clock stays with the first mail
	Mail      MailRef
	Requester Requester
	Language  string `json:",omitempty"` // of the mail, ISO 639-1, "" if unsure
	Receipt   bool   // the mail may be answered with a receipt
}

// maxJoined joinings are kept with a request, the latest: their receipts may still
// have to be sent. Those before them are counted, and stand in the history.
const maxJoined = 200

// Of what joins a request and raises nothing, no more than that is written down in a day:
// anybody can send any number of such mails. Those that may be answered have more room,
// more than letters to one domain ever leave in a day: if the answers to them ended
// earlier, they would tell who is a customer.
const (
	joiningsADay         = 20
	answeredJoiningsADay = 100
)

// Birth is what became of a mail that asks for something. Neither is set when the
// request was there already: the same mail twice is one request.
type Birth struct {
	Born   bool // it is a request of its own
	Joined ID   // the open request that it joined, "" if none
	Untold bool // that request does not tell of it: enough joined it in a day
}

// OpenAlready is the error of a birth that asks for nothing but what one open
// request asks for: the mail joins that request.
type OpenAlready struct{ ID ID }

func (o *OpenAlready) Error() string {
	return fmt.Sprintf("request %s asks for the same and is open", o.ID)
}

// JoiningOf is how a newborn that was refused joins the open request.
func JoiningOf(r Request) Joining {
	return Joining{
		At: r.ReceivedAt, Mail: r.Mail, Requester: r.Requester, Language: r.Language,
		Receipt: r.Policy.Receipt,
	}
}

// Groups are what an open request occupies: for its tenant and customer, each group
// of rights that one answer serves. They name the customer: keep them as digests.
// A request without customer or tenant has none.
func (r Request) Groups() []string {
	if r.TenantID == "" || r.Customer == "" {
		return nil
	}
	who := fmt.Sprintf("%d:%s|%s|", len(r.TenantID), r.TenantID, FoldAddress(string(r.Customer)))
	var groups []string
	for _, right := range r.Rights {
		groups = append(groups, who+string(right.group()))
	}
	if len(groups) == 0 { // a mail that only names a customer asks for an export
		groups = append(groups, who+string(Export))
	}
	slices.Sort(groups)
	return slices.Compact(groups)
}

// group is the right that stands for all those which the same answer serves.
func (r Right) group() Right {
	if r.Exportable() {
		return Export
	}
	return r
}

// weight orders requesters by what the admin may think of them: the customer, proven,
// before anybody else who is, before whoever claims to be somebody.
func weight(q Requester, customer Address) int {
	switch {
	case q.Verified && q.Address == customer:
		return 2
	case q.Verified:
		return 1
	}
	return 0
}

// Asker is the requester that letters to the admin speak of, the best proven one: a
// stranger who was faster must not make the customer's own mail look like his.
func (r Request) Asker() Requester {
	if r.Proven != nil {
		return *r.Proven
	}
	return r.Requester
}

// join writes a later mail down. One that is better proven is asked about anew, and the
// code that is out dies: what the admin says of a stranger's mail must not end what the
// customer asked for. A request can be asked about anew twice for this, no more.
func join(r *Request, e Event, now time.Time) error {
	if e.Join == nil || e.Join.At.IsZero() || e.Join.Mail.Digest == "" {
		return fmt.Errorf("join %s: incomplete: %w", r.ID, Refused)
	}
	if crowded(*r, *e.Join) {
		return fmt.Errorf("join %s: %w", r.ID, Enough)
	}
	r.JoinedCount++
	if q := e.Join.Requester; weight(q, r.Customer) > weight(r.Asker(), r.Customer) {
		r.Proven = &q
		if r.State == AwaitingConfirmation && r.Challenge != nil {
			if err := newRound(r, e, now); err != nil {
				return err
			}
			r.Challenge = nil
		}
	}
	latest := *e.Join
	latest.Number = r.JoinedCount
	kept := r.Joined[max(0, len(r.Joined)+1-maxJoined):]
	r.Joined = append(slices.Clone(kept), latest) // the old slice is the stored request's
	return nil
}

// crowded reports whether enough mails like that joined in a day. One that is better
// proven than all before is always heard, and so is the first of somebody else than the
// first requester, who could otherwise crowd that one out and take the request back.
func crowded(r Request, j Joining) bool {
	better := weight(j.Requester, r.Customer) > weight(r.Asker(), r.Customer)
	if better || j.Requester.Address != r.Requester.Address && !r.OthersJoined() {
		return false
	}
	count, limit := 0, joiningsADay
	if j.answered() {
		limit = answeredJoiningsADay
	}
	for _, before := range r.Joined {
		if before.answered() == j.answered() && j.At.Sub(before.At) < 24*time.Hour {
			count++
		}
	}
	return count >= limit
}

// answered reports whether the mail is answered with a receipt: only a requester whose
// mail is proven is ever written to.
func (j Joining) answered() bool { return j.Receipt && j.Requester.Verified }

// receipted reports whether the mail that joined last is answered with a receipt.
func receipted(r Request) bool {
	last, joined := r.JoinedAs(r.JoinedCount)
	return joined && last.answered()
}

// JoinedAs is the joining of that number, if it is still kept.
func (r Request) JoinedAs(number int) (Joining, bool) {
	for _, j := range r.Joined {
		if j.Number == number {
			return j, true
		}
	}
	return Joining{}, false
}

// impersonal is what may be kept of joinings for good.
func impersonal(all []Joining) []Joining {
	var kept []Joining
	for _, j := range all {
		j.Requester = Requester{Verified: j.Requester.Verified}
		j.Mail.MessageID = ""
		kept = append(kept, j)
	}
	return kept
}
