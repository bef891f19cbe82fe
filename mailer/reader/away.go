package reader

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// settleAway asks whether a mail that no field calls automatic is a notice that somebody is away,
// sent by one of the old programs that write none. Only texts that do nothing but tell so count:
// a notice taken for a person's mail is unclear, a person's mail taken for a notice is lost.
func (r *reading) settleAway() {
	m := r.mail
	phrase, sign := autoSubject(m.SubjectLine)
	ours := r.answersOurs()
	if sign == noSign && (!ours || m.Decision == Confirm) {
		return
	}
	var why []string
	asks := len(m.Request.Kinds) > 0
	if sign == bareSign && (ours || !asks) || sign == hintSign && ours {
		why = append(why, "subject: "+phrase)
	}
	if !asks && tellsAbsence(m.Reply) {
		why = append(why, "text: tells that somebody is away")
	}
	if why != nil {
		m.Class, m.Reasons = Auto, why
		m.Decision, m.DecisionReason, m.Request = None, "", Request{}
	}
}

// answersOurs says whether the mail names one of ours as what it answers.
func (r *reading) answersOurs() bool {
	ours := r.options.IsOurMessageID
	if ours == nil {
		return false
	}
	for _, list := range [][]string{r.mail.InReplyTo, r.mail.References} {
		for _, id := range list {
			if ours(id) {
				return true
			}
		}
	}
	return false
}

// How long a notice is at most, in bytes, and how far down it says what it is, in sentences.
const (
	maxNotice = 1500
	maxIntro  = 4
)

// tellsAbsence says whether a text tells that its writer is away, and nothing that anybody would
// have to act on: no question, no answer, no word about data.
func tellsAbsence(text string) bool {
	if len(text) > maxNotice || strings.ContainsAny(text, "?？") {
		return false
	}
	sentences := clauses(foldAuto(text))
	var languages []*textWords
	for i := 0; i < len(sentences) && i <= maxIntro && languages == nil; i++ {
		languages = languagesTelling(sentences[i])
		if languages == nil && !isGreeting(sentences[i]) {
			return false
		}
	}
	return languages != nil && !answersSomething(sentences, languages)
}

// languagesTelling are those in which a sentence tells that somebody is away.
func languagesTelling(sentence string) (languages []*textWords) {
	for _, t := range autoLibrary().texts {
		if slices.ContainsFunc(t.body, func(phrase []string) bool { return saysInOrder(sentence, phrase) }) {
			languages = append(languages, t)
		}
	}
	return languages
}

// isGreeting knows what stands above the news: "Hello", "thank you for your mail".
func isGreeting(sentence string) bool {
	for _, t := range autoLibrary().texts {
		for _, g := range t.greeting {
			if strings.HasPrefix(sentence, g) && endsWord(g, sentence[len(g):]) {
				return true
			}
		}
	}
	return false
}

// answersSomething looks for what no notice says, in its languages and in English, and for
// answers that stand between two commas.
func answersSomething(sentences []string, languages []*textWords) bool {
	for _, t := range autoLibrary().texts {
		if t.language != "en" && !slices.Contains(languages, t) {
			continue
		}
		for _, s := range sentences {
			if slices.ContainsFunc(t.not, func(p string) bool { return wordsEnd(s, p) >= 0 }) {
				return true
			}
			for _, part := range strings.FieldsFunc(s, partsAnswers) {
				if slices.Contains(t.answers, strings.TrimSpace(part)) {
					return true
				}
			}
		}
	}
	return false
}

func partsAnswers(r rune) bool { return strings.ContainsRune(".!,;:-–—()。！、，", r) }

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

// clauses parts a folded text at the ends of sentences and paragraphs. Mail programs break lines
// within sentences, so a line that goes on in the next one is joined with it.
func clauses(text string) []string {
	var out []string
	var b strings.Builder
	flush := func() {
		if s := strings.Join(strings.Fields(b.String()), " "); s != "" {
			out = append(out, s)
		}
		b.Reset()
	}
	for _, paragraph := range strings.Split(text, "\n\n") {
		for i, r := range paragraph {
			b.WriteRune(r)
			after := paragraph[i+utf8.RuneLen(r):]
			if endsSentence(r, b.String(), after) {
				flush()
			}
		}
		flush()
	}
	return out
}

// endsSentence knows full stops from those of dates and abbreviations: behind the former stands
// a blank, and no number before.
func endsSentence(r rune, before, after string) bool {
	switch r {
	case '。', '！', '!', '．':
		return true
	case '\n':
		return strings.HasSuffix(strings.TrimRight(before, " \n"), ",")
	case '.':
		stem := strings.TrimSuffix(before, ".")
		last, _ := utf8.DecodeLastRuneInString(stem)
		return (after == "" || after[0] == ' ' || after[0] == '\n') && (last < '0' || last > '9')
	}
	return false
}
