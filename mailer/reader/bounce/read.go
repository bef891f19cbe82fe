package bounce

import (
	"strings"

	"github.com/dsrd/dsrd/mailer/reader/parts"
)

// A Mail is what of a mail is needed to see whether it is a notice.
type Mail struct {
	Root        *parts.Part
	Text        string // its readable text
	SubjectLine string
	From        string       // the address alone
	Limits      parts.Limits // for messages inside the mail
}

// Read says what the notice tells and what made the mail one. No reasons: it is none. A
// notice that tells nothing but success has reasons and recipients like any other; Failed
// tells them apart.
func Read(m Mail) (n Notice, why []string) {
	report := false
	if n.Recipients = fromStatusParts(m.Root); n.Recipients != nil {
		report, why = true, append(why, "delivery-status")
		explain(n.Recipients, noticeLines(m))
	} else if n.Recipients = fromSES(m); n.Recipients != nil {
		why = append(why, "ses notification")
	} else if why = evidence(m); why == nil {
		return n, nil
	} else if n.Recipients = fromStatusText(m.Text); n.Recipients != nil {
		explain(n.Recipients, noticeLines(m))
	} else {
		n.Recipients = fromText(m)
	}
	for i := range n.Recipients {
		n.Recipients[i].settle()
	}
	n.OriginalMessageID = returnedID(m)
	n.Returned = report && n.OriginalMessageID != ""
	if n.OriginalMessageID == "" {
		n.OriginalMessageID = toldID(m)
	}
	return n, why
}

// Failed says whether the notice tells of anything but success (RFC 3464 2.3.3): a notice
// without recipients is a failure too, of whom it does not say.
func (n Notice) Failed() bool {
	for _, r := range n.Recipients {
		if r.Action != "delivered" && r.Action != "relayed" && r.Action != "expanded" {
			return true
		}
	}
	return len(n.Recipients) == 0
}

// evidence asks whether a mail without a machine-readable part is a notice all the same. A
// person may quote a notice, so the words alone never do: the sender must be a mail system.
func evidence(m Mail) (why []string) {
	h := m.Root.Header
	daemon := isDaemon(m.From) || daemonName(h.Get("From"))
	null := strings.TrimSpace(h.Get("Return-Path")) == "<>"
	report := m.Root.ReportType == "delivery-status"
	failed := h.Has("X-Failed-Recipients")
	subject := containsAny(strings.ToLower(m.SubjectLine), noticeSubjects)
	if !daemon && !null && !report && !failed && !subject {
		return nil // nearly all mail; the text need not be searched
	}
	text := containsAny(strings.ToLower(head(m.Text, 4<<10)), noticeTexts)
	machine := daemon || null || isService(m.From)
	switch {
	case failed:
		why = append(why, "x-failed-recipients")
	case daemon && (subject || text || !answersAutomatically(h)):
		why = append(why, "from: mail system")
	case report, machine && subject && text, null && text, subject && hasStrongText(m.Text):
	default:
		return nil
	}
	if null {
		why = append(why, "return-path: <>")
	}
	if subject {
		why = append(why, "subject: delivery notice")
	}
	if text {
		why = append(why, "text: delivery notice")
	}
	if report {
		why = append(why, "report-type: delivery-status")
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
		"bounce", "bounces", "mailsystem":
		return true
	}
	return strings.HasPrefix(local, "microsoftexchange") ||
		strings.HasPrefix(local, "mailer-daemon") || strings.HasPrefix(local, "postmaster")
}

// isService knows local parts of programs that send notices among other things.
func isService(address string) bool {
	local, _, _ := strings.Cut(strings.ToLower(address), "@")
	return local == "" || strings.Contains(local, "reply") || strings.Contains(local, "admin") ||
		strings.Contains(local, "system") || local == "root" || local == "info"
}

func daemonName(from string) bool {
	from = strings.ToLower(parts.DecodeWords(from))
	return containsAny(from, []string{"mail delivery s", "mailer-daemon", "mailer daemon", "mail deliver system",
		"mail administrator", "mail delivery agent", "delivery subsystem", "system administrator",
		"internet mail delivery", "mail system"})
}

func containsAny(s string, phrases []string) bool {
	for _, p := range phrases {
		if strings.Contains(s, p) {
			return true
		}
	}
	return false
}

func head(s string, max int) string { return s[:min(len(s), max)] }
