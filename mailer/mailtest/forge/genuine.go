package forge

import (
	"fmt"
	"slices"
	"strings"
)

// client is a mail program: how it writes an answer down, in which languages it is met
// here, and through whom its mail goes.
type client struct {
	name   string
	write  func(*draft) entity
	speaks string // codes of languages
	by     string // providers
	marks  bool   // writes words below and between the quoted lines without losing them
}

// clients are the mail programs that people answer with.
func clients() []client {
	const all = "en de fr es it nl pt sv da pl cs ru tr ja"
	const west = "en de fr es it nl pt sv da"
	return []client{
		{"Gmail on the web", gmailWeb, all, "google", true},
		{"Gmail on Android", gmailAndroid, all, "google", false},
		{"Gmail on iOS", gmailIOS, "en de fr es it", "google", false},
		{"Gmail, plain text", gmailPlain, all, "google", true},
		{"Outlook classic", outlookClassic, "en de fr es it nl pt sv da pl cs ru tr", "exchange|relay|exim", false},
		{"Outlook classic, logo", outlookLogo, "en de fr nl", "exchange|exchange twice", false},
		{"Outlook classic, plain text", outlookPlain, all, "exchange|relay", false},
		{"Outlook on the web", outlookWeb, all, "exchange|exchange twice", false},
		{"Outlook mobile", outlookMobile, all, "exchange", false},
		{"Windows Mail", windowsMail, "en de fr pl", "exchange|exim", false},
		{"a gateway that wraps", blackberry, "en de fr es", "relay", false},
		{"Apple Mail", appleMac, all, "icloud|google|exim", false},
		{"Apple Mail, plain text", appleMacPlain, all, "icloud|rspamd", true},
		{"Mail on iOS", iPhone, all, "icloud|exchange|google", false},
		{"Mail on iOS, plain text", iPhonePlain, all, "icloud|rspamd", false},
		{"Spark", spark, "en de ru", "icloud|google", false},
		{"Thunderbird", thunderbird, all, "exim|rspamd|both algorithms", true},
		{"Thunderbird, old charset", thunderbirdOld, all, "exim|rspamd", true},
		{"Thunderbird, HTML", thunderbirdHTML, "en de fr pl cs", "rspamd|both algorithms", false},
		{"K-9 Mail", k9, "en de fr cs ru", "rspamd|exim", true},
		{"mutt", mutt, "en de", "exim|both algorithms", true},
		{"Evolution", evolution, "en de es", "rspamd|relay", false},
		{"Roundcube", roundcube, "en de pl nl", "rspamd|exim", true},
		{"Open-Xchange", openExchange, "en de nl", "rspamd|relay", false},
		{"Proton Mail", proton, "en de fr es", "proton", false},
		{"Yahoo Mail", yahoo, "en de fr it pt", "relay", false},
		{"Zimbra", zimbra, "en fr es pt it", "exim|relay", false},
		{"HCL Notes", notes, "en de ja", "relay|exim", false},
		{"eM Client", emClient, "en de cs", "rspamd|exchange", false},
		{"GMX and web.de", gmx, "de en", "gmx", false},
		{"QQ Mail", qq, "zh", "relay", false},
		{"163 Mail", netease, "zh", "relay", false},
		{"a plain half that says nothing", stub, "en de fr", "relay|exim", false},
		{"Outlook classic, winmail.dat", tnef, "en de nl", "exchange", false},
		{"Samsung Mail", samsung, west + " pl tr", "google|exchange|rspamd", false},
	}
}

// manner is what one answer does that another does not.
type manner struct {
	name   string
	polite bool // greets and takes leave
	sign   signatureOf
	law    bool // the company's gateway puts a disclaimer under it, before it signs
	banner bool // the company's gateway put a warning above the confirmation
	place  place
	code   func(string) string // what became of the code; nil for nothing
	marks  bool                // only clients that quote line by line do it
}

// signatureOf says what stands under the words.
type signatureOf int

const (
	noSignature signatureOf = iota
	firstName
	company
)

func manners() []manner {
	return []manner{
		{name: "the word alone"},
		{name: "greeted, named", polite: true, sign: firstName},
		{name: "company signature", polite: true, sign: company},
		{name: "disclaimer", law: true},
		{name: "banner above the confirmation", banner: true},
		{name: "signature and disclaimer", polite: true, sign: company, law: true, banner: true},
		{name: "code typed", place: alone, code: same},
		{name: "code typed in capitals", place: alone, code: strings.ToUpper, sign: firstName},
		{name: "code typed with spaces", place: alone, code: swapped(" ")},
		{name: "code typed with dashes that were corrected", place: alone, code: swapped("–")},
		{name: "code broken over lines", code: halved("\n")},
		{name: "code with no-break hyphens", code: swapped("\u2011")},
		{name: "code with zero-width spaces", code: swapped("-\u200b")},
		{name: "code with no-break spaces", code: swapped("\u00a0")},
		{name: "code with soft hyphens", code: swapped("\u00ad")},
		{name: "code with word breaks", code: swapped("-<wbr>")},
		{name: "code cited over lines", code: halved("\n> ")},
		{name: "below the quotation", place: beneath, marks: true},
		{name: "below the quotation, signed", place: beneath, sign: company, marks: true},
		{name: "between the quoted lines", place: among, marks: true},
	}
}

func same(code string) string { return code }

func swapped(for_ string) func(string) string {
	return func(code string) string { return strings.ReplaceAll(code, "-", for_) }
}

// halved breaks a code after its third group.
func halved(by string) func(string) string {
	return func(code string) string {
		groups := strings.Split(code, "-")
		return strings.Join(groups[:3], "-") + "-" + by + strings.Join(groups[3:], "-")
	}
}

// manners that each client is met with.
const aClient = 9

// Genuine are honest answers to the confirmation, in the shapes of the clients that people
// use: each decides as its Means says. What the DNS says while they come does not depend on
// the scene but for the admin's domain.
func Genuine(s Scene) ([]Mail, Zone) {
	speech, ways := tongues(), providers(Domain(s.Admin))
	zone := Zone{"_dmarc." + Domain(s.Admin): {"v=DMARC1; p=reject"}}
	for _, p := range ways {
		zone.Publish(p.keys...)
	}
	return answers(s, speech, ways), zone
}

func answers(s Scene, speech map[string]*tongue, ways map[string]provider) []Mail {
	var out []Mail
	for i, c := range clients() {
		languages, by := strings.Fields(c.speaks), strings.Split(c.by, "|")
		for j, m := range chosen(c, i) {
			n := len(out)
			t := speech[languages[(i+j)%len(languages)]]
			d := s.draft(t, m, n)
			p := ways[by[j%len(by)]]
			raw := p.sign(d, p, c.write(d).bytes())
			out = append(out, Mail{
				Name:  fmt.Sprintf("%s, %s, %s, %s", c.name, t.code, m.name, meaning(n)),
				Class: c.name, Means: meaning(n), Raw: p.above(d, raw),
			})
		}
	}
	return append(append(out, sealed(s, speech, ways)...), rewritten(s, speech, ways)...)
}

// chosen are the manners of the i-th client, others for each.
func chosen(c client, i int) []manner {
	var fit []manner
	for _, m := range manners() {
		if !m.marks || c.marks {
			fit = append(fit, m)
		}
	}
	at := i * 5 % len(fit)
	turned := append(slices.Clone(fit[at:]), fit[:at]...)
	return turned[:min(aClient, len(turned))]
}

// meaning: every third answer rejects.
func meaning(n int) string {
	if n%3 == 2 {
		return "reject"
	}
	return "confirm"
}

// draft is the n-th answer in a language and a manner.
func (s Scene) draft(t *tongue, m manner, n int) *draft {
	d := &draft{Scene: s, t: t, n: n, place: m.place, plain: s.Text, html: inner(s.HTML)}
	said := t.confirm
	if meaning(n) == "reject" {
		said = t.reject
	}
	d.typed = []string{said[n/3%len(said)]}
	if m.polite {
		d.typed = []string{t.hello[n%len(t.hello)], "", d.typed[0], "", t.bye[n%len(t.bye)]}
	}
	if m.sign == firstName {
		d.typed = append(d.typed, strings.Fields(t.name)[0])
	}
	if m.sign == company {
		d.below = d.business()
	}
	if m.place == alone {
		d.typed = append(d.typed, "", m.code(s.Code))
	} else if m.code != nil {
		d.changeCode(m.code(s.Code))
	}
	if m.banner {
		d.plain = t.banner + "\n\n" + d.plain
		d.html = `<div style="background-color:#FFEB9C; border:1pt solid #9C6500; padding:2pt;">` +
			strings.Join(escaped([]string{t.banner}), "") + "</div><br>" + d.html
	}
	if m.law {
		d.after = []string{t.lawyer}
	}
	return d
}

// changeCode lets the code that is quoted look otherwise.
func (d *draft) changeCode(to string) {
	d.plain = strings.ReplaceAll(d.plain, d.Code, strings.ReplaceAll(to, "<wbr>", ""))
	d.html = strings.ReplaceAll(d.html, d.Code, strings.ReplaceAll(to, "\n", "<br>"))
}

// business is the signature of somebody at work.
func (d *draft) business() []string {
	return []string{
		d.t.name, "IT | Acme GmbH & Co. KG", "Hauptstr. 1, 12345 Musterstadt", "Tel. +49 30 1234567-89",
		d.Admin + " | www." + Domain(d.Admin),
	}
}
