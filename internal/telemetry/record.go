package telemetry

import (
	"github.com/dsrd/dsrd/workflow"
)

// timer is the task that is no order: a request looks at the clock.
const timer = "timer"

// Committed counts a change.
func (m *Metrics) Committed(c workflow.Change) {
	m.transitions.WithLabelValues(known(events(), string(c.Entry.Event.Type))).Inc()
	if e := c.Entry.Event; e.Type == workflow.Held && e.Rule == ruleOtherText {
		m.held.WithLabelValues(ruleOtherText).Inc() // such a mail's own outcome is not "held"
	}
}

// ruleOtherText holds a mail that has the id of an earlier one and another text.
const ruleOtherText = "intake/same-id-other-text"

// Failed counts an attempt that ended in an error.
func (m *Metrics) Failed(t workflow.Task, _ error) {
	m.failures.WithLabelValues(taskName(t)).Inc()
}

func taskName(t workflow.Task) string {
	if t.Effect == nil {
		return timer
	}
	return known(texts(effects()), string(t.Effect.Type))
}

// Refused counts an event that the workflow has no row for.
func (m *Metrics) Refused(e workflow.EventType) {
	m.refused.WithLabelValues(known(events(), string(e))).Inc()
}

// MailRead counts what a mail that came in has come to. Its class is empty when it
// was set aside unread; an empty outcome means that it is tried again.
func (m *Metrics) MailRead(class string, outcome workflow.Outcomes, rule string) {
	if class == "" {
		class = unread
	}
	if outcome == "" {
		outcome = putOff
	}
	m.mail.WithLabelValues(known(classes(), class), known(outcomes(), string(outcome))).Inc()
	if outcome == workflow.MailHeld {
		m.held.WithLabelValues(known(rules(), rule)).Inc()
	}
}

// MailSent counts one attempt to hand a letter to the relay. passing says that a
// refusal is not for good: the same mail will be tried again.
func (m *Metrics) MailSent(t workflow.EffectType, verdict string, passing bool) {
	kind, _ := letter(t)
	if verdict == "refused" && passing {
		verdict = temporary
	}
	m.mail.WithLabelValues(known(letters(), kind), known(verdicts(), verdict)).Inc()
	if verdict == "ambiguous" {
		m.ambiguous.Inc()
	}
}

// Carried counts one attempt to carry out an order.
func (m *Metrics) Carried(t workflow.EffectType, o workflow.Outcome, err error) {
	m.effects.WithLabelValues(known(texts(effects()), string(t)), resultOf(o, err)).Inc()
}

func resultOf(o workflow.Outcome, err error) string {
	switch {
	case err != nil:
		return "error"
	case o.Uncounted:
		return waits
	case !o.Retry.IsZero():
		return putOff
	}
	switch o.Event.Type {
	case workflow.LetterSent, workflow.PackageSent, workflow.PackageBuilt, workflow.Removed, "": // a copy has no event
		return "done"
	case workflow.LetterFailed, workflow.CompileFailed:
		return "failed"
	case workflow.EffectDropped:
		return "dropped"
	}
	return other // a role that may have nothing, a registry that names another
}

// Durability is how far a Redis keeps what it confirmed.
type Durability string

// The modes. Embedded is a Redis inside this process, of a demonstration or a test.
const (
	Durable  Durability = "durable" // on its disk
	Wait     Durability = "wait"    // on replicas
	WaitAOF  Durability = "waitaof" // on the disks of replicas
	Unknown  Durability = "unknown" // it does not let us look
	Lossy    Durability = "lossy"   // and redis.accept_data_loss accepts that
	Embedded Durability = "embedded"
)

func modes() []Durability { return []Durability{Durable, Wait, WaitAOF, Unknown, Lossy, Embedded} }

// Durability notes what was found at the start.
func (m *Metrics) Durability(found Durability) {
	for _, mode := range modes() {
		value := 0.0
		if mode == found {
			value = 1
		}
		m.durability.WithLabelValues(string(mode)).Set(value)
	}
}
