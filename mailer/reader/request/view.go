package request

// notReach is how many words before a phrase a negation still belongs to it.
const notReach = 3

// view is what stands in one sentence.
type view struct {
	words      int  // in the sentence
	empty      bool // no phrase and no article stands there
	asks       bool
	past       bool // tells of an earlier request
	threatens  bool // says what may happen, or lists rights
	incidental bool // speaks about rights without using them
	personal   bool // speaks of data about people, or of their rights
	business   bool // speaks of what a shop or an office deals with
	unused     bool // asks that data not be used
	kept       bool // asks that data stay, or says until when something holds
	anew       bool // asks once more for what was asked before
	// least are the covers of the first words of a section's phrases and of a kind's articles,
	// of each the one that hides least.
	least [numSections]cover
	cited [len(kinds)]cover
}

// cover is why what a word says does not count.
type cover uint8

const (
	open      cover = iota
	question        // "tell me whether ...": counts for access alone, which may be asked that way
	condition       // "if ..., "
	negation        // "do not ..."
	absent          // it does not stand there at all
)

// look finds the phrases and articles of a sentence, and the clauses that are conditions.
func (b *books) look(s sentence) view {
	hits, cites := b.engine.find(s, allSections, nil), shelf().laws.citedIn(s)
	v := view{words: len(s), empty: len(hits)+len(cites) == 0}
	for i := range v.least {
		v.least[i] = absent
	}
	for i := range v.cited {
		v.cited[i] = absent
	}
	covers, spared := coversOf(s, hits), sparedIn(s, hits)
	for _, h := range hits {
		why := covers.at(h.start)
		if h.section == inKinds+isErasure || h.section == inHints+isErasure {
			why = max(why, spared.most(h))
		}
		v.least[h.section] = min(v.least[h.section], why)
	}
	for _, h := range cites {
		kind := h.section - inKinds
		v.cited[kind] = min(v.cited[kind], covers.at(h.start))
	}
	v.asks, v.threatens, v.incidental = v.stands(inAsk), v.stands(inThreat), v.stands(inIncidental)
	v.past = v.stands(inPast) || v.stands(inSent) && v.stands(inMessage)
	v.personal = v.stands(inPersonal) || v.stands(inFirstPerson) || len(cites) > 0
	v.business, v.unused, v.anew = v.stands(inBusiness), v.stands(inUnused), v.stands(inAnew)
	v.kept = v.stands(inKeep) || v.least[inKinds+isErasure] == negation
	return v
}

// stands reports whether a phrase of a section stands in the sentence, whatever covers it.
func (v *view) stands(in section) bool { return v.least[in] < absent }

// has reports whether a phrase of a section begins at a word that is covered by no more than most.
func (v *view) has(in section, most cover) bool { return v.least[in] <= most }

// retells reports whether the sentence is about an earlier request: it tells what was not done ("I
// complain that you do not delete my data"), and does not ask for it.
func (v *view) retells() bool {
	return v.past || v.forComplaint() > 0 || v.has(inKinds+isReminder, open)
}

// asksLoosely reports whether the sentence asks for a right, if the mail is about people: "send me
// what you have", "please correct that".
func (v *view) asksLoosely(kind int) bool {
	return !v.incidental && v.has(inLoose+section(kind), mostFor(kind))
}

// mostFor is how much may cover what asks for a right.
func mostFor(kind int) cover {
	if kinds[kind] == access {
		return question
	}
	return open
}

// forRight returns the points of the sentence for a right.
func (v *view) forRight(kind int) int {
	if v.incidental {
		return 0
	}
	most := mostFor(kind)
	cited, named := v.cited[kind] <= most, v.has(inHints+section(kind), most)
	switch {
	case v.has(inKinds+section(kind), most):
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
func (v *view) forComplaint() int {
	switch {
	case v.threatens || v.incidental:
		return 0
	case v.has(inKinds+isComplaint, open) || v.cited[isComplaint] == open:
		return phrasePlus
	}
	return 0
}
