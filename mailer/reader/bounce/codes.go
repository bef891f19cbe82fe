package bounce

import "strings"

// reasonOfCodes reads RFC 3463 3.2 to 3.8 and the registry of RFC 5248, and where there is no
// enhanced code, the few reply codes that mean one thing alone.
func reasonOfCodes(r Recipient) Reason {
	if reason := reasonOfStatus(r.Status); reason != Unknown {
		return reason
	}
	switch r.Code {
	case "552": // RFC 5321 4.2.3: exceeded storage allocation
		return MailboxFull
	case "556": // RFC 7504 3: the domain does not accept mail
		return NotAccept
	}
	return Unknown
}

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

// statusReasons are subject and detail, or the subject alone, of enhanced status codes. Those
// of three digits are Exchange Online's.
var statusReasons = []struct {
	subject string
	reason  Reason
}{
	{".1.1", UserUnknown}, {".1.2", HostUnknown}, {".1.3", UserUnknown}, {".1.4", UserUnknown},
	{".1.6", Moved}, {".1.7", SenderReject}, {".1.8", SenderReject}, {".1.9", SenderReject},
	{".1.10", NotAccept}, // RFC 7505 4.1
	{".1.90", RateLimited}, {".1", SenderReject},
	{".2.1", Disabled}, {".2.2", MailboxFull}, {".2.3", TooBig}, {".2.121", RateLimited},
	{".2.122", RateLimited}, {".2", Filtered},
	{".3.1", MailboxFull}, {".3.4", TooBig}, {".3", System},
	{".4.1", Expired}, {".4.2", Expired}, {".4.4", HostUnknown}, {".4.6", Network},
	{".4.7", Expired}, {".4.14", Network}, {".4.310", HostUnknown}, {".4", Expired},
	{".5.3", RateLimited}, {".5", System},
	{".6", Content},
	{".7.13", Disabled}, {".7.20", Unauthentic}, {".7.21", Unauthentic}, {".7.22", Unauthentic},
	{".7.23", Unauthentic}, {".7.24", Unauthentic}, {".7.25", Blocked}, {".7.26", Unauthentic},
	{".7.27", SenderReject}, // RFC 7505 4.2: the sender's domain has the null MX
	{".7.28", RateLimited}, {".7.54", NoRelay}, {".7.64", NoRelay}, {".7.509", Unauthentic},
	{".7.511", Blocked}, {".7.606", Blocked}, {".7", Policy},
}
