package reply

import (
	"regexp"
	"strings"
)

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
// refuse. What refuses or restricts further down leaves the answer in doubt, and so does a
// beginning that is no name.
func weighName(lines []line) verdict {
	if refusing(lines) {
		return goesOn
	}
	if !named(lines) {
		return endsAlas
	}
	for i := 0; i < len(lines); i++ {
		v, n := disclaimed(lines, i)
		switch {
		case rule(lines[i].bare):
		case v == endsAlas:
			return endsAlas
		case n == len(lines)-i:
			return ends
		case n > 0:
			i += n - 1
		case mattersBeside(lines[i].bare):
			return endsAlas
		}
	}
	return ends
}

// mattersBeside reports a short line of a signature that refuses or restricts and is no disclaimer.
// Words that restrict are parts of names as well: "Till Bauer", but not all by themselves.
func mattersBeside(s string) bool {
	if s == "" || len(s) > maxAfterthought {
		return false
	}
	w := words()
	t := tokenize(w.serial.ReplaceAllString(wordsOnly(s), ""))
	name := len(t.words) > 1 && nameLine(s) && s != strings.ToUpper(s)
	return disguised(s) || w.lists[refuseWords].withinBut(t, w.ordinarySomewhere, nil) ||
		!name && w.lists[conditionWords].withinBut(t, w.ordinarySomewhere, nil) ||
		len(t.words) == 1 && w.has(conditionWords, t)
}

// named reports whether a signature begins as signatures do: with a name, a closing, or what a
// mail client or a company adds.
func named(lines []line) bool {
	for i, l := range lines {
		s := trim(wordsOnly(picture.ReplaceAllString(strings.ToLower(l.bare), "")))
		if s == "" || rule(s) {
			continue
		}
		near, far := mobile(l.bare)
		return near == nothingElse || far == nothingElse || disclaims(lines, i) ||
			say(l.bare).known || beginsWithName(l.bare) && !disguised(l.bare) || heads(lines[i:])
	}
	return true
}

// heads reports a line that says what the address in the next line is: "Admins mailing list".
func heads(lines []line) bool {
	return len(lines) > 1 && lines[1].bare != "" && trim(wordsOnly(lines[1].bare)) == "" &&
		len(strings.Fields(lines[0].bare)) <= maxNames
}

// initials stand before names in German and English signatures: "i. A.", "p.p.".
var initials = regexp.MustCompile(`^(?:\pL{1,3}\. ?)+`)

// beginsWithName reports a line that is a name, with a title or a company behind a comma or the
// like.
func beginsWithName(s string) bool {
	s = initials.ReplaceAllString(wordsOnly(s), "")
	if sentence(s) || words().agrees(tokenize(s)) {
		return false
	}
	if end := strings.IndexAny(s, ",|/–—•·(、，"); end > 0 {
		s = s[:end]
	}
	return nameLine(s)
}

// weigh decides about lines that look like a signature: short ones with a word that matters are
// an afterthought, and so they are text. Where no name begins them, something may matter.
func weigh(lines []line) verdict {
	var b strings.Builder
	doubt := !named(lines)
	for i := 0; i < len(lines) && b.Len() <= maxSignature; i++ {
		v, n := disclaimed(lines, i)
		doubt = doubt || v == endsAlas
		if n > 0 {
			i += n - 1
			continue
		}
		b.WriteString(lines[i].bare)
		b.WriteByte('\n')
	}
	s := words().serial.ReplaceAllString(clip(b.String(), maxSignature), "")
	switch {
	case !decisive(tokenize(s)) && !asks(s) && !doubt && !disguised(s):
		return ends
	case !decisive(tokenize(s)) && !asks(s), letters(s) > maxAfterthought:
		return endsAlas
	}
	return goesOn
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
