package mailer_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset"

	"github.com/dsrd/dsrd/mailer"
	"github.com/dsrd/dsrd/mailer/authentic"
	"github.com/dsrd/dsrd/mailer/mailtest/forge"
	"github.com/dsrd/dsrd/mailer/reader"
	"github.com/dsrd/dsrd/mailer/reader/reply"
)

// corpus are the files of a folder that is named from outside; none when it is not.
func corpus(b *testing.B) []forge.Mail {
	b.Helper()
	var mails []forge.Mail
	dir := os.Getenv("DSRD_CORPORA")
	if dir == "" {
		return nil
	}
	err := filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		raw, err := os.ReadFile(name)
		mails = append(mails, forge.Mail{Raw: raw})
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return mails
}

var deskKey = forge.NewKey("acme.example", "s1", forge.RSA2048)

// inspector inspects as the verb does: everything that is read from a mail, and the verdict on
// who wrote it.
func inspector(ctx context.Context) func(raw []byte) mailer.Report {
	zone := forge.Zone{}
	zone.Publish(deskKey)
	verifier := authentic.New(authentic.Zone(zone), authentic.Options{})
	return func(raw []byte) mailer.Report {
		return mailer.Inspect(ctx, raw, verifier, reader.Options{}, time.Time{})
	}
}

// What is measured is the work that the names say.
func TestADesksMailIsInspectedAsItsNameSays(t *testing.T) {
	inspect := inspector(t.Context())
	want := map[string]string{
		"short request": "human [access] pass", "long letter": "human [access] pass",
		"answer": "human confirm pass", "HTML answer": "human confirm pass",
		"text and HTML": "human [access] pass", "bounce": "bounce [] none",
		"vacation notice": "auto [] pass", "list mail": "list [] pass",
		"attachment of 200 KB": "human [access] pass",
	}
	for _, m := range forge.Desk(deskKey) {
		r := inspect(m.Raw)
		told := fmt.Sprint(r.Request.Kinds)
		if r.Intent == string(reply.Confirm) {
			told = "confirm"
		}
		if got := fmt.Sprintf("%s %s %s", r.Class, told, r.Auth.Result); got != want[m.Name] {
			t.Errorf("%s: %s, want %s", m.Name, got, want[m.Name])
		}
	}
}

// BenchmarkDesk inspects each mail of the mix and, in turns with that so that noise hits both,
// parses it with go-message and nothing else. It prints the medians of the rounds, for one core,
// by itself: a benchmark's log ends after ten lines.
func BenchmarkDesk(b *testing.B) {
	var all comparison
	out := os.Stdout
	fmt.Fprintf(out, "\n%-22s %10s %8s %12s %8s %7s %10s\n", "", "mails/s", "MB/s", "bare mails/s", "MB/s", "ratio", "B/mail")
	for _, m := range forge.Desk(deskKey) {
		c := compare(b, []forge.Mail{m})
		fmt.Fprintln(out, c.row(m.Name))
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

func compare(b *testing.B, mails []forge.Mail) comparison {
	b.Helper()
	inspect := inspector(b.Context())
	whole := func() {
		for _, m := range mails {
			inspect(m.Raw)
		}
	}
	bare := func() {
		for _, m := range mails {
			_ = parseBare(m.Raw) // some mails of a folder are too broken for it
		}
	}
	c := comparison{mails: len(mails), allocated: allocatedBy(whole)}
	for _, m := range mails {
		c.size += len(m.Raw)
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

// parseBare is what inspecting is measured against: go-message alone, every part decoded and
// thrown away.
func parseBare(raw []byte) error {
	e, err := message.Read(bytes.NewReader(raw))
	if err != nil {
		return err
	}
	return e.Walk(func(_ []int, part *message.Entity, err error) error {
		if err != nil || part.MultipartReader() != nil {
			return err
		}
		_, err = io.Copy(io.Discard, part.Body)
		return err
	})
}
