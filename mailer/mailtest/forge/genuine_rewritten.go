package forge

import (
	"fmt"
	"strings"
	"time"
)

// BorderID is the server that vouches for answers that it rewrote.
const BorderID = "mx.provider.example"

// rewritten are answers whose body the server at the border changed after it had verified
// them, as Exchange does: only that server's word proves them.
func rewritten(s Scene, speech map[string]*tongue, ways map[string]provider) []Mail {
	var out []Mail
	for i, c := range []func(*draft) entity{
		outlookWeb, outlookClassic, outlookMobile, gmailPlain, iPhonePlain, thunderbird, appleMacPlain, k9,
		outlookPlain, outlookWeb, outlookMobile, outlookClassic,
	} {
		n := 2000 + i
		t := speech[[]string{"en", "de", "fr", "nl", "es", "it"}[i%6]]
		d := s.draft(t, manners()[i%6], n)
		p := ways["exchange"]
		raw := p.sign(d, p, c(d).bytes())
		out = append(out, Mail{Name: fmt.Sprintf("rewritten at the border, %s, %d", t.code, i),
			Class: "rewritten at the border", Means: meaning(n), Stamped: BorderID,
			Raw: stampOn(d, changedBody(raw))})
	}
	return out
}

// changedBody is what borders do to bodies: they encode them anew, or add to them.
func changedBody(raw []byte) []byte {
	head, body, _ := strings.Cut(string(raw), "\r\n\r\n")
	switch {
	case strings.Contains(head, "multipart/"):
		body += "\r\nScanned at the border.\r\n"
	case strings.Contains(head, "Content-Transfer-Encoding: base64"):
		body = strings.ReplaceAll(broken(strings.ReplaceAll(body, "\r\n", ""), 60), "\n", "\r\n") + "\r\n"
	default:
		body += "\r\n-- \r\nScanned at the border.\r\n"
	}
	return []byte(head + "\r\n\r\n" + body)
}

// stampOn is the border's word, above the field with which it took the mail in.
func stampOn(d *draft, raw []byte) []byte {
	when := d.Now.Add(5 * time.Second).Format(time.RFC1123Z)
	domain := Domain(d.Admin)
	return top(raw, "Received: from "+BorderID+" ("+BorderID+" [10.0.0.5])\n\tby store."+
		strings.TrimPrefix(BorderID, "mx.")+" with ESMTPS id 2; "+when,
		"Authentication-Results: "+BorderID+"; spf=pass smtp.mailfrom="+domain+
			";\n\tdkim=pass header.d="+domain+" header.s=selector1; dmarc=pass header.from="+domain,
		"Received: from out."+domain+" (out."+domain+" [203.0.113.7])\n\tby "+BorderID+
			" with ESMTPS id 1; "+when)
}
