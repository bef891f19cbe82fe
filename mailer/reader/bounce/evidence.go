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
	machine := daemon || null || isService(m.From)
	switch {
	case failed:
		why = append(why, "x-failed-recipients")
	case daemon && (subject || text || !answersAutomatically(h)):
		why = append(why, "from: mail system")
	case report, machine && subject && text, null && text,
		subject && tells(head(m.Text, maxOpening)).has(isStrong):
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

// answersAutomatically tells a vacation notice that bears a daemon's name from a bounce.
func answersAutomatically(h parts.Header) bool {
	v := strings.ToLower(h.Get("Auto-Submitted"))
	return strings.HasPrefix(v, "auto-replied") || h.Has("X-Autoreply") ||
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

// isService knows local parts of programs that send notices among other things.
func isService(address string) bool {
	local, _, _ := strings.Cut(strings.ToLower(address), "@")
	if local == "" || local == "root" || local == "info" {
		return true
	}
	for _, word := range []string{"reply", "admin", "system", "virus", "quarantine", "gateway",
		"scanner", "filter", "mailer"} {
		if strings.Contains(local, word) {
			return true
		}
	}
	return false
}

func daemonName(from string) bool { return tells(parts.DecodeWords(from)).has(namesDaemon) }

// isFML knows what the list manager fml writes itself: it numbers those mails with an id of
// its own making, while the posts that it spreads keep their writers' ids.
func isFML(h parts.Header) bool {
	_, tail, _ := strings.Cut(h.Get("Message-ID"), ".")
	return strings.HasPrefix(strings.ToLower(strings.TrimSpace(h.Get("X-MLServer"))), "fml ") &&
		strings.HasPrefix(tail, "FML")
}
