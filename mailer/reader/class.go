package reader

import (
	"strings"

	"github.com/dsrd/dsrd/mailer/reader/bounce"
	"github.com/dsrd/dsrd/mailer/reader/parts"
)

// classify asks one class after the other; the first that answers yes is the mail's class.
// Bounces come before automatic answers because nearly half of them bear Auto-Submitted too;
// filters that ask for a proof before bounces, because they have the null sender as these do.
func (r *reading) classify() {
	h := r.parsed.Root.Header
	for _, ask := range []struct {
		class Class
		why   func(parts.Header) []string
	}{
		{Own, r.ownReasons},
		{Report, r.reportReasons},
		{Auto, r.challengeReasons},
		{Bounce, r.bounceReasons},
		{Report, r.successReasons},
		{Auto, r.autoReasons},
		{List, r.listReasons},
	} {
		if r.expired() {
			return // what was read so far is dropped
		}
		if why := ask.why(h); len(why) > 0 {
			r.mail.Class, r.mail.Reasons = ask.class, why
			return
		}
	}
}

// ownReasons: our own mail that came back, and other programs that write as us.
func (r *reading) ownReasons(h parts.Header) (why []string) {
	for _, name := range []string{"From", "Sender"} {
		for _, a := range addresses(h, name) {
			if r.isOwn(a) {
				why = append(why, strings.ToLower(name)+": our own address")
			}
		}
	}
	if ours := r.options.IsOurLoopMark; ours != nil {
		for _, mark := range h.All("X-Dsrd-Loop") {
			if ours(cleanLine(mark)) {
				why = append(why, "x-dsrd-loop: ours")
			}
		}
	}
	if ours := r.options.IsOurMessageID; ours != nil && r.mail.MessageID != "" &&
		ours(r.mail.MessageID) {
		why = append(why, "message-id: ours")
	}
	return why
}

func (r *reading) isOwn(address string) bool {
	for _, own := range r.options.Own {
		if strings.EqualFold(own, address) {
			return true
		}
	}
	return false
}

// challengeReasons asks for a filter that wants its sender to prove that a person wrote. Who
// reports on a delivery asks for nothing, and who answers such a filter quotes it.
func (r *reading) challengeReasons(h parts.Header) []string {
	if r.parsed.Root.ReportType != "" ||
		bounce.Challenge(h, r.mail.From, r.mail.SubjectLine, r.mail.Text) == nil {
		return nil
	}
	said := newText(&r.body, r.mail.Text)
	return bounce.Challenge(h, r.mail.From, r.mail.SubjectLine, said.New)
}

// cleanNotice makes what a notice tells safe to store, as all else of a mail.
func cleanNotice(n bounce.Notice) bounce.Notice {
	n.OriginalMessageID = cleanLine(n.OriginalMessageID)
	for i := range n.Recipients {
		r := &n.Recipients[i]
		r.Address, r.Action = cleanLine(r.Address), cleanLine(r.Action)
		// Some letters are longer in NFC; who stores and compares addresses counts bytes.
		r.Address = cutAt(r.Address, bounce.MaxAddress)
		r.Status, r.Code = cleanLine(r.Status), cleanLine(r.Code)
	}
	return n
}

// bounceReasons asks for the notice of a mail server.
func (r *reading) bounceReasons(h parts.Header) []string {
	notice, why := bounce.Read(bounce.Mail{
		Root: r.parsed.Root, Text: r.mail.Text, SubjectLine: r.mail.SubjectLine,
		From: r.mail.From, Limits: r.options.Limits.Parts,
	})
	if r.returnedToUs() && (why != nil || !repliesAutomatically(h)) {
		why = append(why, "delivered to our bounce address")
	}
	if why == nil {
		return nil
	}
	r.mail.Bounce = cleanNotice(notice)
	if !notice.Failed() {
		return nil
	}
	return why
}

// repliesAutomatically knows the responders that write to the envelope sender, as RFC 3834 4
// tells them to: somebody is away, and nothing was lost. Notices of mail servers bear the same
// field; they are known by what is in them before this is asked.
func repliesAutomatically(h parts.Header) bool {
	return parts.FirstToken(h.Get("Auto-Submitted")) == "auto-replied"
}

// successReasons knows notices that tell of nothing but success (RFC 3464 2.3.3).
func (r *reading) successReasons(parts.Header) []string {
	if len(r.mail.Bounce.Recipients) == 0 {
		return nil
	}
	return []string{"delivery-status: " + cleanLine(r.mail.Bounce.Recipients[0].Action)}
}

// returnedToUs says whether the mail came to an address that only our envelopes name. The
// headers can be forged, but forging them only makes a mail count for less.
func (r *reading) returnedToUs() bool {
	prefix := strings.ToLower(r.options.BouncePrefix)
	if prefix == "" {
		return false
	}
	for _, a := range r.mail.Recipients {
		a = strings.ToLower(a)
		if strings.HasPrefix(a, prefix) && r.isOurDomain(a) {
			return true
		}
	}
	return false
}

func (r *reading) isOurDomain(address string) bool {
	_, domain, _ := strings.Cut(address, "@")
	for _, own := range r.options.Own {
		if _, d, ok := strings.Cut(own, "@"); ok && strings.EqualFold(d, domain) {
			return true
		}
	}
	return false
}

func precedence(h parts.Header) string {
	p := parts.FirstToken(h.Get("Precedence"))
	if p == "" {
		p = parts.FirstToken(h.Get("X-Precedence"))
	}
	return p
}
