package reply

import "strings"

// divide gives every line its fate and puts the text together again. The rest is what nobody
// reads any more; talks says that it holds unquoted words.
func divide(lines []line, rest string, talks bool) Text {
	cutArmour(lines)
	forwarded := markQuotes(lines)
	rejoinWraps(lines)
	unread := talks && !stopped(lines)
	alas := false
	for _, p := range passages(lines) {
		alas = cutSignature(lines[p.from:p.to], p.from > 0) || alas
	}
	t := compose(lines, rest)
	t.Forwarded = forwarded
	above, among, below := places(lines)
	t.Inline = above && (among || below) || among
	t.Bottom = !above && (among || below)
	if t.New != "" && (alas || unread) {
		t.Inline, t.Bottom = true, false
	}
	return t
}

// bound returns how many lines are read.
func bound(lines []line) int {
	bytes, filled := 0, 0
	for i, l := range lines {
		bytes += len(l.text) + 1
		if !l.blank() {
			filled++
		}
		if bytes > maxText || filled > maxLines {
			return i
		}
	}
	return len(lines)
}

// talks reports whether somebody wrote something in lines that nobody reads any more.
func talks(rest []line) bool {
	for _, l := range rest {
		if !l.quoted && !l.blank() {
			return true
		}
	}
	return false
}

// stopped reports whether the last line already belongs to the earlier mail.
func stopped(head []line) bool {
	return len(head) > 0 && head[len(head)-1].fate == gone
}

// A passage is a run of lines that no quotation interrupts.
type passage struct{ from, to int }

func passages(lines []line) []passage {
	var out []passage
	from := -1
	for i, l := range lines {
		switch {
		case l.fate == fresh && from < 0:
			from = i
		case l.fate != fresh && from >= 0:
			out, from = append(out, passage{from, i}), -1
		}
	}
	if from >= 0 {
		out = append(out, passage{from, len(lines)})
	}
	return out
}

// places says where new text stands: above all quotations, among them, below the last one. A
// greeting alone above a quotation is nothing.
func places(lines []line) (above, among, below bool) {
	first, last := -1, -1
	for i, l := range lines {
		if l.fate == quote {
			if first < 0 {
				first = i
			}
			last = i
		}
	}
	for i, l := range lines {
		if l.fate != fresh || l.blank() {
			continue
		}
		switch {
		case first < 0 || i < first:
			above = above || first < 0 || !opens(l.bare)
		case i < last:
			among = true
		default:
			below = true
		}
	}
	return above, among, below
}

// compose puts the new lines and the others together. Blank lines at the ends go, and runs of
// blank lines that a removed passage leaves in the middle become one.
func compose(lines []line, rest string) Text {
	var added, removed []string
	pending := false
	for _, l := range lines {
		if l.fate != fresh {
			removed = append(removed, l.text)
			pending = pending || len(added) > 0
			continue
		}
		if l.blank() && (len(added) == 0 || pending && added[len(added)-1] == "") {
			continue
		}
		pending = pending && l.blank()
		added = append(added, l.text)
	}
	return Text{New: block(added), Removed: block(append(removed, rest))}
}

// block joins lines without the blank ones at either end; the first line keeps its indentation
// only when it is part of a layout, which nobody reads here.
func block(lines []string) string {
	for i, s := range lines {
		if trim(s) == "" {
			lines[i] = ""
		}
	}
	return trim(strings.Join(lines, "\n"))
}
