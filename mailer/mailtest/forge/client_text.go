package forge

import (
	"html"
	"regexp"
	"strings"
)

var (
	bodyOf   = regexp.MustCompile(`(?s)<body[^>]*>(.*)</body>`)
	tags     = regexp.MustCompile(`<[^>]*>`)
	bold     = regexp.MustCompile(`</?b>`)
	items    = regexp.MustCompile(`<li[^>]*>`)
	lineEnds = regexp.MustCompile(`<br ?/?>|</(?:p|div|h1|h2|li|tr|ul|table)>`)
	cells    = regexp.MustCompile(`</t[hd]>`)
	gaps     = regexp.MustCompile(`\n{3,}`)
	idOf     = regexp.MustCompile(` id="([^"]*)"`)
	classOf  = regexp.MustCompile(` class="([^"]*)"`)
)

// inner is what stands in the body of an HTML mail.
func inner(source string) string {
	if m := bodyOf.FindStringSubmatch(source); m != nil {
		return strings.TrimSpace(m[1])
	}
	return source
}

// flat is the text that clients make of HTML for the plain half of an answer.
func flat(source, strong, item string) string {
	s := strings.ReplaceAll(inner(source), "\n", "")
	s = bold.ReplaceAllString(s, strong)
	s = items.ReplaceAllString(s, item)
	s = cells.ReplaceAllString(s, " ")
	s = lineEnds.ReplaceAllString(s, "\n")
	s = html.UnescapeString(tags.ReplaceAllString(s, ""))
	s = strings.ReplaceAll(s, "\u00a0", " ")
	return strings.TrimSpace(gaps.ReplaceAllString(s, "\n\n"))
}

// renamed puts a prefix before ids and classes, as web mail does with mail that it shows.
func renamed(source, prefix string) string {
	s := idOf.ReplaceAllString(source, ` id="`+prefix+`$1"`)
	return classOf.ReplaceAllString(s, ` class="`+prefix+`$1"`)
}

// wrap breaks lines at a width.
func wrap(text string, width int) string {
	var out []string
	for line := range strings.SplitSeq(text, "\n") {
		for len([]rune(line)) > width {
			r := []rune(line)
			at := strings.LastIndexByte(string(r[:width+1]), ' ')
			if at <= 0 {
				break
			}
			out, line = append(out, line[:at]), line[at+1:]
		}
		out = append(out, line)
	}
	return strings.Join(out, "\n")
}

// narrow breaks lines where a word or a hyphen ends (UAX #14), as small screens do.
func narrow(text string, width int) string {
	const mark = "\ufffe"
	text = wrap(strings.ReplaceAll(text, "-", "- "+mark), width)
	return strings.ReplaceAll(strings.ReplaceAll(text, "- "+mark, "-"), mark, "")
}

// broken breaks lines at a width wherever it falls.
func broken(text string, width int) string {
	var out []string
	for line := range strings.SplitSeq(text, "\n") {
		r := []rune(line)
		for len(r) > width {
			out, r = append(out, string(r[:width])), r[width:]
		}
		out = append(out, string(r))
	}
	return strings.Join(out, "\n")
}

// flowed marks soft line ends (RFC 3676 4.2): a line that ends in a space goes on.
func flowed(text string) string {
	lines := strings.Split(text, "\n")
	var out []string
	for _, l := range lines {
		if l == "-- " || strings.HasPrefix(l, ">") || len(l) <= 72 {
			out = append(out, l)
			continue
		}
		out = append(out, strings.ReplaceAll(wrap(l, 72), "\n", " \n"))
	}
	return strings.Join(out, "\n")
}
