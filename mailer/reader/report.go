package reader

import (
	"regexp"
	"strings"

	"github.com/dsrd/dsrd/mailer/reader/bounce"
	"github.com/dsrd/dsrd/mailer/reader/parts"
)

// dmarcName is how RFC 7489 7.2.1.1 and RFC 8460 5.1 name an aggregate report:
// receiver!policy-domain!begin!end[!id].extension
var dmarcName = regexp.MustCompile(`^[^!\s]+![^!\s]+!\d+!\d+(![^!\s]*)?\.(xml|zip|gz|json)`)

// reportFields only reports bear: RFC 8460 5.3, and the abuse reports in the X-ARF form that
// RFC 9477 4 allows beside RFC 5965.
var reportFields = []string{"TLS-Report-Domain", "X-XARF", "X-ARF"}

// maxReportWhy bounds the reasons that are gathered.
const maxReportWhy = 4

// reportReasons asks for reports about mail that are no bounces: DMARC (RFC 7489), TLS
// (RFC 8460), abuse (RFC 5965), receipts (RFC 8098).
func (r *reading) reportReasons(h parts.Header) (why []string) {
	switch t := r.parsed.Root.ReportType; t {
	case "feedback-report", "disposition-notification", "tlsrpt":
		why = append(why, "report-type: "+t)
	}
	for _, name := range reportFields {
		if h.Has(name) {
			why = append(why, strings.ToLower(name))
		}
	}
	archive := false
	r.parsed.Root.Each(func(p *parts.Part) bool {
		if is := partReason(p); is != "" {
			why = append(why, is)
		}
		archive = archive || isArchive(p)
		return len(why) < maxReportWhy
	})
	if why == nil {
		why = reportSubject(strings.ToLower(r.mail.SubjectLine), archive)
	}
	if why == nil && r.parsed.Root.ReportType != "delivery-status" {
		why = bounce.Receipt(h, r.mail.SubjectLine, r.mail.Text)
	}
	return why
}

// partReason says what report a part is, or "".
func partReason(p *parts.Part) string {
	switch p.Type {
	case "message/feedback-report", "message/disposition-notification",
		"message/global-disposition-notification", // RFC 6533 4.3
		"application/tlsrpt+gzip", "application/tlsrpt+json":
		return p.Type
	case "multipart/report", "multipart/mixed", "multipart/alternative":
		return ""
	}
	if dmarcName.MatchString(p.Name) {
		return "dmarc report"
	}
	return ""
}

// isArchive knows the forms in which aggregate reports travel.
func isArchive(p *parts.Part) bool {
	name := strings.ToLower(p.Name)
	return strings.HasSuffix(name, ".zip") || strings.HasSuffix(name, ".gz") ||
		strings.HasSuffix(name, ".xml") || strings.HasSuffix(p.Type, "/zip") ||
		strings.HasSuffix(p.Type, "/gzip") || strings.HasSuffix(p.Type, "/x-gzip")
}

// reportSubject knows reports by the forms of their subject lines: RFC 7489 7.2.1.1, and the
// complaints of providers that send no multipart/report. Words that a person could write count
// only beside the file that such a report brings.
func reportSubject(s string, archive bool) []string {
	switch {
	case strings.Contains(s, "report domain:") &&
		(strings.Contains(s, "submitter:") || strings.Contains(s, "report-id:") || archive):
		return []string{"subject: dmarc report"}
	case archive && strings.Contains(s, "dmarc") && !strings.HasPrefix(s, "re:") &&
		(strings.Contains(s, "report") || strings.Contains(s, "aggregate")):
		return []string{"subject: dmarc report"}
	case strings.HasPrefix(s, "complaint about message from "), // Outlook.com
		strings.HasPrefix(s, "email feedback report for ip "), // AOL
		strings.HasPrefix(s, "client tos notification"):       // AOL of old
		return []string{"subject: abuse report"}
	}
	return nil
}
