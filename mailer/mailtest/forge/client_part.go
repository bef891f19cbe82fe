package forge

import (
	"encoding/base64"
	"fmt"
	"mime/quotedprintable"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// entity is a part of a mail, or all of one: header lines and a body, both with LF.
type entity struct {
	head []string
	body string
}

// bytes is the entity as it goes over the wire.
func (e entity) bytes() []byte {
	all := strings.Join(e.head, "\n") + "\n\n" + e.body
	return []byte(strings.ReplaceAll(all, "\n", "\r\n"))
}

// under is the entity below further header lines.
func (e entity) under(head ...string) entity {
	e.head = append(head, e.head...)
	return e
}

// coding is how a client writes text down.
type coding struct {
	charset  string
	transfer string // "7bit", "8bit", "quoted-printable", "base64"
	// shape is written after the charset: "; format=flowed".
	shape string
	// bare leaves the quotation marks off the charset, shout writes it in capitals.
	bare, shout bool
}

// text is a part of that media type.
func text(media, s string, c coding) entity {
	label := c.charset
	if c.shout {
		label = strings.ToUpper(label)
	}
	if !c.bare {
		label = `"` + label + `"`
	}
	e := entity{head: []string{"Content-Type: " + media + "; charset=" + label + c.shape}}
	if c.transfer != "" {
		e.head = append(e.head, "Content-Transfer-Encoding: "+c.transfer)
	}
	e.body = transfer(encodeIn(s, c.charset), c.transfer)
	return e
}

// transfer encodes bytes for their way (RFC 2045 6).
func transfer(s, how string) string {
	switch how {
	case "quoted-printable":
		var b strings.Builder
		w := quotedprintable.NewWriter(&b)
		// A strings.Builder takes all that it is given.
		_, _ = w.Write([]byte(s))
		_ = w.Close()
		return strings.ReplaceAll(b.String(), "\r\n", "\n")
	case "base64":
		return base64Lines(strings.ReplaceAll(s, "\n", "\r\n"))
	}
	return s
}

func base64Lines(s string) string {
	all := base64.StdEncoding.EncodeToString([]byte(s))
	var b strings.Builder
	for len(all) > 76 {
		b.WriteString(all[:76] + "\n")
		all = all[76:]
	}
	return b.String() + all + "\n"
}

// multi is a multipart of the parts.
func multi(kind, boundary, more string, parts ...entity) entity {
	e := entity{head: []string{
		fmt.Sprintf("Content-Type: multipart/%s;%s\n\tboundary=\"%s\"", kind, more, boundary),
	}}
	var b strings.Builder
	for _, p := range parts {
		b.WriteString("--" + boundary + "\n" + strings.Join(p.head, "\n") + "\n\n" + p.body + "\n")
	}
	e.body = b.String() + "--" + boundary + "--\n"
	return e
}

// dot is the smallest picture there is: the logo of every company here.
const dot = "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"

// picture is a logo that a signature shows.
func picture(id string) entity {
	return entity{head: []string{
		`Content-Type: image/gif; name="logo.gif"`, "Content-Transfer-Encoding: base64",
		"Content-ID: <" + id + ">", `Content-Disposition: inline; filename="logo.gif"`,
	}, body: dot + "\n"}
}

var charsets = map[string]encoding.Encoding{
	"iso-8859-1": charmap.ISO8859_1, "iso-8859-2": charmap.ISO8859_2,
	"iso-8859-9": charmap.ISO8859_9, "iso-8859-15": charmap.ISO8859_15,
	"windows-1250": charmap.Windows1250, "windows-1251": charmap.Windows1251,
	"windows-1252": charmap.Windows1252, "windows-1254": charmap.Windows1254,
	"koi8-r": charmap.KOI8R, "iso-2022-jp": japanese.ISO2022JP, "shift_jis": japanese.ShiftJIS,
	"gb18030": simplifiedchinese.GB18030, "gb2312": simplifiedchinese.GBK,
}

// encodeIn writes text in a charset; what that has no letter for becomes a question mark,
// as it does in mail clients.
func encodeIn(s, charset string) string {
	e, ok := charsets[strings.ToLower(charset)]
	if !ok {
		return s
	}
	out, err := encoding.ReplaceUnsupported(e.NewEncoder()).String(s)
	if err != nil {
		return s
	}
	return strings.ReplaceAll(out, "\x1a", "?")
}

// fits reports whether a charset has all letters of a text.
func fits(s, charset string) bool {
	e, ok := charsets[strings.ToLower(charset)]
	if !ok {
		return charset == "utf-8" || ascii(s)
	}
	_, err := e.NewEncoder().String(s)
	return err == nil
}

func ascii(s string) bool { return len(s) == utf8.RuneCountInString(s) }

// word is a header value with its letters encoded where that is needed (RFC 2047), whole
// characters in each word.
func word(s, charset, how string) string {
	if ascii(s) {
		return s
	}
	var out []string
	for s != "" {
		n := 0
		for n < len(s) && n < 30 {
			_, size := utf8.DecodeRuneInString(s[n:])
			n += size
		}
		out = append(out, oneWord(s[:n], charset, how))
		s = s[n:]
	}
	return strings.Join(out, "\n ")
}

func oneWord(s, charset, how string) string {
	s = encodeIn(s, charset)
	if how == "B" {
		return "=?" + charset + "?B?" + base64.StdEncoding.EncodeToString([]byte(s)) + "?="
	}
	var b strings.Builder
	for _, c := range []byte(s) {
		switch {
		case c == ' ':
			b.WriteByte('_')
		case c > ' ' && c < 0x7f && !strings.ContainsRune(`=?_"(),.:;<>@[]\`, rune(c)):
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "=%02X", c)
		}
	}
	return "=?" + charset + "?Q?" + b.String() + "?="
}
