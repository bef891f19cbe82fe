package reply

import (
	"regexp"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// marks is what the name and attributes of an element say about quoting. Each mail client has its
// own way of saying it.
type marks struct {
	quoted    bool // a quotation
	cite      bool // a blockquote
	container bool // div.gmail_quote
	cut       bool // from here on everything is the earlier mail
	sign      bool // the signature
}

// shifts reports whether the element begins a new line for us, whatever it is for a browser.
func (m marks) shifts() bool { return m != marks{} }

// added is what Gmail and Outlook put in front of the ids and classes of a mail that is quoted.
var added = regexp.MustCompile(
	`^(?:m_-?\d+|x_|ecx|ydp[0-9a-f]{6,}|yiv\d{6,}|aolmail_|v\d_?|msg-?\d+)+`)

var quotingClasses = names("yahoo_quoted protonmail_quote tutanota_quote zmail_extra " +
	"moz-cite-prefix moz-forward-container missive_quote " +
	"ms-outlook-mobile-reference-message front-blockquote skiff_quote zoho_quote freshdesk_quote " +
	"ntes-mailmaster-quote alimail-quote airmail_on airmail_ext_on gmail_quote_attribution")

var quotingIDs = names("OLK_SRC_BODY_SECTION mail-editor-reference-message-container " +
	"isReplyContent isForwardContent reply-intro replySplit xm_compose_origin_mail_container")

var cuttingIDs = names(CutID + " divRplyFwdMsg appendonsend zwchr stopSpelling")

var cuttingClasses = names("OutlookMessageHeader")

var signingClasses = names("gmail_signature gmail_signature_prefix moz-signature " +
	"protonmail_signature_block signature mobile-signature zimbra-signature k9mail-signature " +
	"front-signature missive_signature sh-signature -x-evo-signature -x-evo-signature-wrapper " +
	"bloop_sign blue_sig tutanota_signature hs_signature io-ox-signature")

var signingIDs = names("Signature signature ms-outlook-mobile-signature AppleMailSignature " +
	"composer_signature mobile_signature signature_old _rc_sig blue_signature " +
	"AppleMailSignatureNote zm-_id_-sgn zm-_id_-sgn1 ntes-pcmac-signature")

var quotingNames = names("quote messageReplySection")

var markers = map[string]marks{
	"__quoted_text__": {quoted: true}, "__headers__": {quoted: true},
	"__sig_pre__": {sign: true}, "__sig_post__": {sign: true},
}

func names(s string) map[string]bool {
	m := map[string]bool{}
	for _, n := range strings.Fields(s) {
		m[strings.ToLower(n)] = true
	}
	return m
}

func readMarks(t html.Token) marks {
	var m marks
	for _, a := range t.Attr {
		v := strings.ToLower(a.Val)
		switch a.Key {
		case "class":
			m.class(v)
		case "id":
			m.id(strings.TrimSpace(v))
		case "name":
			m.quoted = m.quoted || quotingNames[v]
			m.sign = m.sign || v == "messagesignaturesection"
		case "data-smartmail":
			m.sign = m.sign || v == "gmail_signature"
		case "data-signature-widget":
			m.sign = m.sign || v == "container"
		case "fairemail":
			m.quoted, m.sign = m.quoted || v == "reference", m.sign || v == "signature"
		case "data-marker":
			m.quoted, m.sign = m.quoted || markers[v].quoted, m.sign || markers[v].sign
		case "style":
			m.cut = m.cut || outlookLine(v)
		}
	}
	m.sign = m.sign || t.Data == "signature" // Mailspring's own element
	if t.DataAtom == atom.Blockquote && !indents(t) {
		m.quoted, m.cite, m.container = true, true, false
	}
	return m
}

func (m *marks) class(v string) {
	for _, c := range strings.Fields(v) {
		c = added.ReplaceAllString(c, "")
		m.quoted = m.quoted || quotingClasses[c]
		m.sign = m.sign || signingClasses[c]
		m.cut = m.cut || cuttingClasses[c]
		m.container = m.container || c == "gmail_quote"
	}
}

func (m *marks) id(v string) {
	v = added.ReplaceAllString(v, "")
	m.quoted = m.quoted || quotingIDs[v] || strings.HasPrefix(v, "yahoo_quoted")
	m.cut = m.cut || cuttingIDs[v] || strings.HasSuffix(v, CutID)
	m.sign = m.sign || signingIDs[v]
}

// outlookLine finds the line that Outlook draws above From, Sent, To, Subject.
func outlookLine(style string) bool {
	style = strings.Join(strings.Fields(style), "")
	return strings.Contains(style, "border-top:solid") && strings.Contains(style, "padding:3.0pt0")
}

// indents reports a blockquote that only moves the author's own words to the right: Gmail's
// "indent more".
func indents(t html.Token) bool {
	plain := false
	for _, a := range t.Attr {
		switch v := strings.ToLower(strings.Join(strings.Fields(a.Val), "")); a.Key {
		case "type", "cite", "class":
			return false
		case "style":
			plain = strings.Contains(v, "border:none") && !strings.Contains(v, "border-left")
		}
	}
	return plain
}
