package reader

import (
	"slices"
	"strings"

	"github.com/dsrd/dsrd/mailer/reader/bounce"
)

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
	told := whereTold(all)
	if told < 0 || len(all) > maxClauses {
		return false
	}
	languages := languagesTelling(all[told])
	all = splitAtAnd(all, languages)
	told = whereTold(all)
	return told >= 0 && saysNoMore(all, told, foldAuto(from), languages)
}

// whereTold is the first clause that tells that somebody is away, or -1 where it comes too late.
func whereTold(all []string) int {
	return slices.IndexFunc(all[:min(len(all), maxIntro+1)], tells)
}

// saysNoMore says whether each clause is one of a notice. Below a close stands a signature.
func saysNoMore(all []string, told int, from string, languages []*textWords) bool {
	closed := false
	for i, c := range all {
		if isAnswer(c, languages) {
			return false
		}
		closed = closed || i > told && isClosing(c, languages)
		switch {
		case closed, isGreeting(c), isPlain(c), isName(c, from), alsoTold(c, languages), tells(c):
		default:
			return false
		}
	}
	return true
}

// answersBelow looks through what was cut off as signature for an answer all the same.
func answersBelow(removed string) bool {
	all := clauses(foldAuto(bounce.Unquoted(cutAt(removed, maxNotice))))
	return len(all) > maxClauses ||
		slices.ContainsFunc(all, isAnswerAnywhere)
}

func isAnswerAnywhere(clause string) bool { return isAnswer(clause, autoLibrary().texts) }

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

// isPlain knows clauses that say nothing: a date or a number, an address.
func isPlain(clause string) bool {
	words := strings.Fields(clause)
	if len(words) == 1 && strings.ContainsRune(clause, '@') {
		return true
	}
	spoken := slices.DeleteFunc(slices.Clone(words), func(w string) bool {
		return strings.ContainsAny(w, "0123456789")
	})
	return len(spoken) <= 1 && len(spoken) < len(words)
}

// isName knows the writer's name, of words that stand in From. What answers in some language is
// an answer, even where it is a name or a country ("ann@acme.si") as well.
func isName(clause, from string) bool {
	words := strings.FieldsFunc(clause, func(r rune) bool { return !inWord(r) })
	return len(words) > 0 && !isAnswerAnywhere(clause) &&
		!slices.ContainsFunc(words, func(w string) bool { return wordsEnd(from, w) < 0 })
}

func saysOneOf(clause string, phrases []string) bool {
	return slices.ContainsFunc(phrases, func(p string) bool { return wordsEnd(clause, p) >= 0 })
}
