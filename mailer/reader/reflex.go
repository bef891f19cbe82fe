package reader

import (
	"strings"

	"github.com/dsrd/dsrd/mailer/reader/parts"
)

// reflexReasons knows what a mail program sends when somebody taps a button under a mail: the
// text beside it is the program's, and whoever tapped has answered nothing.
func reflexReasons(root *parts.Part) (why []string) {
	root.Each(func(p *parts.Part) bool {
		switch {
		case p.Disposition == "attachment":
		case p.Type == "text/calendar" && answersInvitation(p):
			why = append(why, "text/calendar: an answer to an invitation")
		case p.Type == "text/vnd.google.email-reaction+json":
			why = append(why, "a reaction")
		}
		return why == nil
	})
	return why
}

// maxCalendar is how much of a calendar is looked at; its method stands at the top.
const maxCalendar = 4 << 10

// answersInvitation: the method stands in the field and in the calendar (RFC 6047 2.4), and either
// one tells, since programs leave one of them out.
func answersInvitation(p *parts.Part) bool {
	field := strings.ToLower(strings.Join(strings.Fields(p.Header.Get("Content-Type")), ""))
	text, _ := p.Text(maxCalendar)
	text = strings.ToLower(text)
	for _, method := range []string{"reply", "counter"} {
		if strings.Contains(strings.ReplaceAll(field, `"`, "")+";", ";method="+method+";") ||
			strings.Contains(text, "\nmethod:"+method) {
			return true
		}
	}
	return false
}
