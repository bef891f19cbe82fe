package forge

import (
	"strings"
	"time"
)

// Scene is one confirmation as its reader knows it: all that an answer is made of.
type Scene struct {
	Admin, Customer string // addresses
	Desk            string // From of the confirmation
	ReplyTo         string // where it wants its answer
	SubjectLine     string
	MessageID       string // with its angle brackets
	Text, HTML      string // its two bodies, with LF lines
	Code            string // in both
	// Sent is when it left, Now when the answer is written.
	Sent, Now time.Time
	Key       Key // of the admin's domain
	// Others are codes that are not this one's: "older reminder", "other request",
	// "other tenant", "other admin", "other action", "other epoch".
	Others map[string]string
}

// Mail is one mail of a collection. Class groups them for tables: "two From".
type Mail struct {
	Name, Class string
	Raw         []byte
	// Means is what an honest answer decides, "confirm" or "reject"; empty of all others.
	Means string
	// Stamped is the server whose Authentication-Results vouches for the mail, since its
	// own signature no longer fits; empty where that fits.
	Stamped string
	// Honest is what an attack would be without its lie: an answer that counts, where
	// Stamped is pinned if it says so.
	Honest []byte
}

// Domain is what stands behind the @ of an address.
func Domain(address string) string { return address[strings.LastIndexByte(address, '@')+1:] }

// Quoted is the confirmation's text as an answer quotes it.
func (s Scene) Quoted() string { return quote(s.Text) }

func quote(text string) string {
	return "> " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n> ") + "\n"
}

// Introduction is the line above what is quoted.
func (s Scene) Introduction() string {
	return "On " + s.Sent.Format("Mon, Jan 2, 2006 at 15:04") + ", " + s.Desk + " wrote:\n"
}

// Reply is the body of a plain answer: the words, and below them the confirmation.
func (s Scene) Reply(words string) string {
	return words + "\n\n" + s.Introduction() + s.Quoted()
}
