package mailer

import (
	"crypto/hmac"
	"crypto/sha256"
	"strings"

	"github.com/dsrd/dsrd/workflow"
)

// What a letter to the second contact bears behind its effect's id in its envelope
// sender and Message-ID: no request remembers which of its mails went there, so a
// bounce has to tell.
const (
	markEscalation = ".e"
	markPassphrase = ".p"
)

// markOf is what the marks of an effect's mail are made of.
func markOf(e workflow.Effect) string {
	switch e.Type {
	case workflow.SendEscalation:
		return string(e.ID) + markEscalation
	case workflow.SendPassphrase:
		return string(e.ID) + markPassphrase
	}
	return string(e.ID)
}

// cutMark takes apart what markOf put together; kind is "" for letters to admins.
func cutMark(mark string) (effect workflow.EffectID, kind string) {
	for _, kind := range []string{markEscalation, markPassphrase} {
		if id, ok := strings.CutSuffix(mark, kind); ok {
			return workflow.EffectID(id), kind
		}
	}
	return workflow.EffectID(mark), ""
}

// locatorOf is the short name in an answer to a stranger: the request's own for the
// mail that started it. One for a mail that joined looks like that of a request of its
// own, as if nobody had asked before; it leads nowhere.
func (p *Postman) locatorOf(r workflow.Request, e workflow.Effect) string {
	own := r.ID.Locator()
	if e.Type != workflow.SendReceipt || e.Number == 0 {
		return own
	}
	joined, _ := occasion(r, e)
	mac := hmac.New(sha256.New, p.CodeKey)
	mac.Write([]byte("joined|" + string(r.ID) + "|" + joined.Mail.Digest))
	return codeEncoding.EncodeToString(mac.Sum(nil))[:len(own)]
}
