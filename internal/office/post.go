package office

import (
	"strings"
)

// Ask lets jane ask for a customer's data.
func (o *Office) Ask(customer string) {
	o.T.Helper()
	o.Send(Letter{From: o.Jane(), To: o.Desk(), SubjectLine: "My data",
		Body: "Please send me a copy of the data you hold about " + customer + ".\n"})
}

// AsksHimself is a customer who writes about himself. As many as that, from one who asks for
// others, would wait.
func (o *Office) AsksHimself(customer string) {
	o.T.Helper()
	o.Send(Letter{From: customer, To: o.Desk(), SubjectLine: "My data",
		Body: "Please send me a copy of the data you hold about " + customer + ".\n"})
}

// Send signs a letter, and hands it to Postfix.
func (o *Office) Send(l Letter) {
	o.T.Helper()
	NoError(o.T, o.Site.Deliver(l.From, l.To, o.Signed(l)))
}

// Signed is a letter as it leaves its writer's domain.
func (o *Office) Signed(l Letter) string {
	o.T.Helper()
	if l.Date.IsZero() {
		l.Date = o.Now()
	}
	domain := l.SignAs
	if domain == "" {
		domain = domainOf(l.From)
	}
	raw, err := o.Site.signers.sign(l.String(), domain, l.Date)
	NoError(o.T, err)
	return raw
}

// Delivered waits until Postfix holds none of the office's mail: what dsrd has sent is not yet there.
func (o *Office) Delivered() {
	o.T.Helper()
	Until(o.T, "all mail is delivered", func() bool {
		queue, err := o.Site.Postfix.Queue()
		NoError(o.T, err)
		for _, q := range queue {
			for _, r := range q.Recipients {
				if strings.Contains(r.Address, "-"+o.Name+"@") {
					return false
				}
			}
		}
		return true
	})
}

// Inbox is what somebody has got.
func (o *Office) Inbox(who string) []string { return o.Site.Mails(o.T, who, "INBOX") }

// AwaitMail waits until somebody has got at least n mails, and gives all.
func (o *Office) AwaitMail(who string, n int) []string {
	o.T.Helper()
	var mails []string
	if !Within(Deadline, func() bool {
		mails, _ = o.Site.Look(who, "INBOX") // a server may be down meanwhile
		return len(mails) >= n
	}) {
		o.T.Fatalf("in vain: mail %d for %s; there are %d", n, who, len(mails))
	}
	return mails
}

// Answer lets anna answer the newest mail that she has.
func (o *Office) Answer(text string) {
	o.T.Helper()
	var asks []string // words about an answer that was held ask for none
	for _, m := range o.Inbox(o.Anna()) {
		if CodeIn(m) != "" {
			asks = append(asks, m)
		}
	}
	o.Send(Reply(asks[len(asks)-1], o.Anna(), text))
}

// Packages are the mails with an attachment that somebody has got.
func (o *Office) Packages(who string) (all []string) {
	for _, m := range o.Inbox(who) {
		if _, ok := Attachment(m); ok {
			all = append(all, m)
		}
	}
	return all
}

// EachOnce wants one confirmation and one package for each of so many requests.
func (o *Office) EachOnce(requests int) {
	o.T.Helper()
	mails := map[string]int{}
	for _, m := range o.Inbox(o.Anna()) {
		kind := "confirmation"
		if _, ok := Attachment(m); ok {
			kind = "package"
		}
		mails[kind+" "+tagIn(m)]++
	}
	for what, n := range mails {
		if n != 1 {
			o.T.Errorf("%s: %d times", what, n)
		}
	}
	if len(mails) != 2*requests {
		o.T.Errorf("anna has %d different mails, not %d", len(mails), 2*requests)
	}
}

// tagIn is the name of the request in a subject line.
func tagIn(mail string) string {
	_, rest, _ := strings.Cut(Header(mail).Get("Subject"), "[")
	tag, _, _ := strings.Cut(rest, "]")
	return tag
}

// Lines are those of a log that hold a text.
func Lines(log []byte, with string) (all []string) {
	for line := range strings.Lines(string(log)) {
		if strings.Contains(line, with) {
			all = append(all, line)
		}
	}
	return all
}
