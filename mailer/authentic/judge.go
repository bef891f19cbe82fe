package authentic

import (
	"fmt"
	"slices"
	"strings"
)

// proofFields must be in h=: who wrote, when, and which mail it is. To and
// In-Reply-To are not asked for, because Exchange Online does not sign them.
var proofFields = []string{"from", "date", "message-id"}

// judge draws the verdict from what run found. Rule ack/authentic has two ways
// to hold, a signature computed here and the stamp of a server that the
// operator pinned; the second is tried where the first finds nothing, and is
// subject to the same once-only fields.
func (e *examination) judge(d *Verdict) {
	for _, c := range e.claims {
		d.DKIM = append(d.DKIM, c.Signature)
	}
	d.Unchecked = e.unchecked
	if why := e.doubled(); why != "" {
		d.refuse(Fail, why)
	}
	if proof, why := e.prove(); proof >= 0 {
		d.Proof, d.Way = proof, ByDKIM
	} else {
		e.judgeStamp(d, why)
	}
	e.conclude(d)
}

// judgeStamp judges the second way, where why is what the first lacks.
func (e *examination) judgeStamp(d *Verdict, why string) {
	if e.pinned == "" {
		d.refuse(e.outcome(), why)
		return
	}
	proof, result, stampWhy := e.stamped()
	if result == Pass {
		d.Proof, d.Way = proof, ByAuthenticationResults
		return
	}
	if result != TempError {
		result = e.outcome()
	}
	d.refuse(result, why)
	d.refuse(result, stampWhy)
}

func (d *Verdict) refuse(r Result, why string) {
	d.Failures = append(d.Failures, Failure{RuleAuthentic, why})
	if d.Result == "" {
		d.Result = r
	}
}

// conclude sets Result where no refusal of ack/authentic did, and lets a
// refused From be a fail whatever else is so.
func (e *examination) conclude(d *Verdict) {
	switch {
	case e.from == "":
		d.Result, d.Proof, d.Way = Fail, -1, ""
	case len(d.Failures) == 0:
		d.Result = Pass
	default:
		d.Proof, d.Way = -1, ""
	}
}

// doubled names the first field that occurs twice or can be taken for another.
func (e *examination) doubled() string {
	for _, name := range onceOnly {
		if n := e.counts[name]; n > 1 {
			return fmt.Sprintf("%d %s fields", n, name)
		}
	}
	for _, f := range e.mail.fields {
		if e.counts[f.name] == 1 && isOnceOnly(f.name) && (f.spaced() || f.blankLine()) {
			return fmt.Sprintf("the %s field is written to be misread", f.name)
		}
	}
	return ""
}

func isOnceOnly(name string) bool { return slices.Contains(onceOnly, name) }

// prove finds the first signature that proves the mail, or says what keeps the
// nearest one from it.
func (e *examination) prove() (int, string) {
	if e.from == "" {
		return -1, "without a clear From there is nothing to prove"
	}
	nearest := "no signature of the From domain"
	for i, c := range e.claims {
		if !related(c.Domain, e.from) {
			continue
		}
		why := e.shortfall(i, c)
		if why == "" {
			return i, ""
		}
		nearest = "d=" + c.Domain + ": " + why
	}
	return -1, nearest
}

// shortfall says what a signature of the From organisation lacks as a proof.
func (e *examination) shortfall(i int, c *claim) string {
	switch {
	case c.Result != Pass:
		return c.Why
	case !c.Aligned && e.policyErr != nil:
		return "the DMARC look-up failed for now"
	case !c.Aligned:
		return "the From domain wants d= to be itself"
	case len(c.Weak) > 0:
		return strings.Join(c.Weak, ", ")
	}
	for _, name := range proofFields {
		if !c.Covers(name) {
			return name + " is not signed"
		}
	}
	if err := secondOpinion(e.raw, c, e.position[i], e.dns); err != nil {
		return err.Error()
	}
	return ""
}

// outcome tells apart why nothing is proven: later it may be, it was tried and
// does not hold, or nobody tried.
func (e *examination) outcome() Result {
	result := None
	for _, c := range e.claims {
		if !related(c.Domain, e.from) {
			continue
		}
		if c.Result == TempError || c.Result == Pass && !c.Aligned && e.policyErr != nil {
			return TempError
		}
		result = Fail
	}
	return result
}
