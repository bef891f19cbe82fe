// Package bounce reads what mail servers write about mails that they could not deliver.
// It must never take a person's mail for such a notice, and never act on one.
package bounce

// A Notice is what a bounce says.
type Notice struct {
	Recipients        []Recipient
	OriginalMessageID string // of the mail that bounced, without brackets; "" when not told
}

// A Recipient is one address that the notice speaks of.
type Recipient struct {
	Address string
	Action  string // failed, delayed, delivered, relayed or expanded (RFC 3464 2.3.3)
	Status  string // enhanced status code (RFC 3463), "" when not told
	Hard    bool   // the address is dead: writing to it again is useless
	Reason  string // one word of this package: user_unknown, mailbox_full, ...
	Code    string // SMTP reply code, "" when not told
}
