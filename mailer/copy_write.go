package mailer

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"mime/quotedprintable"
	"net/textproto"
	"slices"
	"strings"

	"github.com/dsrd/dsrd/workflow"
)

// encode writes the copy of a letter: the letter's own header, what people may see of its
// body, and the sealed proof. head is the beginning of the letter's bytes.
func (c Copy) encode(head, key []byte) ([]byte, error) {
	header, body, ok := bytes.Cut(head, []byte("\r\n\r\n"))
	if !ok {
		return nil, fmt.Errorf("copy the letter of %s: it has no end of its header", c.Effect)
	}
	proof, err := json.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("copy the letter of %s: %v", c.Effect, err)
	}
	seal := hex.EncodeToString(sealSent(key, proof))
	var out bytes.Buffer
	out.WriteString(ownHeader(string(header)))
	parts := multipart.NewWriter(&out)
	if err := parts.SetBoundary("copy-" + seal[:32]); err != nil {
		return nil, fmt.Errorf("copy the letter of %s: %v", c.Effect, err)
	}
	fmt.Fprintf(&out, "%s: %s\r\nMIME-Version: 1.0\r\n", sentField, seal)
	fmt.Fprintf(&out, "Content-Type: multipart/mixed; boundary=%q\r\n\r\n", parts.Boundary())
	if err := c.parts(parts, string(header), body, proof); err != nil {
		return nil, fmt.Errorf("copy the letter of %s: %v", c.Effect, err)
	}
	return out.Bytes(), nil
}

func (c Copy) parts(parts *multipart.Writer, header string, body, proof []byte) error {
	text, err := parts.CreatePart(textproto.MIMEHeader{
		"Content-Type":              {"text/plain; charset=utf-8"},
		"Content-Transfer-Encoding": {"quoted-printable"},
	})
	if err != nil {
		return err
	}
	quoted := quotedprintable.NewWriter(text)
	if _, err := io.WriteString(quoted, c.shown(header, body)); err != nil {
		return err
	}
	if err := quoted.Close(); err != nil {
		return err
	}
	sealed, err := parts.CreatePart(textproto.MIMEHeader{
		"Content-Type":              {"application/json"},
		"Content-Transfer-Encoding": {"base64"},
		"Content-Disposition":       {"attachment; filename=" + sentFile},
	})
	if err != nil {
		return err
	}
	// In base64: servers may touch line ends and long lines, and the seal must survive that.
	const line = 76 // RFC 2045 6.8
	for chunk := range slices.Chunk([]byte(base64.StdEncoding.EncodeToString(proof)), line) {
		if _, err := fmt.Fprintf(sealed, "%s\r\n", chunk); err != nil {
			return err
		}
	}
	return parts.Close()
}

// ownHeader is the letter's header without what describes its body. A code never stands in
// a header; if ever one does, it is masked all the same.
func ownHeader(header string) string {
	var kept strings.Builder
	keeps := false
	for line := range strings.SplitSeq(header, "\r\n") {
		if !strings.HasPrefix(line, " ") && !strings.HasPrefix(line, "\t") {
			name, _, _ := strings.Cut(strings.ToLower(line), ":")
			keeps = !strings.HasPrefix(name, "content-") && name != "mime-version" &&
				!strings.EqualFold(name, sentField)
		}
		if keeps {
			kept.WriteString(hyphened.ReplaceAllString(line, maskedCode) + "\r\n")
		}
	}
	return kept.String()
}

// shown is what people read in a copy: the text of a letter that never carries data, nor
// what opens data. Of any other it is a record of what left, and no word of the letter.
func (c Copy) shown(header string, body []byte) string {
	switch c.Type {
	case workflow.SendConfirmation, workflow.SendReminder, workflow.SendQuestion,
		workflow.SendWhich, workflow.SendHeld, workflow.SendEscalation, workflow.SendReceipt,
		workflow.SendDeclined, workflow.SendRefusal:
		return codePattern.ReplaceAllString(plainText(header, body), maskedCode)
	}
	return c.record()
}

// record lists what left, as the manifest names it.
func (c Copy) record() string {
	var b strings.Builder
	fmt.Fprintf(&b, "The record of a letter that left. Its text and its files are not kept here.\r\n\r\n")
	fmt.Fprintf(&b, "letter:  %s, %s\r\nSHA-256: %s\r\n", c.Type, c.Effect, c.Digest)
	if p := c.Package; p != nil {
		fmt.Fprintf(&b, "package: %s, %d bytes, encryption %s\r\nSHA-256: %s\r\n", p.File, p.Size, p.Encryption, p.SHA256)
		for _, s := range p.Sources {
			fmt.Fprintf(&b, "source:  %s (%s): %s, %d\r\n", s.Name, s.Category, s.Status, s.Count)
		}
		for _, l := range p.LeftOut {
			fmt.Fprintf(&b, "left out: %s: %s\r\n", l.Category, l.Reason)
		}
	}
	return b.String()
}
