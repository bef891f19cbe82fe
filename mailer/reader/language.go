package reader

import (
	"slices"
	"strings"

	"github.com/dsrd/dsrd/mailer/reader/bounce"
	"github.com/dsrd/dsrd/mailer/reader/parts"
	"github.com/dsrd/dsrd/mailer/reader/reply"
)

// bare reads a body that came without a mail around it.
func (r *reading) bare(p piece) {
	r.parsed = &parts.Message{}
	r.body = body{max: r.options.Limits.TextBytes, pieces: []piece{p}}
	r.body.show(&r.body.pieces[0])
	r.mail.Text = r.body.text()
	r.language()
	r.settle()
}

// language asks what a person newly wrote. A program's mail is still cut, for people to look
// at, but it neither decides nor asks for anything.
func (r *reading) language() {
	m := r.mail
	said := newText(&r.body, m.Text)
	m.Reply = clean(said.New)
	if m.Class != Human || r.expired() {
		return
	}
	m.Decision, m.DecisionReason = decide(said, m.SubjectLine)
	if m.Decision == Confirm && (r.htmlSaysOtherwise() || r.plainSaysOtherwise()) {
		m.Decision, m.DecisionReason = Unclear, "text and html disagree"
	}
	m.Request = asked(m.Reply, m.SubjectLine, m.From, r.options.Own)
	r.settleAway(said.Inline, said.Removed)
	if why := r.doubts(); why != "" && (m.Decision == Confirm || m.Decision == Reject) {
		m.Decision, m.DecisionReason = Unclear, why
	}
}

// doubts names why a person's mail decides nothing, whatever it says: what programs and lists
// write stands on it too, only not in the way that would make it theirs.
func (r *reading) doubts() string {
	if r.parsed.Root == nil {
		return "" // a bare body
	}
	h := r.parsed.Root.Header
	_, sign := autoSubject(r.mail.SubjectLine)
	switch {
	case sign != noSign:
		return "automatic-subject"
	case len(r.redirects(h)) > 0:
		return "redirected"
	case len(listReasons(h)) > 0:
		return "through-a-list"
	case h.Has("Feedback-ID") && !personalFeedback(h.All("Feedback-ID")):
		return "feedback-id"
	case bounce.Resembles(r.mail.SubjectLine, r.mail.Text):
		return "notice-words"
	}
	return ""
}

// htmlSaysOtherwise compares the two versions of one answer. Whoever signs or shows a mail may
// have seen only the HTML, so plain text alone confirms nothing that the HTML does not.
func (r *reading) htmlSaysOtherwise() bool {
	source := r.body.unshownHTML()
	if source == "" {
		return false
	}
	d, _ := decide(fromHTML(source), r.mail.SubjectLine)
	return d != Confirm
}

// plainSaysOtherwise asks the plain text that was not shown because it seemed to say no more than
// that there is HTML: whether it says anything that decides.
func (r *reading) plainSaysOtherwise() bool {
	return slices.ContainsFunc(r.body.pieces, func(p piece) bool {
		if !p.isHTML || strings.TrimSpace(p.plain) == "" {
			return false
		}
		d, why := decide(reply.FromPlain(p.plain), "")
		return d == Reject || d == Unclear && why != reply.NoDecision
	})
}

func containsPGP(text string) bool {
	return strings.Contains(text, "-----BEGIN PGP MESSAGE-----")
}
