package request

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

const (
	maxLocal   = 64  // octets, RFC 5321 4.5.3.1.1
	maxDomain  = 255 // octets, RFC 5321 4.5.3.1.2
	maxAddress = 254 // octets between the brackets of a path, RFC 5321 4.5.3.1.3
)

// address is one addr-spec that a text mentions, or what looks like one and is not.
type address struct {
	spec       string // local part as written, domain lower-cased; empty if malformed
	start, end int    // where it stands in the text, in bytes
	at         int    // where its "@" stands
}

// key is what two spellings of one address have in common. The local part is compared without
// case: no provider in use gives two people addresses that differ in nothing else.
func (a address) key() string { return strings.ToLower(a.spec) }

// addressesIn returns each addr-spec of text (RFC 5322 3.4.1, dot-atom "@" dot-atom, and the
// letters that RFC 6532 3.2 adds), and a malformed one for whatever else has something before
// an "@": a caller must know that somebody was named, even where it cannot be told who.
func addressesIn(text string) []address {
	found := spansIn(text)
	for i := range found {
		found[i].read(text)
	}
	return found
}

// spansIn returns where they stand, without reading them.
func spansIn(text string) []address {
	var found []address
	last := 0 // nothing before this belongs to the next address
	for i := strings.IndexByte(text, '@'); i >= 0; {
		a := spanAt(text, i, last)
		if a.end > a.start && !inURL(text, a.start, last) {
			found = append(found, a)
		}
		last = max(a.end, i+1)
		next := strings.IndexByte(text[last:], '@')
		if next < 0 {
			break
		}
		i = last + next
	}
	return found
}

// spanAt returns the place of the address around the "@" at position at; no part of it is before
// floor. The result has start == end if nothing stands before the "@".
func spanAt(text string, at, floor int) address {
	start := localStart(text, at, floor)
	if start == at {
		return address{}
	}
	end := domainEnd(text, at+1)
	if end < len(text) && strings.IndexByte("@_", text[end]) >= 0 {
		end++
	}
	return address{start: start, at: at, end: end}
}

// read finds out whether what stands there is an address.
func (a *address) read(text string) {
	if domain := text[a.at+1 : a.end]; !strings.ContainsAny(domain, "@_") {
		a.spec = specOf(text[a.start:a.at], domain)
	}
}

// localStart returns where the local part that ends before the "@" begins. It looks back at most
// twice the longest local part, which keeps the whole scan linear.
func localStart(text string, at, floor int) int {
	floor = max(floor, at-2*maxLocal)
	start := at
	for start > floor {
		r, size := utf8.DecodeLastRuneInString(text[floor:start])
		if !isAtext(r) && r != '.' {
			break
		}
		start -= size
	}
	// Marks that people and converters put around an address are atext too: 'a@b', *a@b*, /a@b.
	for start < at && strings.IndexByte("'`*_/|={~.!?#", text[start]) >= 0 {
		start++
	}
	return start
}

// domainEnd returns the end of the domain that begins at start, without the full stop or hyphen
// that belongs to the sentence.
func domainEnd(text string, start int) int {
	end := start
	for end < len(text) && end-start <= maxDomain {
		r, size := utf8.DecodeRuneInString(text[end:])
		if !isLetterOrDigit(r) && r != '-' && r != '.' {
			break
		}
		end += size
	}
	for end > start && (text[end-1] == '.' || text[end-1] == '-') {
		end--
	}
	return end
}

// specOf joins a local part and a domain, or returns "" if they make no address that can be on
// the public Internet.
func specOf(local, domain string) string {
	if local == "" || len(local) > maxLocal || !isDotAtom(local) {
		return ""
	}
	// Lookup is the profile for names that somebody typed (RFC 5891 5).
	domain, err := toASCII(strings.ToLower(domain))
	if err != nil || !isPublicDomain(domain) || len(local)+1+len(domain) > maxAddress {
		return ""
	}
	return local + "@" + domain
}

// toASCII gives the A-labels of a domain in lower case. Letters and digits are their own.
func toASCII(domain string) (string, error) {
	for i := range len(domain) {
		if c := domain[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '.' {
			return idna.Lookup.ToASCII(domain)
		}
	}
	return domain, nil
}

// isDotAtom reports whether no dot stands first, last or beside another (RFC 5322 3.2.3). The
// runes have been checked where the part was cut out.
func isDotAtom(s string) bool {
	return !strings.HasPrefix(s, ".") && !strings.HasSuffix(s, ".") && !strings.Contains(s, "..")
}

// isPublicDomain reports whether an A-label domain has at least two labels of the RFC 1035 2.3.1
// form and a top label that is not a number, which would be an IPv4 address.
func isPublicDomain(domain string) bool {
	top := domain[strings.LastIndexByte(domain, '.')+1:]
	if len(top) == len(domain) || len(domain) > maxDomain {
		return false
	}
	for label := range strings.SplitSeq(domain, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
	}
	return len(top) >= 2 && strings.ContainsAny(top, "abcdefghijklmnopqrstuvwxyz")
}

// inURL reports whether the "@" belongs to the user name of a URL: https://name@host/path.
func inURL(text string, start, floor int) bool {
	before := text[max(floor, start-2*maxLocal):start]
	if i := strings.LastIndexAny(before, " \t\n<>\"()"); i >= 0 {
		before = before[i+1:]
	}
	return strings.Contains(before, "://")
}

// isAtext reports whether r may stand in an atom (RFC 5322 3.2.3, RFC 6532 3.2). Scripts that put
// no space between words are left out: there the neighbouring letter is the sentence's.
func isAtext(r rune) bool {
	return isLetterOrDigit(r) || r < 0x80 && strings.ContainsRune("!#$%&'*+-/=?^_`{|}~", r)
}

// isLetterOrDigit reports whether r is a letter, mark or digit of a script with word spaces.
func isLetterOrDigit(r rune) bool {
	if r < 0x80 {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
	}
	if unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai) {
		return false
	}
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsMark(r))
}
