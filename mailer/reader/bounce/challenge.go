package bounce

import (
	"strings"

	"github.com/dsrd/dsrd/mailer/reader/parts"
)

// Challenge says what makes a mail one by which a filter asks its sender to prove that a person
// wrote (challenge and response). Nil: it is none. People use such words too: they count where
// there are two different phrases, or another sign beside one.
func Challenge(h parts.Header, from, subjectLine, text string) (why []string) {
	_, domain, _ := strings.Cut(flat(from), "@")
	if domain != "" && lists().find("."+domain).has(challenger) {
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
	phrases := lists().count(flat(subjectLine+"\n"+head(text, maxFirstWords)), isChallenge)
	if phrases == 0 || phrases == 1 && marks == 0 {
		return nil
	}
	return append(why, "challenge: words")
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
