package forge

import (
	"crypto/ed25519"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Fields are those that large providers sign.
const Fields = "From:To:Subject:Date:Message-ID:MIME-Version:Content-Type"

// EmptyBody as a Signing's Length signs no byte of the body.
const EmptyBody = -1

// Signing says how a mail is signed; beside the Key each zero value is the usual.
type Signing struct {
	Key    Key
	Fields string // h=; Fields when empty
	Canon  string // c=; relaxed/relaxed when empty
	// At and Expires are t= and x=; none when zero.
	At, Expires time.Time
	// Length is l=, in bytes of the canonical body; 0 writes none, EmptyBody l=0.
	Length int
	More   string // further tags, as "i=@mail.acme.example; z=x"
}

// Sign puts a DKIM-Signature on top of a mail with CRLF lines (RFC 6376, RFC 8463).
func Sign(raw []byte, s Signing) []byte { return seal(raw, s.Key, s.tags()) }

// tags are all but bh= and b=.
func (s Signing) tags() string {
	algorithm := s.Key.family() + "-sha256"
	tags := fmt.Sprintf("v=1; a=%s; c=%s; d=%s; s=%s; h=%s", algorithm,
		or(s.Canon, "relaxed/relaxed"), s.Key.Domain, s.Key.Selector, or(s.Fields, Fields))
	if !s.At.IsZero() {
		tags += fmt.Sprintf("; t=%d", s.At.Unix())
	}
	if !s.Expires.IsZero() {
		tags += fmt.Sprintf("; x=%d", s.Expires.Unix())
	}
	if s.Length != 0 {
		tags += fmt.Sprintf("; l=%d", max(s.Length, 0))
	}
	if s.More != "" {
		tags += "; " + s.More
	}
	return tags
}

func or(s, usual string) string {
	if s == "" {
		return usual
	}
	return s
}

// seal signs as the tags say, whatever they say; of a tag that stands twice the first.
func seal(raw []byte, k Key, tags string) []byte {
	head, body, _ := strings.Cut(string(raw), "\r\n\r\n")
	headForm, bodyForm, _ := strings.Cut(tagOf(tags, "c"), "/")
	text := canonicalBody(body, bodyForm == "relaxed")
	if n, err := strconv.Atoi(tagOf(tags, "l")); err == nil && n >= 0 {
		text = text[:min(n, len(text))] // an l= that is no length signs all
	}
	old := strings.HasSuffix(tagOf(tags, "a"), "-sha1")
	field := "DKIM-Signature: " + tags + ";\r\n bh=" + encode(digest(text, old)) + ";\r\n b="
	signed := canonicalHead(head, tagOf(tags, "h"), headForm == "relaxed") +
		strings.TrimSuffix(canonicalField(field+"\r\n", headForm == "relaxed"), "\r\n")
	return []byte(field + encode(k.sign(signed, old)) + "\r\n" + string(raw))
}

func encode(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

func digest(text string, old bool) []byte {
	if old {
		sum := sha1.Sum([]byte(text))
		return sum[:]
	}
	sum := sha256.Sum256([]byte(text))
	return sum[:]
}

// ASN.1 of a digest's kind, in front of the digest (RFC 8017 9.2, note 1).
const (
	asnSHA1   = "\x30\x21\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00\x04\x14"
	asnSHA256 = "\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"
)

// sign is RSASSA-PKCS1-v1_5 written out, since the library signs with no weak key, or
// Ed25519 over the digest (RFC 8463 3).
func (k Key) sign(text string, old bool) []byte {
	sum := digest(text, old)
	if k.modulus == nil {
		return ed25519.Sign(k.ed, sum)
	}
	kind := asnSHA256
	if old {
		kind = asnSHA1
	}
	size := k.modulus.BitLen() / 8
	tail := "\x00" + kind + string(sum)
	padded := "\x00\x01" + strings.Repeat("\xff", size-2-len(tail)) + tail
	m := new(big.Int).SetBytes([]byte(padded))
	return m.Exp(m, k.private, k.modulus).FillBytes(make([]byte, size))
}

func tagOf(tags, name string) string {
	for tag := range strings.SplitSeq(tags, ";") {
		if n, v, _ := strings.Cut(tag, "="); strings.TrimSpace(n) == name {
			return strings.Trim(v, " \t\r\n")
		}
	}
	return ""
}

var (
	fieldEnds = regexp.MustCompile(`\r\n([^ \t]|$)`)
	blanks    = regexp.MustCompile(`[ \t\r\n]+`)
	inLine    = regexp.MustCompile(`[ \t]+`)
	lastEmpty = regexp.MustCompile(`(\r\n)+$`)
)

// fieldsOf cuts a header into fields, each with its folds and its last CRLF.
func fieldsOf(head string) []string {
	var fields []string
	for head += "\r\n"; head != ""; {
		end := len(head)
		if at := fieldEnds.FindStringIndex(head); at != nil {
			end = at[0] + len("\r\n")
		}
		fields, head = append(fields, head[:end]), head[end:]
	}
	return fields
}

func nameOf(field string) string {
	name, _, _ := strings.Cut(field, ":")
	return strings.ToLower(strings.TrimRight(name, " \t"))
}

// canonicalHead is the fields that h= names, for each mention of a name the lowest that
// is left (RFC 6376 5.4.2).
func canonicalHead(head, names string, relaxed bool) string {
	fields := fieldsOf(head)
	var out strings.Builder
	for name := range strings.SplitSeq(names, ":") {
		name = strings.ToLower(strings.Trim(name, " \t\r\n"))
		for i := len(fields) - 1; i >= 0; i-- {
			if nameOf(fields[i]) == name {
				out.WriteString(canonicalField(fields[i], relaxed))
				fields = append(fields[:i:i], fields[i+1:]...)
				break
			}
		}
	}
	return out.String()
}

// canonicalField is RFC 6376 3.4.1 or 3.4.2.
func canonicalField(field string, relaxed bool) string {
	if !relaxed {
		return field
	}
	_, value, _ := strings.Cut(field, ":")
	return nameOf(field) + ":" + strings.Trim(blanks.ReplaceAllString(value, " "), " ") + "\r\n"
}

// canonicalBody is RFC 6376 3.4.3 or 3.4.4.
func canonicalBody(body string, relaxed bool) string {
	if relaxed {
		lines := strings.Split(body, "\r\n")
		for i, l := range lines {
			lines[i] = strings.TrimRight(inLine.ReplaceAllString(l, " "), " ")
		}
		body = strings.Join(lines, "\r\n")
	}
	body = lastEmpty.ReplaceAllString(body, "")
	if body == "" && relaxed {
		return ""
	}
	return body + "\r\n"
}
