package mailer

import (
	"context"
	"net/mail"
	"time"

	"github.com/dsrd/dsrd/mailer/authentic"
	"github.com/dsrd/dsrd/mailer/reader"
)

// Report says how dsrd would read a mail. The field names are a contract with
// programs: add, never rename.
type Report struct {
	File        string             `json:"file"`
	Error       *string            `json:"error"`
	Class       string             `json:"class"`
	Reasons     []string           `json:"reasons"`
	From        string             `json:"from"`
	To          []string           `json:"to"`
	SubjectLine string             `json:"subject_line"`
	MessageID   string             `json:"message_id"`
	Date        string             `json:"date"`
	Text        string             `json:"text"`
	ReplyText   string             `json:"reply_text"`
	Intent      string             `json:"intent"`
	Defects     []string           `json:"defects"`
	Attachments []ReportAttachment `json:"attachments"`
	Request     ReportRequest      `json:"request"`
	Bounce      *ReportBounce      `json:"bounce,omitempty"`
	Auth        ReportAuth         `json:"auth"`
}

// ReportAttachment is a part that is not shown as text.
type ReportAttachment struct {
	Name   string `json:"name"`
	Type   string `json:"type"`
	Size   int64  `json:"size"` // bytes, decoded
	SHA256 string `json:"sha256"`
}

// ReportRequest is what the mail asks for; subjects repeats customers.
type ReportRequest struct {
	Kinds     []string `json:"kinds"`
	Customers []string `json:"customers"`
	Subjects  []string `json:"subjects"`
	Language  string   `json:"language"`
}

// ReportBounce is what a bounce says.
type ReportBounce struct {
	Recipients        []ReportRecipient `json:"recipients"`
	OriginalMessageID string            `json:"original_message_id"`
}

// ReportRecipient is one address that a bounce speaks of.
type ReportRecipient struct {
	Address string `json:"address"`
	Action  string `json:"action"`
	Status  string `json:"status"`
	Hard    bool   `json:"hard"`
	Reason  string `json:"reason"`
}

// ReportAuth is the verdict on the sender. Confirmable: rules ack/from,
// ack/authentic and ack/human hold; the other rules need a running daemon. Way is
// how ack/authentic came to hold: "dkim", computed here, or "authentication-results",
// on the word of the pinned server; "" where it does not hold.
type ReportAuth struct {
	Result      string       `json:"result"`
	Way         string       `json:"way"`
	FromDomain  string       `json:"from_domain"`
	DKIM        []ReportDKIM `json:"dkim"`
	Confirmable bool         `json:"confirmable"`
	Why         []string     `json:"why"`
}

// ReportDKIM is one signature.
type ReportDKIM struct {
	Domain   string `json:"domain"`
	Selector string `json:"selector"`
	Result   string `json:"result"`
	Aligned  bool   `json:"aligned"`
	Why      string `json:"why"`
}

// Inspect reads a whole mail. now is when it arrived; zero takes what its topmost
// Received field or its Date says.
func Inspect(ctx context.Context, raw []byte, v *authentic.Verifier, o reader.Options, now time.Time) Report {
	m := reader.Read(raw, o)
	verdict := v.Verify(ctx, raw, inspectedAt(raw, m, now))
	r := InspectBody(m)
	r.Auth = reportAuth(verdict)
	failures := readable(answer{mail: m})
	for _, f := range verdict.Failures {
		r.Auth.Why = append(r.Auth.Why, f.String())
	}
	for _, f := range failures {
		r.Auth.Why = append(r.Auth.Why, f.String())
	}
	r.Auth.Confirmable = verdict.Confirmable() && len(failures) == 0
	return r
}

// InspectBody reports what a reader found, without a verdict on the sender.
func InspectBody(m *reader.Mail) Report {
	r := Report{
		Class: string(m.Class), Reasons: list(m.Reasons), From: m.From, To: list(m.To),
		SubjectLine: m.SubjectLine, MessageID: m.MessageID, Text: m.Text, ReplyText: m.Reply,
		Intent: string(m.Decision), Defects: list(m.Defects), Attachments: []ReportAttachment{},
		Request: ReportRequest{
			Kinds: list(m.Request.Kinds), Customers: list(m.Request.Customers),
			Subjects: list(m.Request.Subjects), Language: m.Request.Language,
		},
		Auth: ReportAuth{Result: string(authentic.None), DKIM: []ReportDKIM{}, Why: []string{}},
	}
	if m.Err != "" {
		r.Error = &m.Err
	}
	if !m.Date.IsZero() {
		r.Date = m.Date.Format(time.RFC3339)
	}
	for _, a := range m.Attachments {
		r.Attachments = append(r.Attachments, ReportAttachment(a))
	}
	if m.Class == reader.Bounce {
		r.Bounce = reportBounce(m)
	}
	return r
}

func reportBounce(m *reader.Mail) *ReportBounce {
	b := &ReportBounce{Recipients: []ReportRecipient{}, OriginalMessageID: m.Bounce.OriginalMessageID}
	for _, c := range m.Bounce.Recipients {
		b.Recipients = append(b.Recipients, ReportRecipient{
			Address: c.Address, Action: c.Action, Status: c.Status, Hard: c.Hard, Reason: string(c.Reason),
		})
	}
	return b
}

func reportAuth(v authentic.Verdict) ReportAuth {
	a := ReportAuth{
		Result: string(v.Result), Way: string(v.Way), FromDomain: v.FromDomain, DKIM: []ReportDKIM{}, Why: []string{},
	}
	for _, s := range v.DKIM {
		a.DKIM = append(a.DKIM, ReportDKIM{
			Domain: s.Domain, Selector: s.Selector, Result: string(s.Result), Aligned: s.Aligned, Why: s.Why,
		})
	}
	return a
}

// inspectedAt judges expiry at the moment of arrival, as the daemon would.
func inspectedAt(raw []byte, m *reader.Mail, now time.Time) time.Time {
	if !now.IsZero() {
		return now
	}
	if at, ok := topReceived(raw); ok {
		return at
	}
	if !m.Date.IsZero() {
		return m.Date
	}
	field, _ := firstField(raw, "date")
	at, _ := mail.ParseDate(field)
	return at
}

func list(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}
