package courier

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

var (
	// RFC 5321 section 4.1.2: Dot-string "@" Domain. Quoted strings and address literals are
	// refused, and so is all that is not ASCII: dsrd never asks for SMTPUTF8.
	mailbox = regexp.MustCompile(`^[A-Za-z0-9!#$%&'*+/=?^_` + "`" + `{|}~-]+` +
		`(\.[A-Za-z0-9!#$%&'*+/=?^_` + "`" + `{|}~-]+)*` +
		`@[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$`)
	errAddress = errors.New("not a plain address")
)

// validate keeps anything but one plain address out of the dialogue.
func (e Envelope) validate() error {
	if e.reversePath() != "" && !plain(e.From) {
		return fmt.Errorf("envelope sender: %w", errAddress)
	}
	if !plain(e.To) {
		return fmt.Errorf("envelope recipient: %w", errAddress)
	}
	return nil
}

// plain holds an address to the form and the lengths of RFC 5321 section 4.5.3.1.
func plain(address string) bool {
	at := strings.IndexByte(address, '@')
	return at <= 64 && len(address) <= 254 && mailbox.MatchString(address)
}

// reversePath is the sender without brackets, "" for the null sender.
func (e Envelope) reversePath() string {
	if e.From == "<>" {
		return ""
	}
	return e.From
}
