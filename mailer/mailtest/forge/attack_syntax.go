package forge

import "strings"

// addressForms are From values in which a colleague's server might let the admin's address
// pass: %a is the admin's address, %l and %d its two halves, %c the colleague's address.
var addressForms = []variant{
	// Groups (RFC 5322 3.4).
	{"a group of one", "Admins: %a;"}, {"a group with brackets", "Admins: Anna <%a>;"},
	{"a group of two", "Admins: %a, %c;"}, {"an empty group in front", "Admins:;, %a"},
	{"an empty group behind", "%a, Admins:;"}, {"a group that does not end", "Admins: %a"},
	{"a group without a name", ":%a;"}, {"a group in quotes", `"Admins": %a;`},
	// Source routes (RFC 5322 4.4).
	{"a route", "<@evil.example:%a>"}, {"a route of two", "<@evil.example,@%d:%a>"},
	{"a route to a colleague", "<@%d:%c>"}, {"a route through the admin's address", "<%a:%c>"},
	{"a route without brackets", "@evil.example:%a"}, {"a route that is empty", "<:%a>"},
	{"a route and a name", "Anna <@evil.example:%a>"},
	// Comments (RFC 5322 3.2.2).
	{"a comment behind", "%a (%c)"}, {"a comment in front", "(%c) %a"},
	{"a comment before the at", "%l(x)@%d"}, {"a comment behind the at", "%l@(x)%d"},
	{"a comment in brackets", "<%a(x)>"}, {"a comment that does not end", "%a ("},
	{"a comment that does not begin", "%a )"}, {"nested comments", "%a ((x)(y))"},
	{"a comment that holds the bracket", "Anna (<%c>) <%a>"}, {"a comment between name and address", "Anna (x) <%a>"},
	{"a quoted pair in a comment", `(\)) %a`},
	// Quoted local parts (RFC 5322 3.2.4).
	{"a quoted local part", `"%l"@%d`}, {"a quoted local part in brackets", `<"%l"@%d>`},
	{"a quoted local part with a blank", `"%l "@%d`}, {"a quoted local part with a NUL", "\"%l\x00\"@%d"},
	{"a quoted local part with an address", `"%a"@%d`}, {"a quoted local part with brackets", `"<%a>"@%d`},
	{"a quoted pair in the local part", `"\%l"@%d`}, {"half quoted", `"anna".admin@%d`},
	{"an empty quoted local part in front", `"".%l@%d`},
	// Encoded words where none belongs (RFC 2047 5).
	{"an encoded address", "=?utf-8?q?%a?="}, {"an encoded address in brackets", "<=?utf-8?q?%a?=>"},
	{"an encoded local part", "=?utf-8?q?%l?=@%d"}, {"an encoded domain", "%l@=?utf-8?q?%d?="},
	{"an encoded word in front of the at", "%l=?utf-8?q??=@%d"}, {"an encoded comma", "%a=?utf-8?q?,?=%c"},
	{"an encoded bracket", "=?utf-8?q?<%a>?= <%c>"}, {"a base64 word behind", "<%a>=?utf-8?B?LA==?=<%c>"},
	// Several addresses (RFC 5322 3.6.2).
	{"two, the admin first", "%a, %c"}, {"two, the admin last", "%c, %a"},
	{"two in brackets", "Anna <%a>, Berta <%c>"}, {"two in brackets, the admin last", "Berta <%c>, Anna <%a>"},
	{"two with a semicolon", "%a; %c"}, {"two with a blank", "%a %c"}, {"two brackets", "<%a><%c>"},
	{"two brackets, the admin last", "<%c><%a>"}, {"two brackets with a blank", "<%a> <%c>"},
	{"brackets in brackets", "<<%a>>"}, {"brackets around the other", "<%c<%a>>"},
	{"a comma and nothing", "%a,"}, {"a comma in front", ",%a"}, {"many commas", ",,,%a,,,"},
	{"three", "%c, %a, %c"}, {"a quoted comma", `%a\, %c`}, {"two, one with a route", "<@x:%a>, %c"},
	// Brackets and what stands outside them.
	{"text behind the brackets", "<%a> %c"}, {"text glued behind the brackets", "<%c>%a"},
	{"no closing bracket", "Anna <%a"}, {"no opening bracket", "Anna %a>"}, {"empty brackets", "%a <>"},
	{"empty brackets in front", "<> %a"}, {"the wrong brackets", "Anna [%a]"}, {"entities", "&lt;%a&gt;"},
	{"escaped brackets", `\<%a\>`}, {"an open quote", `"Anna <%a>`}, {"a quote inside", `An"na <%a>`},
	{"full-width brackets", "Anna \uff1c%a\uff1e"},
	// White space and control bytes in the address.
	{"a blank before the at", "<%l @%d>"}, {"a blank behind the at", "<%l@ %d>"},
	{"a blank in brackets", "< %a>"}, {"a blank at the end of brackets", "<%a >"}, {"a tab", "<%l\t@%d>"},
	{"a fold in the address", "<%l\r\n @%d>"}, {"a fold in the domain", "<%l@\r\n %d>"},
	{"a NUL behind", "<%a\x00>"}, {"a NUL and a colleague", "<%a\x00%c>"}, {"a NUL in front", "<\x00%a>"},
	{"a DEL", "<%a\x7f>"}, {"a backspace", "<%cx\x08>%a"}, {"a bare CR", "<%a>\r<%c>"},
	{"a bare LF", "<%a>\nX: <%c>"}, {"a fold over an empty line", "<%a>\r\n \r\n X: y"},
	{"a fold over a blank line in front", "\r\n  \r\n <%a>"}, {"a line separator", "<%a>\u2028<%c>"},
	// Two ats, none, and their look-alikes.
	{"two ats", "<%l@%d@evil.example>"}, {"two ats, the admin's last", "<eve@evil.example@%d>"},
	{"a full-width at", "<%l\uff20%d>"}, {"a small at", "<%l\ufe6b%d>"}, {"at in words", "<%l (at) %d>"},
	{"no local part", "<@%d>"}, {"no domain", "<%l@>"}, {"only the local part", "<%l>"},
	{"with a scheme", "<mailto:%a>"}, {"with a query", "<%a?from=%c>"}, {"in a link", `<a href="mailto:%a">`},
}

func addressSyntax(p *plot) {
	local, _, _ := strings.Cut(p.Admin, "@")
	fill := strings.NewReplacer("%a", p.Admin, "%l", local, "%d", p.domain, "%c", p.colleague)
	for _, f := range addressForms {
		p.add(f.name, p.sealed(p.from(fill.Replace(f.value))))
	}
	long := strings.Repeat("x", 70)
	p.add("a long local part", p.sealed(p.from("<"+long+local+"@"+p.domain+">")))
	p.add("a name of many kilobytes", p.sealed(p.from(
		`"`+strings.Repeat("Anna ", 60000)+`" <`+p.Admin+">")))
	p.add("a hundred addresses", p.sealed(p.from(strings.Repeat(p.colleague+", ", 100)+p.Admin)))
}

// otherNames are fields beside From that name somebody.
var otherNames = []string{
	"Sender", "Reply-To", "Resent-From", "Resent-Sender", "Return-Path", "X-From", "X-Sender", "X-Original-From",
	"X-Google-Original-From", "Original-From", "X-Envelope-From", "Envelope-From", "Apparently-From", "Author",
	"X-Authenticated-Sender", "X-Authenticated-User", "X-MS-Exchange-Organization-AuthAs",
	"Disposition-Notification-To",
	"Errors-To", "Return-Receipt-To", "X-Forwarded-For", "Comments", "Organization", "X-Delivered-By",
	"Original-Sender", "X-Sender-Identity",
}

// otherFields put the admin anywhere but where it counts.
func otherFields(p *plot) {
	admin := "Anna Admin <" + p.Admin + ">"
	for _, name := range otherNames {
		p.add(name+" of a colleague's", p.sealed(p.from("<"+p.colleague+">").top(name+": "+admin)))
	}
	for _, name := range otherNames[:8] {
		p.add(name+" of a stranger's", p.by(p.evil, p.from("<"+p.stranger+">").bottom(name+": "+admin)))
		nobody := p.answer().drop("From").top(name + ": " + admin)
		p.add(name+" alone", p.by(p.evil, nobody))
		p.add(name+" and an empty From", p.sealed(p.from("").top(name+": "+admin)))
	}
	p.add("no From at all", p.by(p.evil, p.answer().drop("From")))
	p.add("an empty From", p.sealed(p.from("")))
	p.add("an empty address", p.sealed(p.from("Anna <>")))
	p.add("signed for the admin's mailbox with i=", Sign(p.from("<"+p.colleague+">").raw(),
		Signing{Key: p.Key, At: p.Now, More: "i=" + p.Admin}))
}
