package parts_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dsrd/dsrd/mailer/reader/parts"
)

func TestDecodeWords(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"no words", "plain subject", "plain subject"},
		{"Q", "=?utf-8?Q?caf=C3=A9_au_lait?=", "café au lait"},
		{"B", "=?UTF-8?B?Y2Fmw6k=?=", "café"},
		{"B without padding", "=?utf-8?b?Y2Fmw6k?=", "café"},
		{"blanks between words go", "=?utf-8?q?a?= \r\n =?utf-8?q?b?=", "ab"},
		{"blanks beside text stay", "Re: =?utf-8?q?a?= b", "Re: a b"},
		{"a letter cut in two", "=?utf-8?B?Y2Fmww==?= =?utf-8?B?qQ==?=", "café"},
		{"latin-1", "=?iso-8859-1?Q?gr=FC=DFe?=", "grüße"},
		{"japanese", "=?ISO-2022-JP?B?GyRCO0QbKEI=?=", "残"},
		{"language mark", "=?utf-8*de?Q?gr=C3=BC=C3=9Fe?=", "grüße"},
		{"question mark before an encoded letter", "=?utf-8?Q?why?=3F?=", "why??"},
		{"unknown encoding stays", "=?utf-8?X?abc?=", "=?utf-8?X?abc?="},
		{"unfinished word stays", "=?utf-8?Q?abc", "=?utf-8?Q?abc"},
		{"raw UTF-8", "grüße", "grüße"},
		{"raw latin-1", "gr\xfc\xdfe", "grüße"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := parts.DecodeWords(c.in); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestToUTF8(t *testing.T) {
	for _, c := range []struct{ name, charset, in, want string }{
		{"ascii", "us-ascii", "a", "a"},
		{"us-ascii with 8-bit letters that are UTF-8", "us-ascii", "caf\xc3\xa9", "café"},
		{"us-ascii with 8-bit letters that are not", "us-ascii", "caf\xe9", "café"},
		{"nothing declared", "", "\x93quoted\x94", "“quoted”"},
		{"utf-8 declared, latin-1 written", "utf-8", "caf\xe9", "café"},
		{"utf-8 cut in a letter", "utf-8", "größe, grüße\xc3", "größe, grüße\uFFFD"},
		{"unknown charset", "x-klingon", "caf\xe9", "café"},
		{"windows-1251", "windows-1251", "\xc4\xe0", "Да"},
		{"gb2312", "gb2312", "\xc4\xe3\xba\xc3", "你好"},
		{"hz", "hz-gb-2312", "~{DcC&~}", "你忙"},
		{"euc-kr", "euc-kr", "\xb0\xa1", "가"},
		{"utf-7", "utf-7", "Hi Mom +Jjo-!", "Hi Mom ☺!"},
		{"utf-7 plus sign", "utf-7", "1 +- 1", "1 + 1"},
		{"utf-16", "utf-16le", "a\x00b\x00", "ab"},
		{"quoted and padded name", ` "utf-8" `, "é", "é"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := parts.ToUTF8([]byte(c.in), c.charset); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestDecodedTransfer(t *testing.T) {
	long := strings.Repeat("0123456789", 30)
	for _, c := range []struct {
		name, encoding, in, want string
		whole                    bool
	}{
		{"base64", "base64", base64.StdEncoding.EncodeToString([]byte(long)), long, true},
		{"base64 in upper case", "BASE64", "aGk=", "hi", true},
		{"base64 with line breaks", "base64", "aG\r\nVsbG8=\r\n", "hello", true},
		{"base64 with noise", "base64", "aG!Vs*bG8=", "hello", false},
		{"base64 goes on after padding", "base64", "aGk=aGk=", "hihi", true},
		{"base64 cut in a quantum", "base64", "aGVsbG8", "hello", false},
		{"base64 with a comment after the name", "base64 (really)", "aGk=", "hi", true},
		{"quoted-printable", "quoted-printable", "a=3Db=\r\nc", "a=bc", true},
		{"quoted-printable in lower case", "quoted-printable", "=c3=a9", "é", true},
		{"quoted-printable with blanks before the break", "quoted-printable", "a= \t\r\nb", "ab", true},
		{"quoted-printable with a lone equals sign", "quoted-printable", "1=2 =zz", "1=2 =zz", false},
		{"quoted-printable that ends in an equals sign", "quoted-printable", "a=", "a", true},
		{"uuencode", "x-uuencode", "begin 644 x\n#:&D*\n`\nend\n", "hi\n", true},
		{"8bit", "8bit", "\xff", "\xff", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := parse("Content-Transfer-Encoding: "+c.encoding, "", c.in)
			got, whole := m.Root.Decoded(nil)
			if string(got) != c.want || whole != c.whole {
				t.Errorf("got %q %v, want %q %v", got, whole, c.want, c.whole)
			}
		})
	}
}

func TestParameters(t *testing.T) {
	for _, c := range []struct{ name, field, want string }{
		{"bare", `attachment; filename=a.txt`, "a.txt"},
		{"quoted", `attachment; filename="a; b.txt"`, "a; b.txt"},
		{"escaped", `attachment; filename="a\"b.txt"`, `a"b.txt`},
		{"a windows path keeps its backslashes", `attachment; filename="C:\tmp\a.txt"`, `C:\tmp\a.txt`},
		{"never closed", `attachment; filename="a.txt`, "a.txt"},
		{"encoded words, against RFC 2047", `attachment; filename="=?utf-8?Q?=C3=A9.txt?="`, "é.txt"},
		{"RFC 2231", `attachment; filename*=utf-8''%C3%A9.txt`, "é.txt"},
		{"RFC 2231 latin-1", `attachment; filename*=iso-8859-1'en'%E9.txt`, "é.txt"},
		{"RFC 2231 continued", `attachment; filename*0="a-"; filename*1="b.txt"`, "a-b.txt"},
		{"RFC 2231 continued and encoded",
			`attachment; filename*0*=utf-8''%C3; filename*1*=%A9; filename*2=.txt`, "é.txt"},
		{"a comment", `attachment (why not); filename=a.txt (or so)`, "a.txt"},
		{"a lone parenthesis", `attachment; filename=a(1.txt`, "a(1.txt"},
		{"stray semicolons", `attachment;; ; filename=a.txt;`, "a.txt"},
		{"no value at all", `; filename=a.txt`, "a.txt"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := parse("Content-Disposition: "+c.field, "", "x")
			if got := m.Root.Name; got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestAddresses(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     []string
	}{
		{"bare", "a@b.example", []string{"a@b.example"}},
		{"named", "Ann <a@b.example>, \"C, D\" <c@d.example>", []string{"a@b.example", "c@d.example"}},
		{"comment", "a@b.example (Ann, B.)", []string{"a@b.example"}},
		{"group", "team: a@b.example, c@d.example;", []string{"a@b.example", "c@d.example"}},
		{"empty group", "undisclosed-recipients:;", nil},
		{"route", "<@relay.example:a@b.example>", []string{"a@b.example"}},
		{"a name that looks like an address", `"x@evil.example" <a@b.example>`, []string{"a@b.example"}},
		{"a name that looks like an address, unquoted", `x@evil.example <a@b.example>`, []string{"a@b.example"}},
		{"quoted local part", `"a b"@c.example`, []string{`"a b"@c.example`}},
		{"bracket never closed", "Ann <a@b.example", []string{"a@b.example"}},
		{"quote never closed", `"Ann <a@b.example>, c@d.example`, []string{"a@b.example", "c@d.example"}},
		{"all of it encoded", "=?utf-8?Q?Ann_=3Ca=40b.example=3E?=", []string{"a@b.example"}},
		{"nothing", "Ann", nil},
		{"null", "<>", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, parts.Addresses(c.in)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestIDs(t *testing.T) {
	got := parts.IDs("<a@b>, <c@d>\r\n\t<e f@g> <h@i><j@k> <l", 4)
	if diff := cmp.Diff([]string{"a@b", "c@d", "h@i", "j@k"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := parts.IDs(strings.Repeat("<a@b>", 100), 50); len(got) != 50 {
		t.Errorf("got %d ids, want 50", len(got))
	}
}
