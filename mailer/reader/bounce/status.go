package bounce

import (
	"regexp"
	"strings"
)

// An enhanced status code of RFC 3463 2 that is no piece of an IP address or a version.
var (
	statusCode = regexp.MustCompile(`(?:^|[^0-9.])([245]\.[0-9]{1,3}\.[0-9]{1,3})(?:[^0-9.]|\.?$|\.[^0-9])`)
	saidCode   = regexp.MustCompile(`(?:^|[^0-9.\-])[45][0-9]{2}[ \-]['"]?([245]\.[0-9]{1,3}\.[0-9]{1,3})(?:[^0-9.]|\.?$|\.[^0-9])`)
	replyCode  = regexp.MustCompile(`(?:^|[^0-9.\-])([45][0-9]{2})(?:[ \-;:,'"]|$)`)
)

// maxDiagnosis bounds what is searched of one diagnosis, in bytes.
const maxDiagnosis = 4 << 10

// statusIn is the first enhanced status code in a text, or "".
func statusIn(text string) string {
	if !strings.ContainsAny(text, "245") {
		return "" // spares the pattern most lines
	}
	if m := statusCode.FindStringSubmatch(head(text, maxDiagnosis)); m != nil {
		return m[1]
	}
	return ""
}

// saidStatus is the enhanced status code that follows an SMTP reply code: the last one, which
// is the innermost where servers quote each other.
func saidStatus(text string) string {
	all := saidCode.FindAllStringSubmatch(head(text, maxDiagnosis), 8)
	if all == nil {
		return ""
	}
	return all[len(all)-1][1]
}

// replyCodeIn is the first SMTP reply code of a failure (RFC 5321 4.2) in a text, or "".
func replyCodeIn(text string) string {
	if !strings.ContainsAny(text, "45") {
		return ""
	}
	if m := replyCode.FindStringSubmatch(head(text, maxDiagnosis)); m != nil {
		return m[1]
	}
	return ""
}

// isVague says that a code tells nothing: none, or X.0.0 "other undefined status".
func isVague(status string) bool {
	return status == "" || len(status) == 5 && status[1:] == ".0.0"
}
