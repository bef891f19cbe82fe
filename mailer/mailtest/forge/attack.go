package forge

import (
	"encoding/base64"
	"slices"
	"strings"
	"time"
)

// Attacks are answers that nobody may believe: each lies about who wrote it or what was
// written, in another way or at another place, and is right in all else, as far as the
// attacker can make it so. Who attacks knows the code, unless the lie is about the code,
// and owns evil.example, a mailbox beside the admin's, and the weak keys of AttackZone.
func Attacks(s Scene) []Mail {
	p := newPlot(s)
	for _, c := range []struct {
		name  string
		write func(*plot)
	}{
		{"two From", twoFrom}, {"display name", displayName}, {"homograph", homograph},
		{"address syntax", addressSyntax}, {"other fields say who", otherFields},
		{"added to a signed mail", addedFields}, {"two fields of one name", doubledFields},
		{"body length", bodyLength}, {"weak key", weakKey}, {"key record", keyRecord},
		{"alignment", alignment}, {"time", times}, {"what is signed", coverage},
		{"signature tags", signatureTags}, {"changed after signing", changed},
		{"many signatures", manySignatures}, {"pasted signature", pasted},
		{"forged Authentication-Results", forgedResults}, {"ARC", forgedARC},
		{"stamp", stamps}, {"stamp without a name", namelessStamps},
		{"composition", composition}, {"header injection", injected}, {"broken header", brokenHeader},
		{"smuggled", smuggled}, {"truncated", truncated}, {"reinterpreted", reinterpreted},
		{"code in the header", codeInHeader}, {"code out of sight", codeOutOfSight},
		{"another code", otherCodes}, {"decision elsewhere", decisionElsewhere},
		{"two versions", twoVersions}, {"automatic", automatic},
	} {
		p.class, p.honest, p.stamped = c.name, p.sealed(p.answer()), ""
		c.write(p)
	}
	return p.mails
}

// AttackZone is what the DNS says while they come: the attacker's domains, and those of the
// admin's with its strict policy, a sub-domain that others run, and keys that are worth
// nothing.
func AttackZone(s Scene) Zone { return newPlot(s).zone }

// plot is what the attacker has, and what came of it.
type plot struct {
	Scene
	domain              string // of the admin
	colleague, stranger string // addresses that the attacker owns
	evil                Key
	zone                Zone

	class, stamped string
	honest         []byte
	mails          []Mail
	tried          map[string]bool
}

const evilDomain = "evil.example"

func newPlot(s Scene) *plot {
	p := &plot{
		Scene: s, domain: Domain(s.Admin), colleague: "berta.beispiel@" + Domain(s.Admin),
		stranger: "eve@" + evilDomain, evil: NewKey(evilDomain, "s1", Ed25519), zone: Zone{},
		tried: map[string]bool{},
	}
	p.zone.Publish(s.Key, p.evil)
	p.zone["_dmarc."+p.domain] = []string{"v=DMARC1; p=reject; adkim=s"}
	p.zone["_dmarc."+evilDomain] = []string{"v=DMARC1; p=none"}
	p.publishRecords()
	for _, d := range strangeDomains(p.domain) {
		p.zone.Publish(NewKey(d, "s1", Ed25519))
	}
	return p
}

// add is one more attack, unless the same bytes were tried before under another name; the
// honest mail is the one that stands in p.
func (p *plot) add(name string, raw []byte) {
	key := p.stamped + " " + string(raw)
	if p.tried[key] {
		return
	}
	p.tried[key] = true
	p.mails = append(p.mails, Mail{Name: name, Class: p.class, Raw: raw, Honest: p.honest, Stamped: p.stamped})
}

// forgery is a mail before it is signed: its fields as lines, folds and all, and its body.
type forgery struct {
	head []string
	body string // with LF lines
}

func (d forgery) raw() []byte {
	return []byte(strings.Join(d.head, "\r\n") + "\r\n\r\n" + crlf(d.body))
}

func crlf(text string) string {
	return strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\n", "\r\n")
}

// answer is what the admin would send.
func (p *plot) answer() forgery {
	return forgery{[]string{
		"From: Anna Admin <" + p.Admin + ">",
		"To: " + p.ReplyTo,
		"Subject: Re: " + p.SubjectLine,
		"Date: " + date(p.Now),
		"Message-ID: <a1@" + p.domain + ">",
		"In-Reply-To: " + p.MessageID,
		"References: " + p.MessageID,
		"MIME-Version: 1.0",
		"Content-Type: text/plain; charset=utf-8",
	}, p.Reply("CONFIRM")}
}

func date(t time.Time) string { return t.Format(time.RFC1123Z) }

// from is the answer as the attacker's own mailbox sends it.
func (p *plot) from(value string) forgery { return p.answer().set("From", value) }

// index of the first field of a name, or -1.
func (d forgery) index(name string) int {
	return slices.IndexFunc(d.head, func(f string) bool { return strings.EqualFold(nameOf(f), name) })
}

// set gives a field another value; what is not there comes last.
func (d forgery) set(name, value string) forgery {
	d.head = slices.Clone(d.head)
	line := name + ": " + value
	if i := d.index(name); i >= 0 {
		d.head[i] = line
	} else {
		d.head = append(d.head, line)
	}
	return d
}

func (d forgery) drop(name string) forgery {
	i := d.index(name)
	d.head = slices.Delete(slices.Clone(d.head), i, i+1)
	return d
}

// top and bottom add lines as they are.
func (d forgery) top(lines ...string) forgery {
	d.head = slices.Concat(lines, d.head)
	return d
}

func (d forgery) bottom(lines ...string) forgery {
	d.head = slices.Concat(d.head, lines)
	return d
}

func (d forgery) say(body string) forgery {
	d.body = body
	return d
}

// sealed is a mail that the admin's domain signed.
func (p *plot) sealed(d forgery) []byte { return p.signed(d, "") }

// signed is one of which only these fields are signed.
func (p *plot) signed(d forgery, fields string) []byte {
	return Sign(d.raw(), Signing{Key: p.Key, At: p.Now, Fields: fields})
}

// by is one that another key signed.
func (p *plot) by(k Key, d forgery) []byte { return Sign(d.raw(), Signing{Key: k, At: p.Now}) }

// over puts lines on top of a mail.
func over(raw []byte, lines ...string) []byte {
	return append([]byte(strings.Join(lines, "\r\n")+"\r\n"), raw...)
}

// under puts lines at the end of its header.
func under(raw []byte, lines ...string) []byte {
	return []byte(strings.Replace(string(raw), "\r\n\r\n", "\r\n"+strings.Join(lines, "\r\n")+"\r\n\r\n", 1))
}

// swap changes the first place where something stands.
func swap(raw []byte, old, new string) []byte {
	return []byte(strings.Replace(string(raw), old, new, 1))
}

func base64Of(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

// folded64 has the line length of RFC 2045 6.8.
func folded64(s string) string {
	s = base64Of(s)
	var out strings.Builder
	for len(s) > 76 {
		out.WriteString(s[:76] + "\n")
		s = s[76:]
	}
	return out.String() + s + "\n"
}

// variant names one of many ways.
type variant struct{ name, value string }
