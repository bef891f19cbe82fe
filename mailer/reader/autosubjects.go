package reader

import (
	"cmp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A subjectSign is what a subject line tells of who wrote.
type subjectSign int

const (
	noSign     subjectSign = iota
	faintSign              // what a person writes: behind the mark of a reply, or within a longer word
	hintSign               // a program may have written it, or a person about one
	stateSign              // a hint in a letter; in an answer to ours, where it is new, a program's
	setOffSign             // a hint and a colon: programs put it before the subject line that they answer
	bareSign               // nothing but the name of an automatic answer
	sureSign               // the form that programs give it, and no person
)

// maxMarks is how many marks of replies and gateways are taken off a subject line, and
// maxSubject how many bytes of it are looked at.
const (
	maxMarks   = 8
	maxSubject = 300
)

// autoSubject reads how a subject line begins, after the marks of replies and gateways. Whoever
// answers or forwards a notice keeps its subject line, so behind such a mark it is only a doubt;
// so is the beginning of a longer word, as languages glue them together.
func autoSubject(subjectLine string) (phrase string, sign subjectSign) {
	s := foldAuto(cutAt(subjectLine, maxSubject))
	words, answered, glued := autoLibrary(), false, ""
	for range maxMarks {
		begun := strings.TrimLeft(s, openers)
		p, whole := at(words.subjects, begun)
		if whole {
			return p.text, signOf(p, begun[len(p.text):], answered)
		}
		glued = cmp.Or(glued, p.text)
		rest, reply, cut := cutMark(words, s)
		if !cut {
			break
		}
		s, answered = rest, answered || reply
	}
	for _, p := range words.within {
		if wordsEnd(s, p) >= 0 {
			return p, signOf(autoPhrase{p, hintWords}, "", answered)
		}
	}
	if glued != "" {
		return glued, faintSign
	}
	return "", noSign
}

// openers may stand before a word of a subject line.
const openers = " *[({<【「『«\"'~-–—=_!#•"

// signOf weighs a phrase by what follows it. Programs end it or put a colon and the old subject
// line behind it; a person goes on with words ("automatic replies must stop").
func signOf(p autoPhrase, rest string, answered bool) subjectSign {
	follows := strings.TrimLeft(rest, " .!*])}>】」』»\"'~=_")
	switch {
	case answered:
		return faintSign
	case p.section == stateWords:
		return stateSign
	case p.section == hintWords && setsOff(p.text, rest):
		return setOffSign
	case p.section == hintWords:
		return hintSign
	case p.section == openingWords:
		return sureSign
	case follows == "":
		return bareSign
	case strings.HasSuffix(p.text, ":"), closes(rest):
		return sureSign
	}
	if _, reply, cut := cutMark(autoLibrary(), follows); cut && reply {
		return sureSign
	}
	return hintSign
}

// setsOff says whether a colon parts a phrase from another subject line. The phrase may end in
// that colon itself ("auto:").
func setsOff(phrase, rest string) bool {
	rest = strings.TrimLeft(rest, " ")
	behind := strings.TrimLeft(rest, " :")
	return behind != "" && (strings.HasSuffix(phrase, ":") || strings.HasPrefix(rest, ":"))
}

// closes says whether a phrase is set off from what follows.
func closes(rest string) bool {
	trimmed := strings.TrimLeft(rest, " ")
	first, _ := utf8.DecodeRuneInString(trimmed)
	if first == '-' { // "auto-renewal" is one word, "automatic reply - Ann" has two sides
		return len(rest) > len(trimmed) || strings.HasPrefix(trimmed, "- ")
	}
	return strings.ContainsRune(":;|()[]{}<>.!*~\"»«【】「」『』、。・…–—/=_", first)
}

// cutMark takes one mark off: a tag in brackets, "Re:", "[EXT]", "***SPAM***".
func cutMark(words *autoLexicon, s string) (rest string, reply, cut bool) {
	s = strings.TrimLeft(s, " ")
	if tag, after, ok := bracketed(s); ok && tag != "" {
		return after, false, true
	}
	s = strings.TrimLeft(s, openers)
	p, found := at(words.marks, s)
	if !found {
		return s, false, false
	}
	rest = s[len(p.text):]
	after := strings.TrimLeft(rest, " 0123456789[]()^*")
	if p.section == replyMarks {
		if !strings.HasPrefix(after, ":") {
			return s, false, false
		}
		return after[1:], true, true
	}
	after = strings.TrimLeft(rest, " :*])}>|?-!")
	return after, false, len(strings.TrimSpace(rest)) > len(after)
}

// bracketed takes a short tag in brackets off the beginning.
func bracketed(s string) (tag, rest string, ok bool) {
	pairs := map[rune]string{'[': "]", '(': ")", '{': "}", '【': "】", '<': ">"}
	first, size := utf8.DecodeRuneInString(s)
	tag, rest, ok = strings.Cut(s[size:], pairs[first])
	return tag, rest, ok && pairs[first] != "" && len(tag) <= maxTag &&
		strings.ContainsFunc(rest, unicode.IsLetter)
}

const maxTag = 48 // bytes

// cutAt cuts a text to so many bytes, between two letters.
func cutAt(s string, bytes int) string {
	if len(s) <= bytes {
		return s
	}
	for bytes > 0 && !utf8.RuneStart(s[bytes]) {
		bytes--
	}
	return s[:bytes]
}
