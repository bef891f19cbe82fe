package mailer

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/textproto"
	"regexp"
	"strings"
)

// maskedCode stands in a copy where the letter had a code.
const maskedCode = "*****-*****-*****-*****-******"

// hyphened is a code as we write it. Ids of requests have as many characters, without hyphens.
var hyphened = regexp.MustCompile(`(?i)[a-z2-7]{5}(-[a-z2-7]{5}){3}-[a-z2-7]{6}`)

// maxNested multiparts are looked into: ours have a mixed and an alternative.
const maxNested = 3

// plainText is the first part of a letter if it is plain text, decoded; "" for a letter that
// is built in another way than ours.
func plainText(header string, body []byte) string {
	lines := textproto.NewReader(bufio.NewReader(strings.NewReader(header + "\r\n\r\n")))
	of, err := lines.ReadMIMEHeader()
	if err != nil {
		return ""
	}
	for range maxNested {
		kind, params, err := mime.ParseMediaType(of.Get("Content-Type"))
		switch {
		case err != nil:
			return ""
		case kind == "text/plain":
			return decoded(of.Get("Content-Transfer-Encoding"), body)
		case !strings.HasPrefix(kind, "multipart/"):
			return ""
		}
		part, err := multipart.NewReader(bytes.NewReader(body), params["boundary"]).NextRawPart()
		if err != nil {
			return ""
		}
		if body, err = io.ReadAll(part); err != nil {
			return ""
		}
		of = part.Header
	}
	return ""
}

// decoded undoes a transfer encoding; what it cannot undo is not shown, for a code might be
// hidden in it.
func decoded(encoding string, body []byte) string {
	var r io.Reader
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "quoted-printable":
		r = quotedprintable.NewReader(bytes.NewReader(body))
	case "base64":
		r = base64.NewDecoder(base64.StdEncoding, bytes.NewReader(body))
	case "", "7bit", "8bit":
		r = bytes.NewReader(body)
	default:
		return ""
	}
	text, err := io.ReadAll(r)
	if err != nil {
		return ""
	}
	return string(text)
}
