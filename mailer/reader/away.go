package reader

import "github.com/dsrd/dsrd/mailer/reader/parts"

// settleAway asks whether a mail that no field calls automatic is a notice that somebody is away,
// sent by one of the old programs that write none. Only texts that do nothing but tell so count:
// a notice taken for a person's mail is unclear, a person's mail taken for a notice is lost. What
// is written between the lines of ours is no program's.
func (r *reading) settleAway(inline bool, removed string) {
	m := r.mail
	phrase, sign := autoSubject(m.SubjectLine)
	ours := r.answersOurs()
	if sign == noSign && (!ours || m.Decision == Confirm) {
		return
	}
	var why []string
	asks := len(m.Request.Kinds) > 0
	decides := m.Decision == Confirm || m.Decision == Reject
	hinted := sign == hintSign && !asks && !decides
	if sign == bareSign && (ours || !asks) || ours && (hinted || sign == stateSign || sign == setOffSign) {
		why = append(why, "subject: "+phrase)
	}
	from := parts.DecodeWords(r.parsed.Root.Header.Get("From"))
	if !asks && !inline && tellsAbsence(m.Reply, from) && !answersBelow(removed) {
		why = append(why, "text: tells that somebody is away")
	}
	if why != nil {
		m.Class, m.Reasons = Auto, why
		m.Decision, m.DecisionReason, m.Request = None, "", Request{}
	}
}

// answersOurs says whether the mail names one of ours as what it answers.
func (r *reading) answersOurs() bool {
	ours := r.options.IsOurMessageID
	if ours == nil {
		return false
	}
	for _, list := range [][]string{r.mail.InReplyTo, r.mail.References} {
		for _, id := range list {
			if ours(id) {
				return true
			}
		}
	}
	return false
}
