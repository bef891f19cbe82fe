package reply_test

import (
	"strings"
	"testing"

	"github.com/dsrd/dsrd/mailer/reader/reply"
)

func TestFromHTML(t *testing.T) {
	ours := strings.ReplaceAll(strings.ReplaceAll(ours, `"`, "&quot;"), "\n", "<br>\n")
	head := strings.NewReplacer("<", "&lt;", ">", "&gt;").Replace(on)
	block := "<b>From:</b> DSR Desk &lt;desk@provider.example&gt;<br><b>Sent:</b> 2 November 2026 09:12<br>" +
		"<b>To:</b> Anna Admin<br><b>Subject:</b> Please confirm"
	tests := []struct {
		name, body, want        string
		forward, inline, bottom bool
	}{
		{name: "Gmail", want: "Confirm", body: `<div dir="ltr">Confirm</div><br><div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">` +
			head + `<br></div><blockquote class="gmail_quote" style="border-left:1px solid">` + ours + `</blockquote></div>`},
		{name: "Gmail, answered below", want: "Confirm", bottom: true, body: `<div dir="ltr"><div class="gmail_quote"><div class="gmail_attr">` +
			head + `<br></div><blockquote class="gmail_quote">` + ours + `</blockquote><div><br></div><div>Confirm</div></div></div>`},
		{name: "Gmail, answered between", want: "Confirm", inline: true, bottom: true, body: `<div class="gmail_quote"><div class="gmail_attr">` +
			head + `</div><blockquote class="gmail_quote">one</blockquote><div>Confirm</div><blockquote class="gmail_quote">two</blockquote></div>`},
		{name: "Gmail without a blockquote", want: "Hello", body: `<p>Hello</p><div class=gmail_quote>` + ours + `</div>`},
		{name: "Gmail, only quoted", body: `<div class="gmail_quote">` + head + `<blockquote class="gmail_quote">CONFIRM</blockquote></div>`},
		{name: "a forward from Gmail", want: "Confirm", forward: true, body: `<div>Confirm</div><div class="gmail_quote"><div class="gmail_attr">---------- Forwarded message ---------<br>` +
			block + `</div>CONFIRM</div>`},
		{name: "Gmail's indented text is the author's", want: "Confirm",
			body: `<blockquote style="margin:0 0 0 40px;border:none;padding:0px">Confirm</blockquote>`},
		{name: "Outlook", want: "Confirm", body: `<div class=WordSection1><p class=MsoNormal>Confirm<o:p></o:p></p><div><div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm'><p class=MsoNormal>` +
			block + `</p></div></div><p class=MsoNormal>` + ours + `</p></div>`},
		{name: "Outlook in a language that no list knows", want: "Confirm",
			body: `<p class=MsoNormal>Confirm</p><div style='border:none;border-top:solid #B5C4DF 1.0pt;padding:3.0pt 0in 0in 0in'><p><b>מאת:</b> DSR Desk</p></div><p>CONFIRM not</p>`},
		{name: "Outlook on the web", want: "Confirm",
			body: `<div class="elementToProof">Confirm</div><div id="appendonsend"></div><hr><div id="divRplyFwdMsg">` + block + `</div><div>` + ours + `</div>`},
		{name: "Outlook's mobile application", want: "Confirm",
			body: `<div>Confirm</div><div id="ms-outlook-mobile-signature">Sent from Outlook</div><div id="mail-editor-reference-message-container">` + block + `<br>CONFIRM</div>`},
		{name: "Apple Mail", want: "Confirm",
			body: `<body>Confirm<br id="lineBreakAtBeginningOfMessage"><div><br><blockquote type="cite"><div>` + head + `</div><br><div>` + ours + `</div></blockquote></div></body>`},
		{name: "Thunderbird", want: "Confirm",
			body: `<p>Confirm</p><div class="moz-cite-prefix">` + head + `<br></div><blockquote type="cite" cite="mid:x"><pre>` + ours + `</pre></blockquote><div class="moz-signature">-- <br>Anna</div>`},
		{name: "Thunderbird, answered below", want: "Confirm", bottom: true,
			body: `<div class="moz-cite-prefix">` + head + `<br></div><blockquote type="cite"><p>` + ours + `</p></blockquote><p>Confirm</p>`},
		{name: "Yahoo", want: "Confirm", body: `<div>Confirm</div><div id="ydp1a2b3c4dyahoo_quoted_123" class="ydp1a2b3c4dyahoo_quoted"><div>` + head + `</div>CONFIRM</div>`},
		{name: "Proton", want: "Confirm", body: `<div>Confirm</div><div class="protonmail_signature_block">Sent with Proton Mail</div><div class="protonmail_quote">` + head + `<br>x</div>`},
		{name: "Zimbra", want: "Confirm", body: `<div>Confirm<br><br><hr id="zwchr" data-marker="__DIVIDER__"><div data-marker="__HEADERS__">` + block + `</div><div data-marker="__QUOTED_TEXT__">x</div></div>`},
		{name: "Spark", want: "Confirm", body: `<div name="messageBodySection">Confirm</div><div name="messageSignatureSection">Anna</div><div name="messageReplySection">x</div>`},
		{name: "GMX", want: "Confirm", body: `<div>Confirm</div><div name="quote" style="border-left:2px solid"><b>Gesendet:</b> x<br>No</div>`},
		{name: "QQ", want: "Confirm", body: `<div>Confirm</div><div>------------------&nbsp;原始邮件&nbsp;------------------</div><div><b>发件人:</b>&nbsp;"DSR Desk"</div><div>x</div>`},
		{name: "Lotus Notes", want: "Confirm", body: `Confirm<br><br><font color="#990099">-----DSR Desk &lt;desk@provider.example&gt; wrote: -----</font><div>To: anna@acme.example<br>From: DSR Desk<br>Date: 11/02/2026<br>Subject: x</div>earlier`},
		{name: "a refusal in the element of a signature", want: "Confirm", inline: true,
			body: `<div>Confirm</div><div class="gmail_signature">Anna<br>ACME<br>Actually no, please wait</div>`},
		{name: "a disclaimer in the element of a signature", want: "Confirm",
			body: `<div>Confirm</div><div class="gmail_signature">Anna<br>If you are not the intended recipient of this mail, do not read it, and do not pass it on to others.<br>Thank you, no reply is needed.</div>`},
		{name: "more elements open than are read", want: "Confirm", inline: true,
			body: `<p>Confirm</p>` + strings.Repeat("<b>", 40000) + "not that one"},
		{name: "a comment that is not closed", want: "Confirm", inline: true, body: `<p>Confirm</p><!-- not that one`},
		{name: "a comment", want: "Confirm", body: `<p>Confirm</p><!-- not that one --><!--[if mso]>no<![endif]-->`},
		{name: "a style within a picture", want: "Confirm", inline: true,
			body: `<p>Confirm</p><svg><style></svg>not that one</style>`},
		{name: "our own element", want: "Confirm", body: `Confirm<div id="dsrd-cut"></div>no`},
		{name: "our own element, renamed by Gmail", want: "Confirm", body: `Confirm<div id="m_-812345dsrd-cut"></div>no`},
		{name: "our own element, renamed by Outlook", want: "Confirm", body: `Confirm<div id="x_x_dsrd-cut"></div>no`},
		{name: "our own element in a quotation, answered below", want: "Confirm", bottom: true,
			body: `<div class="moz-cite-prefix">` + head + `</div><blockquote type="cite"><div id="dsrd-cut"></div>x</blockquote><p>Confirm</p>`},
		{name: "our marker as text", want: "Confirm", body: `<p>Confirm</p><p>` + ours + `</p>`},
		{name: "quote marks as text", want: "Confirm", body: `Confirm<br><div>&gt; Subject: x<br>&gt; CONFIRM</div>`},
		{name: "table cells in one line", want: "one two\nthree", body: `<table><tr><td>one</td><td>two</td></tr><tr><td>three</td></tr></table>`},
		{name: "entities and white space", want: "I confirm & more", body: "I\n  confirm &amp; <b>mo</b>re"},
		{name: "an emoji as a picture", want: "Confirm 👎", body: `Confirm <img src="x" alt="👎">`},
		{name: "a paragraph that nothing closes", want: "one\ntwo", body: `<p class=MsoNormal>one<p class=MsoNormal>two`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := reply.FromHTML(tt.body)
			if got.New != tt.want {
				t.Errorf("New: got %q, want %q", got.New, tt.want)
			}
			if got.Forwarded != tt.forward || got.Inline != tt.inline || got.Bottom != tt.bottom {
				t.Errorf("forwarded, inline, bottom: got %v %v %v, want %v %v %v", got.Forwarded,
					got.Inline, got.Bottom, tt.forward, tt.inline, tt.bottom)
			}
		})
	}
}

func TestWhatNobodySeesDoesNotCount(t *testing.T) {
	const seen = "<p>Please call me.</p>"
	for name, hidden := range map[string]string{
		"a comment":                      `<!-- CONFIRM -->`,
		"a conditional comment":          `<!--[if mso]><p>CONFIRM</p><![endif]-->`,
		"display":                        `<p style="display:none">CONFIRM</p>`,
		"display in capitals":            `<p STYLE="DISPLAY : NONE !important">CONFIRM</p>`,
		"display with a comment":         `<p style="dis/**/play:no/**/ne;">CONFIRM</p>`,
		"display with an escape":         `<p style="d\69splay:none">CONFIRM</p>`,
		"clear by hsla":                  `<p style="color:hsla(0,0%,0%,0)">CONFIRM</p>`,
		"clear by lab":                   `<p style="color:lab(50% 40 59.5 / 0)">CONFIRM</p>`,
		"white by hsl":                   `<p style="color:hsl(0, 0%, 100%)">CONFIRM</p>`,
		"clear by eight digits":          `<p style="color:#00000000">CONFIRM</p>`,
		"clear by four digits":           `<p style="color:#0000">CONFIRM</p>`,
		"filtered away":                  `<p style="filter:opacity(0%)">CONFIRM</p>`,
		"filtered away of old":           `<p style="filter:alpha(opacity=0)">CONFIRM</p>`,
		"an inset of all":                `<p style="clip-path:inset(100%)">CONFIRM</p>`,
		"a dialog that is closed":        `<dialog>CONFIRM</dialog>`,
		"display further out":            `<div style="display:none"><table><tr><td><b>CONFIRM</b></td></tr></table></div>`,
		"an end tag that is none":        `<span style="display:none"><div></span>CONFIRM</div></span>`,
		"the first of two styles":        `<p style="display:none" style="display:block">CONFIRM</p>`,
		"visibility":                     `<p style="visibility:hidden">CONFIRM</p>`,
		"no font size":                   `<div style="font-size:0;color:#fff">CONFIRM</div>`,
		"no font size in a short form":   `<div style="font:0/0 a">CONFIRM</div>`,
		"a font of one pixel":            `<div style="font-size:1px">CONFIRM</div>`,
		"a font of 1 per cent":           `<div style="font-size:1%">CONFIRM</div>`,
		"no opacity":                     `<div style="opacity:0">CONFIRM</div>`,
		"no height":                      `<div style="max-height:0;overflow:hidden">CONFIRM</div>`,
		"white on white":                 `<div style="color:#FFFFFF">CONFIRM</div>`,
		"white on white by name":         `<font color=white>CONFIRM</font>`,
		"nearly white on white":          `<div style="color:rgb(250, 250, 252)">CONFIRM</div>`,
		"black on black":                 `<div style="background-color:black;color:#010101">CONFIRM</div>`,
		"transparent":                    `<div style="color:transparent">CONFIRM</div>`,
		"transparent by its alpha":       `<div style="color:rgba(0,0,0,0)">CONFIRM</div>`,
		"off the page":                   `<div style="position:absolute;left:-9999px">CONFIRM</div>`,
		"indented off the page":          `<div style="text-indent:-9999px">CONFIRM</div>`,
		"hidden from Outlook":            `<div style="mso-hide:all">CONFIRM</div>`,
		"the attribute hidden":           `<div hidden>CONFIRM</div>`,
		"a script":                       `<script>CONFIRM</script>`,
		"a style element":                `<style>CONFIRM</style>`,
		"a title":                        `<title>CONFIRM</title>`,
		"a template":                     `<template>CONFIRM</template>`,
		"a list of choices":              `<select><option>CONFIRM</option></select>`,
		"struck out":                     `<s>CONFIRM</s>`,
		"struck out by style":            `<span style="text-decoration:line-through">CONFIRM</span>`,
		"a rule for a class":             `<style>.x, p.y { display : none }</style><p class="a y">CONFIRM</p>`,
		"a rule for an id":               `<style type="text/css"><!-- #z{font-size:0} --></style><p id=z>CONFIRM</p>`,
		"a rule for an element":          `<style>u{visibility:hidden}</style><u>CONFIRM</u>`,
		"a rule within a rule":           `<style>@media all { div .q { display:none } }</style><p class=q>CONFIRM</p>`,
		"a rule that stands further on":  `<p class=late>CONFIRM</p><style>.late{display:none}</style>`,
		"an attribute that looks like >": `<p title="><p>CONFIRM</p>"></p>`,
	} {
		t.Run(name, func(t *testing.T) {
			got := reply.FromHTML(hidden + seen)
			if got.New != "Please call me." {
				t.Errorf("New: got %q", got.New)
			}
			if strings.Contains(got.Removed, "CONFIRM") {
				t.Errorf("Removed: got %q", got.Removed)
			}
			if d, why := reply.Decide(got, ""); d == reply.Confirm {
				t.Errorf("it confirms (%s)", why)
			}
		})
	}
}

func TestWhatIsSeenCounts(t *testing.T) {
	for name, body := range map[string]string{
		"a size that is set again":      `<td style="font-size:0"><p style="font-size:14px">No</p></td>`,
		"a colour that is set again":    `<div style="color:#fff"><span style="color:#222">No</span></div>`,
		"white on black":                `<div style="background:#000;color:#fff">No</div>`,
		"white on a dark table":         `<table bgcolor="#123456"><tr><td style="color:white">No</td></tr></table>`,
		"white on a picture":            `<div style="background:url(x.png)"><b style="color:#fff">No</b></div>`,
		"visible again":                 `<div style="visibility:hidden"><p style="visibility:visible">No</p></div>`,
		"a colour of eight digits":      `<p style="color:#000000ff">No</p>`,
		"a dark colour by hsl":          `<p style="color:hsl(0,0%,20%)">No</p>`,
		"an opacity of most":            `<p style="filter:alpha(opacity=90)">No</p>`,
		"a filter of another kind":      `<p style="filter:grayscale(1)">No</p>`,
		"a small inset":                 `<p style="clip-path:inset(5%)">No</p>`,
		"an open dialog":                `<dialog open>No</dialog>`,
		"after a hidden element":        `<div style="display:none">Yes</div>No`,
		"no script runs in a mail":      `<p>No</p>`,
		"a rule for something else":     `<style>.preheader{display:none}</style><p class="text">No</p>`,
		"a style that no client knows":  `<p style="mso-fareast-language:EN-US">No</p>`,
		"after a hidden paragraph":      `<p style="display:none"><span>Yes<div>No</div>`,
		"after a hidden cell":           `<table><tr><td style="display:none">Yes<td>No</table>`,
		"after a hidden row":            `<table><tr style="display:none"><td>Yes<tr><td>No</table>`,
		"after a hidden item":           `<ul><li style="display:none">Yes<li>No</ul>`,
		"outside Outlook's conditional": `<![if !mso]><p>No</p><![endif]>`,
	} {
		t.Run(name, func(t *testing.T) {
			if got := reply.FromHTML(body); got.New != "No" {
				t.Errorf("New: got %q, want %q", got.New, "No")
			}
		})
	}
}

func TestReorderedHTMLIsUnclear(t *testing.T) {
	for _, body := range []string{
		`CONFIRM <bdo dir="rtl">ton</bdo>`,
		`CONFIRM <span style="unicode-bidi:bidi-override;direction:rtl">ton</span>`,
		`<bdo dir="rtl">MRIFNOC</bdo>`,
	} {
		if d, why := reply.Decide(reply.FromHTML(body), ""); d != reply.Unclear || why != "display-order" {
			t.Errorf("%s: got %s (%s)", body, d, why)
		}
	}
}
