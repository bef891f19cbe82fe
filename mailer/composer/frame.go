package composer

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	netmail "net/mail"
	"slices"
	"strings"

	"github.com/wneessen/go-mail"
)

// suppressed asks Exchange to keep its automatic replies to itself. The value All would stop the
// non-delivery reports too, and those are wanted ([MS-OXCMAIL] 2.2.3.2.14).
const suppressed = "DR, RN, NRN, OOF, AutoReply"

// renderFrame returns the whole mail with a placeholder for the content of each attachment.
//
// go-mail v0.8.1 holds the base64 text of an attachment in memory, about four times the file, so
// it never sees the files: it is given placeholders and Compose streams the content in.
func renderFrame(l Letter) ([]byte, error) {
	m, err := message(l)
	if err != nil {
		return nil, err
	}
	var frame bytes.Buffer
	if _, err := m.WriteTo(&frame); err != nil {
		return nil, fmt.Errorf("render mail: %w", err)
	}
	return settleBoundaries(frame.Bytes(), l.MessageID)
}

// message fills a go-mail message. Header names are constants; values pass through setters that
// encode them, never through SetGenHeaderPreformatted, which does not.
func message(l Letter) (*mail.Msg, error) {
	// RFC 5321 gives a mail no guarantee beyond 7-bit lines: quoted-printable keeps to them.
	m := mail.NewMsg(mail.WithNoDefaultUserAgent(), mail.WithEncoding(mail.EncodingQP),
		mail.WithCharset(mail.CharsetUTF8))
	if err := setAddresses(m, l); err != nil {
		return nil, err
	}
	m.SetMessageIDWithValue(l.MessageID)
	m.SetDateWithValue(l.Date.UTC())
	m.Subject(l.SubjectLine)
	setOptional(m, mail.HeaderContentLang, l.Language)
	if quotable(l.InReplyTo) {
		m.SetGenHeader(mail.HeaderInReplyTo, bracketed(l.InReplyTo))
	}
	m.SetGenHeader(mail.HeaderReferences, references(l))
	m.SetGenHeader("Auto-Submitted", l.AutoSubmitted)
	m.SetGenHeader(mail.HeaderXAutoResponseSuppress, suppressed)
	setOptional(m, "X-Dsrd-Loop", l.LoopMark)
	setBody(m, l)
	return m, nil
}

// setAddresses hands over what check accepted. The parsed form of From keeps a quote in the display
// name from ending it: FromFormat of go-mail v0.8.1 pastes the two into one string.
func setAddresses(m *mail.Msg, l Letter) error {
	m.FromMailAddress(&netmail.Address{Name: l.FromName, Address: l.From})
	if err := m.To(l.To); err != nil {
		return errors.New("to: not an address that go-mail accepts")
	}
	if l.ReplyTo == "" {
		return nil
	}
	if err := m.ReplyTo(l.ReplyTo); err != nil {
		return errors.New("reply-to: not an address that go-mail accepts")
	}
	return nil
}

// setBody puts the plain text first: the last alternative is the one that readers prefer
// (RFC 2046 section 5.1.4).
func setBody(m *mail.Msg, l Letter) {
	m.SetBodyString(mail.TypeTextPlain, l.Text)
	if l.HTML != "" {
		m.AddAlternativeString(mail.TypeTextHTML, l.HTML)
	}
	for i, a := range l.Attachments {
		content := strings.NewReader(placeholder(l.MessageID, i))
		m.AttachReadSeeker(a.Name, content, mail.WithFileContentType(mediaType(a)))
	}
}

func mediaType(a Attachment) mail.ContentType {
	if a.Type == "" {
		return mail.TypeAppOctetStream
	}
	return mail.ContentType(a.Type)
}

func setOptional(m *mail.Msg, name mail.Header, value string) {
	if value != "" {
		m.SetGenHeader(name, value)
	}
}

// maxReferences keeps the field short in a thread without end; the first identifier and the
// latest ones are what mail programs thread by (RFC 5322 section 3.6.4).
const maxReferences = 20

// references lists the thread and at last the mail itself: relays that replace the Message-ID
// leave References alone, so an answer still names the mail that we know.
func references(l Letter) string {
	ids := make([]string, 0, len(l.References)+2)
	for _, id := range append(slices.Clone(l.References), l.InReplyTo) {
		if quotable(id) && id != l.MessageID && !slices.Contains(ids, bracketed(id)) {
			ids = append(ids, bracketed(id))
		}
	}
	if len(ids) > maxReferences {
		ids = append(ids[:1], ids[len(ids)-maxReferences+1:]...)
	}
	return strings.Join(append(ids, bracketed(l.MessageID)), " ")
}

func bracketed(id string) string { return "<" + id + ">" }

// settleBoundaries replaces go-mail's random boundaries by ones derived from the Message-ID.
// WithBoundary of go-mail v0.8.1 would give nested multiparts the same boundary, which RFC 2046
// section 5.1.2 forbids. A quoted-printable body cannot hold the pattern: its "=" is "=3D".
func settleBoundaries(frame []byte, messageID string) ([]byte, error) {
	for _, kind := range []string{"mixed", "alternative"} {
		opening := "\nContent-Type: multipart/" + kind + ";\r\n boundary="
		_, rest, found := bytes.Cut(frame, []byte(opening))
		if !found {
			continue
		}
		random, _, _ := bytes.Cut(rest, []byte("\r\n"))
		settled := []byte(derive(messageID, "boundary "+kind)[:boundaryLength])
		if len(random) != boundaryLength || bytes.Contains(frame, settled) {
			return nil, fmt.Errorf("boundary of multipart/%s: not replaceable", kind)
		}
		frame = bytes.ReplaceAll(frame, bytes.Clone(random), settled)
	}
	return frame, nil
}

// boundaryLength is what mime/multipart chooses: 30 random bytes in hexadecimal.
const boundaryLength = 60

// placeholder is what go-mail encodes in place of attachment i: 48 bytes, one line of base64.
func placeholder(messageID string, i int) string {
	return derive(messageID, fmt.Sprintf("attachment %d", i))[:48]
}

func encodedPlaceholder(messageID string, i int) []byte {
	return []byte(base64.StdEncoding.EncodeToString([]byte(placeholder(messageID, i))))
}

// derive gives 64 hexadecimal digits that depend on the mail and on what they are for.
func derive(messageID, purpose string) string {
	sum := sha256.Sum256([]byte(purpose + "\x00" + messageID))
	return hex.EncodeToString(sum[:])
}
