package forge

import "strings"

// strayNames are spellings that one reader takes for From and another does not; proper ones
// are names of another field by the grammar (RFC 5322 3.6.8).
var strayNames = []struct {
	name, spelling string
	proper         bool
}{
	{"plain", "From", false}, {"capitals", "FROM", false}, {"lower case", "from", false},
	{"mixed case", "fRoM", false}, {"space before the colon", "From ", false},
	{"tab before the colon", "From\t", false}, {"many blanks before the colon", "From \t  ", false},
	{"NUL before the colon", "From\x00", false}, {"vertical tab before the colon", "From\x0b", false},
	{"form feed before the colon", "From\x0c", false}, {"DEL before the colon", "From\x7f", false},
	{"no-break space before the colon", "From\u00a0", false}, {"byte order mark", "\ufeffFrom", false},
	{"zero-width space", "Fr\u200bom", false}, {"Cyrillic letter", "Fr\u043em", false},
	{"full-width letters", "\uff26rom", false}, {"bare CR before the name", "X: y\rFrom", false},
	{"bare LF before the name", "X-Note: y\nFrom", false}, {"bare CR before the colon", "From\r", false},
	{"NUL in the name", "Fr\x00om", false}, {"encoded word", "=?utf-8?q?From?=", true},
	{"quotes", `"From"`, true}, {"backslash", `From\`, true}, {"semicolon", "From;", true},
	{"asterisk", "From*", true}, {"dot", "From.", true}, {"bang", "!From", true},
}

func twoFrom(p *plot) {
	admin, other := "Anna Admin <"+p.Admin+">", "Berta <"+p.colleague+">"
	for _, s := range strayNames {
		stray := s.spelling + ": " + admin
		p.add("a stray one for the admin above, "+s.name, p.sealed(p.from(other).top(stray)))
		p.add("a stray one for the admin below, "+s.name, p.sealed(p.from(other).bottom(stray)))
		if s.proper {
			continue
		}
		stray = s.spelling + ": " + other
		p.add("a stray one for a colleague above, "+s.name, p.sealed(p.answer().top(stray)))
		p.add("a stray one for a colleague below, "+s.name, p.sealed(p.answer().bottom(stray)))
	}
	for _, who := range []variant{
		{"a colleague", other}, {"a stranger", "<" + p.stranger + ">"}, {"nobody", ""},
		{"the admin again", admin}, {"a group", "undisclosed:;"},
	} {
		line, genuine := "From: "+who.value, p.sealed(p.answer())
		p.add(who.name+" put on top of a signed mail", over(genuine, line))
		p.add(who.name+" put below a signed mail", under(genuine, line))
		p.add(who.name+" put below an oversigned mail",
			under(p.signed(p.answer(), "From:From:To:Subject:Date:Message-ID"), line))
		p.add(who.name+" in the middle, before signing",
			p.sealed(forgery{append(append([]string{}, p.answer().head[:3]...),
				append([]string{line}, p.answer().head[3:]...)...), p.answer().body}))
	}
	evil := p.from("<" + p.stranger + ">")
	p.add("the stranger's, signed, and the admin on top", over(p.by(p.evil, evil), "From: "+admin))
	p.add("the stranger's, signed, and the admin below", under(p.by(p.evil, evil), "From: "+admin))
	p.add("the admin on top, both signed by the stranger", p.by(p.evil, evil.top("From: "+admin)))
	p.add("the admin folded to the next line, above", p.sealed(p.from(other).top("From:\r\n "+admin)))
	p.add("the admin folded to the next line, below", p.sealed(p.from(other).bottom("From:\r\n\t"+admin)))
	p.add("the header begins with a fold", p.sealed(p.from(other).top(" From: "+admin)))
	p.add("the header begins with a fold, the admin below", p.sealed(p.answer().top(" From: "+other)))
	p.add("three, the admin in the middle", p.sealed(p.from(other).top("From: "+admin).top("From: "+other)))
	p.add("twenty", p.sealed(p.from(other).bottom(strings.Split(
		strings.TrimSuffix(strings.Repeat("From: "+admin+"\n", 20), "\n"), "\n")...)))
}

// displayNames are names that read like the admin's address; %s is that address.
var displayNames = []variant{
	{"the address in quotes", `"%s"`}, {"the address with brackets in quotes", `"<%s>"`},
	{"name and address in quotes", `"Anna Admin <%s>"`}, {"single quotes", `"'%s'"`},
	{"via", `"%s via the portal"`}, {"on behalf of", `"%s on behalf of"`},
	{"long blanks behind it", `"%s                                                              "`},
	{"tabs behind it", "\"%s\t\t\t\t\t\t\""}, {"a line break behind it", "\"%s\"\r\n "},
	{"a quoted pair", `"%s\" <%s>, \""`}, {"a backslash", `"%s\\"`},
	{"without quotes", `%s`}, {"the brackets twice", `<%s>`}, {"in a comment", `(%s)`},
	{"name and comment", `Anna (%s)`}, {"a comma behind it", `"%s",`},
	{"a semicolon behind it", `"%s;"`}, {"right to left", "\"\u202e%s\""},
	{"isolated", "\"\u2067%s\u2069\""}, {"zero-width", "\"\u200b%s\u200b\""},
	{"a NUL behind it", "\"%s\x00\""}, {"a NUL in front", "\"\x00%s\""},
	{"a bell", "\"%s\x07\""}, {"escape", "\"\x1b[8m%s\""},
	{"with mailto", `"mailto:%s"`}, {"with a label", `"From: %s"`},
	{"two quoted strings", `"Anna" "%s"`}, {"dots for blanks", `A.n.n.a "%s"`},
	{"an encoded word in quotes", `"=?utf-8?q?%s?="`}, {"invalid UTF-8", "\"\xff%s\""},
}

func displayName(p *plot) {
	fill := func(form string) string { return strings.ReplaceAll(form, "%s", p.Admin) }
	for _, n := range displayNames {
		p.add(n.name+", a colleague", p.sealed(p.from(fill(n.value)+" <"+p.colleague+">")))
		p.add(n.name+", a stranger", p.by(p.evil, p.from(fill(n.value)+" <"+p.stranger+">")))
	}
	for _, n := range []variant{
		{"an encoded word", "=?utf-8?B?" + base64Of(p.Admin) + "?="},
		{"an encoded word with brackets", "=?utf-8?B?" + base64Of("<"+p.Admin+">") + "?="},
		{"an encoded word with a NUL", "=?utf-8?B?" + base64Of("<"+p.Admin+">\x00") + "?="},
		{"an encoded word with a line end", "=?utf-8?B?" + base64Of("x\r\nFrom: "+p.Admin+"\r\nX: ") + "?="},
		{"an encoded word with a comma", "=?utf-8?B?" + base64Of("<"+p.Admin+">, ") + "?="},
		{"an encoded word in an unknown charset", "=?x-none?B?" + base64Of(p.Admin) + "?="},
		{"an encoded word that does not end", "=?utf-8?B?" + base64Of("<"+p.Admin+">")},
		{"encoded words that are one address", "=?utf-8?q?anna.admin?= =?utf-8?q?@" + p.domain + "?="},
	} {
		p.add(n.name+", a colleague", p.sealed(p.from(n.value+" <"+p.colleague+">")))
		p.add(n.name+", a stranger", p.by(p.evil, p.from(n.value+" <"+p.stranger+">")))
		p.add(n.name+", no address", p.sealed(p.from(n.value)))
	}
}

// strangeDomains look like the admin's, or have it somewhere; the attacker registered them.
func strangeDomains(domain string) []string {
	host, _, _ := strings.Cut(domain, ".")
	return []string{
		"xn--80ak6aa92e.example", "xn--cme-6na.example", "xn--acm-dma.example",
		domain + "." + evilDomain, evilDomain + "." + domain, "evil-" + domain, "x" + domain,
		strings.Replace(domain, "m", "rn", 1), strings.Replace(domain, "e", "3", 1),
		host + "-" + "example.com", host + ".com", host + ".example.com", host + "example",
		"mail." + domain, "example", "co.uk", "com",
	}
}

func homograph(p *plot) {
	local, _, _ := strings.Cut(p.Admin, "@")
	for _, d := range strangeDomains(p.domain)[:13] {
		p.add("the domain "+d, p.by(NewKey(d, "s1", Ed25519), p.from("Anna Admin <"+local+"@"+d+">")))
	}
	host, rest, _ := strings.Cut(p.domain, ".")
	tail := host[1:] + "." + rest
	for _, d := range []variant{
		{"Cyrillic a", "\u0430" + tail}, {"full-width a", "\uff41" + tail}, {"a with grave", "\u00e0" + tail},
		{"a and a combining mark", host[:1] + "\u0300" + tail}, {"mathematical a", "\U0001d41a" + tail},
		{"a zero-width joiner", host + "\u200d." + rest}, {"a soft hyphen", host + "\u00ad." + rest},
		{"an ideographic full stop", host + "\u3002" + rest}, {"a full-width full stop", host + "\uff0e" + rest},
		{"a half-width full stop", host + "\uff61" + rest}, {"a dot at the end", p.domain + "."},
		{"two dots", host + ".." + rest}, {"a dot in front", "." + p.domain},
		{"an A-label of plain letters", "xn--" + host + "-." + rest}, {"percent", host + "%2e" + rest},
		{"an underscore", host + "_." + rest}, {"right to left", "\u202e" + p.domain},
		{"a NUL behind it", p.domain + "\x00." + evilDomain}, {"a port", p.domain + ":25"},
		{"a literal", "[203.0.113.7]"}, {"a literal with the name", "[" + p.domain + "]"},
	} {
		from := p.from("Anna Admin <" + local + "@" + d.value + ">")
		p.add("in the domain: "+d.name+", signed by the admin's", p.sealed(from))
		p.add("in the domain: "+d.name+", signed by a stranger", p.by(p.evil, from))
	}
	for _, l := range []variant{
		{"Cyrillic a", "\u0430" + local[1:]}, {"dotless i", strings.Replace(local, "i", "\u0131", 1)},
		{"dotted capital I", strings.Replace(local, "i", "\u0130", 1)}, {"long s", "anna.admin\u017f"},
		{"full-width dot", strings.Replace(local, ".", "\uff0e", 1)}, {"zero-width space", local + "\u200b"},
		{"soft hyphen", local + "\u00ad"}, {"combining mark", local + "\u0301"}, {"ligature", "\ufb01" + local},
		{"byte order mark", "\ufeff" + local}, {"underscore for the dot", strings.Replace(local, ".", "_", 1)},
		{"no dot", strings.Replace(local, ".", "", 1)}, {"two dots", strings.Replace(local, ".", "..", 1)},
		{"a dot at the end", local + "."}, {"a dot in front", "." + local}, {"a detail", local + "+x"},
		{"a digit for a letter", strings.Replace(local, "i", "1", 1)}, {"rn for m", strings.Replace(local, "m", "rn", 1)},
		{"percent encoded", strings.Replace(local, ".", "%2e", 1)}, {"a slash", local + "/x"},
		{"a bang path", "evil!" + local}, {"a percent hack", local + "%" + p.domain}, {"an equals", local + "=x"},
	} {
		p.add("in the local part: "+l.name, p.sealed(p.from("Anna Admin <"+l.value+"@"+p.domain+">")))
	}
}
