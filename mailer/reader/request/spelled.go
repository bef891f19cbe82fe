package request

import (
	"strings"
	"unicode/utf8"
)

const (
	brackets = "([{"
	// maxSign is how long a sign may be, in bytes, with its brackets and spaces.
	maxSign = 32
)

// sign is a sign of an address that is written as a word.
type sign struct {
	start, end int  // in bytes, with the spaces around it
	bracketed  bool // "(at)", which nobody writes in a sentence
	plain      bool // "@"
}

// unhidden writes addresses plainly that a text spells out: "jane (at) customer.example", "jane at
// customer dot example", "jane @ customer.example". What would make no address stays as it is. Without
// brackets the word before has to be a name, and the sign be "@" or the dots be words too: "we are at
// customer.example".
func unhidden(text string) string {
	var b strings.Builder
	named := mailboxes{text: text}
	end := 0
	for i := 0; i < len(text); i++ {
		if c := text[i]; c != ' ' && strings.IndexByte(brackets, c) < 0 {
			continue
		}
		at, ok := signAt(text, i, shelf().signs[atWords])
		if !ok || at.start < end {
			continue
		}
		local := text[localStart(text, at.start, end):at.start]
		domain, stop, words := domainAt(text, at.end)
		if specOf(local, domain) == "" {
			continue
		}
		before := text[max(end, at.start-len(local)-windowBefore) : at.start-len(local)]
		if !at.bracketed && (!words && !at.plain || !named.is(local, before)) {
			continue
		}
		b.WriteString(text[end:at.start])
		b.WriteString("@" + domain)
		end, i = stop, stop-1
	}
	if end == 0 {
		return text
	}
	b.WriteString(text[end:])
	return b.String()
}

// mailboxes tells the names of mailboxes from the words of a text.
type mailboxes struct {
	text string
	code string // of the text's language, once somebody asked
	read bool
}

// is reports whether a word names a mailbox: it has a dot or a digit, or a colon stands before it; or
// it is no word of the text's language, as far as the lists know, and none that an article makes a
// noun: "my account @ shop.example", "a guest @ cafe.example".
func (m *mailboxes) is(local, before string) bool {
	lead := strings.TrimRight(before, " \n<\"'")
	if strings.ContainsAny(local, ".0123456789") || strings.HasSuffix(lead, ":") {
		return !m.knows(shelf().speech[lower(local)].stops)
	}
	if m.knows(shelf().speech[lower(local)].stops) || m.knows(shelf().speech[fold(local)].vocabulary) {
		return false
	}
	before = strings.TrimRight(before, " ")
	last := before[strings.LastIndexAny(before, " \n")+1:]
	own := shelf().byCode[m.language()]
	return own == nil || !own.articles[lower(last)]
}

// knows reports whether the text's language is one of those that have a word, or English is, which
// stands in mail of every language; any, where the language is not known.
func (m *mailboxes) knows(languages []int) bool {
	for _, i := range languages {
		if code := shelf().books[i].code; code == m.language() || code == "en" || m.language() == "" {
			return true
		}
	}
	return false
}

// language is that of the text.
func (m *mailboxes) language() string {
	if !m.read {
		m.code, m.read = languageOf(m.text), true
	}
	return m.code
}

// signAt reads one of the words at position i, where a space or a bracket stands.
func signAt(text string, i int, words map[string]bool) (sign, bool) {
	near := text[i:min(len(text), i+maxSign)]
	inner := strings.TrimPrefix(near, " ")
	start := i
	if inner != "" && strings.IndexByte(brackets, inner[0]) >= 0 {
		closing := map[byte]byte{'(': ')', '[': ']', '{': '}'}[inner[0]]
		end := strings.IndexByte(inner, closing)
		if end < 0 || !words[strings.ToLower(strings.TrimSpace(inner[1:end]))] {
			return sign{}, false
		}
		stop := start + len(near) - len(inner) + end + 1
		if stop < len(text) && text[stop] == ' ' {
			stop++
		}
		return sign{start, stop, true, false}, true
	}
	end := strings.IndexByte(inner, ' ')
	if len(inner) == len(near) || end <= 1 && !strings.HasPrefix(inner, "@ ") ||
		!words[strings.ToLower(inner[:end])] {
		return sign{}, false
	}
	return sign{start, start + 1 + end + 1, false, inner[:end] == "@"}, true
}

// domainAt reads a domain whose dots may be words. It tells where it ends, and whether a dot was one.
func domainAt(text string, i int) (domain string, end int, words bool) {
	var b strings.Builder
	for b.Len() <= maxDomain {
		start := i
		for i < len(text) && i-start <= maxDomain {
			r, size := utf8.DecodeRuneInString(text[i:])
			if !isLetterOrDigit(r) && r != '-' {
				break
			}
			i += size
		}
		if i == start {
			break
		}
		b.WriteString(text[start:i])
		end = i
		next, spelled := dotAt(text, i)
		if next == i || next >= len(text) {
			break
		}
		if r, _ := utf8.DecodeRuneInString(text[next:]); !isLetterOrDigit(r) {
			break
		}
		words = words || spelled
		b.WriteByte('.')
		i = next
	}
	return b.String(), end, words
}

// dotAt returns what follows a dot at position i, and whether it is a word; i where none stands.
func dotAt(text string, i int) (next int, spelled bool) {
	switch {
	case i >= len(text):
		return i, false
	case text[i] == '.':
		return i + 1, false
	case text[i] != ' ' && strings.IndexByte(brackets, text[i]) < 0:
		return i, false
	}
	if dot, ok := signAt(text, i, shelf().signs[dotWords]); ok {
		return dot.end, true
	}
	return i, false
}
