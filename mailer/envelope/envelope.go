// Package envelope spells and recognises what dsrd writes into its own mails so
// that answers find their request: reply and bounce addresses, Message-IDs,
// subject tags and the loop mark.
//
// It must never prove anything about a sender: all of these are visible to
// everybody who sees one mail. They find a request; they release nothing.
package envelope

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
)

// Marks are the marks of one dsrd installation.
type Marks struct {
	Reply    string // mailbox for answers: "confirm@provider.example"
	Bounce   string // mailbox for bounces: "bounce@provider.example"
	Domain   string // right side of Message-IDs
	Instance string // name of this installation in the loop mark
	Key      []byte // keeps strangers from writing Message-IDs that look like ours
}

// macLength hex digits (48 bits) are enough against guessing online.
const macLength = 12

func (m Marks) mac(what, value string) string {
	h := hmac.New(sha256.New, m.Key)
	fmt.Fprintf(h, "%s|%s", what, value)
	return hex.EncodeToString(h.Sum(nil))[:macLength]
}

// ReplyAddress is where the answer about a request is asked to:
// "confirm+k4f27xq2@provider.example" (RFC 5233 sub-addressing).
func (m Marks) ReplyAddress(locator string) string { return withDetail(m.Reply, locator) }

// ReplyLocator reads the locator out of an address that ReplyAddress made.
func (m Marks) ReplyLocator(address string) (string, bool) {
	return detailOf(m.Reply, address)
}

// BounceAddress is the envelope sender of one effect's mail, so that a bounce
// says by its recipient what it is about (VERP).
func (m Marks) BounceAddress(effect string) string {
	key := strings.ReplaceAll(effect, ".", "-")
	return withDetail(m.Bounce, key+"-"+m.mac("bounce", effect))
}

// BounceEffect reads the effect's id out of an address that BounceAddress made;
// false when somebody else made it up.
func (m Marks) BounceEffect(address string) (string, bool) {
	detail, ok := detailOf(m.Bounce, address)
	at := strings.LastIndexByte(detail, '-')
	if !ok || at < 0 {
		return "", false
	}
	effect := strings.ReplaceAll(detail[:at], "-", ".")
	return effect, hmac.Equal([]byte(detail[at+1:]), []byte(m.mac("bounce", effect)))
}

// MessageID is the id of one effect's mail, without angle brackets. number tells
// apart the mails of an effect whose code had to be issued anew.
func (m Marks) MessageID(effect string, number int) string {
	left := fmt.Sprintf("dsr.%s.%d", effect, number)
	return fmt.Sprintf("%s.%s@%s", left, m.mac("message-id", left), m.Domain)
}

// MessageIDEffect reads the effect's id out of a Message-ID that MessageID made.
// Case is ignored: some clients fold it.
func (m Marks) MessageIDEffect(id string) (string, bool) {
	left, domain, ok := strings.Cut(strings.ToLower(strings.Trim(id, "<> ")), "@")
	at := strings.LastIndexByte(left, '.')
	if !ok || at < 0 || domain != strings.ToLower(m.Domain) || !strings.HasPrefix(left, "dsr.") {
		return "", false
	}
	if !hmac.Equal([]byte(left[at+1:]), []byte(m.mac("message-id", left[:at]))) {
		return "", false
	}
	effect := strings.TrimPrefix(left[:at], "dsr.")
	return effect[:strings.LastIndexByte(effect, '.')], true
}

// LoopMark is the value of our X-Dsrd-Loop field.
func (m Marks) LoopMark() string { return m.Instance + "." + m.mac("loop", m.Instance) }

// IsLoopMark reports whether a field's value is our own mark. Two installations
// with one key are the same in this.
func (m Marks) IsLoopMark(value string) bool {
	instance, mac, ok := strings.Cut(strings.TrimSpace(value), ".")
	return ok && hmac.Equal([]byte(mac), []byte(m.mac("loop", instance)))
}

// tag is the locator as the workflow writes it into subject lines.
var tag = regexp.MustCompile(`(?i)\[DSR-([a-z2-7]{4})-([a-z2-7]{4})\]`)

// TagLocators gives the locators of all tags in a line of text, in lower case.
func TagLocators(line string) []string {
	var found []string
	for _, m := range tag.FindAllStringSubmatch(line, 20) {
		found = append(found, strings.ToLower(m[1]+m[2]))
	}
	return found
}

func withDetail(address, detail string) string {
	local, domain, _ := strings.Cut(address, "@")
	return local + "+" + detail + "@" + domain
}

func detailOf(base, address string) (string, bool) {
	local, domain, _ := strings.Cut(strings.ToLower(base), "@")
	rest, ok := strings.CutPrefix(strings.ToLower(strings.TrimSpace(address)), local+"+")
	detail, at, cut := strings.Cut(rest, "@")
	return detail, ok && cut && at == domain && detail != ""
}
