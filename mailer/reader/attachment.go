package reader

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/dsrd/dsrd/mailer/reader/parts"
)

// attachments decodes and hashes what is not text, one at a time.
func (b *body) attachments(expired func() bool) []Attachment {
	var out []Attachment
	for _, p := range b.others {
		if expired() {
			b.odd = append(b.odd, "parse-timeout")
			return out
		}
		content, whole := p.Bytes()
		if !whole {
			b.odd = append(b.odd, "damaged-attachment")
		}
		sum := sha256.Sum256(content)
		out = append(out, Attachment{
			Name: cleanLine(p.Name), Type: cleanLine(p.Type), Size: int64(len(content)),
			SHA256: hex.EncodeToString(sum[:]),
		})
	}
	return out
}

// unreadable says why a mail without readable text has none, or "".
func (b *body) unreadable(root *parts.Part, text string) string {
	why := ""
	root.Each(func(p *parts.Part) bool {
		switch p.Type {
		case "multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime",
			"application/pgp-encrypted":
			why = "encrypted"
		case "application/ms-tnef", "application/vnd.ms-tnef":
			why = "tnef"
		}
		return why == ""
	})
	if containsPGP(text) {
		return "encrypted"
	}
	if why == "tnef" && text != "" {
		return ""
	}
	return why
}
