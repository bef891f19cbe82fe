package reply

import "strings"

// weigh.go looks through what would be cut for words that matter.

// doubted is the verdict on a signature in a language of which nobody listed the refusals: what
// it says may matter, unless it looks like names and no more.
func doubted(v verdict, lines []line) verdict {
	if v != ends {
		return v
	}
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(clip(l.bare, maxHeadBytes))
		b.WriteByte('\n')
	}
	var p postscript
	for _, s := range meaningful(clip(b.String(), maxSignature)) {
		if s = wordsOnly(s); !p.takes(s, say(s)) {
			return endsAlas
		}
	}
	return ends
}

// weighName decides about what stands below "-- ", which is a signature unless the next words
// refuse. What refuses further down leaves the answer in doubt.
func weighName(lines []line) verdict {
	if refusing(lines) {
		return goesOn
	}
	for i, l := range lines {
		switch {
		case rule(l.bare):
		case disclaims(lines, i):
			return ends
		case refusesBeside(l.bare):
			return endsAlas
		}
	}
	return ends
}

// refusesBeside reports a short line of a signature that refuses and is no disclaimer.
func refusesBeside(s string) bool {
	if s == "" || len(s) > maxAfterthought {
		return false
	}
	t := tokenize(words().serial.ReplaceAllString(wordsOnly(s), ""))
	return words().lists[refuseWords].withinBut(t, words().ordinarySomewhere, nil)
}

// weigh decides about lines that look like a signature: short ones with a word that matters are
// an afterthought, and so they are text.
func weigh(lines []line) verdict {
	var b strings.Builder
	for i, l := range lines {
		if disclaims(lines, i) || b.Len() > maxSignature {
			break
		}
		b.WriteString(l.bare)
		b.WriteByte('\n')
	}
	s := words().serial.ReplaceAllString(clip(b.String(), maxSignature), "")
	switch {
	case !decisive(tokenize(s)) && !asks(s):
		return ends
	case letters(s) <= maxAfterthought:
		return goesOn
	}
	return endsAlas
}

// refusing reports whether the next line says no, or a later one says nothing else: then "--" was a
// dash and no signature, or somebody changed his mind below it.
func refusing(lines []line) bool {
	next := true
	for _, l := range lines {
		if l.blank() || len(l.bare) > maxAfterthought {
			next = next && l.blank()
			continue
		}
		if t := tokenize(l.bare); words().whole(refuseWords, t) || next && words().has(refuseWords, t) {
			return true
		}
		next = false
	}
	return false
}
