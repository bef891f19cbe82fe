package bounce

import (
	"regexp"
	"strings"
)

// A Reason is why a server refused or gave up, in one word.
type Reason string

// The reasons. Only the first four are hard: the address will never take a mail.
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

func (r Reason) hard() bool {
	return r == UserUnknown || r == HostUnknown || r == Moved || r == NotAccept
}

// reasonOf reads the words first, because many servers say 5.1.1 or 5.7.1 to everything, and
// the enhanced status code (RFC 3463 3) where the words say nothing.
func reasonOf(r Recipient) Reason {
	said := flat(r.diagnosis)
	all := said + " " + flat(r.context)
	if strings.HasPrefix(said, "x-unix;") && !containsAny(said, []string{"quota", "space"}) {
		return System // a local program failed; what it printed is not about the address
	}
	if strings.HasSuffix(r.Status, ".1.7") || strings.HasSuffix(r.Status, ".1.8") {
		return SenderReject // RFC 3463 3.2: these are about the sender's address
	}
	found := wordsReason(said)
	if found == Unknown {
		found = wordsReason(all)
	}
	if found == Unknown {
		return reasonOfStatus(r.Status)
	}
	if found == UserUnknown && r.Status == "" && domainMissing.MatchString(all) {
		return HostUnknown
	}
	if found == UserUnknown && !certain(r, all) {
		return Filtered
	}
	return found
}

// domainMissing reads "mx.example.net does not exist", which speaks of a domain.
var domainMissing = regexp.MustCompile(`(?:^| )[a-z0-9\-]+(?:\.[a-z0-9\-]+)+ does not exist`)

func flat(text string) string {
	return strings.ToLower(strings.Join(strings.Fields(head(text, maxDiagnosis)), " "))
}

func wordsReason(text string) Reason {
	for _, rule := range reasonWords {
		if containsAny(text, rule.phrases) {
			return rule.reason
		}
	}
	return Unknown
}

// certain says whether "no such user" may be believed for good: the code says so (RFC 3463
// 3.2), it was the answer to RCPT, the mail system says it of its own users, or the words leave
// no room. An SMTP answer that says it at another point may be about the content and pretend.
func certain(r Recipient, text string) bool {
	switch {
	case isDeadAddress(r.Status), containsAny(text, []string{"doesn't have a", "does not have a",
		"invalid recipient", "destinataire invalide", "no longer works here"}):
		return true
	case containsAny(text, []string{"end of data", "reply to data", ">>> data"}):
		return false
	}
	return r.Code == "" || answersRCPT(text)
}

// answersRCPT finds the stage in the words of the reporting server. An envelope that is merely
// listed, MAIL FROM and RCPT TO below each other, tells no stage.
func answersRCPT(text string) bool {
	return containsAny(text, []string{">>> rcpt to", "rcpt_to]", "smtp:rcpt",
		"does not like recipient"}) ||
		strings.Contains(text, "rcpt to") && !strings.Contains(text, "mail from:")
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

// reasonOfStatus reads RFC 3463 3.2 to 3.8 and the registry of RFC 5248.
func reasonOfStatus(status string) Reason {
	for cut := status; cut != ""; {
		for _, s := range statusReasons {
			if len(cut) > 1 && cut[1:] == s.subject {
				return s.reason
			}
		}
		dot := strings.LastIndexByte(cut, '.')
		if dot < 2 {
			break
		}
		cut = cut[:dot]
	}
	return Unknown
}

// statusReasons are subject and detail, or the subject alone, of enhanced status codes.
var statusReasons = []struct {
	subject string
	reason  Reason
}{
	{".1.1", UserUnknown}, {".1.2", HostUnknown}, {".1.3", UserUnknown}, {".1.4", UserUnknown},
	{".1.6", Moved}, {".1.7", SenderReject}, {".1.8", SenderReject}, {".1.9", SenderReject},
	{".1.10", NotAccept}, {".1", SenderReject},
	{".2.1", Disabled}, {".2.2", MailboxFull}, {".2.3", TooBig}, {".2", Filtered},
	{".3.1", MailboxFull}, {".3.4", TooBig}, {".3", System},
	{".4.1", Expired}, {".4.2", Expired}, {".4.4", HostUnknown}, {".4.6", Network},
	{".4.7", Expired}, {".4", Expired},
	{".5.3", RateLimited}, {".5", System},
	{".6", Content},
	{".7.13", Disabled}, {".7.20", Unauthentic}, {".7.21", Unauthentic}, {".7.22", Unauthentic},
	{".7.23", Unauthentic}, {".7.24", Unauthentic}, {".7.25", Blocked}, {".7.26", Unauthentic},
	{".7.27", NotAccept}, {".7.28", RateLimited}, {".7.509", Unauthentic}, {".7", Policy},
}
