package reply

// runs are runs of words, found word by word: what begins a text is known without a look at the
// rest of it, and without a string of several words.
type runs struct {
	next  map[string]*runs
	entry bool // the words up to here are a run
}

func (r *runs) add(words []string) {
	for _, w := range words {
		if r.next == nil {
			r.next = map[string]*runs{}
		}
		if r.next[w] == nil {
			r.next[w] = &runs{}
		}
		r = r.next[w]
	}
	r.entry = true
}

// longest returns how many words the longest run has that begins a text.
func (r *runs) longest(words []string) int {
	n := 0
	for i, w := range words {
		if r = r.next[w]; r == nil {
			break
		}
		if r.entry {
			n = i + 1
		}
	}
	return n
}

// whole reports whether all the words are one run.
func (r *runs) whole(words []string) bool { return len(words) > 0 && r.longest(words) == len(words) }

// affixes are beginnings or endings of words, found byte by byte.
type affixes struct {
	backwards bool         // from the last byte on: endings
	steps     map[step]int // where a byte leads
	ends      []bool       // of each place, whether an affix is complete there
}

// A step is a byte read at a place; place 0 is where every word begins.
type step struct {
	place int
	read  byte
}

// add takes in one affix.
func (a *affixes) add(affix string) {
	if a.steps == nil {
		a.steps, a.ends = map[step]int{}, []bool{false}
	}
	place := 0
	for i := range len(affix) {
		s := step{place, a.at(affix, i)}
		next, ok := a.steps[s]
		if !ok {
			next = len(a.ends)
			a.steps[s] = next
			a.ends = append(a.ends, false)
		}
		place = next
	}
	a.ends[place] = true
}

// at returns byte i of a word in the direction of reading.
func (a *affixes) at(w string, i int) byte {
	if a.backwards {
		return w[len(w)-1-i]
	}
	return w[i]
}

// shortest returns the length in bytes of the shortest affix that a word has, or 0.
func (a *affixes) shortest(w string) int { return a.find(w, true) }

// longest returns the length in bytes of the longest.
func (a *affixes) longest(w string) int { return a.find(w, false) }

func (a *affixes) find(w string, first bool) int {
	found, place, ok := 0, 0, true
	for i := range len(w) {
		if place, ok = a.steps[step{place, a.at(w, i)}]; !ok {
			break
		}
		if a.ends[place] {
			found = i + 1
			if first {
				break
			}
		}
	}
	return found
}
