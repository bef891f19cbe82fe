package reader

import (
	"regexp"
	"strings"

	"github.com/dsrd/dsrd/mailer/reader/parts"
)

// dmarcName is how RFC 7489 7.2.1.1 names an aggregate report:
// receiver!policy-domain!begin!end[!id].extension
var dmarcName = regexp.MustCompile(`^[^!\s]+![^!\s]+!\d+!\d+(![^!\s]*)?\.(xml|zip|gz|json)`)

// reportReasons asks for reports about mail that are no bounces: DMARC (RFC 7489), TLS
// (RFC 8460), abuse (RFC 5965), receipts (RFC 8098).
func (r *reading) reportReasons(h parts.Header) (why []string) {
	switch t := r.parsed.Root.ReportType; t {
	case "feedback-report", "disposition-notification", "tlsrpt":
		why = append(why, "report-type: "+t)
	}
	if h.Has("TLS-Report-Domain") {
		why = append(why, "tls-report-domain")
	}
	r.parsed.Root.Each(func(p *parts.Part) bool {
		switch p.Type {
		case "message/feedback-report", "message/disposition-notification",
			"application/tlsrpt+gzip", "application/tlsrpt+json":
			why = append(why, p.Type)
		case "multipart/report", "multipart/mixed", "multipart/alternative":
		default:
			if dmarcName.MatchString(p.Name) {
				why = append(why, "dmarc report")
			}
		}
		return len(why) < 4
	})
	if why == nil {
		why = reportSubject(strings.ToLower(r.mail.SubjectLine))
	}
	return why
}

// reportSubject knows reports by the forms of their subject lines: RFC 7489 7.2.1.1, and the
// complaints of Outlook.com, which are no multipart/report.
func reportSubject(s string) []string {
	switch {
	case strings.Contains(s, "report domain:") && strings.Contains(s, "submitter:"):
		return []string{"subject: dmarc report"}
	case strings.HasPrefix(s, "complaint about message from "):
		return []string{"subject: abuse report"}
	}
	return nil
}
