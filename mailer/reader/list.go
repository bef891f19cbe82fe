package reader

import (
	"slices"
	"strings"

	"github.com/dsrd/dsrd/mailer/reader/parts"
)

// listFields stand on what a mailing list passes on (RFC 2369, RFC 2919, and before them).
var listFields = []string{"List-Id", "List-Unsubscribe", "List-Post", "List-Help", "List-Subscribe",
	"List-Owner", "List-Archive", "X-Mailman-Version", "Mailing-List", "X-BeenThere", "X-Mailing-List"}

// listReasons asks whether the mail went to many. A group that has our own address delivers our
// own mail to us, with the fields of a list on it; who wrote to it wrote to us alone.
func (r *reading) listReasons(h parts.Header) (why []string) {
	if !r.isOurGroup(h) {
		why = listReasons(h)
	}
	if values := h.All("Feedback-ID"); values != nil && !personalFeedback(values) &&
		!carrierFeedback(values) && !r.answersThroughAmazon(values) {
		why = append(why, "feedback-id")
	}
	return why
}

func listReasons(h parts.Header) (why []string) {
	for _, name := range listFields {
		if h.Has(name) {
			why = append(why, strings.ToLower(name))
		}
	}
	switch p := precedence(h); p {
	case "list":
		why = append(why, "precedence: list")
	case "bulk", "junk":
		// The lists of the time before RFC 2919 bear this and their owner's address.
		if why == nil && ownsList(h) {
			why = append(why, "precedence: "+p, "sender: a list's owner")
		}
	}
	return why
}

// ownsList knows the senders by which lists are told since sendmail: owner-list, list-owner,
// list-request, list-bounces.
func ownsList(h parts.Header) bool {
	for _, a := range addresses(h, "Sender", "Errors-To", "Return-Path") {
		local, _, _ := strings.Cut(strings.ToLower(a), "@")
		if strings.HasPrefix(local, "owner-") || slices.ContainsFunc(ownerEnds, func(end string) bool {
			return strings.HasSuffix(local, end)
		}) {
			return true
		}
	}
	return false
}

var ownerEnds = []string{"-owner", "-request", "-bounces", "-errors", "-admin"}

// isOurGroup says whether the list's own address, to which one writes (RFC 2369 3.4), is ours.
func (r *reading) isOurGroup(h parts.Header) bool {
	var posts []string
	for _, value := range h.All("List-Post") {
		for _, a := range parts.Addresses(cutAt(value, maxListField)) {
			address, _, _ := strings.Cut(a, "?") // RFC 6068 2: what follows fills in a mail
			posts = append(posts, address)
		}
	}
	for _, value := range h.All("Mailing-List") {
		list, _, _ := strings.Cut(cutAt(value, maxListField), ";") // then come other addresses of it
		posts = append(posts, parts.Addresses(list)...)
	}
	return len(posts) > 0 && !slices.ContainsFunc(posts, func(a string) bool { return !r.isOwn(a) })
}

const maxListField = 2 << 10 // bytes

// personalFeedback knows Proton Mail, which names the writer of every mail to the complaints
// departments of others, where senders of many mails name a campaign.
func personalFeedback(values []string) bool {
	return len(values) == 1 && strings.HasSuffix(strings.ToLower(strings.TrimSpace(values[0])),
		":user:proton")
}

// carrierFeedback knows more of those who put the field on every mail of every customer, people's
// mail included: Fastmail and Zoho Mail. It names an account and no campaign.
func carrierFeedback(values []string) bool {
	if len(values) != 1 {
		return false
	}
	v := strings.ToLower(strings.TrimSpace(values[0]))
	return strings.HasSuffix(v, ":fastmail") || strings.HasSuffix(v, ":zohomail") ||
		strings.HasPrefix(v, "rr0") && strings.Contains(v, ":zu0")
}

// answersThroughAmazon knows the answers of people among what Amazon SES sends: it carries WorkMail
// beside newsletters and helpdesks, and no field tells them apart.
func (r *reading) answersThroughAmazon(values []string) bool {
	return len(values) == 1 && len(r.mail.InReplyTo)+len(r.mail.References) > 0 &&
		strings.HasSuffix(strings.ToLower(strings.TrimSpace(values[0])), ":amazonses")
}
