package telemetry

import (
	"slices"
	"strings"

	"github.com/dsrd/dsrd/workflow"
)

// other stands for a value that no set names: the number of series is bounded
// whatever happens.
const other = "other"

// known gives the value if the set has it.
func known(set []string, value string) string {
	if slices.Contains(set, value) {
		return value
	}
	return other
}

// unread is the class of a mail that was set aside before anybody read it.
const unread = "unread"

// What became of an order: tried again after a failure, or made to wait by a person
// or a rule. A mail that is read again was put off, too.
const (
	putOff = "put_off"
	waits  = "waits"
)

// classes of mails that come in, as the reader sorts them.
func classes() []string {
	return []string{"human", "auto", "bounce", "list", "own", "report", unread}
}

// outcomes of mails that come in.
func outcomes() []string {
	return append(texts([]workflow.Outcomes{
		workflow.MailStarted, workflow.MailRepeated, workflow.MailAnswered, workflow.MailAskedBack,
		workflow.MailHeld, workflow.MailNoted, workflow.MailOwn, workflow.MailQuarantined,
		workflow.MailIgnored,
	}), putOff)
}

// effects are all orders.
func effects() []workflow.EffectType {
	return []workflow.EffectType{
		workflow.SendConfirmation, workflow.SendReminder, workflow.SendQuestion, workflow.SendWhich,
		workflow.SendDeclined, workflow.SendRefusal, workflow.SendReceipt, workflow.SendPackage,
		workflow.SendPassphrase, workflow.SendEscalation, workflow.SendHeld, workflow.Compile, workflow.RemovePackage,
		workflow.RemovePersonal, workflow.KeepCopy,
	}
}

// letter is the kind of mail that an order sends.
func letter(t workflow.EffectType) (string, bool) { return strings.CutPrefix(string(t), "send_") }

// letters are the kinds of mail that go out.
func letters() []string {
	var all []string
	for _, t := range effects() {
		if kind, ok := letter(t); ok {
			all = append(all, kind)
		}
	}
	return all
}

// verdicts on one attempt to hand a mail to the relay.
func verdicts() []string {
	return []string{"accepted", "refused", temporary, "ambiguous", "withheld"}
}

// temporary is a refusal after which the same mail is tried again.
const temporary = "temporary"

// results of carrying out an order once.
func results() []string { return []string{"done", "failed", "dropped", putOff, waits, "error", other} }

// events are all that a transition can be caused by.
func events() []string {
	return texts(append(workflow.EventTypes(), workflow.Received))
}

// rules are those by which an answer, or a mail that pretends to be an earlier one,
// is held.
func rules() []string {
	return []string{
		"ack/from", "ack/authentic", "ack/human", "ack/token", "ack/decision", "ack/fresh",
		"ack/once", "ack/state", ruleOtherText,
	}
}

// texts are strings as strings.
func texts[T ~string](values []T) []string {
	all := make([]string, len(values))
	for i, v := range values {
		all[i] = string(v)
	}
	return all
}
