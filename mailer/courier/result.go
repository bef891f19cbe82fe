package courier

import (
	"errors"
	"fmt"
	"net/textproto"
)

// A Verdict is what became of a mail.
type Verdict string

const (
	// Accepted: the server answered the final dot with 2xx and is responsible now (RFC 5321
	// section 6.1). Whatever the connection does afterwards changes nothing.
	Accepted Verdict = "accepted"
	// Refused: the server has not got the mail. Sending it again cannot make a second copy.
	Refused Verdict = "refused"
	// Ambiguous: the dot was sent and no answer understood. The server may have the mail.
	Ambiguous Verdict = "ambiguous"
	// Withheld: the check said no; the server was not told the recipient.
	Withheld Verdict = "withheld"
)

// A Stage is the step at which a mail's way ended.
type Stage string

// The stages in their order. Connect covers settings, name look-up, dialling and TLS
// from the start; Size is a mail larger than the server's EHLO allows; Check is the
// caller's own; Data covers the mail up to the dot, Dot all from its first byte on.
const (
	StageAddress  Stage = "address"
	StageConnect  Stage = "connect"
	StageGreeting Stage = "greeting"
	StageEHLO     Stage = "ehlo"
	StageStartTLS Stage = "starttls"
	StageAuth     Stage = "auth"
	StageSize     Stage = "size"
	StageCheck    Stage = "check"
	StageMail     Stage = "mail"
	StageRcpt     Stage = "rcpt"
	StageData     Stage = "data"
	StageDot      Stage = "dot"
)

// Result says what became of a mail and, if it was not taken, why.
type Result struct {
	Verdict   Verdict
	Permanent bool   // of Refused: sending the same mail again is pointless
	Config    bool   // of Refused: settings or account are wrong; no fault of this mail
	Stage     Stage  // where it ended; StageDot when accepted
	Code      int    // the server's reply code, 0 when there was no reply
	Enhanced  string // the enhanced status code, as "5.1.1" (RFC 3463), or empty
	Reply     string // the server's words, cut to 200 characters, addresses masked
	QueueID   string // the server's own name for the mail it accepted, where it told one
	Limit     int64  // bytes the server takes according to its EHLO; 0 when it does not say
	Err       error  // nil only when accepted; names no address; wraps the error of check or context
}

// failed makes the result of an error before the dot: the server has not got the mail.
func failed(stage Stage, e Envelope, err error) *Result {
	r := Result{Verdict: Refused, Stage: stage}
	var reply *textproto.Error
	if !errors.As(err, &reply) {
		r.Config = distrusted(err)
		r.Err = fmt.Errorf("submit mail: %s: %w%s", stage, err, hint(err))
		return &r
	}
	r.read(reply.Code, reply.Msg, e)
	r.judge()
	r.Err = fmt.Errorf("submit mail: %s: server said %d %s", stage, r.Code, r.Reply)
	return &r
}

// unknown makes the result of an error after the dot.
func unknown(err error) Result {
	return Result{Verdict: Ambiguous, Stage: StageDot,
		Err: fmt.Errorf("submit mail: no answer understood after the dot: %w", err)}
}

// judge sorts a reply before or after the dot that is not the one hoped for.
func (r *Result) judge() {
	r.Config = r.misconfigured()
	r.Permanent = r.Code >= 500 && !r.Config
}

// misconfigured is true of replies that speak of the account or the connection. A 5xx before MAIL
// cannot be about a mail that was not named yet; treating it as final would end every request
// while a relay is set up wrongly.
func (r *Result) misconfigured() bool {
	switch r.Code {
	case 530, 534, 535, 538: // RFC 4954 section 6
		return true
	case 550: // Exchange Online where basic authentication is switched off
		return r.Enhanced == "5.7.30"
	}
	early := r.Stage != StageMail && r.Stage != StageRcpt && r.Stage != StageData &&
		r.Stage != StageDot
	return r.Code >= 500 && early
}
