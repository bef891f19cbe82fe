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
	backwards bool       // read from the last byte on: endings
	first     [256]int32 // the place where a first byte leads, or 0
	places    []place    // place 0 is none
}

// A place is where the bytes read so far lead to.
type place struct {
	end   bool // an affix is complete here
	steps []step
}

// A step leads on to the next place.
type step struct {
	read byte
	to   int32
}

// add takes in one affix, which is not empty.
func (a *affixes) add(affix string) {
	if a.places == nil {
		a.places = make([]place, 1)
	}
	at := &a.first[a.byteOf(affix, 0)]
	for i := range len(affix) {
		if i > 0 {
			at = a.places[*at].step(a.byteOf(affix, i))
		}
		if *at == 0 {
			*at = int32(len(a.places))
			here := *at
			a.places = append(a.places, place{})
			at = &here
		}
	}
	a.places[*at].end = true
}

// step returns the place to which a byte leads from here, which may still be 0.
func (p *place) step(read byte) *int32 {
	for i := range p.steps {
		if p.steps[i].read == read {
			return &p.steps[i].to
		}
	}
	p.steps = append(p.steps, step{read: read})
	return &p.steps[len(p.steps)-1].to
}

// byteOf returns byte i of a word in the direction of reading.
func (a *affixes) byteOf(w string, i int) byte {
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
	if w == "" {
		return 0
	}
	found := 0
	at := a.first[a.byteOf(w, 0)]
	for i := 1; at > 0; i++ {
		here := &a.places[at]
		if here.end {
			found = i
		}
		if here.end && first || i == len(w) {
			break
		}
		at = here.to(a.byteOf(w, i))
	}
	return found
}

// to returns the place to which a byte leads from here, or 0.
func (p *place) to(read byte) int32 {
	for _, s := range p.steps {
		if s.read == read {
			return s.to
		}
	}
	return 0
}
