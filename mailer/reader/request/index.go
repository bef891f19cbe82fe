package request

// index finds the patterns that may begin with a word.
type index struct {
	byWord  map[string][]pattern
	byStart map[string][]pattern // by the first two bytes, for "lösch*"
	other   []pattern            // "*löschung"
}

// add files a pattern under its first word.
func (x *index) add(p pattern) {
	if len(p.parts) == 0 {
		return
	}
	if x.byWord == nil {
		x.byWord, x.byStart = map[string][]pattern{}, map[string][]pattern{}
	}
	first := p.parts[0]
	switch {
	case first.suffix || first.prefix && len(first.text) < 2:
		x.other = append(x.other, p)
	case first.prefix:
		x.byStart[first.text[:2]] = append(x.byStart[first.text[:2]], p)
	default:
		x.byWord[first.text] = append(x.byWord[first.text], p)
	}
}

// hit is one phrase found in a sentence.
type hit struct {
	section    string
	start, end int // words
}

// candidates calls try with each list of patterns that may begin with a word.
func (x *index) candidates(text string, try func([]pattern)) {
	try(x.byWord[text])
	if len(text) >= 2 {
		try(x.byStart[text[:2]])
	}
	try(x.other)
}

// find appends every phrase that begins at word i of a sentence.
func (x *index) find(s sentence, i int, hits []hit) []hit {
	x.candidates(s[i].text, func(patterns []pattern) {
		for _, p := range patterns {
			if n := p.matchAt(s, i); n > 0 {
				hits = append(hits, hit{p.section, i, i + n})
			}
		}
	})
	return hits
}

// begins reports whether a phrase of a section begins at word i of a sentence.
func (x *index) begins(s sentence, i int, section string) bool {
	found := false
	x.candidates(s[i].text, func(patterns []pattern) {
		for _, p := range patterns {
			found = found || p.section == section && p.matchAt(s, i) > 0
		}
	})
	return found
}

// hitsIn returns every phrase of the books that stands in a sentence.
func hitsIn(s sentence, books []*book) []hit {
	var hits []hit
	for i := range s {
		for _, b := range books {
			hits = b.patterns.find(s, i, hits)
		}
	}
	return hits
}
