package reply

import (
	"embed"
	"fmt"
	"io/fs"
	"regexp"
	"strings"
	"sync"

	wordlist "github.com/dsrd/dsrd/mailer/reader/words"
)

//go:embed words/??.txt words/any.txt cuts/??.txt cuts/any.txt
var wordFiles embed.FS

// A section is the heading of a list in a word file; words/README.md and cuts/README.md say what
// each holds.
type section string

// The lists of words/, which decide.
const (
	confirmWords   section = "confirm"
	yesWords       section = "yes"
	besideWords    section = "beside"
	receiptWords   section = "receipt"
	objectWords    section = "object"
	doubtWords     section = "doubt"
	particleWords  section = "particle"
	predicateWords section = "predicate"
	agreeWords     section = "agree"
	refuseWords    section = "refuse"
	conditionWords section = "condition"
	ordinaryWords  section = "ordinary"
)

// The lists of cuts/, which tell new text from old.
const (
	greetingWords   section = "greeting"
	closingWords    section = "closing"
	mobileWords     section = "mobile"
	gadgetWords     section = "gadget"
	disclaimerWords section = "disclaimer"
	bannerWords     section = "banner"
	numberWords     section = "number"
	onWords         section = "on"
	wroteWords      section = "wrote"
	ownWords        section = "own"
	originalWords   section = "original"
	forwardedWords  section = "forwarded"
	fromWords       section = "from"
	dateWords       section = "date"
	toWords         section = "to"
	subjectWords    section = "subject"
	forwardPrefixes section = "forward-prefix"
	replyPrefixes   section = "reply-prefix"
)

// Lists of languages in which nothing decides, kept apart: they cut, and no more than that.
const (
	farGreeting   section = "greeting, without a decision"
	farClosing    section = "closing, without a decision"
	farMobile     section = "mobile, without a decision"
	farDisclaimer section = "disclaimer, without a decision"
	farBanner     section = "banner, without a decision"
)

var far = map[section]section{
	greetingWords: farGreeting, closingWords: farClosing, mobileWords: farMobile,
	disclaimerWords: farDisclaimer, bannerWords: farBanner,
}

var (
	decisionSections = []section{
		confirmWords, yesWords, besideWords, receiptWords, objectWords, agreeWords, refuseWords,
		doubtWords, conditionWords, ordinaryWords, particleWords, predicateWords,
	}
	cutSections = []section{
		greetingWords, closingWords, mobileWords, gadgetWords, disclaimerWords, bannerWords, numberWords,
		onWords, wroteWords, ownWords, originalWords, forwardedWords, fromWords, dateWords, toWords,
		subjectWords, forwardPrefixes, replyPrefixes,
	}
	farSections = []section{farGreeting, farClosing, farMobile, farDisclaimer, farBanner}
)

// anyLanguage is the name of the files for what needs no language.
const anyLanguage = "any"

// A lexicon is what all word files say together. It does not change once it is read.
type lexicon struct {
	lists map[section]*phrases
	// ordinary holds, a language, the words that its writers use without the meaning that they
	// have in another language's list.
	ordinary map[string]*phrases
	// own holds, a language, its own refusals and conditions: these are never ordinary in it.
	own map[string]*phrases
	// serial finds "Company No. 01234567", which refuses nothing.
	serial *regexp.Regexp
}

// words is the lexicon of the embedded files. A file that cannot be read leaves it empty, and then
// nothing confirms.
var words = sync.OnceValue(func() *lexicon {
	l, err := readLexicon(wordFiles)
	if err != nil {
		return newLexicon()
	}
	return l
})

func newLexicon() *lexicon {
	l := &lexicon{
		lists:    map[section]*phrases{},
		ordinary: map[string]*phrases{},
		own:      map[string]*phrases{},
		serial:   serialNumber(nil),
	}
	for _, of := range [][]section{decisionSections, cutSections, farSections} {
		for _, s := range of {
			l.lists[s] = newPhrases()
		}
	}
	return l
}

// readLexicon reads every words/<language>.txt and cuts/<language>.txt of files.
func readLexicon(files fs.FS) (*lexicon, error) {
	l := newLexicon()
	if err := l.read(files, "words", decisionSections); err != nil {
		return nil, err
	}
	if l.lists[confirmWords].empty() || l.lists[refuseWords].empty() {
		return nil, fmt.Errorf("read word files: no word confirms, or none refuses")
	}
	if err := l.read(files, "cuts", cutSections); err != nil {
		return nil, err
	}
	l.serial = serialNumber(l.lists[numberWords])
	return l, nil
}

// read adds the entries of one folder.
func (l *lexicon) read(files fs.FS, folder string, in []section) error {
	names := make([]string, len(in))
	for i, s := range in {
		names[i] = string(s)
	}
	entries, err := wordlist.Read(files, folder, names...)
	if err != nil {
		return fmt.Errorf("read word files: %v", err)
	}
	for _, e := range entries {
		if err := l.add(e.Language, section(e.Section), e.Text); err != nil {
			return fmt.Errorf("read word files: %s: %v", e.Where(), err)
		}
	}
	return nil
}

func (l *lexicon) add(language string, in section, entry string) error {
	if l.ordinary[language] == nil {
		l.ordinary[language], l.own[language] = newPhrases(), newPhrases()
	}
	if in == ordinaryWords {
		if err := l.ordinary[language].add(language, entry); err != nil {
			return err
		}
	}
	if in == refuseWords || in == conditionWords || in == doubtWords {
		if own := l.own[language]; len(own.exact(tokenize(entry))) == 0 {
			if err := own.add(language, entry); err != nil {
				return err
			}
		}
	}
	if general, ok := implied[in]; ok {
		if err := l.lists[general].add(language, entry); err != nil {
			return err
		}
	}
	if apart, ok := far[in]; ok && !l.decides(language) {
		in = apart
	}
	return l.lists[in].add(language, entry)
}

// decides reports whether words/ knows the language: it refuses in it.
func (l *lexicon) decides(language string) bool {
	return language == anyLanguage || l.own[language] != nil && !l.own[language].empty()
}

// serialNumber finds an entry before a number; without entries it finds nothing.
func serialNumber(entries *phrases) *regexp.Regexp {
	alternatives := []string{`[^\s\S]`}
	if entries != nil {
		for e := range entries.whole {
			alternatives = append(alternatives, regexp.QuoteMeta(e))
		}
	}
	return regexp.MustCompile(`(?i)\b(?:` + strings.Join(alternatives, "|") + `)[.:]{0,2} ?\d`)
}

// implied says of which wider list the entries of a section are too: yes confirms, and a doubt is
// a condition.
var implied = map[section]section{yesWords: confirmWords, doubtWords: conditionWords}

// has reports whether any entry of the section occurs in the words.
func (l *lexicon) has(in section, t tokens) bool { return l.lists[in].within(t) }

// starts reports whether the words begin with an entry of the section.
func (l *lexicon) starts(in section, t tokens) bool { return l.lists[in].prefix(t) > 0 }

// whole reports whether the words are exactly an entry of the section.
func (l *lexicon) whole(in section, t tokens) bool { return len(l.lists[in].exact(t)) > 0 }
