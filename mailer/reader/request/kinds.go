package request

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

// kindsOf weighs the evidence of a text and its subject line.
func kindsOf(text, subjectLine string, books []*book) []string {
	e := evidence{best: map[string]int{}, rest: map[string]int{}}
	abbreviations := shelf().abbreviations
	if !isReplyLine(subjectLine) {
		for _, s := range sentencesOf(subjectLine, abbreviations) {
			e.addSubjectLine(look(s, books))
		}
	}
	for _, s := range sentencesOf(text, abbreviations) {
		e.add(look(s, books))
	}
	return e.kinds()
}

// evidence is what the sentences of a mail say for each kind: the best sentence, and the rest.
type evidence struct {
	best, rest map[string]int
	// What makes a reminder: it reminds, or one sentence tells of a request, another says "again".
	reminds, past, again bool
}

// add weighs one sentence of the text.
func (e *evidence) add(v view) {
	for _, kind := range rights {
		e.note(kind, v.forRight(kind))
	}
	e.note(complaint, v.forComplaint())
	e.reminds = e.reminds || v.has(reminder, open)
	e.past = e.past || v.past
	e.again = e.again || v.has(reminder+" hint", open)
}

// maxTitle is how many words a subject line may have that is nothing but the name of a right.
const maxTitle = 3

// addSubjectLine weighs the subject line, where the name of a right is a request: "Data erasure",
// "GDPR Art. 17". A longer one must say more.
func (e *evidence) addSubjectLine(v view) {
	v.asks = true
	e.add(v)
	if len(v.sentence) > maxTitle {
		return
	}
	for _, kind := range rights {
		if v.has(kind+" hint", open) {
			e.note(kind, phrasePlus)
		}
	}
}

// note keeps the points of a sentence.
func (e *evidence) note(kind string, points int) {
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
	var kinds []string
	for _, kind := range rights {
		if e.best[kind]+min(e.rest[kind], 1) >= enough {
			kinds = append(kinds, kind)
		}
	}
	switch {
	case e.best[complaint] >= enough:
		kinds = append(kinds, complaint)
	case e.reminds || e.past && e.again:
		kinds = append(kinds, reminder)
	}
	return kinds
}

// isReplyLine reports whether the subject line is that of an earlier mail.
func isReplyLine(subjectLine string) bool {
	words := wordsOf(subjectLine)
	return len(words) > 0 && replyMarks[words[0].text]
}

// replyMarks begin the subject line of a reply or a forward, in the mail programs' languages.
var replyMarks = map[string]bool{
	"re": true, "aw": true, "sv": true, "vs": true, "ynt": true, "odp": true, "antw": true,
	"rv": true, "res": true, "rif": true, "fw": true, "fwd": true, "wg": true, "tr": true,
	"doorst": true, "απ": true, "返信": true,
}
