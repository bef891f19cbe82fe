package mailer

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/dsrd/dsrd/mailer/authentic"
	"github.com/dsrd/dsrd/mailer/reader"
	"github.com/dsrd/dsrd/mailer/reader/reply"
	"github.com/dsrd/dsrd/workflow"
)

// The rules of the acknowledgement protocol. A reply decides, for or against,
// only if all of them hold; the ids appear in histories and in `dsrd inspect`.
const (
	ruleFrom      = "ack/from"      // written by the admin who was asked
	ruleAuthentic = "ack/authentic" // and the bytes prove it
	ruleHuman     = "ack/human"     // by a person, in a mail that reads in one way
	ruleToken     = "ack/token"     // with the live code in its body
	ruleDecision  = "ack/decision"  // saying clearly yes or no
	ruleFresh     = "ack/fresh"     // after it was asked, before the code ended
	ruleOnce      = "ack/once"      // and not seen before
	ruleState     = "ack/state"     // while an answer is awaited
)

// Failure is a rule that does not hold, and why, without personal data.
type Failure struct{ Rule, Why string }

func (f Failure) String() string { return f.Rule + ": " + f.Why }

// answer is all that is known of a mail that may be an acknowledgement.
type answer struct {
	mail    *reader.Mail
	verdict authentic.Verdict
	second  string // its text as a second parser reads it
	digest  string
	arrived time.Time
	replays int // how often an operator had it judged again
	// outside says that text stands where only a Content-Type that nobody signed puts it.
	outside bool
	// elsewhere says that its proof shows it was written to somebody else.
	elsewhere bool
}

// question is what it may be an answer to.
type question struct {
	request workflow.Request
	admin   workflow.Admin // the registry's entry for the admin who was asked
	named   bool           // the registry still names that admin
	cools   time.Time      // until when that entry is too new to release anything
	typed   bool           // the code must be typed, not only quoted
	strict  bool           // only a signature of the From domain itself proves anything
	now     time.Time
	codeKey []byte
	epoch   int64 // of the store's generation, now
}

// judgement is what the rules say of an answer.
type judgement struct {
	failures []Failure
	decision reader.Decision
	unclear  workflow.Reason // why it must be asked back; "" when it decides
	proven   bool            // rules ack/from and ack/authentic hold
	code     carried
	directed bool // nothing proves that it was written to somebody else
	later    bool // only a look-up failed, for now: judge again
}

// earliness is how far a sender's clock may be behind ours (ack/fresh).
const earliness = 10 * time.Minute

// lateness is how far a sender's clock may be ahead of a mail's arrival: a clock that is
// set in another zone's time is. A Date beyond that says nothing of when it was written.
const lateness = 24 * time.Hour

// judge holds an answer against every rule. It changes nothing.
func judge(a answer, q question) judgement {
	c := q.request.Challenge
	if q.request.State != workflow.AwaitingConfirmation || c == nil {
		return judgement{failures: []Failure{{ruleState, "no answer is awaited"}}}
	}
	j := judgement{decision: a.mail.Decision, failures: sender(a, q)}
	j.proven = len(j.failures) == 0
	j.failures = append(j.failures, settled(q)...)
	j.failures = append(j.failures, readable(a)...)
	j.failures = append(j.failures, fresh(a, q, *c)...)
	astray := directed(a)
	j.directed = len(astray) == 0
	j.failures = append(j.failures, astray...)
	j.code = codeOf(a, q)
	token, unsaid := token(a, q, j.code), missing[j.code]
	if unsaid == workflow.NoReason {
		j.failures = append(j.failures, token...)
	}
	j.later = a.verdict.Result == authentic.TempError && onlyAuthentic(j.failures)
	switch {
	case unsaid != workflow.NoReason && len(j.failures) == 0:
		j.unclear = unsaid
	case unsaid != workflow.NoReason:
		j.failures = append(j.failures, token...)
	default:
		j.unclear = unclear(a, q)
	}
	return j
}

// missing says what is asked back where the code is not there as it must be.
var missing = map[carried]workflow.Reason{
	codeNone: workflow.CodeMissing, codeQuoted: workflow.CodeNotTyped,
}

// guesses reports whether the admin, proven, wrote to us a code that is not the live one, in a
// mail at which nothing else is wrong: neither old mail of the admin's nor mail to somebody
// else is any of it, or whoever has ten such mails could lock the admin out.
func (j judgement) guesses() bool {
	other := func(f Failure) bool { return f.Rule != ruleToken }
	return j.proven && j.directed && j.code == codeOther && !slices.ContainsFunc(j.failures, other)
}

// onlyAuthentic reports whether nothing but a proof is wanting: what fails another
// rule fails it for good, and is not worth another look-up.
func onlyAuthentic(failures []Failure) bool {
	for _, f := range failures {
		if f.Rule != ruleAuthentic {
			return false
		}
	}
	return true
}

// sender is rules ack/from and ack/authentic: the bytes prove that the admin who
// was asked, and whom the registry still names, wrote them.
func sender(a answer, q question) []Failure {
	var failures []Failure
	for _, f := range a.verdict.Failures {
		failures = append(failures, Failure{string(f.Rule), f.Why})
	}
	asked, err := authentic.FoldAddress(string(q.request.Challenge.Admin))
	switch {
	case err != nil:
		failures = append(failures, Failure{ruleFrom, "the admin's address cannot be compared"})
	case a.verdict.From != asked:
		failures = append(failures, Failure{ruleFrom, "not from the admin who was asked"})
	case !q.named:
		failures = append(failures, Failure{ruleFrom, "the registry no longer names this admin"})
	}
	switch {
	case len(failures) > 0:
	case !a.verdict.Confirmable():
		failures = append(failures, Failure{ruleAuthentic, "result " + string(a.verdict.Result)})
	case q.strict && !signedByItself(a.verdict):
		failures = append(failures, Failure{ruleAuthentic, "the tenant wants d= to be the From domain itself"})
	}
	return failures
}

// signedByItself reports whether the proof is a signature of the From domain, not of
// another of its organisation.
func signedByItself(v authentic.Verdict) bool {
	proven := v.Proof >= 0 && v.Proof < len(v.DKIM)
	return proven && v.DKIM[v.Proof].Domain == v.FromDomain
}

// settled is the part of rule ack/state about the admin: whoever got into the
// registry a moment ago decides nothing yet, for or against, so that the tenant has
// time to see who was put there; nor does anybody while codes seem to be guessed. A new
// mail counts when that time is over.
func settled(q question) []Failure {
	var failures []Failure
	if q.cools.After(q.now) {
		failures = append(failures, Failure{ruleState, "the registry names this admin anew: " +
			"an answer counts from " + q.cools.UTC().Format(time.RFC3339) + " on"})
	}
	if q.request.Locked(q.now) {
		failures = append(failures, Failure{ruleState, "too many wrong codes came within a day"})
	}
	return failures
}

// readable is rule ack/human: the mail of a person, that reads in one way only.
func readable(a answer) []Failure {
	why := ""
	switch m := a.mail; {
	case m.Err != "":
		why = "cannot be read"
	case m.Class != reader.Human:
		why = "class " + string(m.Class)
	case m.HeaderRepaired:
		why = "its header had to be repaired"
	case len(m.DuplicateHeaders) > 0:
		why = "header fields stand in it twice"
	case m.OverLimit || m.Truncated:
		why = "not all of it could be read"
	case m.Unreadable != "":
		why = "its text is " + m.Unreadable
	case a.outside:
		why = "text stands outside its parts, and who cut them is not proven"
	default:
		return nil
	}
	return []Failure{{ruleHuman, why}}
}

// directed is the part of rule ack/token about whom the code was sent to: an answer to
// somebody else's question, with our code below it, is none to ours.
func directed(a answer) []Failure {
	if !a.elsewhere {
		return nil
	}
	return []Failure{{ruleToken, "signed as a mail to somebody else"}}
}

// fresh is rule ack/fresh: written after the confirmation that carries the code,
// arrived before the code's end.
func fresh(a answer, q question, c workflow.Challenge) []Failure {
	earliest, latest := c.IssuedAt.Add(-earliness), a.arrived.Add(lateness)
	if now := q.now.Add(lateness); now.After(latest) {
		latest = now // the mail server's clock may be behind
	}
	why := ""
	switch signed := a.verdict.SignedAt(); {
	case a.verdict.Date.IsZero():
		why = "no Date that can be trusted"
	case a.verdict.Date.Before(earliest):
		why = "dated before the confirmation"
	case !signed.IsZero() && signed.Before(earliest):
		why = "signed before the confirmation"
	case a.verdict.Date.After(latest) || signed.After(latest):
		why = "dated in the future"
	case a.arrived.After(c.Ends):
		why = "arrived after the code had ended"
	default:
		return nil
	}
	return []Failure{{ruleFresh, why}}
}

// token is rule ack/token. Content-Type may be unsigned, so both parsers must
// find the code and the decisive words.
func token(a answer, q question, code carried) []Failure {
	c := *q.request.Challenge
	said := letters(a.mail.Reply)
	again, _ := carries(a.second, q.codeKey, q.request.ID, c)
	why := ""
	switch {
	case code == codeNone:
		why = "no code in the body"
	case code == codeOther:
		why = "not the live code of this request"
	case c.Epoch != q.epoch:
		why = "a code from before a recovery"
	case !again:
		why = "a second reading does not find the code"
	case said != "" && times(a.second, said) < max(1, times(a.mail.Text, said)):
		why = "a second reading does not find the answer"
	case code == codeQuoted:
		why = "the code is only quoted, and the tenant wants it typed"
	default:
		return nil
	}
	return []Failure{{ruleToken, why}}
}

// carried is what an answer brings of codes.
type carried int

const (
	codeNone   carried = iota // nothing of that shape
	codeOther                 // something of that shape
	codeQuoted                // the live code, not typed where it must be
	codeLive
)

// codeOf looks for the live code: in the whole text, or, where it must be typed, in what
// the admin newly wrote.
func codeOf(a answer, q question) carried {
	c := *q.request.Challenge
	live, any := carries(a.mail.Text, q.codeKey, q.request.ID, c)
	typed := live
	if q.typed {
		typed, _ = carries(a.mail.Reply, q.codeKey, q.request.ID, c)
	}
	switch {
	case !any:
		return codeNone
	case !live:
		return codeOther
	case !typed:
		return codeQuoted
	}
	return codeLive
}

// times counts how often something is said in a text. Our own quoted words say
// "CONFIRM" too, so a second reading must find it as often as the first.
func times(text, said string) int { return strings.Count(letters(text), said) }

// unclear is rule ack/decision: the newly written text alone decides.
func unclear(a answer, q question) workflow.Reason {
	switch {
	case a.mail.Decision != reader.Confirm && a.mail.Decision != reader.Reject:
		return workflow.UnclearAnswer
	case a.mail.Decision == reader.Confirm &&
		reply.NamesOther(a.mail.Reply, string(q.request.Customer), string(q.request.Challenge.Admin)):
		return workflow.OtherAddress
	}
	return workflow.NoReason
}

// letters keeps what two parsers must agree on: letters and digits.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

// rules lists the failed rules for the history.
func (j judgement) rules() (first, all string) {
	var lines []string
	for _, f := range j.failures {
		lines = append(lines, f.String())
	}
	if len(lines) == 0 {
		return "", ""
	}
	return j.failures[0].Rule, strings.Join(lines, "; ")
}
