package authentic_test

import (
	"strings"
	"testing"

	"github.com/dsrd/dsrd/mailer/authentic"
)

func TestFromOfARealClientIsRead(t *testing.T) {
	for name, from := range map[string]string{
		"bare":                       anna,
		"in brackets":                "<" + anna + ">",
		"named":                      "Anna Admin <" + anna + ">",
		"with initials":              "Anna B. Admin <" + anna + ">",
		"quoted name":                `"Admin, Anna (Legal)" <` + anna + ">",
		"escaped quote":              `"Anna \"the\" Admin" <` + anna + ">",
		"encoded name":               "=?utf-8?B?QW5uYSDDhA==?= <" + anna + ">",
		"name in a Windows charset":  "=?windows-1252?Q?Anna_=C4?= <" + anna + ">",
		"name in an unknown charset": "=?x-unknown?Q?Anna?= <" + anna + ">",
		"name in raw UTF-8":          "Änna Admin <" + anna + ">",
		"upper case":                 "Anna <Anna.Admin@ACME.Example>",
		"folded":                     "Anna\r\n Admin\r\n\t<" + anna + ">",
		"no space before bracket":    "Anna<" + anna + ">",
	} {
		t.Run(name, func(t *testing.T) {
			wantPass(t, verify(seal(rsaKey(), usual, letter(from))))
		})
	}
}

// Each mail is signed by acme as it stands, so that only ack/from is left to
// refuse it.
func TestFromThatCanBeReadInTwoWaysIsRefused(t *testing.T) {
	const evil = "mallory@evil.example"
	for name, c := range map[string]struct{ from, reason string }{
		"two addresses":              {anna + ", " + evil, "several addresses"},
		"two addresses in brackets":  {"<" + evil + ">, <" + anna + ">", "several addresses"},
		"two brackets":               {"<" + evil + "> <" + anna + ">", "several addresses"},
		"address as name":            {anna + " <" + anna + ">", "where the name belongs"},
		"address, comma":             {anna + ", <" + anna + ">", "where the name belongs"},
		"group":                      {"admins: " + anna + ";", "group or a route"},
		"group in brackets":          {"admins: <" + anna + ">;", "goes on after"},
		"empty group":                {"admins:;", "group or a route"},
		"route":                      {"<@evil.example:" + anna + ">", "route"},
		"two routes":                 {"<@a.example,@b.example:" + anna + ">", "route"},
		"comment behind":             {anna + " (" + evil + ")", "comment"},
		"comment before":             {"(" + evil + ") " + anna, "comment"},
		"comment inside":             {"<anna.admin(x)@acme.example>", "comment"},
		"quoted local part":          {`"anna.admin"@acme.example`, "quoted"},
		"quoted local with at":       {`<"x@evil.example "@acme.example>`, "white space"},
		"encoded local part":         {"=?utf-8?Q?anna?=@acme.example", "encoded word"},
		"encoded address":            {"=?utf-8?B?PGFubmEuYWRtaW5AYWNtZS5leGFtcGxlPg==?=", "no @"},
		"encoded address and comma":  {"=?utf-8?B?PGFAYj4=?=, <" + anna + ">", "several addresses"},
		"space in the address":       {"<anna.admin @acme.example>", "white space"},
		"space in the brackets":      {"< " + anna + " >", "white space"},
		"backslash":                  {"<" + anna + `>\, <` + evil + ">", "several addresses"},
		"text behind":                {"<" + anna + "> admin", "goes on after"},
		"open bracket":               {"Anna <" + anna, "goes on after"},
		"open quote":                 {`"Anna <` + anna + ">", "open quote"},
		"two at signs":               {"anna@evil.example@acme.example", "dot-atom"},
		"NUL in the name":            {"Anna\x00 <" + anna + ">", "NUL"},
		"NUL in the address":         {"<" + anna + "\x00>", "NUL"},
		"control character":          {"Anna\x0b <" + anna + ">", "control character"},
		"bare CR":                    {"Anna\rX: y <" + anna + ">", "bare CR"},
		"bare LF":                    {"Anna\n <" + anna + ">", "bare LF"},
		"Latin-1":                    {"\xc4nna <" + anna + ">", "not UTF-8"},
		"U-label":                    {"<anna.admin@acmé.example>", "not ASCII"},
		"full-width letters":         {"<anna.admin@ａcme.example>", "not ASCII"},
		"foreign local part":         {"<аnna.admin@acme.example>", "not ASCII"},
		"void A-label":               {"<anna.admin@xn--.example>", "IDNA2008"},
		"A-label of plain ASCII":     {"<anna.admin@xn--acme-.example>", "IDNA2008"},
		"address literal":            {"<anna.admin@[192.0.2.1]>", "no host name"},
		"domain with a dot behind":   {"<anna.admin@acme.example.>", "no host name"},
		"underscore in the domain":   {"<anna.admin@ac_me.example>", "no host name"},
		"two dots":                   {"<anna..admin@acme.example>", "dot-atom"},
		"long local part":            {"<" + strings.Repeat("a", 65) + "@acme.example>", "64 bytes"},
		"no address":                 {"Anna", "no @"},
		"empty":                      {"", "no @"},
		"white space alone":          {" \t", "no @"},
		"folded over an empty line":  {"\r\n \r\n " + anna, "empty line"},
		"list behind a quoted comma": {`"a,b" <` + evil + ">," + anna, "goes on after"},
		"null address":               {"<>", "no @"},
	} {
		t.Run(name, func(t *testing.T) {
			d := verify(seal(rsaKey(), usual, letter(c.from)))
			wantRefused(t, d, authentic.Fail, "ack/from")
			wantRefused(t, d, authentic.Fail, c.reason)
			if d.From != "" || d.FromDomain != "" {
				t.Errorf("got From %q of %q, want none", d.From, d.FromDomain)
			}
		})
	}
}

// The header around From: what is added stands above a mail that acme signed.
func TestHeaderThatCanBeCutInTwoWaysIsRefused(t *testing.T) {
	const evil = "mallory@evil.example"
	signed := seal(rsaKey(), usual, letter("<"+anna+">"))
	for name, c := range map[string]struct{ mail, reason string }{
		"From above":            {"From: <" + evil + ">\r\n" + signed, "2 From fields"},
		"From above, spaced":    {"From : <" + evil + ">\r\n" + signed, "2 From fields"},
		"From above, tabbed":    {"FROM\t: <" + evil + ">\r\n" + signed, "2 From fields"},
		"From above, lower":     {"from:" + evil + "\r\n" + signed, "2 From fields"},
		"name folded":           {"From\r\n : <" + evil + ">\r\n" + signed, "no colon"},
		"name with NUL":         {"From\x00: <" + evil + ">\r\n" + signed, "NUL"},
		"name with 8 bits":      {"From\xa0: <" + evil + ">\r\n" + signed, "proper name"},
		"name with a space":     {"X From: <" + evil + ">\r\n" + signed, "proper name"},
		"no name":               {": <" + evil + ">\r\n" + signed, "proper name"},
		"mbox line":             {"From anna Mon Nov  2 10:01:02 2026\r\n" + signed, "proper name"},
		"no colon":              {"This is no field\r\n" + signed, "no colon"},
		"begins folded":         {" From: <" + evil + ">\r\n" + signed, "begins with a folded line"},
		"hidden behind bare CR": {"X: y\rFrom: <" + evil + ">\r\n" + signed, "bare CR"},
		"hidden behind bare LF": {"X: y\nFrom: <" + evil + ">\r\n" + signed, "bare LF"},
		"body behind bare LF":   {"X: y\r\n\n" + signed, "bare LF"},
		"only From, spaced": {
			strings.Replace(signed, "\r\nFrom:", "\r\nFrom :", 1), "before the colon"},
		"no From":    {strings.Replace(signed, "\r\nFrom:", "\r\nX-From:", 1), "no From"},
		"empty mail": {"", "no From"},
		"no header":  {"\r\n" + signed, "no From"},
	} {
		t.Run(name, func(t *testing.T) {
			d := verify(c.mail)
			wantRefused(t, d, authentic.Fail, "ack/from: ")
			wantRefused(t, d, authentic.Fail, c.reason)
		})
	}
}

func TestDisplayNameAndHomographChangeNothing(t *testing.T) {
	tags := strings.Replace(usual, "d=acme.example", "d=evil.example", 1)
	for name, c := range map[string]struct{ from, want string }{
		"quoted address as name": {`"` + anna + `" <mallory@evil.example>`, "mallory@evil.example"},
		"encoded address as name": {
			"=?utf-8?Q?anna.admin=40acme.example?= <mallory@evil.example>", "mallory@evil.example",
		},
		"brackets in quotes":    {`"<` + anna + `>" <mallory@evil.example>`, "mallory@evil.example"},
		"homograph in A-labels": {"<anna.admin@xn--acm-ina.example>", "anna.admin@xn--acm-ina.example"},
	} {
		t.Run(name, func(t *testing.T) {
			d := verify(seal(rsaKey(), tags, letter(c.from)))
			if d.From != c.want {
				t.Errorf("got From %q (%s), want %q", d.From, why(d), c.want)
			}
		})
	}
}
