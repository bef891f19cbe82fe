package bounce

import (
	"regexp"
	"strings"
)

// A Reason is why a server refused or gave up, in one word.
type Reason string

// The reasons. hard.go says which of them mean a dead address.
const (
	UserUnknown Reason = "user_unknown"
	HostUnknown Reason = "host_unknown"
	Moved       Reason = "moved"
	NotAccept   Reason = "takes_no_mail" // the host says that it receives no mail (RFC 7504)

	MailboxFull  Reason = "mailbox_full"
	Disabled     Reason = "mailbox_disabled"
	TooBig       Reason = "message_too_big"
	Expired      Reason = "expired"
	Network      Reason = "network"
	RateLimited  Reason = "rate_limited"
	Blocked      Reason = "sender_blocked"
	Unauthentic  Reason = "authentication"
	Policy       Reason = "policy"
	Spam         Reason = "spam"
	Virus        Reason = "virus"
	Content      Reason = "content"
	SenderReject Reason = "sender_rejected"
	NoRelay      Reason = "relay_denied"
	System       Reason = "system"
	Filtered     Reason = "filtered" // refused after the content was seen
	Unknown      Reason = "unknown"
)

// reasonOrder is the order in which the words are asked, what is particular before what is
// general: "mailbox full" also calls it unavailable, "domain does not exist" also does not
// exist, and nearly everything is called a policy.
var reasonOrder = []Reason{Virus, Unauthentic, MailboxFull, RateLimited, NoRelay, Blocked, Spam,
	SenderReject, Policy, TooBig, Moved, NotAccept, Disabled, HostUnknown, UserUnknown, Expired,
	Network, System, Content}

// reasonBits are the sections that name a reason.
func reasonBits() (all found) {
	for _, r := range reasonOrder {
		all |= 1<<lists().bits[string(r)] | 1<<lists().bits[firstMark+string(r)]
	}
	return all
}

// wordsReason is the reason that the words give.
func wordsReason(said found) Reason {
	if said == 0 {
		return Unknown
	}
	for _, mark := range []string{firstMark, ""} {
		for _, r := range reasonOrder {
			if said.has(mark + string(r)) {
				return r
			}
		}
	}
	return Unknown
}

// reasonOf reads the words first, because many servers say 5.1.1 or 5.7.1 to everything, and
// the enhanced status code (RFC 3463 3) where the words say nothing.
func reasonOf(r Recipient) Reason {
	said := flat(head(r.diagnosis, maxDiagnosis))
	all := said + " " + flat(head(r.context, maxDiagnosis))
	if strings.HasPrefix(said, "x-unix;") && !strings.Contains(said, "quota") &&
		!strings.Contains(said, "space") {
		return System // a local program failed; what it printed is not about the address
	}
	if strings.HasSuffix(r.Status, ".1.7") || strings.HasSuffix(r.Status, ".1.8") {
		return SenderReject // RFC 3463 3.2: these are about the sender's address
	}
	told := lists().find(all)
	reason := wordsReason(lists().find(said))
	if reason == Unknown {
		reason = wordsReason(told)
	}
	switch {
	case reason == Unknown:
		return reasonOfCodes(r)
	case reason == Disabled && told.has(string(UserUnknown)) && strings.HasSuffix(r.Status, ".1.1"):
		return UserUnknown // "unknown or disabled", and the code says which
	case reason == UserUnknown && r.Status == "" && domainMissing.MatchString(all):
		return HostUnknown
	case reason == UserUnknown && !certain(r, all, told):
		if strings.HasSuffix(r.Status, ".2.1") {
			return Disabled // RFC 3463 3.3: the mailbox is there
		}
		return Filtered
	}
	return reason
}

// domainMissing reads "mx.example.net does not exist", which speaks of a domain.
var domainMissing = regexp.MustCompile(`(?:^| )[a-z0-9\-]+(?:\.[a-z0-9\-]+)+ does not exist`)

// certain says whether "no such user" may be believed for good: the code says so (RFC 3463
// 3.2), it was the answer to RCPT, the mail system says it of its own users, or the words leave
// no room. An SMTP answer that says it at another point may be about the content and pretend.
func certain(r Recipient, text string, told found) bool {
	switch {
	case isDeadAddress(r.Status), told.has(isCertain):
		return true
	case told.has(afterContent):
		return false
	case r.Code == "", r.atRecipient, told.has(atRecipient):
		return true
	}
	// An envelope that is merely listed, MAIL FROM and RCPT TO below each other, tells no stage.
	return strings.Contains(text, "rcpt to") && !strings.Contains(text, "mail from:")
}

// isDeadAddress knows the details of X.1 that speak of the recipient's address.
func isDeadAddress(status string) bool {
	if len(status) < 5 || status[1:3] != ".1" {
		return false
	}
	switch status[3:] {
	case ".1", ".2", ".3", ".4", ".6", ".10":
		return true
	}
	return false
}
