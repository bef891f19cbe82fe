package reply

import (
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// A look is how an element's text is shown, as far as it decides whether a person can see it.
type look struct {
	off        bool // not shown, and nothing within can be
	invisible  bool // visibility: hidden
	tiny       bool // too small to read
	struck     bool // line-through: taken back
	ink, paper colour
	reordered  bool // letters shown in another order than written
	tight      bool // a paragraph without space below it
}

// paper is the look of a mail without any style.
var paper = look{ink: black, paper: white}

func (l look) hidden() bool {
	return l.off || l.invisible || l.tiny || l.struck || l.ink.clear || l.ink.like(l.paper)
}

// with is the look of an element that stands in one of look l.
func (l look) with(t html.Token, s sheet) look {
	l.tight = false
	l.off = l.off || s.hides(t)
	styled, open := false, false
	for _, a := range t.Attr {
		switch a.Key {
		case "open":
			open = true
		case "hidden":
			l.off = true
		case "style":
			if !styled { // of two attributes of one name the first counts (HTML 13.2.5.33)
				l, styled = l.style(a.Val), true
			}
		case "class":
			l.tight = l.tight || strings.Contains(a.Val, "MsoNormal")
		case "color":
			if t.DataAtom == atom.Font {
				l.ink = readColour(a.Val, l.ink)
			}
		case "bgcolor":
			l.paper = readColour(a.Val, colour{unknown: true})
		case "size":
			l.tiny = l.tiny && t.DataAtom != atom.Font
		}
	}
	l.off = l.off || t.DataAtom == atom.Dialog && !open // HTML 4.11.4
	l.reordered = l.reordered || t.DataAtom == atom.Bdo
	return l
}

// style applies declarations to a look.
func (l look) style(s string) look {
	clipped, flat := false, false
	for property, value := range declarations(s) {
		switch property {
		case "display":
			l.off = l.off || value == "none"
		case "visibility":
			l.invisible = value == "hidden" || value == "collapse"
		case "opacity":
			l.off = l.off || atMost(value, 0.1)
		case "mso-hide":
			l.off = l.off || value == "all"
		case "font-size":
			l.tiny = tinyFont(value)
		case "font":
			l.tiny = strings.HasPrefix(value, "0")
		case "color":
			l.ink = readColour(value, l.ink)
		case "background", "background-color":
			l.paper = readColour(value, colour{unknown: true})
		case "text-decoration", "text-decoration-line":
			l.struck = l.struck || strings.Contains(value, "line-through")
		case "text-indent", "left", "top", "margin-left", "margin-top":
			l.off = l.off || atMost(value, -500)
		case "overflow":
			clipped = value == "hidden"
		case "height", "max-height", "width", "max-width":
			flat = flat || atMost(value, 2)
		case "clip", "clip-path":
			l.off = l.off || strings.Contains(value, "(0") || insetAway(value)
		case "filter", "-ms-filter":
			l.off = l.off || filteredAway(value)
		case "transform":
			l.off = l.off || strings.Contains(value, "scale(0")
		case "unicode-bidi":
			l.reordered = strings.Contains(value, "override")
		case "margin", "margin-bottom":
			l.tight = l.tight || strings.HasPrefix(value, "0")
		}
		l.off = l.off || strings.Contains(property, `\`) // an escaped name has something to hide
	}
	l.off = l.off || clipped && flat
	return l
}

// insetAway reports a clipping that cuts half or more off a side: with the other side as
// much, as one value means, nothing is left.
func insetAway(value string) bool {
	_, inset, ok := strings.Cut(value, "inset(")
	n, unit, number := number(inset)
	return ok && number && strings.HasPrefix(unit, "%") && n >= 50
}

// filteredAway reports a filter that leaves nothing to see: opacity(0), and of old
// alpha(opacity=0), which counts in percent.
func filteredAway(value string) bool {
	if _, now, ok := strings.Cut(value, "opacity("); ok {
		amount, _, _ := strings.Cut(now, ")")
		return atMost(strings.TrimSpace(amount), 0.1)
	}
	_, old, ok := strings.Cut(value, "opacity=")
	n, _, number := number(old)
	return ok && number && n <= 10
}

// declarations yields the properties of a style attribute or rule, in lower case and without
// "!important" and comments.
func declarations(s string) func(func(string, string) bool) {
	return func(yield func(string, string) bool) {
		for d := range strings.SplitSeq(strings.ToLower(uncomment(s)), ";") {
			property, value, ok := strings.Cut(d, ":")
			if !ok {
				continue
			}
			value, _, _ = strings.Cut(value, "!")
			if !yield(strings.TrimSpace(property), strings.TrimSpace(value)) {
				return
			}
		}
	}
}

// uncomment takes CSS comments out.
func uncomment(s string) string {
	if !strings.Contains(s, "/*") {
		return s
	}
	var b strings.Builder
	for {
		before, after, open := strings.Cut(s, "/*")
		b.WriteString(before)
		_, rest, closed := strings.Cut(after, "*/")
		if !open || !closed {
			return b.String()
		}
		s = rest
	}
}

// number reads the number that a CSS value begins with, and its unit.
func number(s string) (float64, string, bool) {
	end := 0
	for end < len(s) && strings.IndexByte("+-.0123456789", s[end]) >= 0 {
		end++
	}
	n, err := strconv.ParseFloat(s[:end], 64)
	return n, strings.TrimSpace(s[end:]), err == nil
}

func atMost(s string, limit float64) bool {
	n, unit, ok := number(s)
	if ok && unit == "%" && n > 0 {
		return n/100 <= limit
	}
	return ok && n <= limit
}

// tinyFont reports font sizes that nobody reads: up to 2 pixels or points, or a fifth of normal.
func tinyFont(s string) bool {
	n, unit, ok := number(s)
	if !ok {
		return false
	}
	switch unit {
	case "%":
		return n <= 20
	case "em", "rem", "ex", "ch", "vw", "vh":
		return n <= 0.2
	}
	return n <= 2
}
