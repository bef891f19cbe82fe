package app

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/dsrd/dsrd/mailer/courier"
)

// errOnlyLooking withholds a mail that there never was.
var errOnlyLooking = errors.New("this is a checkup")

// lookAtSMTP goes the courier's way up to where a recipient would be named, and no
// further: the courier is told to withhold.
func (k *Checkup) lookAtSMTP(ctx context.Context) []Finding {
	var s seal
	server, err := k.submission(&s)
	if err != nil {
		return []Finding{failing(err.Error(), "")}
	}
	c := courier.New(server, time.Now) // deadlines are the machine's, whatever Now says
	defer c.Close()
	own := k.config.SMTP
	r := c.Send(ctx, courier.Envelope{From: own.Bounce, To: own.From}, strings.NewReader("\r\n"), 2,
		func(context.Context) error { return errOnlyLooking })
	found := s.tell(k.Now())
	if r.Verdict != courier.Withheld {
		return append(found, k.refused(r))
	}
	how := "connected, without a login"
	if own.User != "" {
		how = "connected and logged in as " + own.User
	}
	return append(found, good("%s; no mail was sent", how), k.sizeLimit(r.Limit))
}

// submission is the server of the configuration, with a seal that looks.
func (k *Checkup) submission(s *seal) (courier.Server, error) {
	c := k.config.SMTP
	trust, err := s.watch(c.CAFile, c.Host)
	if err != nil {
		return courier.Server{}, err
	}
	server := courier.Server{
		Host: c.Host, Port: c.Port, TLS: courier.Security(c.Security), TLSConfig: trust, HELO: c.HELO,
		User:     c.User,
		Timeouts: courier.Timeouts{Dial: k.Limit, Command: k.Limit},
	}
	if c.Auth == "password" {
		server.Password = func(context.Context) (string, error) { return read(c.Password) }
		return server, nil
	}
	server.AuthMech = strings.ToUpper(c.Auth)
	server.Token = func(ctx context.Context, _ bool) (string, error) { return k.tokens.get(ctx, c.Token) }
	return server, nil
}

// refused explains where the dialogue ended.
func (k *Checkup) refused(r courier.Result) Finding {
	c := k.config.SMTP
	remedy := map[courier.Stage]string{
		courier.StageAuth:     "are user and password_file, or token, right? Exchange Online wants auth: xoauth2",
		courier.StageStartTLS: "use security: implicit with its port, or let the server offer STARTTLS",
		courier.StageEHLO:     "is smtp.helo a name that the server takes?",
		courier.StageMail:     "may this account send as smtp.bounce?",
	}[r.Stage]
	if strings.Contains(r.Err.Error(), errSpared.Error()) {
		return skipped(errSpared.Error(), "the daemon's log says whether it logs in")
	}
	f := k.trouble(fmt.Sprintf("submit to %s", hostport(c.Host, c.Port)), r.Err)
	if remedy != "" && !strings.Contains(f.What, "certificate is refused") {
		f.Remedy = remedy
	}
	return f
}

// sizeLimit compares the server's largest mail (RFC 1870) with what we may send.
func (k *Checkup) sizeLimit(limit int64) Finding {
	const megabyte = 1 << 20
	most := int64(k.config.SMTP.MaxBytes)
	switch {
	case limit == 0:
		return good("the server does not say how large a mail may be")
	case most > limit:
		return warning(fmt.Sprintf("smtp.max_bytes is %d MiB, the server takes %d MiB", most/megabyte, limit/megabyte),
			"write at most what the server takes, or 0")
	}
	return good("the server takes mails up to %d MiB", limit/megabyte)
}

// clockSlack is how far two clocks may be apart: codes and signatures are judged by
// days, reminders by minutes.
const clockSlack = 2 * time.Minute
