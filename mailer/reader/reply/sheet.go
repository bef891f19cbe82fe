package reply

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// A sheet holds the selectors whose rules hide text: "tag", ".class", "#id", "*". Of a compound or
// a descendant selector its last part counts, so that rather too much is hidden than too little.
type sheet map[string]bool

// maxSheet is how much of a mail's style rules is read, in bytes.
const maxSheet = 256 << 10

// readSheets collects what the style elements of a mail hide, wherever they stand.
func readSheets(s string) sheet {
	out := sheet{}
	if !strings.Contains(s, "<style") && !strings.Contains(strings.ToLower(s), "<style") {
		return out
	}
	z := html.NewTokenizer(strings.NewReader(s))
	left, in := maxSheet, false
	for left > 0 {
		switch z.Next() {
		case html.ErrorToken:
			return out
		case html.StartTagToken:
			name, _ := z.TagName()
			in = atom.Lookup(name) == atom.Style
		case html.TextToken:
			if in {
				text := string(z.Text())
				left -= len(text)
				out.read(clip(text, maxSheet))
			}
		default:
			in = false
		}
	}
	return out
}

// read takes in the rules of one style element. A nested rule, as in @media, counts like others.
func (s sheet) read(css string) {
	css = strings.NewReplacer("<!--", "", "-->", "").Replace(uncomment(css))
	selector := ""
	for css != "" {
		i := strings.IndexAny(css, "{}")
		if i < 0 {
			return
		}
		if css[i] == '{' {
			selector = css[:i]
		} else {
			if paper.style(css[:i]).hidden() {
				s.add(selector)
			}
			selector = ""
		}
		css = css[i+1:]
	}
}

func (s sheet) add(selectors string) {
	for one := range strings.SplitSeq(strings.ToLower(selectors), ",") {
		parts := strings.FieldsFunc(one, func(r rune) bool {
			return strings.ContainsRune(" \t\r\n>+~", r)
		})
		if len(parts) == 0 {
			continue
		}
		last := parts[len(parts)-1]
		if i := strings.IndexAny(last, ".#"); i >= 0 {
			last = last[i:]
		}
		if i := strings.IndexAny(last, ":["); i >= 0 {
			last = last[:i]
		}
		if last != "" && !strings.HasPrefix(last, "@") {
			s[last] = true
		}
	}
}

// hides reports whether a rule hides the element.
func (s sheet) hides(t html.Token) bool {
	if len(s) == 0 {
		return false
	}
	if s["*"] || s[t.Data] {
		return true
	}
	for _, a := range t.Attr {
		switch a.Key {
		case "id":
			if s["#"+strings.ToLower(a.Val)] {
				return true
			}
		case "class":
			for _, c := range strings.Fields(strings.ToLower(a.Val)) {
				if s["."+c] {
					return true
				}
			}
		}
	}
	return false
}
