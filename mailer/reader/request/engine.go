package request

import "slices"

// engine finds the phrases of several lists at once. For each word of the dictionary it knows
// beforehand which phrases begin there; for any other word only those count that begin with a star
// word, and these it finds by the word's first two bytes.
type engine struct {
	entries []entry
	first   [][]int32    // by number of a word: entries whose first word it is, in order
	opens   []sectionSet // by number of a word: the sections of these
	byStart map[[2]byte][]int32
	loose   []int32 // entries that may begin with any word: "*löschung"
}

// entry is one phrase of a list.
type entry struct {
	section section
	list    int // position of its list
	parts   []part
}

// hit is one phrase found in a sentence.
type hit struct {
	section    section
	start, end int // words
}

// newEngine compiles lists of patterns; ids says which section a heading is.
func newEngine(d *dictionary, ids map[string]section, lists ...[]pattern) *engine {
	e := &engine{
		first: make([][]int32, len(d.words)), opens: make([]sectionSet, len(d.words)),
		byStart: map[[2]byte][]int32{},
	}
	for i, patterns := range lists {
		e.addList(d, ids, i, patterns)
	}
	e.seal(d)
	return e
}

// addList adds the phrases of a list: first those whose first word is whole, then those where it
// is a beginning, then the others. Rights are told in the order in which phrases are found.
func (e *engine) addList(d *dictionary, ids map[string]section, list int, patterns []pattern) {
	for class := range numClasses {
		for _, p := range patterns {
			if len(p.parts) == 0 || p.parts[0].class() != class {
				continue
			}
			n := int32(len(e.entries))
			e.entries = append(e.entries, entry{ids[p.section], list, p.parts})
			e.begin(d, n, &p.parts[0])
		}
	}
}

// begin notes that an entry may begin with a word, or with one of those that may stand in its place.
func (e *engine) begin(d *dictionary, n int32, first *part) {
	switch first.class() {
	case wholeFirst:
		e.first[d.numbers[first.text]] = append(e.first[d.numbers[first.text]], n)
	case startFirst:
		key := [2]byte{first.text[0], first.text[1]}
		e.byStart[key] = append(e.byStart[key], n)
	default:
		e.loose = append(e.loose, n)
	}
	for i := range first.or {
		e.begin(d, n, &first.or[i])
	}
}

// How a phrase may begin.
const (
	wholeFirst = iota // with a word
	startFirst        // "lösch*"
	looseFirst        // "*löschung"
	numClasses
)

func (p *part) class() int {
	switch {
	case p.suffix || p.prefix && len(p.text) < 2:
		return looseFirst
	case p.prefix:
		return startFirst
	}
	return wholeFirst
}

// seal works out what begins with each word of the dictionary.
func (e *engine) seal(d *dictionary) {
	for start, some := range e.byStart {
		e.byStart[start] = merge(some, e.loose)
	}
	for n := 1; n < len(d.words); n++ {
		e.first[n] = merge(e.first[n], e.starred(d.words[n]))
		for _, i := range e.first[n] {
			e.opens[n] |= setOf(e.entries[i].section)
		}
	}
}

// starred returns the entries whose first word has a star and takes this one, in order.
func (e *engine) starred(text string) []int32 {
	some := e.loose
	if len(text) >= 2 {
		if found := e.byStart[[2]byte{text[0], text[1]}]; found != nil {
			some = found
		}
	}
	var taken []int32
	for _, n := range some {
		if e.entries[n].parts[0].matches(text) {
			taken = append(taken, n)
		}
	}
	return taken
}

// merge joins two lists of entries in order, each entry once.
func merge(a, b []int32) []int32 {
	if len(b) == 0 {
		return a
	}
	both := slices.Concat(a, b)
	slices.Sort(both)
	return slices.Compact(both)
}

// at returns the entries whose first word may be this one.
func (e *engine) at(w word) []int32 {
	if w.number > 0 {
		return e.first[w.number]
	}
	return e.starred(w.text)
}

// openedBy returns the sections of which a phrase may begin with a word.
func (e *engine) openedBy(text string, number int32) sectionSet {
	if number > 0 {
		return e.opens[number]
	}
	var set sectionSet
	for _, n := range e.starred(text) {
		set |= setOf(e.entries[n].section)
	}
	return set
}

// find appends every phrase in a sentence that is in one of the sections.
func (e *engine) find(s sentence, of sectionSet, hits []hit) []hit {
	for i, w := range s {
		for _, n := range e.at(w) {
			entry := &e.entries[n]
			if !of.has(entry.section) {
				continue
			}
			if end := matchParts(entry.parts[1:], s, i+1); end > 0 {
				hits = append(hits, hit{entry.section, i, end})
			}
		}
	}
	return hits
}

// says reports whether a phrase of a section stands in a sentence.
func (e *engine) says(s sentence, in section) bool {
	for i := range s {
		if e.begins(s, i, in) {
			return true
		}
	}
	return false
}

// begins reports whether a phrase of a section begins at word i of a sentence.
func (e *engine) begins(s sentence, i int, in section) bool {
	if n := s[i].number; n > 0 && !e.opens[n].has(in) {
		return false
	}
	for _, n := range e.at(s[i]) {
		entry := &e.entries[n]
		if entry.section == in && matchParts(entry.parts[1:], s, i+1) > 0 {
			return true
		}
	}
	return false
}
