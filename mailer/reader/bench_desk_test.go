package reader_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/mailer/reader"
)

// deskMail is a mail of the mix that a desk receives.
type deskMail struct{ name, raw string }

const story = "I have been a customer of yours since 2019 and was always content with the service," +
	" until in May a\r\nletter of another company reached me, which knew my address and what I had" +
	" ordered. I called your\r\nhotline twice; nobody could tell me who had passed my data on, and why.\r\n\r\n"

func desk() []deskMail {
	history := "On Mon, 5 Jan 2026 at 10:00, Desk <desk@dsrd.example> wrote:\r\n> " +
		strings.ReplaceAll(strings.Repeat(letter, 4), "\r\n", "\r\n> ") + "\r\n"
	return []deskMail{
		{"short request", sample("text/plain; charset=utf-8", letter)},
		{"long letter", sample("text/plain; charset=utf-8", "Dear Sir or Madam,\r\n\r\n"+
			strings.Repeat(story, 8)+"Therefore I want to know what you hold about me: please send me"+
			" a copy.\r\n\r\nKind regards\r\nAnn Example\r\n")},
		{"answer", sample("text/plain; charset=utf-8", "Confirm\r\n\r\nBest regards\r\nAnn\r\n\r\n"+history)},
		{"HTML answer", sample("text/html; charset=utf-8", `<div dir="ltr">Confirm<br><br>Best regards<br>Ann</div>`+
			`<div class="gmail_quote"><div class="gmail_attr">On Mon, 5 Jan 2026 at 10:00, Desk wrote:<br></div>`+
			`<blockquote class="gmail_quote" style="margin:0 0 0 .8ex;border-left:1px solid #ccc"><p>`+
			strings.ReplaceAll(strings.Repeat(letter, 4), "\r\n\r\n", "</p>\r\n<p>")+`</p></blockquote></div>`)},
		{"bounce", samples["bounce"]},
		{"vacation", "Auto-Submitted: auto-replied\r\n" + sample("text/plain; charset=utf-8",
			"Hello,\r\n\r\nI am out of the office until 19 January. In urgent cases please write to"+
				" office@acme.example.\r\n\r\nKind regards\r\nAnn\r\n")},
		{"list mail", "List-Id: <news.acme.example>\r\nList-Unsubscribe: <https://acme.example/u>\r\n" +
			"Precedence: list\r\n" + sample("text/plain; charset=utf-8", strings.Repeat(story, 4))},
		{"attachment of 200 KB", samples["attachment"]},
	}
}

// corpus are the files of a folder that is named from outside; none when it is not.
func corpus(b *testing.B) []deskMail {
	b.Helper()
	var mails []deskMail
	dir := os.Getenv("DSRD_CORPORA")
	if dir == "" {
		return nil
	}
	err := filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		raw, err := os.ReadFile(name)
		mails = append(mails, deskMail{"", string(raw)})
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return mails
}

// BenchmarkDesk reads each mail of the mix whole and, in turns with that so that noise hits both,
// parses it with go-message and nothing else. It prints (a benchmark's log ends after ten lines) the medians of the rounds, for one core.
func BenchmarkDesk(b *testing.B) {
	var all comparison
	out := os.Stdout
	fmt.Fprintf(out, "\n%-22s %10s %8s %12s %8s %7s %10s\n", "", "mails/s", "MB/s", "bare mails/s", "MB/s", "ratio", "B/mail")
	for _, m := range desk() {
		c := compare(b, []deskMail{m})
		fmt.Fprintln(out, c.row(m.name))
		all.add(c)
	}
	fmt.Fprintln(out, all.row("all, one each"))
	b.ReportMetric(float64(all.mails)/all.whole.Seconds(), "mails/s")
	b.ReportMetric(all.bare.Seconds()/all.whole.Seconds(), "of-bare")
	if mails := corpus(b); len(mails) > 0 {
		fmt.Fprintln(out, compare(b, mails).row(fmt.Sprintf("%d files of a folder", len(mails))))
	}
}

// comparison is what one run over some mails takes.
type comparison struct {
	mails, size int
	whole, bare time.Duration
	allocated   uint64
}

func (c *comparison) add(o comparison) {
	c.mails, c.size, c.allocated = c.mails+o.mails, c.size+o.size, c.allocated+o.allocated
	c.whole, c.bare = c.whole+o.whole, c.bare+o.bare
}

func (c comparison) row(name string) string {
	rate := func(n int, d time.Duration) float64 { return float64(n) / d.Seconds() }
	return fmt.Sprintf("%-22s %10.0f %8.1f %12.0f %8.1f %7.3f %10d", name,
		rate(c.mails, c.whole), rate(c.size, c.whole)/1e6, rate(c.mails, c.bare), rate(c.size, c.bare)/1e6,
		c.bare.Seconds()/c.whole.Seconds(), c.allocated/uint64(c.mails))
}

const (
	deskRounds = 9
	// roundTime is about how long one round of one reading takes; a clock's grain is far below.
	roundTime = 20 * time.Millisecond
)

func compare(b *testing.B, mails []deskMail) comparison {
	b.Helper()
	whole := func() {
		for _, m := range mails {
			reader.Read([]byte(m.raw), reader.Options{})
		}
	}
	bare := func() {
		for _, m := range mails {
			_ = parseBare(m.raw) // some mails of a folder are too broken for it
		}
	}
	c := comparison{mails: len(mails), allocated: allocatedBy(whole)}
	for _, m := range mails {
		c.size += len(m.raw)
	}
	timesWhole, timesBare := timesFor(whole), timesFor(bare)
	var wholes, bares []time.Duration
	for range deskRounds {
		wholes = append(wholes, took(whole, timesWhole))
		bares = append(bares, took(bare, timesBare))
	}
	slices.Sort(wholes)
	slices.Sort(bares)
	c.whole, c.bare = wholes[deskRounds/2], bares[deskRounds/2]
	return c
}

// allocatedBy returns how many bytes a second run allocates: the first reads the word lists.
func allocatedBy(f func()) uint64 {
	f()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// timesFor returns how often f runs in about the time of a round.
func timesFor(f func()) int { return 1 + int(roundTime/max(took(f, 1), time.Microsecond)) }

// took returns how long f takes once, on average over n runs.
func took(f func(), n int) time.Duration {
	start := time.Now()
	for range n {
		f()
	}
	return time.Since(start) / time.Duration(n)
}
