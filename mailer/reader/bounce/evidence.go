package bounce

import (
	"strings"

	"github.com/dsrd/dsrd/mailer/reader/parts"
)

const (
	maxFirstWords = 4 << 10 // bytes of text in which a notice says what it is
	maxOpening    = 1 << 10 // bytes in which it says so when nothing else tells
)

// evidence asks whether a mail without a machine-readable part is a notice all the same. A
// person may quote a notice, so the words alone never do: the sender must be a mail system.
func evidence(m Mail) (why []string) {
	h := m.Root.Header
	if isFML(h) {
		return []string{"x-mlserver: fml notice"}
	}
	daemon := isDaemon(m.From) || daemonName(h.Get("From"))
	null := strings.TrimSpace(h.Get("Return-Path")) == "<>"
	report := m.Root.ReportType == "delivery-status"
	failed := h.Has("X-Failed-Recipients")
	subject := tells(m.SubjectLine).has(inSubject)
	if !daemon && !null && !report && !failed && !subject {
		return nil // nearly all mail; the text need not be searched
	}
	text := tells(head(m.Text, maxFirstWords)).has(inText)
	machine := daemon || null || isService(m.From) || isOffice(m.From) && looksMade(m)
	switch {
	case failed:
		why = append(why, "x-failed-recipients")
	case daemon && (subject || text || !answersAutomatically(h)):
		why = append(why, "from: mail system")
	case report, machine && subject && text, null && text,
		subject && opensAsNotice(m.Text) && !startsWith(flat(m.SubjectLine), replyMark):
	default:
		return nil
	}
	for _, e := range []struct {
		is   bool
		name string
	}{
		{null, "return-path: <>"}, {subject, "subject: delivery notice"},
		{text, "text: delivery notice"}, {report, "report-type: delivery-status"},
	} {
		if e.is {
			why = append(why, e.name)
		}
	}
	return why
}

// Resembles says whether a mail has the words of a notice in its subject line and in its text,
// those that it quotes too. People answer notices and pass them on, so that makes none of it;
// but it may be one all the same, and what it says can be somebody else's.
func Resembles(subjectLine, text string) bool {
	if !tells(subjectLine).has(inSubject) {
		return false // nearly all mail; the text need not be searched
	}
	said := tells(head(text, maxFirstWords))
	return said.has(inText) || said.has(isStrong)
}

// answersAutomatically tells a vacation notice that bears a daemon's name from a bounce.
func answersAutomatically(h parts.Header) bool {
	return parts.FirstToken(h.Get("Auto-Submitted")) == "auto-replied" || h.Has("X-Autoreply") ||
		h.Has("X-Auto-Response-Suppress")
}

func isDaemon(address string) bool {
	local, _, _ := strings.Cut(strings.ToLower(address), "@")
	switch strings.NewReplacer("-", "", "_", "", ".", "", "+", "").Replace(local) {
	case "mailerdaemon", "maildaemon", "postmaster", "mailerdeamon", "mdaemon", "mmdf", "uucp",
		"maildeliverysubsystem", "maildelivery", "microsoftexchange", "daemon", "mailadmin",
		"bounce", "bounces", "mailsystem", "maildeliverysystem", "mailerror", "mailadministrator":
		return true
	}
	return strings.HasPrefix(local, "microsoftexchange") ||
		strings.HasPrefix(local, "mailer-daemon") || strings.HasPrefix(local, "postmaster")
}

// isService knows local parts behind which there is no person, but a program that sends notices
// among other things.
func isService(address string) bool {
	local, _, _ := strings.Cut(strings.ToLower(address), "@")
	return local == "" || hasAny(local, "reply", "virus", "quarantine", "gateway", "scanner", "mailer")
}

// isOffice knows local parts at which programs and people write: the only address of a small
// company is often "info".
func isOffice(address string) bool {
	local, _, _ := strings.Cut(strings.ToLower(address), "@")
	return local == "root" || local == "info" || hasAny(local, "admin", "system", "filter")
}

func hasAny(s string, words ...string) bool {
	for _, w := range words {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}

// looksMade says whether a mail shows the hand of a program: a field, a mail that it returns,
// or what a server answered. What a person quotes does not count.
func looksMade(m Mail) bool {
	if writtenByProgram(m.Root.Header) || opensAsNotice(m.Text) {
		return true
	}
	returns := false
	m.Root.Each(func(p *parts.Part) bool {
		returns = p.Type == "message/rfc822" || p.Type == "text/rfc822-headers"
		return !returns
	})
	return returns || statusIn(Unquoted(head(m.Text, maxFirstWords))) != ""
}

// opensAsNotice asks the first words, without what a person quotes of a notice.
func opensAsNotice(text string) bool {
	return tells(Unquoted(head(text, maxOpening))).has(isStrong)
}

// Unquoted is a text without the lines that a mark shows as somebody else's.
func Unquoted(text string) string {
	var own strings.Builder
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(strings.TrimSpace(line), ">") {
			own.WriteString(line)
		}
	}
	return own.String()
}

func daemonName(from string) bool { return tells(parts.DecodeWords(from)).has(namesDaemon) }

// isFML knows what the list manager fml writes itself: it numbers those mails with an id of
// its own making, while the posts that it spreads keep their writers' ids.
func isFML(h parts.Header) bool {
	_, tail, _ := strings.Cut(h.Get("Message-ID"), ".")
	return strings.HasPrefix(strings.ToLower(strings.TrimSpace(h.Get("X-MLServer"))), "fml ") &&
		strings.HasPrefix(tail, "FML")
}
