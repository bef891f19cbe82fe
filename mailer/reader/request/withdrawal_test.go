package request

import (
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/dsrd/dsrd/mailer/reader/words"
)

// How a case of withdrawal/ is written: taken back without doubt, spoken of, or not at all.
const plain, meant, notMeant = "plain", "meant", "no"

func TestWithdrawalsAreTakenForWhatTheyAre(t *testing.T) {
	cases, err := words.Cases(os.DirFS("."), "withdrawal")
	if err != nil {
		t.Fatal(err)
	}
	if len(cases) == 0 || len(shelf().tongues) == 0 {
		t.Fatalf("%d cases for %d lists", len(cases), len(shelf().tongues))
	}
	told := map[string]map[string]bool{}
	for _, c := range cases {
		if told[c.Language] == nil {
			told[c.Language] = map[string]bool{}
		}
		told[c.Language][c.Want] = true
		if got := takenFor(ReadWithdrawal(c.Text)); got != c.Want {
			t.Errorf("%s: got %s, want %s: %s", c.Where, got, c.Want, c.Text)
		}
	}
	for _, tongue := range shelf().tongues {
		for _, want := range []string{plain, meant, notMeant} {
			if !told[tongue.code][want] {
				t.Errorf("%s has no case of %q", tongue.code, want)
			}
		}
		delete(told, tongue.code)
	}
	for language := range told {
		t.Errorf("%s has cases and no list", language)
	}
}

func takenFor(w Withdrawal) string {
	switch {
	case w.Plain:
		return plain
	case w.Meant:
		return meant
	}
	return notMeant
}

func TestNoLanguageOfRequestsLacksWithdrawals(t *testing.T) {
	known := map[string]bool{}
	for _, tongue := range shelf().tongues {
		known[tongue.code] = true
	}
	for _, b := range languages(t) {
		if !known[b.code] {
			t.Errorf("requests are read in %s, withdrawals are not", b.code)
		}
	}
}

func TestWhatIsLessThanPlain(t *testing.T) {
	for name, c := range map[string]struct {
		text  string
		meant bool
	}{
		"nothing":          {"", false},
		"a Greek question": {"withdraw my request;", true},
		"a long letter":    {"I withdraw my request. " + strings.Repeat("There is more to say. ", 40), true},
	} {
		t.Run(name, func(t *testing.T) {
			if w := ReadWithdrawal(c.text); w.Meant != c.meant || w.Plain {
				t.Errorf("%q: meant %v, plain %v", c.text, w.Meant, w.Plain)
			}
		})
	}
}

func TestAWithdrawalTellsWhichRightsItNames(t *testing.T) {
	for text, want := range map[string]string{
		"I withdraw my request.":                        "",
		"I withdraw my request for erasure.":            "erasure",
		"I withdraw my request. Please delete my data.": "erasure",
		"Ich ziehe meine Anfrage auf Auskunft zurück.":  "access",
	} {
		if got := ReadWithdrawal(text).Rights; !slices.Equal(got, strings.Fields(want)) {
			t.Errorf("%q names %v, want %q", text, got, want)
		}
	}
}

func TestTheListsOfWithdrawalsHaveNoErrors(t *testing.T) {
	if _, err := readTongues(withdrawalFiles); err != nil {
		t.Error(err)
	}
	files := fstest.MapFS{"withdrawal/xx.txt": {Data: []byte("stray\n[withdraw]\nfine\n[no-such]\nx\n")}}
	_, err := readTongues(files)
	for _, want := range []string{"xx.txt:1", "xx.txt:4: no section is called [no-such]"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not name %q", err, want)
		}
	}
}
