package reply_test

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/dsrd/dsrd/mailer/reader/reply"
	wordlist "github.com/dsrd/dsrd/mailer/reader/words"
)

// cutList returns the entries of a section of cuts/, in all languages.
func cutList(tb testing.TB, section string) []string {
	tb.Helper()
	// the other sections are told as unknown
	entries, _ := wordlist.Read(os.DirFS("."), "cuts", section)
	var out []string
	for _, e := range entries {
		if e.Section == section {
			out = append(out, capitalised(strings.Trim(e.Text, "*")))
		}
	}
	return out
}

// doubtful returns what must not be lost: all doubts, and what refuses or restricts.
func doubtful(t *testing.T) []string {
	t.Helper()
	all := dataLines(t, "testdata/doubts.txt")
	for _, file := range caseFiles(t) {
		for _, e := range list(t, language(file), "refuse", "condition", "doubt") {
			all = append(all, capitalised(e))
		}
	}
	var out []string
	for _, d := range all { // some look like names where they stand alone
		if yes, more, two := strings.Cut(d, "\n"); two {
			if got, _ := reply.Decide(reply.Text{New: yes}, "Re: x"); got != reply.Confirm {
				continue
			}
			d = strings.TrimLeft(more, "\n")
		}
		if strings.Contains(d, "\n") {
			continue
		}
		if !harmless(d) {
			out = append(out, d)
		}
	}
	return out
}

// harmless reports what takes nothing back where it stands alone, or ends in one more yes, or is
// written like a name.
func harmless(d string) bool {
	end := d[strings.LastIndex(d, ",")+1:]
	for _, alone := range []string{"CONFIRM\n\n" + d, d + "\n\nCONFIRM", end} {
		if got, _ := reply.Decide(reply.Text{New: alone}, "Re: x"); got == reply.Confirm {
			return true
		}
	}
	if !strings.ContainsFunc(d, unicode.IsLetter) {
		return true
	}
	return d == strings.ToUpper(d) && len(strings.Fields(d)) > 2 ||
		strings.HasSuffix(d, " Fehlen.") || strings.HasSuffix(d, " Missing!")
}

// belowPlaces and abovePlaces are where a doubt (%d) may stand beside what is cut (%e).
var belowPlaces = []string{
	"CONFIRM\n\n%e %d", "CONFIRM\n\n%e. %d", "CONFIRM\n\n%e\n%d", "CONFIRM\n\n%e\n\n%d",
	"CONFIRM\n\n%d %e", "CONFIRM\n\n%d, %e", "CONFIRM\n%d\n%e", "CONFIRM\n\n%d\n\n%e",
}

var abovePlaces = []string{
	"%e %d\n\nCONFIRM", "%e, %d\n\nCONFIRM", "%e\n%d\n\nCONFIRM", "%d %e\n\nCONFIRM",
	"%d\n%e\nCONFIRM",
}

var footerPlaces = map[string][]string{
	"closing": belowPlaces, "mobile": belowPlaces, "disclaimer": belowPlaces, "greeting": abovePlaces,
	"signature": {"CONFIRM\n\n%e\n%d", "CONFIRM\n%e\n%d", "CONFIRM\n\n%e\n\n%d"},
}

func TestNoDoubtIsLostBesideAFooter(t *testing.T) {
	var n tally
	doubts, at := doubtful(t), 0
	for _, section := range slices.Sorted(maps.Keys(footerPlaces)) {
		entries := []string{"-- ", "--", "--=20", "__________", "---"}
		if section != "signature" {
			entries = few(cutList(t, section), 5)
		}
		for _, e := range entries {
			for _, place := range footerPlaces[section] {
				for _, d := range []string{doubts[at%len(doubts)], doubts[(at+len(doubts)/2)%len(doubts)]} {
					at += 7919
					if mayBelong(section, place, e, d) {
						continue
					}
					n.never(t, strings.NewReplacer("%e", e, "%d", d).Replace(place))
				}
			}
		}
	}
	if n.all < 5000 {
		t.Errorf("%d answers, want 5000", n.all)
	}
	t.Logf("figure: intent doubts beside footers %d, confirmed wrongly %d", n.all, n.confirmed)
}

// mayBelong reports what nobody can tell from what it stands beside: a few words behind a greeting
// may be whom it greets, and a paragraph as long as a company's may be one.
func mayBelong(section, place, e, d string) bool {
	return section == "disclaimer" && len(e+d) > 70 ||
		section == "greeting" && place == abovePlaces[0] && len(strings.Fields(d)) < 4
}

func TestNoDoubtIsLostInTheElementOfASignature(t *testing.T) {
	for _, d := range few(list(t, "en", "refuse", "condition", "doubt"), 3) {
		for _, body := range []string{
			`<p>CONFIRM</p><div class="gmail_signature">` + d + ` Bob</div>`,
			`<p>CONFIRM</p><div class="gmail_signature">Anna<br>and ` + d + `</div>`,
			`<p>CONFIRM</p><div id="Signature">` + d + `</div>`,
		} {
			if got, _ := reply.Decide(reply.FromHTML(body), "Re: x"); got == reply.Confirm {
				t.Errorf("%q confirms", body)
			}
		}
	}
}
