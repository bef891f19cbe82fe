package reader

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/dsrd/dsrd/mailer/reader/parts"
)

// settleAway asks whether a mail that no field calls automatic is a notice that somebody is away,
// sent by one of the old programs that write none. Only texts that do nothing but tell so count:
// a notice taken for a person's mail is unclear, a person's mail taken for a notice is lost. What
// is written between the lines of ours is no program's.
func (r *reading) settleAway(inline bool, removed string) {
	m := r.mail
	phrase, sign := autoSubject(m.SubjectLine)
	ours := r.answersOurs()
	if sign == noSign && (!ours || m.Decision == Confirm) {
		return
	}
	var why []string
	asks := len(m.Request.Kinds) > 0
	decides := m.Decision == Confirm || m.Decision == Reject
	if sign == bareSign && (ours || !asks) || sign == hintSign && ours && !asks && !decides {
		why = append(why, "subject: "+phrase)
	}
	from := parts.DecodeWords(r.parsed.Root.Header.Get("From"))
	if !asks && !inline && tellsAbsence(m.Reply, from) && !answersBelow(removed) {
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

// How long a notice is at most, in bytes and in clauses, and how far down it says what it is.
const (
	maxNotice  = 1500
	maxClauses = 50
	maxIntro   = 5
)

// tellsAbsence says whether a text tells that its writer is away, and nothing else. Nobody can
// list what a person may add, so each clause has to be one that such notices are made of: what
// is on no list is somebody's word.
func tellsAbsence(text, from string) bool {
	if len(text) > maxNotice || strings.ContainsAny(text, "?？") {
		return false
	}
	all := clauses(foldAuto(text))
	told := slices.IndexFunc(all[:min(len(all), maxIntro+1)], tells)
	if told < 0 || len(all) > maxClauses {
		return false
	}
	languages, from := languagesTelling(all[told]), foldAuto(from)
	all = splitAtAnd(all, languages)
	if told = slices.IndexFunc(all, tells); told < 0 || told > maxIntro {
		return false
	}
	closed := false
	for i, c := range all {
		if isAnswer(c, languages) {
			return false
		}
		closed = closed || i > told && isClosing(c, languages)
		switch {
		case closed, isGreeting(c), isPlain(c, from), alsoTold(c, languages), tells(c):
		default:
			return false
		}
	}
	return true
}

// answersBelow looks through what was cut off as signature for an answer all the same.
func answersBelow(removed string) bool {
	var unquoted []string
	for line := range strings.Lines(cutAt(removed, maxNotice)) {
		if !strings.HasPrefix(strings.TrimSpace(line), ">") {
			unquoted = append(unquoted, line)
		}
	}
	all := clauses(foldAuto(strings.Join(unquoted, "")))
	return len(all) > maxClauses ||
		slices.ContainsFunc(all, func(c string) bool { return isAnswer(c, autoLibrary().texts) })
}

// languagesTelling are those in which a clause tells that somebody is away.
func languagesTelling(clause string) (languages []*textWords) {
	for _, t := range autoLibrary().texts {
		tells := func(phrase []string) bool { return saysInOrder(clause, phrase) }
		if slices.ContainsFunc(t.body, tells) {
			languages = append(languages, t)
		}
	}
	return languages
}

func tells(clause string) bool { return languagesTelling(clause) != nil }

// maxGreeting is how long a clause is at most that only greets or thanks, in bytes.
const maxGreeting = 80

// isGreeting knows what stands around the news: "Hello", "thank you for your mail".
func isGreeting(clause string) bool {
	if len(clause) > maxGreeting {
		return false
	}
	for _, t := range autoLibrary().texts {
		for _, g := range t.lists[greetingWords] {
			if strings.HasPrefix(clause, g) && endsWord(g, clause[len(g):]) {
				return true
			}
		}
	}
	return false
}

// isAnswer looks for what no notice says, in its languages and in English.
func isAnswer(clause string, languages []*textWords) bool {
	for _, t := range autoLibrary().texts {
		if t.language != "en" && !slices.Contains(languages, t) {
			continue
		}
		if slices.Contains(t.lists[answerWords], clause) || saysOneOf(clause, t.lists[notWords]) {
			return true
		}
	}
	return false
}

// isClosing says whether a clause is a complimentary close: what follows is a signature.
func isClosing(clause string, languages []*textWords) bool {
	return slices.ContainsFunc(languages, func(t *textWords) bool {
		return slices.Contains(t.lists[closingWords], clause)
	})
}

// alsoTold knows the rest of the news: who helps meanwhile, when the writer is back.
func alsoTold(clause string, languages []*textWords) bool {
	return slices.ContainsFunc(languages, func(t *textWords) bool {
		return saysOneOf(clause, t.lists[alsoWords])
	})
}

// isPlain knows clauses that say nothing: a date or a number, an address, the writer's name.
func isPlain(clause, from string) bool {
	words := strings.Fields(clause)
	if len(words) == 1 && strings.ContainsRune(clause, '@') {
		return true
	}
	spoken := slices.DeleteFunc(slices.Clone(words), func(w string) bool {
		return strings.ContainsAny(w, "0123456789")
	})
	if len(spoken) <= 1 && len(spoken) < len(words) {
		return true
	}
	return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(from, w) })
}

func saysOneOf(clause string, phrases []string) bool {
	return slices.ContainsFunc(phrases, func(p string) bool { return wordsEnd(clause, p) >= 0 })
}

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
