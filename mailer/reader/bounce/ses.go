package bounce

import (
	"encoding/json"
	"strings"
)

// fromSES reads the bounce notifications that Amazon SES sends through SNS as JSON text. Only
// the fields that are used here are named; they are documented by Amazon as "Amazon SNS
// notification contents for Amazon SES".
func fromSES(m Mail) (out []Recipient) {
	if !strings.HasSuffix(strings.ToLower(m.From), "amazonaws.com") {
		return nil
	}
	start := strings.IndexByte(m.Text, '{')
	if start < 0 {
		return nil
	}
	// Relays wrap the long lines, also inside of strings, where JSON allows no line break.
	body := strings.ReplaceAll(m.Text[start:], "\n", "")
	var wrapped struct{ Message string }
	if decodeFirst(body, &wrapped) && wrapped.Message != "" {
		body = wrapped.Message
	}
	var told struct {
		NotificationType string
		Bounce           struct {
			BouncedRecipients []struct{ EmailAddress, Action, Status, DiagnosticCode string }
		}
	}
	if !decodeFirst(body, &told) || !strings.EqualFold(told.NotificationType, "bounce") {
		return nil
	}
	for _, r := range told.Bounce.BouncedRecipients {
		if len(out) < maxRecipients {
			one := recipient(r.EmailAddress)
			one.Action, one.Status = firstWord(r.Action), statusIn(r.Status)
			one.diagnosis = head(r.DiagnosticCode, maxDiagnosis)
			out = append(out, one)
		}
	}
	return out
}

// decodeFirst decodes the first JSON value and does not mind what follows it.
func decodeFirst(text string, into any) bool {
	return json.NewDecoder(strings.NewReader(text)).Decode(into) == nil
}
