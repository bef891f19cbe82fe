package reader_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dsrd/dsrd/mailer/reader"
)

func read(lines ...string) *reader.Mail {
	return reader.Read([]byte(strings.Join(lines, "\r\n")), reader.Options{})
}

func TestReadTellsWhoWroteWhat(t *testing.T) {
	m := read(
		"Delivered-To: desk+abc@dsrd.example",
		"From: =?utf-8?Q?Ann_M=C3=BCller?= <ann@acme.example>",
		"To: Desk <desk@dsrd.example>, other@dsrd.example",
		"Cc: DESK@dsrd.example",
		"Subject: Re: =?utf-8?Q?Anfrage_=C3=BCber?= [DSR-ABCD-EFGH]",
		"Message-ID: <1@acme.example>",
		"In-Reply-To: <dsr.1@dsrd.example>",
		"References: <0@dsrd.example>,<dsr.1@dsrd.example>",
		"X-Microsoft-Original-Message-ID: <orig@dsrd.example>",
		"Date: Mon, 5 Jan 2026 10:00:00 +0100",
		"Content-Type: multipart/mixed; boundary=b",
		"",
		"--b",
		"Content-Type: text/plain; charset=utf-8",
		"",
		"CONFIRM",
		"--b",
		"Content-Type: application/pdf; name=a.pdf",
		"Content-Transfer-Encoding: base64",
		"",
		"aGVsbG8=",
		"--b--",
	)
	want := &reader.Mail{
		Class: reader.Human, From: "ann@acme.example",
		To: []string{"desk@dsrd.example", "other@dsrd.example"},
		Recipients: []string{"desk@dsrd.example", "other@dsrd.example",
			"desk+abc@dsrd.example"},
		SubjectLine: "Re: Anfrage über [DSR-ABCD-EFGH]", MessageID: "1@acme.example",
		InReplyTo:           []string{"dsr.1@dsrd.example"},
		References:          []string{"0@dsrd.example", "dsr.1@dsrd.example"},
		MicrosoftOriginalID: "orig@dsrd.example",
		Date:                m.Date, Text: "CONFIRM", Reply: "CONFIRM", Decision: reader.Confirm,
		DecisionReason: m.DecisionReason, Request: m.Request,
		Attachments: []reader.Attachment{{Name: "a.pdf", Type: "application/pdf", Size: 5,
			SHA256: "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"}},
	}
	if diff := cmp.Diff(want, m); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if at := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC); !m.Date.Equal(at) {
		t.Errorf("date: got %v, want %v", m.Date, at)
	}
}

func TestReadChoosesTheText(t *testing.T) {
	alternative := func(plain, html string) []string {
		return []string{"Content-Type: multipart/alternative; boundary=b", "", "--b",
			"Content-Type: text/plain", "", plain, "--b", "Content-Type: text/html", "", html, "--b--"}
	}
	for _, c := range []struct {
		name string
		mail []string
		want string
	}{
		{"plain text comes first", alternative("plain", "<p>html"), "plain"},
		{"HTML when the plain text is empty", alternative(" ", "<p>html</p>"), "html"},
		{"HTML when the plain text is a stub",
			alternative("This mail is in HTML.", "<p>"+strings.Repeat("words ", 60)+"</p>"),
			strings.TrimSpace(strings.Repeat("words ", 60))},
		{"a short answer is no stub",
			alternative("Yes", "<p>"+strings.Repeat("words ", 60)+"</p>"), "Yes"},
		{"HTML alone", []string{"Content-Type: text/html", "", "<b>a</b>b<br>c"}, "ab\nc"},
		{"two texts are both read", []string{"Content-Type: multipart/mixed; boundary=b", "",
			"--b", "", "one", "--b", "", "two", "--b--"}, "one\n\ntwo"},
		{"an attached text is not", []string{"Content-Type: multipart/mixed; boundary=b", "",
			"--b", "", "one", "--b", "Content-Disposition: attachment", "", "two", "--b--"}, "one"},
		{"a message inside is not entered", []string{"Content-Type: multipart/mixed; boundary=b",
			"", "--b", "", "one", "--b", "Content-Type: message/rfc822", "", "Subject: x", "",
			"CONFIRM", "--b--"}, "one"},
		{"of a signed mail, the first part", []string{"Content-Type: multipart/signed; boundary=b",
			"", "--b", "", "one", "--b", "Content-Type: application/pgp-signature", "", "sig",
			"--b--"}, "one"},
		{"us-ascii with 8-bit letters becomes UTF-8",
			[]string{"Content-Type: text/plain; charset=us-ascii", "", "caf\xe9"}, "café"},
		{"NUL and bidirectional overrides are dropped",
			[]string{"", "a\x00b\u202ec\u2066d"}, "abcd"},
		{"letters are composed", []string{"", "e\u0301"}, "é"},
		{"hidden HTML is not read", []string{"Content-Type: text/html", "",
			`<div style="display:none">CONFIRM</div><span style="font-size:0px">yes</span>no`}, "no"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := read(c.mail...).Text; got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestReadHTMLText(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"paragraphs", "<p>a</p><p>b</p>", "a\n\nb"},
		{"white space collapses", "a \n\t b", "a b"},
		{"pre keeps it", "<pre>a\n  b</pre>", "a\n  b"},
		{"entities", "a&nbsp;&amp;&nbsp;b &lt;c@d&gt;", "a & b <c@d>"},
		{"cells are words", "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"},
		{"script and style", "<style>p{}</style><script>x()</script>a", "a"},
		{"title", "<html><head><title>t</title></head><body>a</body></html>", "a"},
		{"hidden nested in the same element", "<div hidden><div>x</div>y</div>z", "z"},
		{"a hidden paragraph that is never closed", `<p style="display: none">x<p>y`, "y"},
		{"letters in the colour of the paper", `<span style="color:#fff;background-color:#FFF">x</span>y`, "y"},
		{"mso-hide", `<span style="mso-hide:all">x</span>y`, "y"},
		{"invisible by !important", `<i style="visibility:hidden !important">x</i>y`, "y"},
		{"large letters are shown", `<span style="font-size:10px">x</span>`, "x"},
		{"half opacity is shown", `<span style="opacity:0.5">x</span>`, "x"},
		{"broken", "<<p>a</b", "<\na"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := reader.ReadHTML(c.in, reader.Options{}).Text; got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestReadMarksWhatCannotBeTrusted(t *testing.T) {
	for _, c := range []struct {
		name string
		mail []string
		ok   func(*reader.Mail) bool
	}{
		{"two From fields", []string{"From: a@b.example", "From: c@d.example", "", "x"},
			func(m *reader.Mail) bool {
				return cmp.Equal(m.DuplicateHeaders, []string{"From"}) && m.From == "a@b.example"
			}},
		{"a repaired header", []string{"From a@b", "From: a@b.example", "", "x"},
			func(m *reader.Mail) bool { return m.HeaderRepaired }},
		{"text that was cut", []string{"Content-Transfer-Encoding: base64", "", "Q09ORklSTQ!"},
			func(m *reader.Mail) bool {
				return m.Truncated && m.Text == "CONFIRM" && slices.Contains(m.Defects, "text-cut")
			}},
		{"more text than is considered", []string{"", strings.Repeat("word ", 60_000)},
			func(m *reader.Mail) bool { return m.Truncated && len(m.Text) <= 256<<10 }},
		{"S/MIME", []string{"Content-Type: application/pkcs7-mime; name=smime.p7m", "", "x"},
			func(m *reader.Mail) bool { return m.Unreadable == "encrypted" && m.Text == "" }},
		{"PGP/MIME", []string{"Content-Type: multipart/encrypted; boundary=b", "", "--b",
			"Content-Type: application/pgp-encrypted", "", "Version: 1", "--b--"},
			func(m *reader.Mail) bool { return m.Unreadable == "encrypted" }},
		{"PGP in the text", []string{"", "-----BEGIN PGP MESSAGE-----", "", "abc"},
			func(m *reader.Mail) bool { return m.Unreadable == "encrypted" }},
		{"winmail.dat without text", []string{"Content-Type: application/ms-tnef", "", "x"},
			func(m *reader.Mail) bool { return m.Unreadable == "tnef" }},
		{"winmail.dat beside text", []string{"Content-Type: multipart/mixed; boundary=b", "", "--b",
			"", "hi", "--b", "Content-Type: application/ms-tnef", "", "x", "--b--"},
			func(m *reader.Mail) bool { return m.Unreadable == "" && m.Text == "hi" }},
		{"a date that is none", []string{"Date: yesterday", "", "x"},
			func(m *reader.Mail) bool {
				return m.Date.IsZero() && slices.Contains(m.Defects, "unreadable-date")
			}},
		{"nested too deep", []string{strings.Repeat("Content-Type: multipart/mixed; boundary=b\n\n--b\n", 20)},
			func(m *reader.Mail) bool { return m.OverLimit && m.Truncated }},
	} {
		t.Run(c.name, func(t *testing.T) {
			if m := read(c.mail...); !c.ok(m) {
				t.Errorf("got %+v", m)
			}
		})
	}
}

func TestReadSaysWhyNothingWasRead(t *testing.T) {
	if m := reader.Read(nil, reader.Options{}); m.Err == "" {
		t.Error("an empty mail was read")
	}
	if m := reader.Read([]byte(" \r\n"), reader.Options{}); m.Err == "" {
		t.Error("a blank mail was read")
	}
	now := time.Unix(0, 0)
	slow := reader.Options{Now: func() time.Time { now = now.Add(time.Minute); return now }}
	m := reader.Read([]byte("From: a@b.example\n\nCONFIRM"), slow)
	if m.Err == "" || m.Decision != reader.None || m.Text != "" {
		t.Errorf("reading that took too long: got %+v", m)
	}
}

func TestReadSurvivesAPanicInAHook(t *testing.T) {
	o := reader.Options{IsOurMessageID: func(string) bool { panic("no") }}
	m := reader.Read([]byte("Message-ID: <a@b>\n\nCONFIRM"), o)
	if m == nil || m.Err == "" || m.Decision != reader.None || m.Text != "" {
		t.Errorf("got %+v", m)
	}
}

func TestReadTextTakesABareBody(t *testing.T) {
	m := reader.ReadText("CONFIRM\r\n", reader.Options{})
	if m.Class != reader.Human || m.Reply != "CONFIRM" || m.Decision != reader.Confirm {
		t.Errorf("got %+v", m)
	}
}

func TestPlainTextConfirmsOnlyWhatTheHTMLConfirms(t *testing.T) {
	mail := func(html string) *reader.Mail {
		return read("Subject: Re: Please confirm", "Content-Type: multipart/alternative; boundary=b",
			"", "--b", "", "CONFIRM", "--b", "Content-Type: text/html", "", html, "--b--")
	}
	for html, want := range map[string]reader.Decision{
		"<p>CONFIRM</p>":                               reader.Confirm,
		"<p>REJECT</p>":                                reader.Unclear,
		"<p>Let me think.</p>":                         reader.Unclear,
		"<p style='display:none'>CONFIRM</p><p>":       reader.Unclear,
		"<div>CONFIRM</div><blockquote>x</blockquote>": reader.Confirm,
	} {
		if m := mail(html); m.Decision != want {
			t.Errorf("%s: got %s (%s), want %s", html, m.Decision, m.DecisionReason, want)
		}
	}
}
