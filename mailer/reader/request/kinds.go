package request

import "strings"

// What one sentence can say for a right, and how much a text must say. A phrase that asks by
// itself ("delete my data") is enough; so is the name of the right where the sentence asks for
// something and cites the article; a bare mention is not.
const (
	enough     = 3
	phrasePlus = 3 // a phrase that asks
	hintPlus   = 1 // the name of the right
	askPlus    = 1 // ... in a sentence that asks for something
	citePlus   = 1 // ... and cites the article
	bareCite   = 3 // the article alone in a sentence that asks: "please act on Article 17"
)

// evidenceOf weighs a text and its subject line.
func evidenceOf(sentences []sentence, subjectLine string, books *books) *evidence {
	e := &evidence{}
	if !isReplyLine(subjectLine) {
		for _, s := range sentencesOf(subjectLine, shelf().abbreviations) {
			e.addSubjectLine(books.look(s))
		}
	}
	e.firstPerson = false // whose data are meant is said in the text
	for _, s := range sentences {
		e.add(books.look(s))
	}
	return e
}

// evidence is what the sentences of a mail say for each kind: the best sentence, and the rest.
type evidence struct {
	best, rest [len(kinds)]int
	// What makes a reminder: it reminds, or one sentence tells of a request, another says "again".
	reminds, past, again bool
	firstPerson          bool // somebody speaks of himself

	retold, retoldLoosely [numRights]int // what is said of an earlier request
	loose                 [numRights]int // what is said where it takes people to mean it
	anew                  bool           // the earlier request is made once more
	// That data be kept and that they not be used is restriction, in whichever order.
	kept, unused       bool
	withheld           int // what sentences say that ask for data not to be used
	personal, business bool
}

// add weighs one sentence of the text.
func (e *evidence) add(v view) {
	if v.empty {
		return
	}
	e.addRights(v)
	e.note(isComplaint, v.forComplaint())
	e.kept, e.unused = e.kept || v.kept, e.unused || v.unused
	e.personal, e.business = e.personal || v.personal, e.business || v.business
	e.anew = e.anew || v.anew
	e.reminds = e.reminds || v.has(inKinds+isReminder, open)
	e.past = e.past || v.past
	e.again = e.again || v.has(inHints+isReminder, open)
	e.firstPerson = e.firstPerson || v.has(inFirstPerson, negation)
}

// addRights weighs what a sentence says for the rights.
func (e *evidence) addRights(v view) {
	for k := range numRights {
		points, loose := v.forRight(k), 0
		if v.asksLoosely(k) {
			loose = phrasePlus
		}
		switch {
		case v.retells() && k != isOptOut: // whoever asked for no more letters wants none
			e.retold[k] = max(e.retold[k], points)
			e.retoldLoosely[k] = max(e.retoldLoosely[k], loose)
		case v.unused && k == isObjection:
			e.withheld = max(e.withheld, points)
		default:
			e.note(k, points)
			e.loose[k] = max(e.loose[k], loose)
		}
	}
}

// settle weighs what only the whole text decides. A mail about an invoice or an order that says
// nothing of anybody's data asks for none of the rights, whatever is to be corrected or deleted.
func (e *evidence) settle(namesSomebody bool) {
	for k := range numRights {
		if e.anew {
			e.note(k, e.retold[k])
			e.loose[k] = max(e.loose[k], e.retoldLoosely[k])
		}
		if e.personal || namesSomebody {
			e.note(k, e.loose[k])
		}
	}
	if !e.kept {
		e.note(isObjection, e.withheld)
	}
	if e.kept && e.unused {
		e.note(isRestriction, phrasePlus)
	}
	if e.business && !e.personal {
		e.best, e.rest = [len(kinds)]int{}, [len(kinds)]int{}
		e.reminds, e.past = false, false
	}
}

// maxTitle is how many words a subject line may have that is nothing but the name of a right.
const maxTitle = 3

// addSubjectLine weighs the subject line, where the name of a right is a request: "Data erasure",
// "GDPR Art. 17". A longer one must say more.
func (e *evidence) addSubjectLine(v view) {
	v.asks = true
	e.add(v)
	if v.words > maxTitle {
		return
	}
	for k := range numRights {
		if v.has(inHints+section(k), open) {
			e.note(k, phrasePlus)
		}
	}
}

// note keeps the points of a sentence.
func (e *evidence) note(kind, points int) {
	if points > e.best[kind] {
		e.best[kind], points = points, e.best[kind]
	}
	if points > e.rest[kind] {
		e.rest[kind] = points
	}
}

// kinds returns what there is enough evidence for. A complaint tells of an earlier request too,
// but to an authority: it is no reminder.
func (e *evidence) kinds() []string {
	var found []string
	for k, kind := range rights {
		if e.best[k]+min(e.rest[k], 1) >= enough {
			found = append(found, kind)
		}
	}
	switch {
	case e.best[isComplaint] >= enough:
		found = append(found, complaint)
	case e.reminds || e.past && e.again:
		found = append(found, reminder)
	}
	return found
}

// isReplyLine reports whether the subject line is that of an earlier mail.
func isReplyLine(subjectLine string) bool {
	words := wordsOf(subjectLine)
	if len(words) > 0 && shelf().signs[replyMarks][words[0].text] {
		return true
	}
	end := strings.IndexAny(subjectLine, ":：")
	return end >= 0 && shelf().signs[replyLabels][lower(strings.TrimSpace(subjectLine[:end]))]
}
