package request

// section is a list of phrases, as a number.
type section uint8

// The sections of the word lists. Those of the kinds stand in the order of kinds, each kind's
// hints after them in the same order, and then what asks for it only where people are spoken of.
const (
	inLetters section = iota
	inStop
	inArticle
	inAsk
	inIf
	inNot
	inPast
	inSent
	inMessage
	inThreat
	inFirstPerson
	inClosing
	inDisclaimer
	inElsewhere
	inIncidental
	inPostscript
	inPersonal
	inBusiness
	inKeep
	inUnused
	inAnew
	inWithdraw // of the lists of withdrawals
	inBut
	inAct // the names of acts
	inKinds
	inHints     = inKinds + section(len(kinds))
	inLoose     = inHints + section(len(kinds))
	numSections = inLoose + section(len(kinds))
)

// sections are the headings that a word list may have, with what its lines mean; words/README.md
// explains them to whoever adds a language.
var sections = bookSections()

func bookSections() map[string]section {
	all := map[string]section{
		"letters": inLetters, "stop": inStop, "article": inArticle, "ask": inAsk, "if": inIf, "not": inNot,
		"past": inPast, "sent": inSent, "message": inMessage, "threat": inThreat,
		"first-person": inFirstPerson, "closing": inClosing, "disclaimer": inDisclaimer,
		"elsewhere": inElsewhere, "incidental": inIncidental, "postscript": inPostscript,
		"personal": inPersonal, "business": inBusiness, "keep": inKeep, "unused": inUnused,
		"anew": inAnew,
	}
	for i, kind := range kinds {
		all[kind] = inKinds + section(i)
		if kind != complaint {
			all[kind+" hint"] = inHints + section(i)
			all[kind+" loose"] = inLoose + section(i)
		}
	}
	return all
}

// sectionSet is a set of sections.
type sectionSet uint64

func setOf(s section) sectionSet { return 1 << s }

func (set sectionSet) has(s section) bool { return set&setOf(s) != 0 }

const (
	allSections = ^sectionSet(0)
	// ofRights are the sections of the rights and of their hints.
	ofRights = (1<<numRights-1)<<inKinds | (1<<numRights-1)<<inHints | (1<<numRights-1)<<inLoose
)
