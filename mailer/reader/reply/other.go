package reply

import (
	"regexp"
	"slices"
	"strings"
)

// address finds anything that a person would take for an e-mail address. The local part may be
// in any script; a full stop at the end belongs to the sentence.
var address = regexp.MustCompile(`[^\s<>()\[\]"',;:@]+@[^\s<>()\[\]"',;:@]+`)

// picture is how Outlook writes a picture of a signature in plain text (RFC 2392): no address.
var picture = regexp.MustCompile(`\[cid:image\d{1,4}\.[a-z]{3,4}@[0-9a-f]{8}\.[0-9a-f]{8}\]`)

// NamesOther reports whether the new text names an e-mail address that is none of those known,
// the customer's and the writer's: then its author may have another request in mind, and no
// confirmation counts. People have their own address in their signature.
func NamesOther(newText string, known ...string) bool {
	for _, a := range address.FindAllString(picture.ReplaceAllString(normal(newText), " "), -1) {
		a = strings.Trim(a, ".!?*_-")
		if !slices.ContainsFunc(known, func(k string) bool { return a == normal(k) }) {
			return true
		}
	}
	return false
}
