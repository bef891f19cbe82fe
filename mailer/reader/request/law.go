package request

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/dsrd/dsrd/mailer/reader/words"
)

//go:embed words/law.txt
var lawFile embed.FS

// law is an act whose articles name rights.
type law struct {
	names    []pattern
	articles map[string]section // of the kind that an article or section of the act is about
}

// laws are the acts of words/law.txt. The first is meant where a text names none.
type laws struct {
	acts     []*law
	articles map[string]bool // words before the number of an article
	sections map[string]bool // words before the number of a section: §
	ands     map[string]bool // words between two numbers
	ranges   map[string]bool // words between the first and the last of many
	names    *engine         // of the acts, a list each
}

// readLaws reads words/law.txt, whose sections are acts, which whoever adds one names freely, and
// the words that stand around an article's number; it gives the abbreviations apart. The error
// names each line that could not be read, and the others are there.
func readLaws(files fs.FS) (laws, map[string]bool, error) {
	entries, err := words.Read(files, "words")
	problems := []error{err}
	found := laws{
		articles: map[string]bool{}, sections: map[string]bool{},
		ands: map[string]bool{}, ranges: map[string]bool{},
	}
	abbreviations := map[string]bool{}
	sets := map[string]map[string]bool{
		"article": found.articles, "section": found.sections, "and": found.ands,
		"range": found.ranges, "abbreviations": abbreviations,
	}
	byName := map[string]*law{}
	for _, e := range entries {
		if set := sets[e.Section]; set != nil {
			addWords(set, e.Text)
			continue
		}
		act := byName[e.Section]
		if act == nil {
			act = &law{articles: map[string]section{}}
			byName[e.Section] = act
			found.acts = append(found.acts, act)
		}
		if err := act.addLine(e.Text); err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", e.Where(), err))
		}
	}
	return found, abbreviations, errors.Join(problems...)
}

// compile makes an engine of the names.
func (ls *laws) compile(d *dictionary) {
	var names [][]pattern
	for _, act := range ls.acts {
		names = append(names, act.names)
	}
	ls.names = newEngine(d, map[string]section{"law": inAct}, names...)
}

func addWords(set map[string]bool, text string) {
	for w := range strings.FieldsSeq(text) {
		set[fold(w)] = true
	}
}

// addLine reads "name: x" or "kind: number number".
func (l *law) addLine(text string) error {
	key, values, _ := strings.Cut(text, ":")
	if key == "name" {
		l.names = append(l.names, parsePattern("law", values))
		return nil
	}
	kind := slices.Index(kinds[:], key)
	if kind < 0 {
		return fmt.Errorf("no kind is called %q", key)
	}
	for number := range strings.FieldsSeq(values) {
		l.articles[number] = inKinds + section(kind)
	}
	return nil
}

// citedIn returns the kinds whose articles a sentence cites, and where. An article belongs to
// the act named next after it ("§ 17 Abs. 3 KDG", "Article 15 of the GDPR"), else to the act
// named last before it in the sentence, else to the first act of the list, which has no sections.
func (ls laws) citedIn(s sentence) []hit {
	cites := ls.codesIn(s)
	var acts []*law // found when the first article is
	for i := 0; i < len(s)-1; i++ {
		if !isNumber(s[i+1].text) {
			continue
		}
		inSections := ls.sections[s[i].text]
		if !inSections && !ls.articles[s[i].text] {
			continue
		}
		if acts == nil {
			acts = ls.actsOf(s)
		}
		if inSections && acts[i] == ls.acts[0] {
			continue
		}
		for _, n := range ls.numbersAt(s, i+1) {
			if kind := acts[n].articles[s[n].text]; kind != 0 {
				cites = append(cites, hit{kind, n, n + 1})
			}
		}
	}
	return cites
}

// codesIn finds sections that need no word before them because their number says it all:
// "1798.105".
func (ls laws) codesIn(s sentence) []hit {
	var cites []hit
	for i := 0; i < len(s)-1; i++ {
		if !isNumber(s[i].text) || !isNumber(s[i+1].text) {
			continue
		}
		code := s[i].text + "." + s[i+1].text
		for _, act := range ls.acts {
			if kind := act.articles[code]; kind != 0 {
				cites = append(cites, hit{kind, i, i + 2})
			}
		}
	}
	return cites
}

// numbersAt returns the positions of the article numbers that begin at i: "15", "15, 17 und 20".
// A number in brackets is a paragraph; of "15 to 22" nothing can be said.
func (ls laws) numbersAt(s sentence, i int) []int {
	numbers := []int{i}
	for i++; i < len(s); i++ {
		if ls.ranges[s[i].text] && i+1 < len(s) && isNumber(s[i+1].text) {
			return nil
		}
		isAnd := ls.ands[s[i].text]
		if isAnd && i+1 < len(s) && isNumber(s[i+1].text) && !s[i+1].paren {
			continue
		}
		follows := s[i].comma || ls.ands[s[i-1].text]
		if !isNumber(s[i].text) || s[i].paren || !follows {
			break
		}
		numbers = append(numbers, i)
	}
	return numbers
}

// actsOf returns for each word of a sentence the act that an article there belongs to.
func (ls laws) actsOf(s sentence) []*law {
	acts := make([]*law, len(s))
	var next *law
	for i := len(s) - 1; i >= 0; i-- {
		if act := ls.actAt(s, i); act != nil {
			next = act
		}
		acts[i] = next
	}
	last := &law{}
	if len(ls.acts) > 0 {
		last = ls.acts[0]
	}
	for i := range s {
		if acts[i] == nil { // none follows
			acts[i] = last
			continue
		}
		last = acts[i]
	}
	return acts
}

// actAt returns the act whose name begins at word i, the first of them.
func (ls laws) actAt(s sentence, i int) *law {
	for _, n := range ls.names.at(s[i]) {
		name := &ls.names.entries[n]
		if matchParts(name.parts[1:], s, i+1) > 0 {
			return ls.acts[name.list]
		}
	}
	return nil
}

// isNumber reports whether a word is a number, also with a letter: 15, 46a.
func isNumber(text string) bool {
	return text != "" && text[0] >= '0' && text[0] <= '9' && len(text) <= 5
}
