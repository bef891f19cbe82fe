package real_test

import (
	"strings"
)

// ask lets jane ask for a customer's data.
func (o *office) ask(customer string) {
	o.t.Helper()
	o.send(letter{from: o.jane(), to: o.desk(), subjectLine: "My data",
		body: "Please send me a copy of the data you hold about " + customer + ".\n"})
}

// asksHimself is a customer who writes about himself. As many as that, from one who asks for
// others, would wait.
func (o *office) asksHimself(customer string) {
	o.t.Helper()
	o.send(letter{from: customer, to: o.desk(), subjectLine: "My data",
		body: "Please send me a copy of the data you hold about " + customer + ".\n"})
}

// send signs a letter, and hands it to Postfix.
func (o *office) send(l letter) {
	o.t.Helper()
	noError(o.t, o.site.deliver(l.from, l.to, o.signed(l)))
}

// signed is a letter as it leaves its writer's domain.
func (o *office) signed(l letter) string {
	o.t.Helper()
	if l.date.IsZero() {
		l.date = o.now()
	}
	domain := l.signAs
	if domain == "" {
		domain = domainOf(l.from)
	}
	raw, err := o.site.signers.sign(l.String(), domain, l.date)
	noError(o.t, err)
	return raw
}

// delivered waits until Postfix holds none of the office's mail: what dsrd has sent is not yet there.
func (o *office) delivered() {
	o.t.Helper()
	until(o.t, "all mail is delivered", func() bool {
		queue, err := o.site.postfix.Queue()
		noError(o.t, err)
		for _, q := range queue {
			for _, r := range q.Recipients {
				if strings.Contains(r.Address, "-"+o.name+"@") {
					return false
				}
			}
		}
		return true
	})
}

// inbox is what somebody has got.
func (o *office) inbox(who string) []string { return o.site.mails(o.t, who, "INBOX") }

// awaitMail waits until somebody has got at least n mails, and gives all.
func (o *office) awaitMail(who string, n int) []string {
	o.t.Helper()
	var mails []string
	if !within(deadline, func() bool {
		mails, _ = o.site.look(who, "INBOX") // a server may be down meanwhile
		return len(mails) >= n
	}) {
		o.t.Fatalf("in vain: mail %d for %s; there are %d", n, who, len(mails))
	}
	return mails
}

// answer lets anna answer the newest mail that she has.
func (o *office) answer(text string) {
	o.t.Helper()
	var asks []string // words about an answer that was held ask for none
	for _, m := range o.inbox(o.anna()) {
		if codeIn(m) != "" {
			asks = append(asks, m)
		}
	}
	o.send(reply(asks[len(asks)-1], o.anna(), text))
}

// packages are the mails with an attachment that somebody has got.
func (o *office) packages(who string) (all []string) {
	for _, m := range o.inbox(who) {
		if _, ok := attachment(m); ok {
			all = append(all, m)
		}
	}
	return all
}

// eachOnce wants one confirmation and one package for each of so many requests.
func (o *office) eachOnce(requests int) {
	o.t.Helper()
	mails := map[string]int{}
	for _, m := range o.inbox(o.anna()) {
		kind := "confirmation"
		if _, ok := attachment(m); ok {
			kind = "package"
		}
		mails[kind+" "+tagIn(m)]++
	}
	for what, n := range mails {
		if n != 1 {
			o.t.Errorf("%s: %d times", what, n)
		}
	}
	if len(mails) != 2*requests {
		o.t.Errorf("anna has %d different mails, not %d", len(mails), 2*requests)
	}
}

// tagIn is the name of the request in a subject line.
func tagIn(mail string) string {
	_, rest, _ := strings.Cut(header(mail).Get("Subject"), "[")
	tag, _, _ := strings.Cut(rest, "]")
	return tag
}
