package mailer_test

import (
	"bytes"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/mailer"
	"github.com/dsrd/dsrd/mailer/authentic"
	"github.com/dsrd/dsrd/mailer/inbox"
	"github.com/dsrd/dsrd/mailer/mailtest/forge"
	"github.com/dsrd/dsrd/mailer/reader"
	"github.com/dsrd/dsrd/workflow"
)

// maxSpent is the memory that one mail may cost, in bytes. What is allocated in all is held
// against it, so that it bounds what is alive at any moment, whenever memory is collected.
const maxSpent = 64 << 20

// maxKept is the memory that the facts of a mail may keep alive, in bytes: its text once,
// and its header once, at their limits.
const maxKept = 2 << 20

// understood is what the daemon makes of one mail.
type understood struct {
	mail    *reader.Mail
	verdict authentic.Verdict
	time    time.Duration // of all processors
	memory  uint64        // allocated, in bytes
}

// bombReader reads mails as the daemon does.
type bombReader struct {
	t        testing.TB
	verifier *authentic.Verifier
	options  reader.Options
}

func newBombReader(t testing.TB) bombReader {
	r := bombReader{
		t: t, verifier: authentic.New(authentic.Zone(forge.BombZone()), authentic.Options{}),
		options: reader.Options{Own: []string{desk}, BouncePrefix: "bounce+"},
	}
	r.read([]byte("From: a@b.example\r\n\r\nWe wrote if.\r\n")) // the word lists are read once
	return r
}

func (r bombReader) read(raw []byte) (u understood) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	var err error
	u.time, err = forge.Cost(func() {
		u.mail = reader.Read(raw, r.options)
		_, _ = reader.SecondText(raw) // an error refuses the answer
		u.verdict = r.verifier.Verify(r.t.Context(), raw, monday)
	})
	runtime.ReadMemStats(&after)
	if err != nil {
		r.t.Fatal(err)
	}
	u.memory = after.TotalAlloc - before.TotalAlloc
	return u
}

// How many hostile mails are read.
func bombs() int {
	if full() {
		return 10_000
	}
	return len(forge.BombFamilies())
}

func TestHostileMailCostsLittleAndProvesNothing(t *testing.T) {
	alone(t)
	if n := len(forge.BombFamilies()); n < 40 {
		t.Fatalf("%d families", n)
	}
	r := newBombReader(t)
	var times []time.Duration
	most := uint64(0)
	for m := range forge.Bombs(1, bombs()) {
		u := r.read(m.Raw)
		times, most = append(times, u.time), max(most, u.memory)
		if u.memory > maxSpent {
			t.Errorf("%s: %d MiB were allocated", m.Name, u.memory>>20)
		}
		r.harmless(m, u)
	}
	slices.Sort(times)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	t.Logf("figure: hostile mails p50 %.1f ms, p99 %.1f ms, worst %.1f ms of processor, most memory %.1f MiB over %d mails of %d families",
		ms(times[len(times)/2]), ms(times[len(times)*99/100]), ms(times[len(times)-1]),
		float64(most)/(1<<20), len(times), len(forge.BombFamilies()))
}

// These cost the most of all when they are as large as a mail may be.
func TestTheLargestMailsStayWithinTheirMemory(t *testing.T) {
	alone(t)
	r := newBombReader(t)
	for _, family := range []string{
		"a part with a header of megabytes", "parameters", "continued parameters",
		"comments in parameters", "encoded multiparts", "text of bare line feeds", "a returned mail",
		"status addresses, many and long", "status parts of long addresses", "diagnoses of one address",
	} {
		m := forge.Bomb{Family: family, Size: forge.MaxBomb, Seed: 1, Around: forge.Beside}.Mail()
		if u := r.read(m.Raw); u.memory > maxSpent {
			t.Errorf("%s: %d MiB were allocated", m.Name, u.memory>>20)
		}
	}
}

// harmless holds against a mail what must hold of all that nobody signed.
func (r bombReader) harmless(m forge.Mail, u understood) {
	if strings.Contains(u.mail.Err, "failed") {
		r.t.Errorf("%s: %s", m.Name, u.mail.Err)
	}
	if u.verdict.Confirmable() {
		r.t.Errorf("%s: proven", m.Name)
	}
	if len(u.mail.Text) > 1<<20 || len(u.mail.Reply) > 1<<20 || len(u.mail.Recipients) > 5000 {
		r.t.Errorf("%s: a text of %d, a reply of %d bytes, %d recipients", m.Name,
			len(u.mail.Text), len(u.mail.Reply), len(u.mail.Recipients))
	}
	head, _, _ := bytes.Cut(m.Raw, []byte("\r\n\r\n"))
	if len(head) > 300<<10 && !marked(u.mail) && u.mail.Class == reader.Human {
		r.t.Errorf("%s: a header of %d bytes, and nothing is marked", m.Name, len(head))
	}
}

// marked reports whether a mail's facts say that something is missing or wrong: then no
// machine acts on it.
func marked(m *reader.Mail) bool {
	return m.OverLimit || m.Truncated || m.HeaderRepaired || m.Err != "" || m.Unreadable != ""
}

// Inspecting a mail is for operators, who look at the ones that look odd.
func TestHostileMailIsInspected(t *testing.T) {
	alone(t)
	r := newBombReader(t)
	for b := range forge.Fuses(2, bombs()) {
		b.Size = min(b.Size, 20_000)
		m := b.Mail()
		if mailer.Inspect(t.Context(), m.Raw, r.verifier, r.options, monday).Auth.Confirmable {
			t.Errorf("%s: confirmable", m.Name)
		}
	}
}

// cut are the families that go beyond a limit when they are large.
var cut = []string{
	"nested multiparts of one boundary", "nested multiparts", "nested multiparts of 70 characters",
	"nested multiparts whose boundaries begin alike", "messages and multiparts in turn",
	"signed parts in signed parts", "encoded multiparts", "many small parts", "many empty parts",
	"many alternatives", "many related", "many in a digest", "many attachments",
	"a part with a header of megabytes", "parts without an empty line",
	"pieces of a message", "messages elsewhere", "many fields", "many fields on top",
	"one long field", "one field, folded often", "folds of nothing", "a header of folds",
	"many Received", "many Subject", "names of 8-bit letters", "lines without a colon",
	"stray lines between fields", "one long line", "addresses", "quoted lines", "emoji",
	"bidirectional marks", "line breaks", "many comments", "entities", "styles everywhere",
	"base64 of one line", "soft line breaks", "one utf-7 run", "noise in single bytes",
}

// What was cut off a mail must show: what it goes on to say may be the opposite.
func TestWhatWasCutOffIsMarked(t *testing.T) {
	for _, family := range cut {
		for seed := range uint64(2) {
			m := forge.Bomb{Family: family, Size: 3 << 19, Seed: seed, Around: forge.Beside}.Mail()
			got := reader.Read(m.Raw, reader.Options{})
			if !marked(got) && len(got.Attachments) == 0 {
				t.Errorf("%s: nothing is marked", m.Name)
			}
		}
	}
}

// The facts of a mail live longer than its bytes, in the request and in the queue.
func TestTheFactsOfALargeMailAreSmall(t *testing.T) {
	heap := func() uint64 {
		var s runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&s)
		return s.HeapAlloc
	}
	newBombReader(t)
	for i, family := range forge.BombFamilies() {
		if i%16 != 0 && !full() {
			continue
		}
		raw := forge.Bomb{Family: family, Size: 4 << 20, Seed: 3, Around: forge.Beside}.Mail().Raw
		before := heap()
		m := reader.Read(raw, reader.Options{})
		kept := int64(heap()) - int64(before)
		runtime.KeepAlive(raw)
		if kept > maxKept {
			t.Errorf("%s: %d kB are kept", family, kept>>10)
		}
		runtime.KeepAlive(m)
	}
}

// bombScene is the confirmation that a desk of the tests has sent, for bombs to answer.
func (s *scene) bombScene() forge.Scene {
	h, text := readMail(s.t, s.confirmation)
	return forge.Scene{
		Admin: anna, Customer: jane, Desk: desk, ReplyTo: strings.Trim(h.Get("Reply-To"), "<>"),
		SubjectLine: subjectOf(s.t, h), MessageID: h.Get("Message-Id"), Text: text,
		Code: codeIn(s.t, s.confirmation), Sent: s.now.Add(-time.Hour), Now: s.now,
	}
}

// handled hands a mail to the desk, and wants it to end with the request as it was.
func (s *scene) handled(m forge.Mail, raw []byte) {
	s.t.Helper()
	s.mails++
	_, err := s.desk.Handle(s.ctx(), inbox.Mail{Mailbox: "dsr", Folder: "INBOX", UIDValidity: 1,
		UID: s.mails, Arrived: s.now, Size: int64(len(raw)), Raw: raw})
	if err != nil {
		s.t.Fatalf("%s: %v", m.Name, err)
	}
	if r := s.load(s.id); r.Ack != nil || r.State != workflow.AwaitingConfirmation {
		s.t.Fatalf("%s: the request is %s", m.Name, r.State)
	}
}

// An answer with the live code, in the admin's name and with a bomb in it: from anybody it
// confirms nothing, and signed by the admin's own domain it confirms nothing where some of
// it could not be read.
func TestNoHostileMailConfirms(t *testing.T) {
	alone(t)
	s := newScene(t)
	answered := s.bombScene()
	for i, family := range forge.BombFamilies() {
		if i%6 != 0 && !full() {
			continue
		}
		around := forge.Beside + forge.Around(i/6%2)
		m := forge.Bomb{Family: family, Size: 20_000, Seed: uint64(i), Around: around, Scene: answered}.Mail()
		s.handled(m, m.Raw)
		s.handled(m, seal(m.Raw, signature{domain: "evil.example"}))
	}
	for i, family := range cut {
		m := forge.Bomb{Family: family, Size: 600_000, Seed: uint64(i), Around: forge.Beside, Scene: answered}.Mail()
		if got := reader.Read(m.Raw, reader.Options{}); marked(got) {
			s.handled(m, seal(m.Raw, signature{domain: "acme.example"}))
		}
	}
	if _, err := s.try(s.answer(s.confirmation, anna, "CONFIRM")); err != nil || s.load(s.id).Ack == nil {
		t.Errorf("the honest answer came to %s, %v", s.load(s.id).State, err)
	}
}

// BenchmarkNested4000 reads the mail that costs a reader of nested readers seconds.
func BenchmarkNested4000(b *testing.B) {
	r := newBombReader(b)
	var raw strings.Builder
	raw.WriteString("From: a@b.example\r\nContent-Type: multipart/mixed; boundary=\"b0000\"\r\n\r\n")
	for i := range 4000 {
		raw.WriteString("--b" + digits(i) + "\r\nContent-Type: multipart/mixed; boundary=\"b" + digits(i+1) + "\"\r\n\r\n")
	}
	mail := []byte(raw.String())
	b.SetBytes(int64(len(mail)))
	b.ReportAllocs()
	for b.Loop() {
		if u := r.read(mail); !u.mail.OverLimit {
			b.Fatal("the depth was not seen")
		}
	}
	b.Logf("figure: a mail of %d kB and 4000 nested multiparts takes %.2f ms", len(mail)/1000,
		b.Elapsed().Seconds()*1000/float64(b.N))
}

func digits(n int) string {
	return string([]byte{byte('0' + n/1000%10), byte('0' + n/100%10), byte('0' + n/10%10), byte('0' + n%10)})
}

// BenchmarkGrowth reads each family at a size and at eight times that, and lists those whose
// cost grows by more than twelve.
func BenchmarkGrowth(b *testing.B) {
	r := newBombReader(b)
	const small = 128 << 10
	cost := func(family string, size int, seed uint64) time.Duration {
		raw := forge.Bomb{Family: family, Size: size, Seed: seed}.Mail().Raw
		least := time.Hour
		for range 3 {
			least = min(least, r.read(raw).time)
		}
		return least
	}
	for b.Loop() {
		worst, name := 0.0, ""
		for _, family := range forge.BombFamilies() {
			for seed := range uint64(2) {
				large := cost(family, 8*small, seed)
				if large < 10*time.Millisecond {
					continue // below that, the ratio measures the clock
				}
				ratio := float64(large) / float64(max(cost(family, small, seed), 100*time.Microsecond))
				if ratio > 12 {
					b.Logf("%s, seed %d: %.0f times, to %v", family, seed, ratio, large)
				}
				if ratio > worst {
					worst, name = ratio, family
				}
			}
		}
		b.Logf("figure: eight times the size costs at most %.1f times as much (%s)", worst, name)
	}
}
