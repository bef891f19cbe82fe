package bounce

import "github.com/dsrd/dsrd/mailer/reader/parts"

// A Mail is what of a mail is needed to see whether it is a notice.
type Mail struct {
	Root        *parts.Part
	Text        string // its readable text
	SubjectLine string
	From        string
	Limits      parts.Limits // for messages inside the mail
}

// Read says what the notice tells and what made the mail one; no reasons: it is none.
func Read(m Mail) (Notice, []string) {
	return Notice{}, nil
}
