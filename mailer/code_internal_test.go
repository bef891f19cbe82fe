package mailer

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/dsrd/dsrd/mailer/reader/reply"
	"github.com/dsrd/dsrd/workflow"
)

var codeKey = []byte("code key")

func chance(seed byte) *rand.ChaCha8 { return rand.NewChaCha8([32]byte{seed}) }

func mustCode(t testing.TB, r *rand.ChaCha8) string {
	t.Helper()
	code, err := newCode(r)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// challenge is a live code of a request.
func challenge(code string, id workflow.ID) workflow.Challenge {
	c := workflow.Challenge{Admin: "anna@acme.example", Number: 1, Epoch: 7, Effect: workflow.EffectID(id + ".1")}
	c.CodeHash = codeHash(codeKey, code, id, c)
	return c
}

const requestID workflow.ID = "00abcdefghijklmnopqrstuvwx"

func TestACodeIsFoundHoweverAMailProgramWroteIt(t *testing.T) {
	code := "abcde-fghij-klmno-pqrst-uvwxyz"
	c := challenge(code, requestID)
	for name, text := range map[string]string{
		"as we wrote it":     "Code: abcde-fghij-klmno-pqrst-uvwxyz\n",
		"in capitals":        "ABCDE-FGHIJ-KLMNO-PQRST-UVWXYZ",
		"without hyphens":    "my code is abcdefghijklmnopqrstuvwxyz, thanks",
		"with spaces":        "abcde fghij klmno pqrst uvwxyz",
		"with odd signs":     "abcde\u2212fghij\u00adklmno\u200bpqrst\u2013uvwxyz",
		"with dashes":        "abcde–fghij—klmno‑pqrst-uvwxyz",
		"wrapped":            "Code: abcde-fghij-\nklmno-pqrst-uvwxyz\n",
		"wrapped with CRLF":  "Code: abcde-fghij-\r\nklmno-pqrst-\r\nuvwxyz\r\n",
		"quoted":             "> Code: abcde-fghij-klmno-pqrst-uvwxyz\n",
		"quoted twice":       ">> > Code: abcde-fghij-klmno-pqrst-uvwxyz\n",
		"quoted and wrapped": "> Code: abcde-fghij-klmno-\n> pqrst-uvwxyz\n",
		"quoted with bars":   "| Code: abcde-fghij-\n| klmno-pqrst-uvwxyz\n",
		"in stars":           "*abcde-fghij-klmno-pqrst-uvwxyz*",
		"in brackets":        "(abcde-fghij-klmno-pqrst-uvwxyz).",
		"behind other codes": strings.Repeat("zzzzz-fghij-klmno-pqrst-uvwxyz\n", 49) + code,
		"no-break spaces":    "abcde\u00a0fghij\u00a0klmno\tpqrst\u00a0uvwxyz",
	} {
		if live, any := carries(text, codeKey, requestID, c); !live || !any {
			t.Errorf("%s: live %v, any %v", name, live, any)
		}
	}
}

func TestWhatIsNoCodeIsNotFound(t *testing.T) {
	code := "abcde-fghij-klmno-pqrst-uvwxyz"
	c := challenge(code, requestID)
	for name, text := range map[string]string{
		"nothing":            "",
		"too short":          "abcde-fghij-klmno-pqrst-uvwxy",
		"too long":           "abcde-fghij-klmno-pqrst-uvwxyza",
		"a letter in front":  "xabcde-fghij-klmno-pqrst-uvwxyz",
		"a digit that is no": "abcde-fghij-klmno-pqrst-uvwxy1",
		"something between":  "abcde-fghij and klmno-pqrst-uvwxyz",
		"another code":       "bbcde-fghij-klmno-pqrst-uvwxyz",
		"behind too many":    strings.Repeat("zzzzz-fghij-klmno-pqrst-uvwxyz\n", 50) + code,
	} {
		if live, _ := carries(text, codeKey, requestID, c); live {
			t.Errorf("%s: taken for the code", name)
		}
	}
}

func TestCodesAreDrawnInGroupsAndNeverTwice(t *testing.T) {
	seen := map[string]bool{}
	r := chance(1)
	for range 10000 {
		code := mustCode(t, r)
		if found := codesIn(code); len(code) != 30 || len(found) != 1 ||
			found[0] != strings.ReplaceAll(code, "-", "") || seen[code] {
			t.Fatalf("code %q is found as %q", code, found)
		}
		seen[code] = true
	}
	if _, err := newCode(bytes.NewReader([]byte("short"))); err == nil {
		t.Error("a code without chance: no error")
	}
}

func TestGuessesNeverMatch(t *testing.T) {
	r := chance(2)
	c := challenge(mustCode(t, r), requestID)
	for range 100_000 {
		guess := mustCode(t, r)
		if live, _ := carries(guess, codeKey, requestID, c); live {
			t.Fatalf("%q matched", guess)
		}
	}
}

// A code is good for one request, admin, number and epoch, and nothing else: of all
// combinations only the diagonal holds.
func TestACodeIsBoundToEverything(t *testing.T) {
	type place struct {
		id workflow.ID
		c  workflow.Challenge
	}
	var places []place
	var codes []string
	r := chance(3)
	for _, id := range []workflow.ID{requestID, "00bbcdefghijklmnopqrstuvwx", "01abcdefghijklmnopqrstuvwx"} {
		for _, admin := range []workflow.Address{"anna@acme.example", "bob@globex.example"} {
			for number := 1; number <= 3; number++ {
				for epoch := int64(1); epoch <= 2; epoch++ {
					c := workflow.Challenge{Admin: admin, Number: number, Epoch: epoch}
					code := mustCode(t, r)
					c.CodeHash = codeHash(codeKey, code, id, c)
					places, codes = append(places, place{id, c}), append(codes, code)
				}
			}
		}
	}
	for i, code := range codes {
		for j, p := range places {
			if live, _ := carries(code, codeKey, p.id, p.c); live != (i == j) {
				t.Errorf("code %d at place %d: live %v", i, j, live)
			}
		}
		if live, _ := carries(code, []byte("another key"), places[i].id, places[i].c); live {
			t.Errorf("code %d holds under another key", i)
		}
	}
	// The same code at two places has two hashes: a hash that is moved is worth nothing.
	seen := map[string]string{}
	for _, p := range places {
		h := codeHash(codeKey, codes[0], p.id, p.c)
		at := fmt.Sprintf("%s %v", p.id, p.c)
		if other, there := seen[h]; there {
			t.Errorf("one hash for %s and %s", at, other)
		}
		seen[h] = at
	}
}

func FuzzCodesIn(f *testing.F) {
	for _, s := range []string{"", "abcde-fghij-klmno-pqrst-uvwxyz", "> ABCDE fghij\n>klmno pqrst\n|uvwxyz",
		"abcdefghijklmnopqrstuvwxyz234567", "ſſſſſ-KKKKK-aaaaa-aaaaa-aaaaaa", "\xff\xfe>>>>\n\n\n"} {
		f.Add(s)
	}
	c := challenge("mnopq-mnopq-mnopq-mnopq-mnopqr", requestID)
	f.Fuzz(func(t *testing.T, text string) {
		codes := codesIn(text)
		if len(codes) > maxCodes {
			t.Fatalf("%d candidates", len(codes))
		}
		for _, code := range codes {
			if n := len([]rune(code)); n != 26 {
				t.Errorf("candidate %q has %d characters", code, n)
			}
		}
		live, any := carries(text, codeKey, requestID, c)
		if any != (len(codes) > 0) || live && !any {
			t.Errorf("live %v, any %v of %d", live, any, len(codes))
		}
		// Our code stands out of whatever is around it, on a line of its own.
		mine := "abcde-fghij-klmno-pqrst-uvwxyz"
		if len(codes) < maxCodes {
			if found, _ := carries(text+"\n. "+mine+" .\n", codeKey, requestID, challenge(mine, requestID)); !found {
				t.Errorf("not found behind %q", text)
			}
		}
	})
}

// Whoever types a code with spaces writes five words: the reader of the answer must tell it from
// some, whichever code it is.
func TestEveryCodeCanBeTypedWithSpaces(t *testing.T) {
	r := chance(3)
	for range 2000 {
		code := mustCode(t, r)
		typed := "CONFIRM\n\n" + strings.ToUpper(strings.ReplaceAll(code, "-", " ")) + "\n"
		if d, why := reply.Decide(reply.FromPlain(typed), "Re: x"); d != reply.Confirm {
			t.Fatalf("%s is %s (%s)", code, d, why)
		}
	}
}

func TestChanceThatIsNoneMakesNoCode(t *testing.T) {
	if code, err := newCode(bytes.NewReader(make([]byte, 1<<12))); err == nil {
		t.Errorf("drew %s", code)
	}
}
