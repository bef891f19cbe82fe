package request

// notReach is how many words before a phrase a negation still belongs to it.
const notReach = 3

// view is what stands in one sentence.
type view struct {
	sentence   sentence
	hits       []hit
	cites      []hit
	asks       bool
	past       bool    // tells of an earlier request
	threatens  bool    // says what may happen, or lists rights
	incidental bool    // speaks about rights without using them
	covers     []cover // of each word
}

// cover is why what a word says does not count.
type cover uint8

const (
	open      cover = iota
	question        // "tell me whether ...": counts for access alone, which may be asked that way
	condition       // "if ..., "
	negation        // "do not ..."
)

// look finds the phrases and articles of a sentence, and the clauses that are conditions.
func look(s sentence, books []*book) view {
	v := view{sentence: s, hits: hitsIn(s, books), cites: shelf().laws.citedIn(s)}
	v.covers = make([]cover, len(s))
	sent, message := false, false
	for _, h := range v.hits {
		switch h.section {
		case "sent":
			sent = true
		case "message":
			message = true
		case "ask":
			v.asks = true
		case "past":
			v.past = true
		case "threat":
			v.threatens = true
		case "incidental":
			v.incidental = true
		case "not":
			v.cover(negation, h.end, min(h.end+notReach, len(s)))
		}
	}
	v.past = v.past || sent && message
	v.coverConditions()
	return v
}

// coverConditions covers each clause that begins with "if": what is said there is not asked for.
// At the beginning of a sentence it ends at the next comma; later in the sentence it goes on to
// the end ("tell me if this leads to the deletion of ..."). Either ends where the asking begins.
func (v view) coverConditions() {
	asking := v.asking()
	for _, h := range v.hits {
		if h.section != "if" {
			continue
		}
		why := question
		if v.leads(h) {
			why = condition
		}
		v.cover(why, h.start, v.conditionEnd(h, asking))
	}
}

// leads reports whether a condition opens the sentence, perhaps after "And" or "Sir".
func (v view) leads(condition hit) bool { return condition.start < 2 }

// conditionEnd is the word where a condition ends.
func (v view) conditionEnd(condition hit, asking []bool) int {
	leads := v.leads(condition)
	for i := condition.end; i < len(v.sentence); i++ {
		if leads && v.sentence[i].comma || asking[i] {
			return i
		}
	}
	return len(v.sentence)
}

// asking says of each word whether the asking begins there.
func (v view) asking() []bool {
	words := make([]bool, len(v.sentence))
	for _, h := range v.hits {
		words[h.start] = words[h.start] || h.section == "ask"
	}
	return words
}

func (v view) cover(why cover, start, end int) {
	for i := start; i < end; i++ {
		v.covers[i] = max(v.covers[i], why)
	}
}

// has reports whether a phrase of a section begins at a word that is covered by no more than most.
func (v view) has(section string, most cover) bool {
	return beginsUncovered(v.hits, section, v.covers, most)
}

// cited reports the same of an article of a right.
func (v view) cited(kind string, most cover) bool {
	return beginsUncovered(v.cites, kind, v.covers, most)
}

func beginsUncovered(hits []hit, section string, covers []cover, most cover) bool {
	for _, h := range hits {
		if h.section == section && covers[h.start] <= most {
			return true
		}
	}
	return false
}

// forRight returns the points of the sentence for a right. A sentence about an earlier request
// tells what was not done ("I complain that you do not delete my data"); it does not ask again.
func (v view) forRight(kind string) int {
	if v.past || v.incidental || v.forComplaint() > 0 || v.has(reminder, open) {
		return 0
	}
	most := open
	if kind == access {
		most = question
	}
	cited, named := v.cited(kind, most), v.has(kind+" hint", most)
	switch {
	case v.has(kind, most):
		return phrasePlus
	case cited && v.asks && !named:
		return bareCite
	}
	points := 0
	if named {
		points += hintPlus
		if v.asks {
			points += askPlus
		}
	}
	if cited {
		points += citePlus
	}
	return points
}

// forComplaint returns the points of the sentence for a complaint to an authority. That one may
// be made is said in most letters, and is a threat or a list of rights.
func (v view) forComplaint() int {
	switch {
	case v.threatens || v.incidental:
		return 0
	case v.has(complaint, open) || v.cited(complaint, open):
		return phrasePlus
	}
	return 0
}
