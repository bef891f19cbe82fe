package archive

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

// A Passphrase opens a package that was sealed as an AES zip. It only comes out of NewPassphrase:
// the zip format hardens a passphrase with no more than 1000 rounds of SHA-1, so one that a person
// made up would be guessed.
type Passphrase struct{ text string }

// The alphabet has no letters and digits that look alike in print (l 1, o 0), nor u.
const (
	alphabet    = "abcdefghijkmnpqrstvwxyz123456789"
	groups      = 4
	groupLength = 5
)

// NewPassphrase makes a passphrase of 100 random bits, in four groups of five characters.
func NewPassphrase(random io.Reader) (Passphrase, error) {
	raw := make([]byte, groups*groupLength)
	if _, err := io.ReadFull(random, raw); err != nil {
		return Passphrase{}, fmt.Errorf("make passphrase: %v", err)
	}
	var text strings.Builder
	for i, b := range raw {
		if i > 0 && i%groupLength == 0 {
			text.WriteByte('-')
		}
		// 256 is a multiple of 32: every character is equally likely.
		text.WriteByte(alphabet[int(b)%len(alphabet)])
	}
	return Passphrase{text: text.String()}, nil
}

// ParsePassphrase reads a passphrase that NewPassphrase once made; letter case and surrounding
// space do not matter. It refuses all others.
func ParsePassphrase(text string) (Passphrase, error) {
	text = strings.ToLower(strings.TrimSpace(text))
	parts := strings.Split(text, "-")
	if len(parts) != groups {
		return Passphrase{}, errors.New("read passphrase: not four groups")
	}
	for _, part := range parts {
		if len(part) != groupLength || strings.Trim(part, alphabet) != "" {
			return Passphrase{}, errors.New("read passphrase: not one that dsrd made")
		}
	}
	return Passphrase{text: text}, nil
}

// Reveal returns the passphrase for the one page or letter that shows it.
func (p Passphrase) Reveal() string { return p.text }

// String hides the passphrase from logs and errors.
func (p Passphrase) String() string { return "[passphrase]" }

// GoString hides the passphrase from %#v.
func (p Passphrase) GoString() string { return p.String() }
