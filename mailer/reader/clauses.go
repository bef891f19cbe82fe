package reader

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// clauses.go takes folded texts apart and finds phrases in them.

// saysInOrder says whether the parts of a phrase stand in a sentence one behind the other, each
// of them whole words.
func saysInOrder(sentence string, phrase []string) bool {
	for _, part := range phrase {
		end := wordsEnd(sentence, part)
		if end < 0 {
			return false
		}
		sentence = sentence[end:]
	}
	return true
}

// wordsEnd is where a part of a phrase ends in a text, or -1. A star ends a part that is the
// beginning of a word.
func wordsEnd(text, part string) int {
	stem, open := strings.CutSuffix(part, "*")
	for from := 0; from < len(text); {
		i := strings.Index(text[from:], stem)
		if i < 0 {
			return -1
		}
		i += from
		end := i + len(stem)
		last, _ := utf8.DecodeLastRuneInString(text[:i])
		if (i == 0 || !inWord(last) || isUnspaced(last)) && (open || endsWord(stem, text[end:])) {
			return end
		}
		_, size := utf8.DecodeRuneInString(text[i:])
		from = i + size
	}
	return -1
}

// clauses parts a folded text at the ends of sentences and paragraphs, and at commas.
// Mail programs break lines within sentences, so a line that goes on in the next is one with it.
func clauses(text string) []string {
	var out []string
	var b strings.Builder
	flush := func() {
		if s := strings.Trim(b.String(), clauseEnds); s != "" {
			out = append(out, strings.Join(strings.Fields(s), " "))
		}
		b.Reset()
	}
	for _, paragraph := range strings.Split(text, "\n\n") {
		for i, r := range paragraph {
			b.WriteRune(r)
			if endsSentence(r, b.String(), paragraph[i+utf8.RuneLen(r):]) {
				flush()
			}
		}
		flush()
	}
	return out
}

const clauseEnds = " \n.,;:!()-–—。、，！"

// splitAtAnd parts what "and" joins in these languages.
func splitAtAnd(all []string, languages []*textWords) (out []string) {
	for _, c := range all {
		var clause []string
		for _, w := range append(strings.Fields(c), "") {
			joins := slices.ContainsFunc(languages, func(t *textWords) bool {
				return slices.Contains(t.lists[andWords], w)
			})
			if w != "" && !joins {
				clause = append(clause, w)
			} else if clause != nil {
				out, clause = append(out, strings.Join(clause, " ")), nil
			}
		}
	}
	return out
}

// endsSentence knows full stops from those of dates and abbreviations: behind the former stands
// a blank, and before them a word that is more than a number or a letter.
func endsSentence(r rune, before, after string) bool {
	next, _ := utf8.DecodeRuneInString(after)
	blank := after == "" || next == ' ' || next == '\n'
	switch r {
	case '。', '!', '、', ';', '(', ')', '–', '—':
		return true
	case ',', ':':
		return next < '0' || next > '9'
	case '-':
		return blank
	case '\n':
		return len(lastLine(before)) < maxUnbroken
	case '.':
		word := before[strings.LastIndexAny(before, " \n")+1:]
		last, _ := utf8.DecodeLastRuneInString(strings.TrimSuffix(word, "."))
		return blank && utf8.RuneCountInString(word) > 2 && (last < '0' || last > '9')
	}
	return false
}

// maxUnbroken is the length in bytes of lines that a mail program would not have broken yet.
const maxUnbroken = 50

func lastLine(text string) string {
	text = strings.TrimSuffix(text, "\n")
	return text[strings.LastIndexByte(text, '\n')+1:]
}
