package reply

import (
	"regexp"
	"strings"
	"unicode"
)

var (
	// codeLike has the groups of a code and no others: in "wait-until-2026-12-01" stand words.
	codeLike = regexp.MustCompile(`(?i)(?:\bcode:? *)?` +
		`\b(?:[a-z2-7]{5}(?:-[a-z2-7]{5}){3}-[a-z2-7]{6}|[a-z2-7]{26})\b`)
	// spacedCode is a code as it is read out: its groups, with spaces between.
	spacedCode = regexp.MustCompile(`(?i)(?:\bcode:? *)?` +
		`\b[a-z2-7]{5}(?:[- ][a-z2-7]{5}){3}[- ][a-z2-7]{6}\b`)
	// link is an address of the web or of a mailbox; a question mark that ends it asks. Letters
	// beyond ASCII are no part of it: Japanese goes on without a space. Nor is a word that
	// punctuation parts from a mailbox (RFC 5322 3.2.3): "not:anna@example.org" refuses.
	link = regexp.MustCompile("(?:(?:https?://|www\\.)[!-~]*|[A-Za-z0-9#$%&'*+/=^_`{|}~.-]+@)[!->@-~]+")
)

// minCode is how many letters and digits a code has at least (128 bits in base32 are 26).
const minCode = 20

// withoutCode takes out the code of a confirmation, which some tenants want typed beside the
// answer, before it or below. Words joined by dashes have no digit among them, and words that
// are as long as the groups of a code no digits in two of them.
func withoutCode(s string) string {
	if !groupsLikeCode(s) {
		return s
	}
	s = spacedCode.ReplaceAllStringFunc(s, func(c string) string {
		digits := 0
		for _, group := range strings.FieldsFunc(c, func(r rune) bool { return r == ' ' || r == '-' }) {
			if strings.ContainsAny(group, "234567") {
				digits++
			}
		}
		if digits < 2 {
			return c
		}
		return " "
	})
	return codeLike.ReplaceAllStringFunc(s, func(c string) string {
		if strings.ContainsAny(c, "0123456789") && len(c)-strings.Count(c, "-") >= minCode {
			return " "
		}
		return c
	})
}

// groupsLikeCode reports whether codeLike or spacedCode can match at all, by the lengths of the
// words alone: the expressions cost a tenth of reading a letter, and most letters hold no code.
func groupsLikeCode(s string) bool {
	fives, length := 0, 0 // groups of five in a row, and the word so far
	for i := 0; i <= len(s); i++ {
		if i < len(s) && codeByte(s[i]) {
			length++
			continue
		}
		switch {
		case length == 26, length == 6 && fives >= 4:
			return true
		case length == 5 && i < len(s) && (s[i] == ' ' || s[i] == '-'):
			fives++
		default:
			fives = 0
		}
		length = 0
	}
	return strings.ContainsAny(s, "\u017f\u212a") // what (?i) takes for s and k
}

// codeByte knows what has no word boundary (\b) beside its like.
func codeByte(b byte) bool {
	return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9' || b == '_'
}

// wordsOnly takes out what looks like words and is none: in "no-reply@example.org" nobody says no.
func wordsOnly(s string) string { return withoutCode(withoutLinks(s)) }

func withoutLinks(s string) string {
	if !strings.ContainsRune(s, '@') && !strings.Contains(s, "://") && !strings.Contains(s, "www.") {
		return s
	}
	return link.ReplaceAllString(s, " ")
}

// asks reports a question mark anywhere but inside a link. The Greek one looks like a semicolon, and
// often is one (Unicode holds the two for the same).
func asks(s string) bool {
	if strings.ContainsAny(s, "?？") {
		s = withoutLinks(s)
	}
	if strings.ContainsAny(s, "?？\u037e؟¿⁇⁈⁉‽❓❔՞") {
		return true
	}
	greek := func(r rune) bool { return unicode.Is(unicode.Greek, r) }
	return strings.ContainsRune(s, ';') && strings.ContainsFunc(s, greek)
}
