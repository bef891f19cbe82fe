package source

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// Masked replaces the address of somebody who is not the customer.
const Masked = "[address of another person]"

// SameAddress reports whether two addresses are one mailbox: letter case and the form of an
// international domain name (RFC 5890) make no difference, tags such as +shop do.
func SameAddress(a, b string) bool {
	a, b = strings.TrimSpace(a), strings.TrimSpace(b)
	if a == "" || b == "" {
		return false
	}
	if isASCII(a) && isASCII(b) {
		return strings.EqualFold(a, b)
	}
	return canonical(a) == canonical(b)
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// canonical lowers an address and writes its domain in A-labels.
func canonical(address string) string {
	address = strings.ToLower(address)
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return address
	}
	domain, err := idna.Lookup.ToASCII(address[at+1:])
	if err != nil {
		domain = address[at+1:]
	}
	return address[:at+1] + domain
}

// Names reports whether any string in raw holds the customer's address.
func Names(raw json.RawMessage, customer string) bool {
	found := false
	eachString(raw, func(lo, hi int) {
		if found || isWhole(raw[lo:hi], customer) {
			found = true
			return
		}
		for _, m := range mentions(unquote(raw[lo:hi]), customer) {
			found = found || m.customer
		}
	})
	return found
}

// Mask returns raw with every address that is not the customer's replaced by Masked, and how many
// it replaced. Whatever holds no such address stays as it is, byte for byte.
func Mask(raw json.RawMessage, customer string) (json.RawMessage, int) {
	m := masking{raw: raw}
	eachString(raw, func(lo, hi int) {
		if isWhole(raw[lo:hi], customer) {
			return
		}
		if bytes.IndexByte(raw[lo:hi], '\\') >= 0 {
			m.escaped(lo, hi, customer)
			return
		}
		for _, found := range mentions(string(raw[lo:hi]), customer) {
			if !found.customer {
				m.replace(lo+found.lo, lo+found.hi, []byte(Masked))
				m.count++
			}
		}
	})
	if m.count == 0 {
		return raw, 0
	}
	return append(m.out, raw[m.done:]...), m.count
}

// A masking is a copy of raw[:done] with replacements.
type masking struct {
	raw, out []byte
	done     int
	count    int
}

func (m *masking) replace(lo, hi int, by []byte) {
	if m.out == nil {
		m.out = make([]byte, 0, len(m.raw)+4*len(by))
	}
	m.out = append(append(m.out, m.raw[m.done:lo]...), by...)
	m.done = hi
}

// escaped masks a string with escapes, which is written anew if it names somebody else.
func (m *masking) escaped(lo, hi int, customer string) {
	text, n := maskText(unquote(m.raw[lo:hi]), customer)
	if n > 0 {
		m.replace(lo, hi, quote(text))
		m.count += n
	}
}

// isWhole reports whether a string literal is the customer's address as it was written to us, which
// most mentions of a customer are.
func isWhole(literal []byte, customer string) bool {
	return len(literal) == len(customer)+2 && string(literal[1:len(literal)-1]) == customer
}

func maskText(text, customer string) (string, int) {
	var out strings.Builder
	done, count := 0, 0
	for _, m := range mentions(text, customer) {
		if m.customer {
			continue
		}
		out.WriteString(text[done:m.lo])
		out.WriteString(Masked)
		done = m.hi
		count++
	}
	out.WriteString(text[done:])
	return out.String(), count
}

// A mention is an address in text[lo:hi].
type mention struct {
	lo, hi   int
	customer bool
}

// mentions finds the addresses in text, also those whose '@' is percent-encoded in a link.
func mentions(text, customer string) []mention {
	var found []mention
	for from := 0; from < len(text); {
		at, width := nextAt(text, from)
		if at < 0 {
			break
		}
		m := mention{lo: localStart(text, from, at), hi: domainEnd(text, at+width)}
		if m.lo == at || !looksLikeDomain(text[at+width:m.hi]) {
			from = at + width
			continue
		}
		m.lo, m.customer = ownStart(text, from, m, customer)
		found = append(found, m)
		from = m.hi
	}
	return found
}

// ownStart decides whether the mention is the customer's. An address may begin with characters
// that localStart does not take for part of one (RFC 5322 3.2.3 allows a '/'), or follow others in
// an encoded link, so the customer's own spelling is compared from the right.
func ownStart(text string, from int, m mention, customer string) (int, bool) {
	plain := text[m.lo:m.hi]
	if SameAddress(unescape(plain), customer) {
		return m.lo, true
	}
	if lo := m.hi - len(customer); lo >= from && strings.EqualFold(text[lo:m.hi], customer) {
		before, _ := utf8.DecodeLastRuneInString(text[from:lo])
		if lo == from || !isLocal(before) {
			return lo, true
		}
	}
	decoded := unescape(plain)
	if decoded == plain {
		return m.lo, false
	}
	inner := mentions(decoded, customer)
	return m.lo, len(inner) == 1 && inner[0].customer
}

func unescape(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	if plain, err := url.PathUnescape(s); err == nil {
		return plain
	}
	return s
}

// nextAt finds the next '@' or "%40" and its width; -1 when there is none.
func nextAt(text string, from int) (at, width int) {
	at = strings.IndexByte(text[from:], '@')
	encoded := strings.Index(text[from:], "%40")
	switch {
	case at < 0 && encoded < 0:
		return -1, 0
	case encoded >= 0 && (at < 0 || encoded < at):
		return from + encoded, len("%40")
	}
	return from + at, 1
}

func localStart(text string, from, at int) int {
	lo := at
	for lo > from {
		r, size := utf8.DecodeLastRuneInString(text[from:lo])
		if !isLocal(r) {
			break
		}
		lo -= size
	}
	// A quote or a full stop in front of an address belongs to the sentence.
	return at - len(strings.TrimLeft(text[lo:at], "'.-"))
}

func domainEnd(text string, from int) int {
	hi := from
	for hi < len(text) {
		r, size := utf8.DecodeRuneInString(text[hi:])
		if r != '.' && r != '-' && !unicode.IsLetter(r) && !unicode.IsNumber(r) {
			break
		}
		hi += size
	}
	return from + len(strings.TrimRight(text[from:hi], ".-"))
}

// looksLikeDomain wants two labels and no number at the end: root@10.0.0.1 and root@vm1 are
// accounts on machines, and part of what an alert is about.
func looksLikeDomain(domain string) bool {
	dot := strings.LastIndexByte(domain, '.')
	if dot <= 0 {
		return false
	}
	first, _ := utf8.DecodeRuneInString(domain[dot+1:])
	return unicode.IsLetter(first)
}

func isLocal(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r) ||
		strings.ContainsRune("._%+-'", r)
}
