package reply

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"sort"
	"strings"
	"sync"
)

//go:embed words/??.txt words/any.txt
var wordFiles embed.FS

// A section is the heading of a list in a word file; words/README.md says what each holds.
type section string

const (
	confirmWords    section = "confirm"
	yesWords        section = "yes"
	besideWords     section = "beside"
	receiptWords    section = "receipt"
	objectWords     section = "object"
	doubtWords      section = "doubt"
	particleWords   section = "particle"
	predicateWords  section = "predicate"
	agreeWords      section = "agree"
	refuseWords     section = "refuse"
	conditionWords  section = "condition"
	ordinaryWords   section = "ordinary"
	greetingWords   section = "greeting"
	closingWords    section = "closing"
	mobileWords     section = "mobile"
	disclaimerWords section = "disclaimer"
	bannerWords     section = "banner"
	onWords         section = "on"
	wroteWords      section = "wrote"
	originalWords   section = "original"
	forwardedWords  section = "forwarded"
	fromWords       section = "from"
	dateWords       section = "date"
	toWords         section = "to"
	subjectWords    section = "subject"
	forwardPrefixes section = "forward-prefix"
	replyPrefixes   section = "reply-prefix"
)

var sections = []section{
	confirmWords, yesWords, besideWords, receiptWords, objectWords, agreeWords, refuseWords,
	doubtWords, conditionWords, ordinaryWords, particleWords, predicateWords, greetingWords,
	closingWords, mobileWords, disclaimerWords, bannerWords, onWords, wroteWords, originalWords,
	forwardedWords, fromWords, dateWords, toWords, subjectWords, forwardPrefixes, replyPrefixes,
}

// A lexicon is what all word files say together. It does not change once it is read.
type lexicon struct {
	lists map[section]*phrases
	// ordinary holds, a language, the words that its writers use without the meaning that they
	// have in another language's list.
	ordinary map[string]*phrases
	// own holds, a language, its own refusals and conditions: these are never ordinary in it.
	own map[string]*phrases
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
	}
	for _, s := range sections {
		l.lists[s] = newPhrases()
	}
	return l
}

// readLexicon reads every words/<language>.txt of files.
func readLexicon(files fs.FS) (*lexicon, error) {
	names, err := fs.Glob(files, "words/*.txt")
	if err != nil {
		return nil, fmt.Errorf("list word files: %v", err)
	}
	sort.Strings(names)
	l := newLexicon()
	for _, name := range names {
		raw, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("read word file %s: %v", name, err)
		}
		if err := l.read(strings.TrimSuffix(path.Base(name), ".txt"), string(raw)); err != nil {
			return nil, fmt.Errorf("read word file %s: %v", name, err)
		}
	}
	if l.lists[confirmWords].empty() || l.lists[refuseWords].empty() {
		return nil, fmt.Errorf("read word files: no word confirms, or none refuses")
	}
	return l, nil
}

// read adds one language's file: "[section]" headings, an entry a line, "#" for remarks.
func (l *lexicon) read(language, text string) error {
	l.ordinary[language], l.own[language] = newPhrases(), newPhrases()
	var in section
	for i, s := range strings.Split(text, "\n") {
		s = strings.TrimSpace(s)
		switch {
		case s == "" || strings.HasPrefix(s, "#"):
		case strings.HasPrefix(s, "[") && strings.HasSuffix(s, "]"):
			in = section(s[1 : len(s)-1])
			if l.lists[in] == nil {
				return fmt.Errorf("line %d: no section is called %q", i+1, in)
			}
		case in == "":
			return fmt.Errorf("line %d: a word before the first section", i+1)
		default:
			if err := l.add(language, in, s); err != nil {
				return fmt.Errorf("line %d: %v", i+1, err)
			}
		}
	}
	return nil
}

func (l *lexicon) add(language string, in section, entry string) error {
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
	return l.lists[in].add(language, entry)
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
