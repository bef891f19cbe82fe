package authentic

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// readFrom judges rule ack/from: it gives the address and its domain, or what
// keeps From from being read in one way.
func readFrom(m *message) (addr, domain string, bad []Failure) {
	addr, err := fromAddress(m)
	if err != nil {
		return "", "", []Failure{{RuleFrom, err.Error()}}
	}
	if err := peersAgree(m.head, addr); err != nil {
		return "", "", []Failure{{RuleFrom, err.Error()}}
	}
	return addr, addr[strings.LastIndexByte(addr, '@')+1:], nil
}

func fromAddress(m *message) (string, error) {
	if m.oversized() {
		return "", fmt.Errorf("the header is over %d KiB or %d fields",
			maxHeaderBytes>>10, maxHeaderFields)
	}
	if len(m.defects) > 0 {
		return "", errors.New(m.defects[0])
	}
	from := m.named("from")
	switch {
	case len(from) == 0:
		return "", errors.New("no From field")
	case len(from) > 1:
		return "", fmt.Errorf("%d From fields", len(from))
	case from[0].spaced():
		return "", errors.New("white space before the colon of From")
	case from[0].blankLine():
		return "", errors.New("From is folded over an empty line")
	}
	return parseMailbox(unfold(from[0].value()))
}

// parseMailbox reads what a person's client writes: an addr-spec, or a display
// name and an addr-spec in angle brackets (RFC 5322 3.4). All that the grammar
// also allows, and that readers are known to take for something else, is an
// error: lists, groups, routes, comments, space inside the address.
func parseMailbox(v string) (string, error) {
	if err := checkBytes(v); err != nil {
		return "", err
	}
	name, spec, bracketed, err := cutBrackets(v)
	if err != nil {
		return "", err
	}
	if bracketed {
		err = checkPhrase(name)
	}
	if err != nil {
		return "", err
	}
	return addrSpec(spec)
}

func checkBytes(v string) error {
	if !utf8.ValidString(v) {
		return errors.New("From is not UTF-8")
	}
	for i := range len(v) {
		if v[i] < ' ' && v[i] != '\t' || v[i] == 0x7f {
			return errors.New("From has a control character")
		}
	}
	return nil
}

// cutBrackets finds the last < that stands outside a quoted string; without
// one, the whole value is the address.
func cutBrackets(v string) (name, spec string, bracketed bool, err error) {
	open := -1
	for i := 0; i < len(v); i++ {
		switch v[i] {
		case '"':
			if i, err = skipQuoted(v, i); err != nil {
				return "", "", false, err
			}
		case '<':
			if open >= 0 {
				return "", "", false, errors.New("From has several addresses")
			}
			open = i
		case '(':
			return "", "", false, special('(')
		}
	}
	if open < 0 {
		return "", v, false, nil
	}
	spec, ok := strings.CutSuffix(v[open+1:], ">")
	if !ok {
		return "", "", false, errors.New("From goes on after the address")
	}
	return strings.Trim(v[:open], " \t"), spec, true, nil
}

// skipQuoted returns the index of the quote that closes the one at i.
func skipQuoted(v string, i int) (int, error) {
	for j := i + 1; j < len(v); j++ {
		switch v[j] {
		case '\\':
			j++
		case '"':
			return j, nil
		}
	}
	return i, errors.New("From has an open quote")
}

// checkPhrase reads a display name: atoms, dots (RFC 5322 4.1, initials) and
// quoted strings. What it says is of no interest.
func checkPhrase(p string) error {
	for i := 0; i < len(p); i++ {
		c := p[i]
		switch {
		case c == '"':
			i, _ = skipQuoted(p, i) // closed: cutBrackets came by
		case c == ' ', c == '\t', c == '.', c >= 0x80, isAtext(c):
		default:
			return special(c)
		}
	}
	return nil
}

// special says what a character outside quotes makes of From.
func special(c byte) error {
	switch c {
	case ',':
		return errors.New("From has several addresses")
	case ':', ';':
		return errors.New("From has a group or a route")
	case '(', ')':
		return errors.New("From has a comment")
	case '@':
		return errors.New("From has an address where the name belongs")
	}
	return fmt.Errorf("From has %q outside quotes", c)
}

// addrSpec reads the address itself: ASCII, nothing around its parts.
func addrSpec(spec string) (string, error) {
	if !isASCII(spec) {
		return "", errors.New("the From address is not ASCII")
	}
	if strings.HasPrefix(spec, "@") {
		return "", errors.New("From has a route")
	}
	for i := range len(spec) {
		switch c := spec[i]; c {
		case ',', ':', ';', '(', ')':
			return "", special(c)
		case ' ', '\t':
			return "", errors.New("From has white space in the address")
		}
	}
	addr, err := FoldAddress(spec)
	if err != nil {
		return "", fmt.Errorf("From: %w", err)
	}
	return addr, nil
}
