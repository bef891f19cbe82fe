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
	if startsWith(flat(subjectLine), receiptSubject) && tells(head(text, maxReceipt)).has(receiptText) {
		return []string{"subject and text: receipt"}
	}
	return nil
}
