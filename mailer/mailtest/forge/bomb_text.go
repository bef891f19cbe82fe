package forge

import (
	"fmt"
	"strings"
)

// textBombs attack what reads language: quotations, signatures, codes, addresses, requests.
// Each is words that nearly match, and its seed takes one of them, or mixes them.
var textBombs = map[string]func(*fuse) charge{
	"quote marks":           bombProse(">", "> ", ">>>> ", "＞"),
	"quoted lines":          bombProse("> x\n", ">> x\n", ">\n", "> > > x\n"),
	"deep quotations again": bombQuotes,
	"one long line":         bombProse("x", "word ", "ä ", "."),
	"introductions": bombProse(
		"On Mon, Nov 2, 2026 at 9:00 AM Anna <a@b.example> wrote:\n",
		"Am 02.11.26 um 9:00 schrieb Anna:\n", "Le 2 nov. 2026 à 9:00, Anna a écrit :\n"),
	"introductions, nearly": bombProse(
		"On Mon, Nov 2, 2026 at 9:00 AM Anna wrote\n", "On Monday\n", "wrote:\n",
		"2026-11-02 9:00 GMT+\n", "2026 "),
	"introductions in one": bombProse("On 2026 a@b wrote: ", "12/12/12 9:00 <a@b ", "wrote "),
	"forwarded lines": bombProse(
		"---------- Forwarded message ---------\n", "Begin forwarded message:\n",
		"-----Original Message-----\n"),
	"header blocks": bombProse(
		"From: a@b.example\n", "Sent: Monday\n", "To: b\n", "Subject: x\n", "\n", "Von: a\n",
		"差出人：a\n"),
	"header blocks, nearly": bombProse(
		"From: Monday\n", "To: Friday\n", "From\n", "*From:*", "Datum:\n"),
	"numbers and dates": bombProse("12/12/12 ", "12.12.", "2026", "9:00", "12-12-", "1"),
	"addresses":         bombProse("a@b.example ", "a.b.c@d.e.example,", "x@y.z "),
	"addresses, nearly": bombProse(
		"a@", "@b", "a@b", "a@b.", "@", "a..b@c.example ", "a@-b.example "),
	"one long address":    bombProse("a.", "a@", "ä", "a-"),
	"foreign addresses":   bombProse("a@ä.example ", "a@xn--", "ü@ü.ü ", "a@例え.テスト "),
	"bracketed addresses": bombProse("<a@b ", "<mailto:a@", "(", "&lt;mailto:x@y", "<<<"),
	"contact lines": bombProse(
		"contact us at a@b.example ", "write to a@b.example\n", "reach me under "),
	"links": bombProse(
		"https://x.example/?a=b&c=d ", "www.x", "http://", "http://www.", "https://a@b"),
	"codes": bombProse(
		"abcde-fghij-klmno-pqrst-uvwxyz ", "abcdefghijklmnopqrstuvwxyz "),
	"codes, nearly": bombProse(
		"abcde fghij klmno pqrst uvwxy ", "abcde-", "ab-cd-ef-gh-", "aaaaa     ", "ABCDE\n> FGHIJ\n"),
	"codes between blanks": bombProse(
		"abcde"+strings.Repeat(" ", 200), "\u00ad", "\u200b\u2212", "222222 "),
	"words with dashes": bombProse("a-a-a-a-a-a-a-a-a ", "code: ", "12345678-", "a1-b2-c3-d4-"),
	"marks of requests": bombProse(
		"[DSR-abcd-efgh] ", "[DSR-", "[dsr-aaaa-", "Ref: [DSR-2222-2222]\n"),
	"emoji":               bombProse("😀", "👍🏽", "👨‍👩‍👧‍👦", "🇩🇪", "✅\ufe0f"),
	"combining marks":     bombProse("\u0301", "e\u0301\u0323\u0307", "\u0344", "가\u1161\u11a8"),
	"bidirectional marks": bombProse("\u202e", "\u2066x\u2069", "\u200f", "\u202dCONFIRM\u202c"),
	"letters nobody sees": bombProse(
		"\u200b", "\u00ad", "\ufeff", "\u3164", "\u034f", "\U000e0041"),
	"letters that grow": bombProse("ﷺ", "İ", "ß", "ŉ", "ΐ", "ﬃ", "㍿"),
	"words of a request": bombProse(
		"please delete all my data ", "I request access under Art. 15 GDPR. ", "send me a copy "),
	"conditions": bombProse(
		"if ", "unless ", "if you do not, ", "wenn ", "si ", "please "),
	"refusals": bombProse(
		"no ", "not ", "nicht ", "non ", "don't ", "nein, ", "no. 1 ", "No.: "),
	"articles": bombProse(
		"Art. 15, ", "Article 17 and 20 ", "§ 17 Abs. 3 ", "15 to 22 ", "1798.105 ", "Art. "),
	"abbreviations": bombProse("z.B. ", "e.g. ", "Dr. ", "A. B. ", "1. ", ". "),
	"items":         bombProse("- x\n", "* x y\n", "1. x\n", "b) x\n", "• x\n"),
	"greetings":     bombProse("Hi Anna,\n", "Dear Sir,\n", "Hallo\n", "Bonjour,\n"),
	"closings": bombProse(
		"Best regards\n", "Mit freundlichen Grüßen\n", "Cordialement,\n", "Anna\n", "\n"),
	"signatures again": bombProse(
		"-- \n", "--\n", "___\n", "Sent from my iPhone\n", "\n", "-Anna\n"),
	"disclaimers": bombProse(
		"This e-mail is confidential\n", "If you are not the intended recipient, ", "Diese E-Mail\n"),
	"closings and blanks":  bombProse("Best regards\n"+strings.Repeat("\n", 400), "\n", "Anna\n"),
	"blank lines":          bombProse("\n", " \n", "\t\n", "\u00a0\n"),
	"blanks":               bombProse(" ", "\t", "\u00a0", "  x"),
	"drawn lines":          bombProse("-", "=", "_", "*", "—", "- - "),
	"questions":            bombProse("?", "? ", "¿", ";", "？", "why? "),
	"confirmations":        bombProse("CONFIRM\n", "confirm. ", "yes, ", "ok ", "REJECT\n"),
	"words without spaces": bombProse("確認します", "はい", "不", "同意", "확인", "ยืนยัน"),
	"words of all scripts": bombProse("ναι ", "да ", "是 ", "نعم ", "כן ", "हाँ "),
	"capitals":             bombProse("A", "ABCDEFGH ", "Ä Ö Ü "),
	"refused deliveries": bombProse(
		"5.1.1 ", "5.1.1", "550 5.1.1 x\n", "550-", "4.2.2.", "x does not exis\n"),
	"hosts": bombProse("a.a.a.a.", "a.b does not exist ", "mx.a-b.", "a. "),
	"messages written out": bombProse(
		"Message-ID: <x@y>\n", "Received: from a\n", "message-id: x\n", "Return-Path: <a@b>\n"),
	"encrypted words": bombProse(
		"-----BEGIN PGP MESSAGE-----\n", "-----BEGIN PGP", "-----END PGP MESSAGE-----\n"),
	"mbox lines":         bombProse("From a@b.example Mon Nov  2 09:00:00 2026\n", ">From x\n"),
	"flowed lines":       bombProse("a b c \n", "> a b c \n", "a\n"),
	"wrapped quotations": bombProse("> "+strings.Repeat("word ", 14)+"\nrest\n", "> x\n"),
	"cut lines": bombProse(
		"##- Reply above this line -##\n", "##- Reply above this line -#\n", "> ##- Reply above"),
	"stars":                bombProse("*", "**x** ", "_x_ ", "`x` "),
	"words of 100 letters": bombProse(strings.Repeat("w", 100)+" ", strings.Repeat("ü", 60)+" "),
	"sentences":            bombProse("I do. You do! Do we? ", "x. Y. ", "a; b: "),
	"numbers in brackets":  bombProse("(1) ", "(2), ", "[3] ", "(((", ")))"),
	"browser stubs":        bombProse("html ", "view this in a browser\n", "mime "),
}

// prose is text of one of the units, of all in their order, or of all in none.
func bombProse(units ...string) func(*fuse) charge {
	return func(f *fuse) charge {
		switch f.below(3) {
		case 0:
			return charge{body: f.fill(f.pick(units...))}
		case 1:
			return charge{body: f.fill(strings.Join(units, ""))}
		}
		return charge{body: f.mix(units...)}
	}
}

func bombQuotes(f *fuse) charge {
	depth := 1 + f.below(2000)
	return charge{body: f.each(func(i int) string {
		return strings.Repeat("> ", 1+i%depth) + fmt.Sprintf("line %d\n", i)
	})}
}
