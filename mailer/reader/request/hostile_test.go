package request_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/dsrd/dsrd/mailer/reader/request"
)

// hostile are texts that a scan which looks back or ahead without bound would choke on.
var hostile = map[string]string{
	"at signs":               strings.Repeat("@", 1<<20),
	"addresses cut short":    strings.Repeat("a@a.", 1<<18),
	"addresses":              strings.Repeat("a@a.example ", 1<<16),
	"different addresses":    manyAddresses(1 << 15),
	"one local part":         strings.Repeat("a", 1<<20) + "@a.example",
	"one domain":             "a@" + strings.Repeat("a.", 1<<19),
	"one word":               strings.Repeat("ü", 1<<19),
	"dots":                   strings.Repeat(".", 1<<20),
	"articles":               strings.Repeat("Art. 15, 17 and 20 GDPR, ", 1<<15),
	"articles without law":   strings.Repeat("§ 15 ", 1<<17),
	"phrases with gaps":      strings.Repeat("delete copy access restrict structured ", 1<<14),
	"conditions":             strings.Repeat("if please ", 1<<16),
	"characters":             strings.Repeat("削除して", 1<<16),
	"combining marks":        "a" + strings.Repeat("\u0301", 1<<18),
	"bytes that are no text": strings.Repeat("\xff\xfe@\xc3.", 1<<17),
	"lines":                  strings.Repeat("\n", 1<<20),
	"closings":               strings.Repeat("Regards\n", 1<<17),
	"hidden addresses":       strings.Repeat("jane (at) a dot ", 1<<16),
	"hidden dots":            strings.Repeat(" at a", 1) + strings.Repeat(" dot a", 1<<17),
	"brackets":               strings.Repeat("([{ @ ", 1<<17),
	"elsewhere":              strings.Repeat("contact us at a@a.example\n", 1<<15),
}

func manyAddresses(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "a%d@a.example ", i)
	}
	return b.String()
}

// A scan of quadratic cost takes minutes here, and ends the test by its time limit.
func TestHostileTextIsReadToItsEnd(t *testing.T) {
	for name, text := range hostile {
		t.Run(name, func(t *testing.T) {
			got := request.Read(text, text, "writer@mail.example", ours)
			if len(got.Customers) > request.MaxCustomers {
				t.Errorf("got %d customers, want at most %d", len(got.Customers), request.MaxCustomers)
			}
		})
	}
}

func TestMoreCustomersThanAllowedAreCut(t *testing.T) {
	got := request.Read("Please export the data of "+manyAddresses(50), "", "", ours)
	if len(got.Customers) != request.MaxCustomers || got.Customers[0] != "a0@a.example" {
		t.Errorf("got %d customers from %q on, want the first %d",
			len(got.Customers), got.Customers[:1], request.MaxCustomers)
	}
}

func TestSubjectsAreACopyOfTheCustomers(t *testing.T) {
	got := request.Read("Export the data of a@x.example.", "", "", nil)
	got.Customers[0] = "changed"
	if got.Subjects[0] != "a@x.example" {
		t.Errorf("got subject %q, want it untouched", got.Subjects[0])
	}
}

func TestEveryCustomerStandsInTheTextOrIsTheWriter(t *testing.T) {
	piece := rapid.OneOf(
		rapid.StringMatching(`[a-zA-Z.+'_@-]{1,12}`),
		rapid.StringMatching(`[a-z]{1,8}@[a-z-]{1,8}\.[a-z]{2,5}`),
		rapid.SampledFrom([]string{
			"\n", " ", ", ", "my data", "delete", "contact us at ", "Kind regards\n", "-- \n", "@", "§ 17",
			"ours@provider.example", "<", ">", "Art. 15 ", "\xff", "削除",
		}),
	)
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(piece, 0, 60).Draw(t, "pieces"), " ")
		from := "writer@mail.example"
		got := request.Read(text, "", from, []string{"ours@provider.example"})
		checkRequest(t, got, text, from)
	})
}

// checkRequest checks what holds for every text.
func checkRequest(t interface{ Fatalf(string, ...any) }, got request.Request, text, from string) {
	if len(got.Customers) > request.MaxCustomers {
		t.Fatalf("got %d customers", len(got.Customers))
	}
	seen := map[string]bool{}
	for _, c := range got.Customers {
		if !utf8.ValidString(c) || strings.Count(c, "@") != 1 || seen[strings.ToLower(c)] {
			t.Fatalf("got customer %q of %q", c, got.Customers)
		}
		seen[strings.ToLower(c)] = true
		if strings.EqualFold(c, "ours@provider.example") {
			t.Fatalf("our own address is a customer")
		}
		if c != from && isPlain(text) && !standsIn(c, text) {
			t.Fatalf("customer %q is neither in %q nor the writer", c, text)
		}
	}
}

// standsIn reports whether each label of an address stands in a text: its signs may be words there.
func standsIn(c, text string) bool {
	text = strings.ToLower(text)
	local, domain, _ := strings.Cut(strings.ToLower(c), "@")
	for _, label := range append(strings.Split(domain, "."), local) {
		if !strings.Contains(text, label) {
			return false
		}
	}
	return true
}

// isPlain reports whether a text is ASCII without control characters: only there a customer
// stands in the text byte for byte.
func isPlain(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r >= 0x7f || r < ' ' && r != '\n' })
}

func FuzzRead(f *testing.F) {
	f.Add("Please export the data of jane@customer.example.", "GDPR Art. 15", "w@mail.example")
	f.Add("Bitte löschen Sie meine Daten gemäß § 19 KDG.\n-- \nSam, sam@work.example", "Re: Antrag", "")
	f.Add("a@b@c.example a@@b ü@ü.example <x@y.example>", "a@x.example", "Sam <sam@mail.example>")
	f.Add("開示を請求します a@x.exampleです", "", "w@mail.example")
	f.Add("Art. 15, 16 and § 1798.105(a), if not, do not\xff delete ... my", "", "w@mail.example")
	f.Fuzz(func(t *testing.T, text, subjectLine, from string) {
		ours := []string{"ours@provider.example"}
		got := request.Read(text, subjectLine, from, ours)
		checkRequest(t, got, text+" "+from, from)
		for _, s := range append(got.Kinds, got.Language) {
			if !utf8.ValidString(s) {
				t.Fatalf("got %q", s)
			}
		}
	})
}

func BenchmarkRead(b *testing.B) {
	data, err := os.ReadFile("testdata/letters/en.txt")
	if err != nil {
		b.Fatal(err)
	}
	text := string(data)
	request.Language(text) // the word lists are read once a process
	for name, size := range map[string]int{"4KiB": 4 << 10, "256KiB": 256 << 10} {
		text := strings.Repeat(text, size/len(text)+1)[:size]
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				request.Read(text, "Subject access request", "writer@mail.example", ours)
			}
		})
	}
}
