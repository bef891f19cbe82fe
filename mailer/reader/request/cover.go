package request

import "slices"

// covers are what covers each word of a sentence; nil when nothing covers any.
type covers []cover

func (c covers) at(i int) cover {
	if c == nil {
		return open
	}
	return c[i]
}

// most is the strongest of what covers the words of a hit.
func (c covers) most(h hit) cover {
	if c == nil {
		return open
	}
	return slices.Max(c[h.start:h.end])
}

func (c covers) add(why cover, start, end int) {
	for i := start; i < end; i++ {
		c[i] = max(c[i], why)
	}
}

// coversOf covers what a sentence negates, and its conditions.
func coversOf(s sentence, hits []hit) covers {
	var c covers
	conditions := false
	for _, h := range hits {
		if h.section != inNot && h.section != inIf {
			continue
		}
		if c == nil {
			c = make(covers, len(s))
		}
		conditions = conditions || h.section == inIf
		if h.section == inNot {
			c.add(negation, h.end, negationEnd(s, h.end))
		}
	}
	if conditions {
		c.addConditions(s, hits)
	}
	return c
}

// negationEnd is the word where a negation ends that reaches from start on: it goes over no comma.
func negationEnd(s sentence, start int) int {
	end := start
	for end < min(start+notReach, len(s)) && !s[end].comma {
		end++
	}
	return end
}

// addConditions covers each clause that begins with "if": what is said there is not asked for.
// At the beginning of a sentence it ends at the next comma; later in the sentence it goes on to
// the end ("tell me if this leads to the deletion of ..."). Either ends where the asking begins.
func (c covers) addConditions(s sentence, hits []hit) {
	asking := asking(s, hits)
	for _, h := range hits {
		if h.section != inIf || asking[h.start] { // "czy możecie": a question word that asks
			continue
		}
		why := question
		if leads(h) {
			why = condition
		}
		c.add(why, h.start, conditionEnd(s, h, asking))
	}
}

// leads reports whether a condition opens the sentence, perhaps after "And" or "Sir".
func leads(condition hit) bool { return condition.start < 2 }

// conditionEnd is the word where a condition ends.
func conditionEnd(s sentence, condition hit, asking []bool) int {
	leads := leads(condition)
	for i := condition.end; i < len(s); i++ {
		if leads && s[i].comma || asking[i] {
			return i
		}
	}
	return len(s)
}

// asking says of each word whether the asking begins there.
func asking(s sentence, hits []hit) []bool {
	words := make([]bool, len(s))
	for _, h := range hits {
		words[h.start] = words[h.start] || h.section == inAsk
	}
	return words
}

// sparedIn covers the words by which a sentence says that data stay: who is not to delete is told so
// by a verb, in many a language before its "not".
func sparedIn(s sentence, hits []hit) covers {
	var c covers
	for _, h := range hits {
		if h.section != inKeep {
			continue
		}
		if c == nil {
			c = make(covers, len(s))
		}
		c.add(negation, h.start, h.end)
	}
	return c
}
