package reply_test

import (
	"strings"
	"testing"

	"github.com/dsrd/dsrd/mailer/reader/reply"
)

// ours is the body of a confirmation mail, as mail clients quote it.
const ours = reply.CutLine + `

A copy of the personal data of jane.roe@customer.example has been requested.
To release it, answer this mail and write the word "CONFIRM" on the first line;
to refuse, write "REJECT".

Code: aaaa-bbbb-cccc

DSR Desk`

func quoted(s string) string { return "> " + strings.ReplaceAll(s, "\n", "\n> ") }

const on = "On Mon, Nov 2, 2026 at 9:12 AM DSR Desk <desk@provider.example> wrote:"

const outlook = `From: DSR Desk <desk@provider.example>
Sent: Monday, 2 November 2026 09:12
To: Anna Admin <anna@acme.example>
Subject: Please confirm

`

func TestFromPlain(t *testing.T) {
	tests := []struct {
		name, body, want        string
		forward, inline, bottom bool
	}{
		{name: "an answer on top", body: "Confirm\n\n" + on + "\n" + quoted(ours), want: "Confirm"},
		{name: "an answer below", body: on + "\n" + quoted(ours) + "\n\nConfirm\n", want: "Confirm", bottom: true},
		{name: "an answer between quoted lines", want: "Confirm", inline: true, bottom: true,
			body: on + "\n> first\n> second\n\nConfirm\n\n> third\n"},
		{name: "answers above and below", want: "Confirm\n\nor not", inline: true,
			body: "Confirm\n\n" + on + "\n" + quoted(ours) + "\n\nor not\n"},
		{name: "a greeting above the quotation and the answer below", want: "Hi,\n\nConfirm", bottom: true,
			body: "Hi,\n\n" + on + "\n" + quoted(ours) + "\n\nConfirm\n"},
		{name: "nothing but a quotation", body: on + "\n" + quoted(ours)},
		{name: "nothing but quotations of quotations", body: quoted(on + "\n" + quoted(on+"\n"+quoted("x")))},
		{name: "our marker without any quote marks", body: "Confirm\n\n" + ours, want: "Confirm"},
		{name: "our marker first", body: ours + "\n\nConfirm"},
		{name: "our marker in the middle of a line", body: "Confirm\n*" + reply.CutLine + "* x\nNo", want: "Confirm"},
		{name: "Outlook's block", body: "Confirm\n\n" + outlook + ours, want: "Confirm"},
		{name: "Outlook's block below a ruled line", want: "Confirm",
			body: "Confirm\n________________________________\n" + outlook + "earlier"},
		{name: "Outlook's block alone is a forward", body: outlook + "CONFIRM", forward: true},
		{name: "an original message", body: "Confirm\n\n-----Original Message-----\nearlier", want: "Confirm"},
		{name: "a forwarded message", want: "Confirm", forward: true,
			body: "Confirm\n\n---------- Forwarded message ---------\n" + outlook + "CONFIRM"},
		{name: "a quoted forwarded message", body: "> Begin forwarded message:\n>\n> CONFIRM", forward: true},
		{name: "an answer to a mail that had been forwarded", want: "Confirm",
			body: "Confirm\n\n" + on + "\n>\n> ---------- Forwarded message ---------\n> x"},
		{name: "an introduction over three lines", want: "Confirm",
			body: "Confirm\n\nOn Mon, Nov 2, 2026 at 9:12 AM DSR Desk\n<desk@provider.example>\nwrote:\n\n> x"},
		{name: "an introduction broken after its first words", want: "Confirm",
			body: "Confirm\n\nOn Mon, Nov 2, 2026 at\n9:12 AM, DSR Desk wrote:\n> x"},
		{name: "an introduction broken inside the address", want: "Confirm",
			body: "Confirm\n\nOn Mon, Nov 2, 2026 at 9:12 AM DSR Desk <desk@provider.example\n>:\n> x"},
		{name: "an introduction without a blank line above", want: "Confirm", body: "Confirm\n" + on + "\n> x"},
		{name: "an introduction without quote marks below", want: "Confirm", body: "Confirm\n\n" + on + "\n\nearlier"},
		{name: "an introduction in a language that no list knows", want: "Confirm",
			body: "Confirm\n\nבתאריך 2 בנוב׳ 2026 בשעה 9:12, מאת DSR Desk \u200f<desk@provider.example>:\n\n> x"},
		{name: "mutt's introduction", want: "Confirm",
			body: "Confirm\n\n* DSR Desk <desk@provider.example> [2026-11-02 09:12]:\n> x"},
		{name: "Lotus Notes", want: "Confirm",
			body: "Confirm\n\n-----DSR Desk <desk@provider.example> wrote: -----\nTo: anna@acme.example\nFrom: DSR Desk\nDate: 11/02/2026\nSubject: x\n\nearlier"},
		{name: "QQ", want: "Confirm",
			body: "Confirm\n\n------------------ 原始邮件 ------------------\n发件人: \"DSR Desk\";\n发送时间: 2026年11月2日\n收件人: \"Anna\";\n主题: x\n\nearlier"},
		{name: "words that only begin like an introduction", want: "On the other hand, we wrote:\nconfirm",
			body: "On the other hand, we wrote:\nconfirm"},
		{name: "From and To in a sentence", want: "It came From: us, not from them.",
			body: "It came From: us, not from them."},
		{name: "a signature", body: "Confirm\n\n-- \nAnna Admin\nACME", want: "Confirm"},
		{name: "a refusal among the lines of a signature", want: "Confirm", inline: true,
			body: "Confirm\n\n-- \nAnna Admin\nACME\nActually no, please wait"},
		{name: "a refusal below the name, with nothing that tells it from a signature", want: "Confirm", inline: true,
			body: "Confirm\n\n-- \nAnna Admin\nACME\nno entry without an appointment"},
		{name: "a company's number in a signature", want: "Confirm",
			body: "Confirm\n\n-- \nAnna Admin\nACME Ltd, company no. 01234567"},
		{name: "a disclaimer in a signature", want: "Confirm",
			body: "Confirm\n\n-- \nAnna Admin\nIf you are not the intended recipient of this mail, do not read it, and do not pass it on."},
		{name: "a signature whose space was lost", body: "Confirm\n\n--\nAnna Admin\nACME", want: "Confirm"},
		{name: "a dash that is no signature", body: "Confirm\n--\nno, wait", want: "Confirm\n--\nno, wait"},
		{name: "a signature before the quotation", body: "Confirm\n\n-- \nAnna\n\n" + on + "\n> x", want: "Confirm"},
		{name: "only a signature", body: "-- \nCONFIRM"},
		{name: "only a mobile signature", body: "Sent from my iPhone"},
		{name: "a mobile signature", body: "Confirm\n\nSent from my iPhone\n\n" + on + "\n> x", want: "Confirm"},
		{name: "an afterthought below a mobile signature", want: "Confirm\n\nSent from my iPhone\n\nActually not yet",
			body: "Confirm\n\nSent from my iPhone\n\nActually not yet"},
		{name: "a desk that is no telephone", want: "Here it is.\n\nSent from my desk, which is so much easier than from my telephone.",
			body: "Here it is.\n\nSent from my desk, which is so much easier than from my telephone."},
		{name: "a mobile signature with an excuse", want: "Confirm",
			body: "Confirm\n--\nSent from my Android device with K-9 Mail. Please excuse my brevity."},
		{name: "a name after a dash", body: "Confirm\n\n-Anna Admin\n", want: "Confirm"},
		{name: "a name, a title and a telephone number", want: "Confirm",
			body: "Confirm\n\nBest regards,\n\nAnna Admin\nHead of IT\n+44 20 7946 0000"},
		{name: "an answer below its own closing", want: "Confirm\n\nThanks,\nAnna\nonly the orders",
			body: "Confirm\n\nThanks,\nAnna\nonly the orders"},
		{name: "thanks above the closing are text", want: "Confirm\nThanks!",
			body: "Confirm\nThanks!\n\nBest regards,\nAnna Admin\nACME"},
		{name: "a letter that says when something was said", want: "On 3 May 2026, at 10:15, I called you. You said:\n\nnothing.",
			body: "On 3 May 2026, at 10:15, I called you. You said:\n\nnothing."},
		{name: "a day that is somebody's own", want: "Confirm\n\nOn Monday",
			body: "Confirm\n\nOn Monday\n2 Nov 2026 at 09:12 Anna <anna@acme.example> wrote:\n> x"},
		{name: "a refusal above the date of a broken introduction", want: "Confirm\nNot 2 of them", inline: false,
			body: "Confirm\nNot 2 of them\n2026 at 9:12 AM Anna <anna@acme.example> wrote:\n> x"},
		{name: "a disclaimer", want: "Confirm",
			body: "Confirm\n\nThis e-mail is confidential. If you are not the intended recipient, do not read it."},
		{name: "a line that its author drew between two chapters", want: "Confirm\n\n***\n\nThis is the second chapter of what I have to say, and it goes on for more than a line",
			body: "Confirm\n\n***\n\nThis is the second chapter of what I have to say, and it goes on for more than a line"},
		{name: "a warning that the mail came from outside", want: "Confirm",
			body: "CAUTION: External email. Do not click links.\n\nConfirm"},
		{name: "a mailing list's footer", want: "Confirm",
			body: "Confirm\n\n_______________________________________________\nadmins mailing list\nadmins@acme.example"},
		{name: "the broken tail of a quoted line", want: "Confirm",
			body: "Confirm\n\n" + on + "\n> A copy of the personal data of somebody at customer.example has been\nrequested today\n> by a person."},
		{name: "a decision that looks like the broken tail of a quoted line", want: "Confirm\n\nnever", inline: true,
			body: "Confirm\n\n" + on + "\n> A copy of the personal data of somebody at customer.example has been\nnever\n> by a person."},
		{name: "carriage returns", body: "Confirm\r\n\r\n" + on + "\r\n> x\r\n", want: "Confirm"},
		{name: "no text", body: " \n\t\n"},
		{name: "bytes that are no text", body: "Confirm \xff\xfe\n", want: "Confirm \uFFFD"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := reply.FromPlain(tt.body)
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

func TestQuotedTextIsKeptAside(t *testing.T) {
	got := reply.FromPlain("Confirm\n\n" + on + "\n" + quoted(ours))
	for _, s := range []string{"On Mon", "Code: aaaa-bbbb-cccc"} {
		if !strings.Contains(got.Removed, s) {
			t.Errorf("Removed lacks %q: %q", s, got.Removed)
		}
	}
}

func TestDecisionsByPlace(t *testing.T) {
	many := strings.Repeat("> earlier words\n", 300)
	tests := []struct {
		name, body, subjectLine string
		want                    reply.Decision
		why                     string
	}{
		{"on top", "Confirm\n\n" + on + "\n" + quoted(ours), "Re: x", reply.Confirm, "first-line"},
		{"below", on + "\n" + quoted(ours) + "\nConfirm", "Re: x", reply.Confirm, "first-line"},
		{"between", on + "\n> a\nConfirm\n> b", "Re: x", reply.Confirm, "first-line"},
		{"above and below", "Confirm\n" + on + "\n" + quoted(ours) + "\n\nSee you", "Re: x", reply.Unclear, "inline"},
		{"above and a refusal below", "Confirm\n" + on + "\n" + quoted(ours) + "\n\nNo", "Re: x", reply.Unclear, "negation"},
		{"only quoted", quoted("CONFIRM"), "Re: x", reply.Unclear, "empty"},
		{"only in the signature", "-- \nCONFIRM", "Re: x", reply.Unclear, "empty"},
		{"a forwarded yes", "CONFIRM", "Fwd: x", reply.Unclear, "forwarded"},
		{"a forwarded yes in German", "CONFIRM", "AW: WG: x", reply.Unclear, "forwarded"},
		{"a forward in the body", "CONFIRM\n\n---------- Forwarded message ---------\nFrom: a@b.example", "Re: x", reply.Unclear, "forwarded"},
		{"Finnish VS is a reply", "Vahvistan", "VS: x", reply.Confirm, "first-line"},
		{"Danish VS is a forward", "Bekræftet", "VS: x", reply.Unclear, "forwarded"},
		{"words past what is read", "Confirm\n" + on + "\n" + many + "\nnot that one", "Re: x", reply.Unclear, "inline"},
		{"quotes past what is read", "Confirm\n" + on + "\n" + many, "Re: x", reply.Confirm, "first-line"},
		{"letters in another order", "Confirm \u202Eton", "Re: x", reply.Unclear, "display-order"},
		{"invisible letters", "Con\u200Bfirm", "Re: x", reply.Confirm, "first-line"},
		{"letters of another script", "С\u043enfirm", "Re: x", reply.Unclear, "no-decision"},
		{"wide letters", "ＣＯＮＦＩＲＭ", "Re: x", reply.Confirm, "first-line"},
		{"a wide refusal", "CONFIRM\nＮＯ", "Re: x", reply.Unclear, "negation"},
		{"an account in a sentence", "Confirm\nThis was not sent from my account", "", reply.Unclear, "negation"},
		{"dates that look like a header block", "Confirm\n\nFrom: Monday\nTo: Friday\nnot before", "", reply.Unclear, "negation"},
		{"words of a third person", "Confirm\n\nOn 12:30 today legal wrote:\nplease do not release", "", reply.Unclear, "negation"},
		{"a mistake that begins like a disclaimer", "承認します\n\nこのメールの内容は間違いです", "", reply.Unclear, "negation"},
		{"a long afterthought below a mobile signature", "Confirm\n\nSent from my iPhone\n\n" +
			strings.Repeat("On second thought this has to be seen by our lawyers. ", 6) + "So not yet.", "", reply.Unclear, "inline"},
		{"conditions below a drawn line", "Confirm\n________\n" +
			strings.Repeat("These are our conditions for all who want something. ", 6) + "Only then.", "", reply.Unclear, "inline"},
		{"a company's number", "Confirm\n\nKind regards,\nAnna Admin\nACME Ltd\nRegistered in England, company no. 01234567", "", reply.Confirm, "first-line"},
		{"a link with a question mark", "Confirm\n\nAnna\nhttps://acme.example/?from=no&only=mail", "", reply.Confirm, "first-line"},
		{"a question after a link", "Confirm\n\nDo you mean https://acme.example/?", "", reply.Unclear, "question"},
		{"an address that says no", "Confirm\n\nAnna\nno-reply@acme.example", "", reply.Confirm, "first-line"},
		{"the code beside the answer", "CONFIRM 72a2b-526e7-22da2-4dced-2d4aaa", "", reply.Confirm, "first-line"},
		{"the code below the answer", "CONFIRM\nCode: stopp-never-no24a-block-nonono", "", reply.Confirm, "first-line"},
		{"a question about a word with a dash", "CONFIRM only-if-legal-agrees-now", "", reply.Unclear, "condition"},
		{"an address beside the answer", "CONFIRM jane.roe@customer.example", "", reply.Unclear, "no-decision"},
		{"a wide question mark", "CONFIRM？", "Re: x", reply.Unclear, "question"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, why := reply.Decide(reply.FromPlain(tt.body), tt.subjectLine)
			if got != tt.want || why != tt.why {
				t.Errorf("got %s (%s), want %s (%s)", got, why, tt.want, tt.why)
			}
		})
	}
}

func TestNamesOther(t *testing.T) {
	const jane = "jane.roe@customer.example"
	tests := []struct {
		text string
		want bool
	}{
		{"CONFIRM", false},
		{"CONFIRM for jane.roe@customer.example.", false},
		{"CONFIRM for <Jane.Roe@Customer.example>", false},
		{"CONFIRM for mailto:jane.roe@customer.example", false},
		{"CONFIRM for john.doe@customer.example", true},
		{"CONFIRM for jane.roe@customer.example and john@customer.example", true},
		{"CONFIRM for jane.roe@customer.example.evil.example", true},
		{"CONFIRM for jane.roe@cus\u200Btomer.example", false},
		{"CONFIRM for jane.roe＠other.example", true},
		{"CONFIRM for аnna@customer.example", true},
	}
	for _, tt := range tests {
		if got := reply.NamesOther(tt.text, jane); got != tt.want {
			t.Errorf("%q: got %v, want %v", tt.text, got, tt.want)
		}
	}
}

// People sign with their own address.
func TestTheWritersOwnAddressIsNoOther(t *testing.T) {
	const jane, anna = "jane.roe@customer.example", "anna@acme.example"
	for text, want := range map[string]bool{
		"CONFIRM\n\nAnna Admin\nAnna@Acme.example":             false,
		"CONFIRM\n\nAnna Admin\nanna@acme.example, +49 30 123": false,
		"CONFIRM\n\nAnna Admin\nhanna@acme.example":            true,
		"CONFIRM\n\nAnna Admin\nanna@acme.example.evil":        true,
		"CONFIRM for bob@acme.example\nanna@acme.example":      true,
		// the picture of a signature, as Outlook writes it in plain text
		"CONFIRM\n\nAnna Admin\n[cid:image001.png@01DB2D5E.6F2A4C10]": false,
		"CONFIRM\n\nAnna Admin\n[cid:bob@acme.example]":               true,
	} {
		if got := reply.NamesOther(text, jane, anna); got != want {
			t.Errorf("%q: got %v, want %v", text, got, want)
		}
	}
}
