package reply

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// headerLists are the lists of labels, in the order of a block.
var headerLists = []section{fromWords, dateWords, toWords, subjectWords}

// headerOf is a header line with a value that suits it.
func headerOf(in section, label string) string {
	return capital(label) + ": " + map[section]string{
		fromWords: "DSR Desk <desk@provider.example>", dateWords: "2.11.2026 09:12",
		toWords: "anna@acme.example", subjectWords: "x",
	}[in]
}

// What somebody says in the place of a label is never lost with the block.
func TestNoDoubtIsLostInAHeaderBlock(t *testing.T) {
	all := map[section]map[string][]string{}
	for _, in := range headerLists {
		all[in] = entries(t, in)
	}
	delete(all[fromWords], anyLanguage)
	languages := slices.Sorted(maps.Keys(all[fromWords]))
	for i, doubt := range spoken(t) {
		language, place := languages[i%len(languages)], i/len(languages)%len(headerLists)
		lines := []string{"CONFIRM", ""}
		for n, in := range headerLists {
			label := all[in][language][0]
			if n == place {
				label = clip(doubt, maxLabel)
			}
			lines = append(lines, headerOf(in, label))
		}
		body := strings.Join(append(lines, "", "earlier"), "\n")
		if kind, _ := labelOf(lines[2+place]); kind == label(place+1) {
			continue // this doubt is the language's own label
		}
		got := FromPlain(body)
		if strings.Contains(got.New, lines[2+place]) {
			continue
		}
		// "OK" and a name take nothing back
		if alone, _ := Decide(FromPlain("CONFIRM\n"+doubt), ""); alone != Confirm {
			t.Errorf("%s: %q is lost: new text is %q", language, body, got.New)
		}
	}
}

// Such labels count where three of their language stand together, and nowhere else.
func TestALabelThatDecidesNeedsItsLanguage(t *testing.T) {
	tried := map[string]bool{}
	for _, in := range headerLists {
		for language, list := range entries(t, in) {
			for _, e := range list {
				if !ambiguous(e + ":") {
					continue
				}
				tried[language+" "+e] = true
				line := capital(e) + ": bob.roe@customer.example"
				for _, body := range []string{
					"From: jane.roe@customer.example\n" + line,
					"To: jane.roe@customer.example\n" + line,
					"From: jane.roe@customer.example\nDate: 2.11.2026\n" + line,
					"From: Jane\nTo: jane.roe@customer.example\nSubject: x\n" + line,
					line + "\nDate: 2.11.2026\nTo: jane.roe@customer.example\nSubject: x",
				} {
					body = "CONFIRM\n\n" + body
					text := FromPlain(body)
					got, why := Decide(text, "")
					if got == Confirm && !NamesOther(text.New, "jane.roe@customer.example") {
						t.Errorf("%s: %q: %s (%s)", language, body, got, why)
					}
				}
			}
		}
	}
	for _, want := range []string{"lv no", "sv till", "hr prima", "sr prima", "bg до", "uk до", "it da"} {
		if !tried[want] {
			t.Errorf("%q is not told from a word that decides: %v", want, tried)
		}
	}
	t.Logf("labels that decide elsewhere: %v", tried)
}
