package bounce

import (
	"strings"

	"github.com/dsrd/dsrd/mailer/reader/parts"
)

// Challenge says what makes a mail one by which a filter asks its sender to prove that a person
// wrote (challenge and response). Nil: it is none. People use such words too, and quote what they
// got: what the mail says itself counts, in enoughPhrases phrases or in one beside another sign.
func Challenge(h parts.Header, from, subjectLine, text string) (why []string) {
	if fromChallenger(from) {
		why = append(why, "challenge: from a service that asks")
	}
	for _, name := range []string{"From", "Reply-To"} {
		if confirmsTo(h.Get(name)) {
			why = append(why, "challenge: "+strings.ToLower(name)+" takes the proof")
			break
		}
	}
	marks := len(why)
	if writtenByProgram(h) {
		marks++
	}
	// A service writes other mail too, and people behind such a filter write as it does.
	own := flat(subjectLine + "\n" + Unquoted(head(text, maxFirstWords)))
	phrases := lists().count(own, isChallenge)
	if phrases == 0 || phrases < enoughPhrases && marks == 0 {
		return nil
	}
	return append(why, "challenge: words")
}

// enoughPhrases is how many phrases of a challenge no person writes together.
const enoughPhrases = 3

// fromChallenger looks the domain of an address up, and those above it.
func fromChallenger(address string) bool {
	_, domain, _ := strings.Cut(strings.ToLower(address), "@")
	for domain != "" && !lists().challengers[domain] {
		_, domain, _ = strings.Cut(domain, ".")
	}
	return domain != ""
}

// confirmsTo knows the addresses to which TMDA wants the proof: ann-confirm-1741600000.12.abc@.
func confirmsTo(value string) bool {
	_, tail, ok := strings.Cut(strings.ToLower(value), "-confirm-")
	return ok && len(tail) > 6 && strings.Trim(tail[:6], "0123456789") == ""
}

// writtenByProgram reads the marks of programs that write by themselves (RFC 3834 5, and RFC
// 5321 4.5.5 for the null sender).
func writtenByProgram(h parts.Header) bool {
	for _, value := range h.All("Auto-Submitted") {
		if submitted := parts.FirstToken(value); submitted != "" && submitted != "no" {
			return true
		}
	}
	switch parts.FirstToken(h.Get("Precedence")) {
	case "bulk", "junk", "auto_reply":
		return true
	}
	return strings.TrimSpace(h.Get("Return-Path")) == "<>"
}
