package mailer

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"strings"
	"time"

	"github.com/dsrd/dsrd/workflow"
)

// Copy is what the copy of a letter in the mailbox proves: that the letter left, and when.
// It holds no code, no passphrase and nothing of what was exported.
type Copy struct {
	Request workflow.ID
	Effect  workflow.EffectID // the order to send it
	Type    workflow.EffectType
	Number  int   // of that order; the request's orders are numbered from 1
	Ordered int   // orders of the request so far, when the copy was made
	Epoch   int64 // of the store, likewise
	// MessageID is the letter's, without angle brackets.
	MessageID string
	Digest    string            // SHA-256 of the letter's bytes, hex
	At        time.Time         // when it was written down that the letter had left
	Package   *workflow.Package // SendPackage: what it carried, without the names of blobs
	Ack       *workflow.Ack     // SendPackage: what released it
	Customer  workflow.Address
	Tenant    string
	Assigned  bool // an operator named customer and tenant
}

// What a mail in Sent is that proves nothing.
var (
	// ErrNotACopy: somebody put another mail there.
	ErrNotACopy = errors.New("not a copy of a letter")
	// ErrForged: it looks like a copy, and our seal is not on it, or on something else.
	ErrForged = errors.New("a copy of a letter without our seal")
)

const (
	sentField = "X-Dsrd-Sent"
	sentScope = "dsrd sent 1\x00" // what is signed begins with it: no other use of the key fits
	sentFile  = "dsrd-sent.json"
	maxCopy   = 1 << 20
)

// seal signs what a copy proves. What people read beside it may be changed on the way by
// servers, and proves nothing.
func sealSent(key, text []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(sentScope))
	mac.Write(text)
	return mac.Sum(nil)
}

// ReadCopy reads a copy that a Copyist has made: ErrNotACopy for any other mail, ErrForged
// for one that the key did not seal.
func ReadCopy(raw, key []byte) (Copy, error) {
	m, err := mail.ReadMessage(io.LimitReader(bytes.NewReader(raw), maxCopy))
	if err != nil || m.Header.Get(sentField) == "" {
		return Copy{}, ErrNotACopy
	}
	text, err := sealedPart(m)
	mac, bad := hex.DecodeString(strings.TrimSpace(m.Header.Get(sentField)))
	if err != nil || bad != nil || !hmac.Equal(mac, sealSent(key, text)) {
		return Copy{}, ErrForged
	}
	var c Copy
	if err := json.Unmarshal(text, &c); err != nil { // sealed by us, and written by another version
		return Copy{}, fmt.Errorf("read the copy of a letter: %v", err)
	}
	return c, nil
}

// sealedPart is the JSON of a copy.
func sealedPart(m *mail.Message) ([]byte, error) {
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		return nil, err
	}
	parts := multipart.NewReader(m.Body, params["boundary"])
	for {
		part, err := parts.NextPart()
		if err != nil {
			return nil, err
		}
		if part.FileName() != sentFile {
			continue
		}
		code, err := io.ReadAll(part)
		if err != nil {
			return nil, err
		}
		return base64.StdEncoding.DecodeString(strings.Join(strings.Fields(string(code)), ""))
	}
}
