package reader

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset" // teaches go-message the charsets
	"golang.org/x/net/html"

	"github.com/dsrd/dsrd/mailer/reader/parts"
)

// The second reading stops at these: it only has to find again what the first found.
const (
	secondDepth  = 10
	secondParts  = 200
	secondBytes  = 256 << 10
	secondParams = 64 << 10 // bytes of Content-Type and Content-Disposition, all parts together
)

var errTooMuch = errors.New("too many or too deep parts")

// SecondText is the readable text of a mail as another parser (go-message) sees it. A header that
// says how the body is to be read may be unsigned, so what decides must be found by both. It is for
// comparing, never for showing: HTML is stripped of its tags and nothing else. A mail that is over
// the limits of the first reading is not read.
func SecondText(raw []byte) (string, error) {
	// go-message v0.18.2 has no limit for the header of a part: 10 MB of one-letter fields
	// become hundreds of megabytes.
	if parts.Parse(raw, parts.DefaultLimits(), nil).OverLimit {
		return "", fmt.Errorf("read the mail a second time: %w", errTooMuch)
	}
	entity, err := message.Read(bytes.NewReader(raw))
	if err != nil && !message.IsUnknownCharset(err) {
		return "", fmt.Errorf("read the mail a second time: %w", err)
	}
	s := second{left: secondParts, params: secondParams}
	if err := s.entity(entity, 0); err != nil {
		return "", fmt.Errorf("read the mail a second time: %w", err)
	}
	return s.text.String(), nil
}

type second struct {
	text   strings.Builder
	left   int // parts
	params int // bytes
}

func (s *second) entity(e *message.Entity, depth int) error {
	s.left--
	// mime.ParseMediaType takes 60 ns and 30 bytes for a byte of parameters.
	s.params -= len(e.Header.Get("Content-Type")) + len(e.Header.Get("Content-Disposition"))
	if s.left < 0 || s.params < 0 || depth > secondDepth {
		return errTooMuch
	}
	if r := e.MultipartReader(); r != nil {
		return s.multipart(r, depth)
	}
	kind, _, err := e.Header.ContentType()
	if err != nil {
		kind = "text/plain" // RFC 2045 5.2
	}
	if disposition, _, _ := e.Header.ContentDisposition(); disposition == "attachment" {
		return nil
	}
	return s.leaf(kind, e.Body)
}

// multipart stops at the first error: go-message gives it again and again.
func (s *second) multipart(r message.MultipartReader, depth int) error {
	for {
		part, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil && !message.IsUnknownCharset(err) || part == nil {
			return err
		}
		if err := s.entity(part, depth+1); err != nil {
			return err
		}
	}
}

func (s *second) leaf(kind string, body io.Reader) error {
	limited := io.LimitReader(body, int64(max(0, secondBytes-s.text.Len())))
	switch kind {
	case "text/plain":
		text, err := io.ReadAll(limited)
		s.text.Write(text)
		s.text.WriteByte('\n')
		return err
	case "text/html":
		return s.html(limited)
	}
	return nil
}

func (s *second) html(body io.Reader) error {
	tokens := html.NewTokenizer(body)
	for {
		switch tokens.Next() {
		case html.ErrorToken:
			if err := tokens.Err(); !errors.Is(err, io.EOF) {
				return err
			}
			return nil
		case html.TextToken:
			s.text.Write(tokens.Text())
		case html.StartTagToken, html.SelfClosingTagToken, html.EndTagToken:
			if name, _ := tokens.TagName(); breaks[string(name)] {
				s.text.WriteByte('\n')
			}
		}
	}
}

// breaks are the elements between which words do not run together.
var breaks = map[string]bool{
	"br": true, "p": true, "div": true, "tr": true, "td": true, "li": true, "blockquote": true, "hr": true,
}
