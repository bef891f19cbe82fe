package bounce

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"sort"
	"strings"
	"sync"

	"github.com/dsrd/dsrd/mailer/reader/words"
)

//go:embed words
var wordFiles embed.FS

// A section is a list of the word files that is no Reason; words/README.md says what each
// holds.
type section = string

const (
	inSubject      section = "subject"
	replyMark      section = "reply mark"
	inText         section = "text"
	isStrong       section = "strong"
	namesDaemon    section = "daemon"
	aboveCopy      section = "copy"
	isLabel        section = "label"
	saysDelayed    section = "delayed"
	isCertain      section = "certain"
	afterContent   section = "after content"
	atRecipient    section = "at recipient"
	isChallenge    section = "challenge"
	challenger     section = "challenge sender"
	receiptSubject section = "receipt subject"
	receiptText    section = "receipt text"
	receiptEnd     section = "receipt end"

	// firstMark before the name of a reason: phrases that are asked before all others.
	firstMark = "first "
)

// allSections are the sections that a word file may have.
func allSections() []section {
	all := []section{inSubject, replyMark, inText, isStrong, namesDaemon, aboveCopy, isLabel, saysDelayed,
		isCertain, afterContent, atRecipient, isChallenge, challenger, receiptSubject,
		receiptText, receiptEnd}
	for _, r := range reasonOrder {
		all = append(all, string(r), firstMark+string(r))
	}
	return all
}

// minPhrase is how many bytes the index looks at; shorter phrases are refused.
const minPhrase = 4

// A lexicon is what all word files say together. It does not change once it is read.
type lexicon struct {
	bits    map[section]uint
	phrases map[[minPhrase]byte][]phrase
	begins  [1 << 16]bool // the first two bytes of all phrases: spares the map most places
	// starts are the sections that are asked for at the beginning of a line, the longest phrase
	// first, so that none hides one that it begins.
	starts map[section][]string
	// challengers are the domains of the section of that name.
	challengers map[string]bool
}

type phrase struct {
	text string
	bit  uint
}

// found is the set of sections of which a text holds a phrase.
type found uint64

// lists is the lexicon of the embedded files. A test demands that they have no errors; what
// can be read is used all the same.
var lists = sync.OnceValue(func() *lexicon {
	l, _ := readLexicon(wordFiles)
	return l
})

func readLexicon(files fs.FS) (*lexicon, error) {
	all := allSections()
	l := &lexicon{bits: map[section]uint{}, phrases: map[[minPhrase]byte][]phrase{},
		starts: map[section][]string{}, challengers: map[string]bool{}}
	for i, s := range all {
		l.bits[s] = uint(i)
	}
	entries, err := words.Read(files, "words", all...)
	for _, e := range entries {
		text := flat(e.Text)
		switch e.Section {
		case isLabel, receiptSubject, receiptEnd, replyMark:
			l.starts[e.Section] = append(l.starts[e.Section], text)
			continue
		case challenger:
			l.challengers[text] = true
			continue
		}
		if len(text) < minPhrase {
			short := fmt.Errorf("%s: a phrase has at least %d bytes", e.Where(), minPhrase)
			err = errors.Join(err, short)
			continue
		}
		key := [minPhrase]byte([]byte(text[:minPhrase]))
		l.phrases[key] = append(l.phrases[key], phrase{text, l.bits[e.Section]})
		l.begins[int(text[0])<<8|int(text[1])] = true
	}
	for _, s := range l.starts {
		sort.SliceStable(s, func(i, j int) bool { return len(s[i]) > len(s[j]) })
	}
	return l, err
}

// find reads a flat text once, whatever the number of phrases.
func (l *lexicon) find(text string) (out found) {
	l.each(text, func(_ int, p phrase) { out |= 1 << p.bit })
	return out
}

// count is how many different phrases of a section a flat text holds. Of those that share a word
// of it, the first counts.
func (l *lexicon) count(text string, s section) int {
	seen, end := map[string]bool{}, 0
	l.each(text, func(at int, p phrase) {
		if p.bit == l.bits[s] && at >= end {
			seen[p.text], end = true, at+len(p.text)
		}
	})
	return len(seen)
}

// each visits every phrase in a text, and where it stands.
func (l *lexicon) each(text string, visit func(at int, p phrase)) {
	for i := 0; i+minPhrase <= len(text); i++ {
		if !l.begins[int(text[i])<<8|int(text[i+1])] {
			continue
		}
		for _, p := range l.phrases[[minPhrase]byte([]byte(text[i:i+minPhrase]))] {
			if strings.HasPrefix(text[i:], p.text) {
				visit(i, p)
			}
		}
	}
}

func (f found) has(s section) bool { return f&(1<<lists().bits[s]) != 0 }

// tells says which sections a text has phrases of, wherever its lines break.
func tells(text string) found { return lists().find(flat(text)) }

// startsWith says whether a flat line begins with a phrase of a section that is asked so.
func startsWith(line string, s section) bool {
	for _, start := range lists().starts[s] {
		if strings.HasPrefix(line, start) {
			return true
		}
	}
	return false
}

// flat is a text as the phrases are spelled: lower case, one blank between words, one kind of
// apostrophe.
func flat(text string) string {
	return oneApostrophe.Replace(strings.ToLower(strings.Join(strings.Fields(text), " ")))
}

var oneApostrophe = strings.NewReplacer("’", "'", "‘", "'", "`", "'", "´", "'")
