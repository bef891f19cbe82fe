package bounce

import (
	"strings"

	"github.com/dsrd/dsrd/mailer/reader/parts"
)

// maxReceipt bounds the bytes of text that are asked for the words of a receipt, which has no
// more to say.
const maxReceipt = 600

// Receipt says what makes a mail a receipt that no field declares as one: some programs write
// "Read: your mail" as plain text (RFC 8098 is for the others). Nil: it is none.
func Receipt(h parts.Header, subjectLine, text string) []string {
	if strings.EqualFold(strings.TrimSpace(h.Get("Content-Class")), "urn:content-classes:mdn") {
		return []string{"content-class: mdn"} // Exchange 2000 and 2003
	}
	if !startsWith(flat(subjectLine), receiptSubject) {
		return nil
	}
	text = Unquoted(head(text, maxReceipt))
	if tells(text).has(receiptText) || endsFields(text) {
		return []string{"subject and text: receipt"}
	}
	return nil
}

// endsFields knows the receipts that name the mail by some of its fields, a line each, and say
// below them what became of it. In a sentence of its own, "was read on" may be a person's.
func endsFields(text string) bool {
	above := ""
	for line := range strings.Lines(text) {
		line = flat(line)
		if isField(above) && startsWith(line, receiptEnd) {
			return true
		}
		if line != "" {
			above = line
		}
	}
	return false
}

// isField tells "to: ann" from a sentence with a colon, by the one or two words before it.
func isField(line string) bool {
	name, _, ok := strings.Cut(strings.ReplaceAll(line, "：", ":"), ":")
	words := len(strings.Fields(name))
	return ok && 1 <= words && words <= 2
}
