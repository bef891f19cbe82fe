package bounce

import "github.com/dsrd/dsrd/mailer/reader/parts"

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
	} else {
		n.Recipients = fromWords(m)
	}
	late := tells(m.SubjectLine + "\n" + head(m.Text, maxFirstWords)).has(saysDelayed)
	for i := range n.Recipients {
		n.Recipients[i].settle(late)
	}
	n.OriginalMessageID = returnedID(m)
	n.Returned = report && n.OriginalMessageID != ""
	if n.OriginalMessageID == "" {
		n.OriginalMessageID = toldID(m)
	}
	return n, why
}

// fromWords reads a notice without a machine-readable part: the fields of one in its text, its
// text, or the notice that it wraps.
func fromWords(m Mail) []Recipient {
	if told := fromStatusText(m); told != nil {
		explain(told, noticeLines(m))
		return told
	}
	told := fromText(m)
	if len(told) == 1 && tells(told[0].context)&reasonBits() == 0 {
		if inner := fromWrapped(m); inner != nil {
			return inner
		}
	}
	return told
}

// Failed says whether the notice tells of anything but success (RFC 3464 2.3.3): a notice
// without recipients is a failure too, of whom it does not say.
func (n Notice) Failed() bool {
	for _, r := range n.Recipients {
		if !r.succeeded() {
			return true
		}
	}
	return len(n.Recipients) == 0
}

func head(s string, max int) string { return s[:min(len(s), max)] }
