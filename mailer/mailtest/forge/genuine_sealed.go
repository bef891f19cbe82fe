package forge

import (
	"encoding/base64"
	"fmt"
	"strings"
)

// sealed are answers that their writers signed themselves: S/MIME and OpenPGP.
func sealed(s Scene, speech map[string]*tongue, ways map[string]provider) []Mail {
	var out []Mail
	for i, w := range []struct {
		name string
		wrap func(*draft, entity) entity
		by   string
		code string
		c    func(*draft) entity
	}{
		{"S/MIME, Outlook classic", smime, "exchange", "en", outlookClassic},
		{"S/MIME, Outlook classic", smime, "exchange", "de", outlookLogo},
		{"S/MIME, Outlook classic", smime, "relay", "fr", outlookPlain},
		{"S/MIME, Apple Mail", smime, "icloud", "en", appleMac},
		{"S/MIME, Mail on iOS", smime, "icloud", "it", iPhone},
		{"S/MIME, Thunderbird", smime, "exim", "de", thunderbird},
		{"PGP/MIME, Thunderbird", pgpMIME, "rspamd", "en", thunderbird},
		{"PGP/MIME, Thunderbird", pgpMIME, "both algorithms", "de", thunderbirdHTML},
		{"PGP/MIME, Thunderbird", pgpMIME, "exim", "pl", thunderbird},
		{"PGP/MIME, mutt", pgpMIME, "exim", "en", mutt},
		{"PGP/MIME, K-9 Mail", pgpMIME, "rspamd", "de", k9},
		{"PGP/MIME, Proton Mail", pgpMIME, "proton", "en", proton},
		{"PGP inline, mutt", pgpInline, "exim", "en", mutt},
		{"PGP inline, Thunderbird", pgpInline, "rspamd", "de", thunderbird},
	} {
		n := 1000 + i
		d := s.draft(speech[w.code], manners()[i%3], n)
		p := ways[w.by]
		raw := p.sign(d, p, w.wrap(d, w.c(d)).bytes())
		out = append(out, Mail{Name: fmt.Sprintf("%s, %s, %d", w.name, w.code, i), Class: "signed by hand",
			Means: meaning(n), Raw: p.above(d, raw)})
	}
	return out
}

// split takes the fields that say what the body is away from the others.
func (e entity) split() (outer []string, body entity) {
	body.body = e.body
	for _, f := range e.head {
		if n := nameOf(f); strings.HasPrefix(n, "content-") && n != "content-language" {
			body.head = append(body.head, f)
		} else {
			outer = append(outer, f)
		}
	}
	return outer, body
}

// smime is RFC 8551 3.5.3.
func smime(d *draft, e entity) entity {
	outer, body := e.split()
	proof := entity{head: []string{
		`Content-Type: application/pkcs7-signature; name="smime.p7s"`, "Content-Transfer-Encoding: base64",
		`Content-Disposition: attachment; filename="smime.p7s"`,
	}, body: noise(d, 1200)}
	return multi("signed", "----=_NextPart_S_"+d.chance(16),
		` protocol="application/pkcs7-signature"; micalg=SHA256;`, body, proof).under(outer...)
}

// pgpMIME is RFC 3156 5.
func pgpMIME(d *draft, e entity) entity {
	outer, body := e.split()
	proof := entity{head: []string{
		`Content-Type: application/pgp-signature; name="OpenPGP_signature.asc"`,
		"Content-Description: OpenPGP digital signature",
		`Content-Disposition: attachment; filename="OpenPGP_signature.asc"`,
	}, body: armour(d)}
	return multi("signed", "------------"+d.chance(24),
		` micalg=pgp-sha256; protocol="application/pgp-signature";`, body, proof).under(outer...)
}

// pgpInline is a text signed within itself (RFC 9580 7).
func pgpInline(d *draft, e entity) entity {
	outer, body := e.split()
	body.body = "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n" +
		strings.ReplaceAll("\n"+body.body, "\n-", "\n- -")[1:] + "\n" + armour(d)
	return body.under(outer...)
}

func armour(d *draft) string {
	return "-----BEGIN PGP SIGNATURE-----\n\n" + noise(d, 300) + "=AbCd\n-----END PGP SIGNATURE-----\n"
}

// noise looks like the bytes of a signature.
func noise(d *draft, n int) string {
	return base64Lines(base64.StdEncoding.EncodeToString([]byte(strings.Repeat(d.chance(64), n/64+1)))[:n])
}
