package reply

import (
	"regexp"
	"strings"
)

// address finds anything that a person would take for an e-mail address. The local part may be
// in any script; a full stop at the end belongs to the sentence.
var address = regexp.MustCompile(`[^\s<>()\[\]"',;:@]+@[^\s<>()\[\]"',;:@]+`)

// NamesOther reports whether the new text names an e-mail address other than the customer's: then
// its author may have another request in mind, and no confirmation counts.
func NamesOther(newText, customer string) bool {
	for _, a := range address.FindAllString(normal(newText), -1) {
		if strings.Trim(a, ".!?*_-") != normal(customer) {
			return true
		}
	}
	return false
}
