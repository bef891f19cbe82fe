package reply

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxSaying  = 240 // bytes of a line that can still be wholly known
	maxClauses = 8
)

// A saying is what a line says, when each of its sentences and clauses is on a list.
type saying struct {
	known     bool
	languages []string // in which it confirms; none when it does not
	explicit  bool     // a word of it confirms that is more than yes
	receipt   bool     // it speaks of having got or read the mail
	closing   bool     // it closes the mail: a name may follow
	// beside are the languages of clauses that mean a doubt in another one: "prima" is "great" in
	// Dutch and "before" in Italian.
	beside [][]string
}

// say reads a line as a whole, or clause by clause.
func say(s string) saying {
	if len(s) > maxSaying {
		return saying{}
	}
	if one := clause(s, tokenize(s)); one.known {
		return one
	}
	parts := clauses(s)
	if len(parts) > maxClauses {
		return saying{}
	}
	all := saying{known: true}
	for _, c := range parts {
		one := clause(c, tokenize(c))
		if !one.known && !(all.closing && isName(c) && !decisive(tokenize(c))) {
			return saying{}
		}
		all.add(one)
	}
	for _, languages := range all.beside {
		if !share(languages, all.languages) {
			return saying{}
		}
	}
	return all
}

// clauses cuts a text at its punctuation.
func clauses(s string) []string {
	return strings.FieldsFunc(dashes.Replace(s), func(r rune) bool {
		return strings.ContainsRune(".,;:!。、，！．–—\n", r)
	})
}

// dashes are the hyphens that stand for a dash; "e-mail" is one word.
var dashes = strings.NewReplacer(" -", "\n", "- ", "\n")

// add takes in what the next clause says.
func (s *saying) add(c saying) {
	s.languages = common(s.languages, c.languages)
	s.explicit = s.explicit || c.explicit
	s.receipt = s.receipt || c.receipt
	s.closing = s.closing || c.closing
	s.beside = append(s.beside, c.beside...)
}

// clause reads what stands between two punctuation marks. Nothing at all is known too.
func clause(s string, t tokens) saying {
	w := words()
	if len(t.words) == 0 {
		return saying{known: true}
	}
	if languages := w.lists[confirmWords].exact(t); len(languages) > 0 {
		return saying{known: true, languages: languages, explicit: !w.whole(yesWords, t)}
	}
	switch {
	case w.whole(receiptWords, t):
		return saying{known: true, receipt: true}
	case signsOff(s, t):
		return saying{known: true, closing: true}
	case w.whole(besideWords, t), w.whole(objectWords, t):
		return beside(t)
	case greets(s):
		return saying{known: true}
	}
	return within(t)
}

// beside is a clause that takes nothing back, at least in its own languages.
func beside(t tokens) saying {
	said := saying{known: true}
	if decisive(t) {
		w := words()
		own := append(slices.Clip(w.lists[besideWords].exact(t)), w.lists[objectWords].exact(t)...)
		said.beside = append(said.beside, own)
	}
	return said
}

// maxClause is how many words a clause has at most that is looked at in parts.
const maxClause = 14

// within reads a clause as a confirmation with words at either end that take nothing back: "ok", a
// closing, or what is confirmed ("the request").
func within(t tokens) saying {
	n := len(t.words)
	if n > maxClause || unspaced(t.words[0]) {
		return withinUnspaced(t)
	}
	w := words()
	part := func(i, j int) tokens { return tokens{words: t.words[i:j]} }
	for i := 0; i < n; i++ {
		if i > 0 && !w.whole(besideWords, part(0, i)) && !w.whole(objectWords, part(0, i)) {
			continue
		}
		for j := n; j > i; j-- {
			if j < n && !w.whole(closingWords, part(j, n)) && !w.whole(objectWords, part(j, n)) {
				continue
			}
			if l := w.lists[confirmWords].exact(part(i, j)); len(l) > 0 {
				return saying{known: true, languages: l, explicit: !w.whole(yesWords, part(i, j))}
			}
		}
	}
	return saying{}
}

// withinUnspaced is within for a clause without spaces: what is confirmed stands before the verb.
func withinUnspaced(t tokens) saying {
	w := words()
	if len(t.words) > maxClause || t.key() != t.joined {
		return saying{}
	}
	for _, u := range w.lists[objectWords].unspaced {
		rest, ok := strings.CutPrefix(t.joined, u.text)
		if !ok || rest == "" {
			continue
		}
		if l := w.lists[confirmWords].exact(tokenize(rest)); len(l) > 0 {
			return saying{known: true, languages: l, explicit: !w.whole(yesWords, tokenize(rest))}
		}
	}
	return saying{}
}

// maxNames is how many words of a name follow a closing: "Many thanks Anna Maria".
const maxNames = 3

// signsOff finds "Best regards", also with a name or a town behind it. "Thanks for asking" is none.
func signsOff(s string, t tokens) bool { return signsOffIn(closingWords, s, t) }

func signsOffIn(in section, s string, t tokens) bool {
	if len(t.words) > maxPhrase+maxNames {
		return false
	}
	rest, n := words().lists[in].cutPrefix(t)
	if n == 0 {
		return false
	}
	if len(rest.words) == 0 {
		return rest.joined == ""
	}
	fields := strings.FieldsFunc(s, func(r rune) bool { return !wordRune(r) })
	if len(rest.words) > maxNames || len(fields) < len(rest.words) || decisive(rest) ||
		words().agrees(rest) || goesOnBehind(s, t.words[n-1]) {
		return false
	}
	return isName(strings.Join(fields[len(fields)-len(rest.words):], " "))
}

// goesOnBehind reports a closing that ends in an object, where no mark sets a name off: the words
// behind "Thank you for handling this" may say which.
func goesOnBehind(s, last string) bool {
	return words().whole(objectWords, tokens{words: []string{last}}) &&
		!strings.ContainsAny(s, ",;:.!-–—")
}

// isName reports a few words with capital letters, as in a name.
func isName(s string) bool {
	fields := strings.Fields(s)
	capitals := 0
	for _, f := range fields {
		r, _ := utf8.DecodeRuneInString(strings.TrimFunc(f, func(r rune) bool { return !wordRune(r) }))
		switch {
		case unicode.IsUpper(r) || unicode.IsTitle(r):
			capitals++
		case !words().whole(particleWords, tokenize(f)):
			return false
		}
	}
	return capitals > 0 && len(fields) <= maxNames+1
}

// share reports whether two lists have an element in common.
func share(a, b []string) bool {
	return slices.ContainsFunc(a, func(x string) bool { return slices.Contains(b, x) })
}

// common returns what two lists share, and all of both when they share nothing.
func common(a, b []string) []string {
	var both []string
	for _, x := range a {
		if slices.Contains(b, x) {
			both = append(both, x)
		}
	}
	if both == nil {
		return append(slices.Clip(a), b...)
	}
	return both
}
