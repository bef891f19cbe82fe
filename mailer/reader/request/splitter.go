package request

import "strings"

// sentencesOf splits text. Abbreviations do not end a sentence; blank lines, list items and
// short lines do.
func sentencesOf(text string, abbreviations map[string]bool) []sentence {
	return pageOf(text).sentences(abbreviations)
}

// sentences splits the page.
func (p *page) sentences(abbreviations map[string]bool) []sentence {
	s := splitter{abbreviations: abbreviations, words: make([]word, 0, len(p.tokens))}
	for _, l := range p.lines {
		trimmed := strings.TrimSpace(l.text)
		if trimmed == "" || startsItem(trimmed) {
			s.end()
		}
		s.take(p.tokensOf(l))
		if len(trimmed) < shortLine || strings.HasSuffix(trimmed, ":") {
			s.end()
		}
	}
	s.end()
	return s.sentences
}

// wordsOf returns the folded words of a phrase or a line as if they were one sentence, without
// their numbers.
func wordsOf(text string) sentence { return wordsIn(appendTokens(nil, text, nil)) }

// wordsIn does the same for tokens.
func wordsIn(tokens []token) sentence {
	s := splitter{whole: true, words: make([]word, 0, len(tokens))}
	s.take(tokens)
	return s.words
}

// splitter collects words into sentences.
type splitter struct {
	abbreviations map[string]bool
	whole         bool // never end a sentence
	sentences     []sentence
	words         []word // of all sentences
	start         int    // of the sentence that is not ended
	comma, paren  bool
}

// take adds the words of tokens.
func (s *splitter) take(tokens []token) {
	for i := range tokens {
		s.token(&tokens[i], tokens[i].mark)
	}
}

// takeBefore adds those of a line as if the next one went on in it.
func (s *splitter) takeBefore(tokens []token, next string) {
	last := dotWith(strings.TrimLeft(next, besideDot))
	for i := range tokens {
		m := tokens[i].mark
		if m == lastDot {
			m = last
		}
		if m != aWord || tokens[i].mark == aWord {
			s.token(&tokens[i], m)
		}
	}
}

func (s *splitter) token(t *token, m mark) {
	switch m {
	case aWord:
		s.add(t)
	case comma:
		s.comma = true
	case bracket:
		s.comma, s.paren = true, true
	default:
		if !s.whole && (m == stop || s.endsAtDot(m)) {
			s.end()
		}
	}
}

func (s *splitter) end() {
	if len(s.words) > s.start {
		s.sentences = append(s.sentences, s.words[s.start:len(s.words):len(s.words)])
	}
	s.start, s.comma, s.paren = len(s.words), false, false
}

func (s *splitter) add(t *token) {
	if len(s.words)-s.start >= maxSentence && !s.whole {
		s.end()
	}
	s.words = append(s.words, word{text: t.text, number: t.number, comma: s.comma, paren: s.paren})
	s.comma, s.paren = false, false
}

// endsAtDot reports whether a full stop ends the sentence: the word before it is neither an
// abbreviation nor, with more to come, a number or a letter (Art. 15, čl. 4, članku 15. GDPR).
func (s *splitter) endsAtDot(m mark) bool {
	if len(s.words) == s.start {
		return false
	}
	last := s.words[len(s.words)-1].text
	if s.abbreviations[last] {
		return false
	}
	return m == lastDot || len(last) > 1 && (last[0] < '0' || last[0] > '9')
}

// say reports whether a phrase of a section stands in what was taken.
func (s *splitter) say(in section, e *engine) bool {
	s.end()
	for _, sentence := range s.sentences {
		if e.says(sentence, in) {
			return true
		}
	}
	return false
}
