package parts

import "slices"

// Names of the defects that callers ask for; all others are for people to read.
const (
	HeaderTooLarge  = "header-too-large"
	TooManyFields   = "too-many-fields"
	FieldTooLong    = "field-too-long"
	TooDeep         = "nested-too-deep"
	TooManyParts    = "too-many-parts"
	TooMuchUnpacked = "too-much-unpacked"
	MissingClosing  = "missing-closing-boundary"
	MissingBoundary = "missing-boundary"
	WrongBoundary   = "wrong-boundary"
	WrongFold       = "wrong-fold"
)

// A Message is one mail taken apart.
type Message struct {
	Root *Part
	// Repaired says that the outer header block could only be read after a line was dropped
	// or a name was changed: another reader may see other fields in it.
	Repaired bool
	// Guessed says that the structure could only be read by taking it for another than the mail
	// declares: what is read that way must decide nothing.
	Guessed bool
	// OverLimit says that a limit was met and that something of the mail was left out.
	OverLimit bool

	defects []string
}

// maxDefects keeps a hostile mail from filling logs with names.
const maxDefects = 24

// Defects are the oddities met, in kebab-case, each once, in the order they were met.
func (m *Message) Defects() []string { return m.defects }

// Note adds a defect once.
func (m *Message) Note(defect string) {
	if len(m.defects) < maxDefects && !slices.Contains(m.defects, defect) {
		m.defects = append(m.defects, defect)
	}
}

func (m *Message) guess(defect string) {
	m.Guessed = true
	m.Note(defect)
}

func (m *Message) exceed(defect string) {
	m.OverLimit = true
	m.Note(defect)
}
