package mailer

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/dsrd/dsrd/workflow"
)

// codeBytes of chance are 128 bits: 26 characters of base32.
const codeBytes = 16

var codeEncoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// newCode draws a code and writes it in groups that a person can type:
// "abcd2-fghij-klm4o-pqrst-uvwxyz". Digits stand in two of the groups at least, so that whoever
// reads the answer tells a code that was typed with spaces from five words; of twenty draws one
// has fewer and is drawn again, which takes a tenth of a bit.
func newCode(chance io.Reader) (string, error) {
	for range maxDraws {
		b := make([]byte, codeBytes)
		if _, err := io.ReadFull(chance, b); err != nil {
			return "", fmt.Errorf("draw a code: %v", err)
		}
		c := codeEncoding.EncodeToString(b)
		groups := []string{c[:5], c[5:10], c[10:15], c[15:20], c[20:]}
		if withDigits(groups) >= 2 {
			return strings.Join(groups, "-"), nil
		}
	}
	return "", fmt.Errorf("draw a code: %d draws gave none that can be told from words", maxDraws)
}

// maxDraws is reached once in 10^80 times where chance is chance.
const maxDraws = 64

func withDigits(groups []string) (n int) {
	for _, g := range groups {
		if strings.ContainsAny(g, "234567") {
			n++
		}
	}
	return n
}

// between are spaces, hyphens and line ends, whatever a mail program made of ours;
// also the invisible ones: no-break space, soft hyphen, zero-width space, minus.
const between = `[\s\p{Z}\p{Pd}\x{ad}\x{200b}\x{2212}]*`

// codePattern finds codes in text: five groups, however they were wrapped or spaced.
var codePattern = regexp.MustCompile(`(?i)\b([a-z2-7]{5})` + between + `([a-z2-7]{5})` + between +
	`([a-z2-7]{5})` + between + `([a-z2-7]{5})` + between + `([a-z2-7]{6})\b`)

// quoteMarks at the beginning of a line; a wrapped code has them in its middle.
var quoteMarks = regexp.MustCompile(`(?m)^[>|\s]+`)

// maxCodes bounds how many candidates of one mail are tried.
const maxCodes = 50

// codesIn gives everything in the text that has the shape of a code.
func codesIn(text string) []string {
	text = quoteMarks.ReplaceAllString(text, "")
	var codes []string
	for _, m := range codePattern.FindAllStringSubmatch(text, maxCodes) {
		codes = append(codes, strings.ToLower(strings.Join(m[1:], "")))
	}
	return codes
}

// codeHash is the only form in which a code is kept. It binds the code to the
// request, the admin, the number, the epoch and the one action it can release.
func codeHash(key []byte, code string, id workflow.ID, c workflow.Challenge) string {
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "export|%s|%s|%d|%d|%s", id, c.Admin, c.Number, c.Epoch,
		strings.ReplaceAll(strings.ToLower(code), "-", ""))
	return hex.EncodeToString(mac.Sum(nil))
}

// carries reports whether the text holds the live code, and whether it holds
// anything of that shape at all.
func carries(text string, key []byte, id workflow.ID, c workflow.Challenge) (live, any bool) {
	codes := codesIn(text)
	for _, code := range codes {
		if hmac.Equal([]byte(codeHash(key, code, id, c)), []byte(c.CodeHash)) {
			return true, true
		}
	}
	return false, len(codes) > 0
}
