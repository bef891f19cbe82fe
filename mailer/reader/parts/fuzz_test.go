package parts_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/dsrd/dsrd/mailer/reader/parts"
)

// FuzzAddresses: no more is found than stands in the field, as it is or decoded.
func FuzzAddresses(f *testing.F) {
	for _, s := range []string{
		"a@b.example", `"a, b" <c@d.example>, e@f.example`, "g: a@b.example, c@d.example;", "<@x:a@b.example>",
		"a (c (d) e) @b.example", `"a\"b"@c.example`, "=?utf-8?q?a=40b?= <c@d.example>", "=?8?q?a=40b?=\xd9\xd9\xd9\xd9\xd9\xd9\xd9\xd9\xd9\xd9\xd9\xd9\xd9\xd9\xd9", "<<a@b>>", "@", ",,,;",
		strings.Repeat("(", 50) + "a@b.example", "\"" + strings.Repeat("\\", 99),
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		total := 0
		for _, a := range parts.Addresses(value) {
			if total += len(a); a == "" {
				t.Errorf("%q holds an address without a letter", value)
			}
		}
		if total > max(len(value), len(parts.DecodeWords(value))) {
			t.Errorf("%q holds %d bytes of addresses", value, total)
		}
		for _, id := range parts.IDs(value, 50) {
			if strings.ContainsAny(id, "<> \t\r\n") || !strings.Contains(value, id) {
				t.Errorf("%q holds the id %q", value, id)
			}
		}
		if got := parts.DecodeWords(value); len(got) > 8*len(value)+64 {
			t.Errorf("%d bytes become %d", len(value), len(got))
		}
	})
}

// FuzzToUTF8: whatever a part claims of its letters, the text is UTF-8 and bounded.
func FuzzToUTF8(f *testing.F) {
	for _, charset := range []string{
		"utf-8", "us-ascii", "iso-8859-1", "windows-1252", "iso-2022-jp", "utf-7", "utf-16", "utf-16le", "gb18030",
		"hz-gb-2312", "koi8-r", "shift_jis", "euc-kr", "x-unknown", "", "cp437", "big5",
		"iso-2022-kr", "viscii", "cp932", "utf-16be",
	} {
		f.Add([]byte("Best\xe4tigt +AGE- \x1b$B$\"\x1b(B ~{<:~}"), charset)
	}
	f.Fuzz(func(t *testing.T, text []byte, charset string) {
		for _, got := range []string{parts.ToUTF8(text, charset), parts.Mend(text, charset)} {
			if !utf8.ValidString(got) {
				t.Errorf("%q is not UTF-8", got)
			}
			if len(got) > 8*len(text)+64 {
				t.Errorf("%d bytes become %d", len(text), len(got))
			}
		}
	})
}
