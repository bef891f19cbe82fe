package mailer

import (
	"github.com/dsrd/dsrd/mailer/authentic"
	"github.com/dsrd/dsrd/workflow"
)

// unanswered reports whether the admin was asked until the end and did not answer.
func unanswered(r workflow.Request) bool {
	return r.State == workflow.NeedsReview && r.Reason == workflow.NobodyAnswered
}

// tell says what the registered admin is told of an answer that fails a rule; nothing
// where it was told before, or where it does not matter. Whoever wrote is told nothing.
func tell(a answer, q question, j judgement) workflow.Reason {
	why := reasonToTell(a, q, j)
	if !q.named || !q.request.Tells(why) {
		return workflow.NoReason
	}
	return why
}

func reasonToTell(a answer, q question, j judgement) workflow.Reason {
	if len(readable(a)) > 0 {
		return workflow.NoReason
	}
	switch {
	case unanswered(q.request):
		return fromTheAdmin(a, q, workflow.CodeEnded)
	case q.request.Unasked():
		return fromTheAdmin(a, q, workflow.OldCode)
	}
	c := q.request.Challenge
	if c == nil || q.request.State != workflow.AwaitingConfirmation {
		return workflow.NoReason
	}
	asked, err := authentic.FoldAddress(string(c.Admin))
	switch {
	case err != nil:
	case a.verdict.From == "" && j.code >= codeQuoted:
		return workflow.NotProven // nobody can say from whom it is
	case a.verdict.From != asked && j.code >= codeQuoted:
		return workflow.OtherSender
	case a.verdict.From != asked:
	case !j.proven:
		return workflow.NotProven
	case j.code == codeOther:
		return workflow.OldCode
	case a.arrived.After(c.Ends):
		return workflow.CodeEnded
	}
	return workflow.NoReason
}

// fromTheAdmin is the reason for the admin, proven, who answers when no code is out. Which
// code it is nobody knows then: all are forgotten.
func fromTheAdmin(a answer, q question, why workflow.Reason) workflow.Reason {
	asked, err := authentic.FoldAddress(string(q.admin.Address))
	mine := err == nil && a.verdict.From == asked && a.verdict.Confirmable()
	if !mine || len(codesIn(a.mail.Text)) == 0 {
		return workflow.NoReason
	}
	return why
}
