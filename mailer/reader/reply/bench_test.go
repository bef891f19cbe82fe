package reply_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dsrd/dsrd/mailer/reader/reply"
)

// fill repeats s up to n bytes.
func fill(s string, n int) string { return strings.Repeat(s, n/len(s)+1)[:n] }

var sizes = []int{10 << 10, 100 << 10, 1 << 20}

// run measures read on each pattern in each size. Time is linear when MB/s stays the same.
func run(b *testing.B, patterns map[string]string, read func(string)) {
	for name, pattern := range patterns {
		for _, n := range sizes {
			text := fill(pattern, n)
			b.Run(fmt.Sprintf("%s/%dKiB", name, n>>10), func(b *testing.B) {
				b.SetBytes(int64(n))
				b.ReportAllocs()
				for b.Loop() {
					read(text)
				}
			})
		}
	}
}

func BenchmarkFromPlain(b *testing.B) {
	b.Run("answer", func(b *testing.B) {
		body := "Confirm\n\nBest regards,\nAnna\n\n" + on + "\n" + quoted(ours)
		b.ReportAllocs()
		for b.Loop() {
			reply.FromPlain(body)
		}
	})
	run(b, map[string]string{
		"marks":   strings.Repeat(">", 200) + "\n",
		"oneline": "> ",
		"on":      "On ",
		"heads":   "On Mon, Nov 2, 2026 at 9:12 AM X\n",
		"colons":  "2026 <a@b.example> x:\n",
		"labels":  "From: a\n\n\n",
		"blank":   "\n",
		"closing": "Thanks\nAnna\n",
		"phones":  "Sent from my iPhone\nno\n",
		"pieces":  "2026\n<a@b.example>\nwrote:\n",
		"rules":   "--\n",
		"prose":   "Only the orders of the last year, once legal has agreed, and nothing else.\n",
	}, func(s string) { reply.FromPlain(s) })
}

func BenchmarkFromHTML(b *testing.B) {
	b.Run("answer", func(b *testing.B) {
		body := `<div dir="ltr">Confirm</div><div class="gmail_quote"><div class="gmail_attr">On Mon, Nov 2, ` +
			`2026 at 9:12 AM DSR Desk wrote:</div><blockquote class="gmail_quote">` + ours + `</blockquote></div>`
		b.ReportAllocs()
		for b.Loop() {
			reply.FromHTML(body)
		}
	})
	run(b, map[string]string{
		"unclosed":   "<div>",
		"inline":     "<b><i>",
		"strayends":  "<div></b></i></u></span>",
		"containers": `<div class="gmail_quote">x`,
		"quotes":     "<blockquote>x",
		"comment":    "<!--",
		"style":      "<style>.a,.b{color:red}</style>",
		"rules":      "<style>a{display:none}",
		"attributes": `<p style="color:#fff;font-size:0">x</p>`,
		"prose":      "<p>Only the orders of the <b>last year</b>, once legal has agreed.</p>\n",
	}, func(s string) { reply.FromHTML(s) })
}

func BenchmarkDecide(b *testing.B) {
	b.Run("answer", func(b *testing.B) {
		t := reply.Text{New: "Yes, I confirm.\n\nBest regards,\nAnna"}
		b.ReportAllocs()
		for b.Loop() {
			reply.Decide(t, "Re: [DSR-1234-5678] Please confirm")
		}
	})
	run(b, map[string]string{
		"no":      "no ",
		"lines":   "Confirm\n",
		"letters": "a",
		"han":     "确",
		"prose":   "Only the orders of the last year, once legal has agreed, and nothing else.\n",
	}, func(s string) { reply.Decide(reply.Text{New: s}, s) })
}
