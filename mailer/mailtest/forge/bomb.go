package forge

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"
)

// Around is what of an answer stands around a bomb.
type Around int

// The places of a bomb.
const (
	Bare   Around = iota // nothing but the bomb
	Beside               // the answer is a part of its own, above the bomb
	Within               // the answer's words stand right above the bomb, in one text
)

// MaxBomb is the size in bytes of the largest mails of Bombs: what the daemon still reads.
const MaxBomb = 10 << 20

// Bomb is a mail that is made to cost its reader time or memory. What it is depends on
// nothing but its fields.
type Bomb struct {
	Family string // one of BombFamilies
	Size   int    // in bytes, about; no mail grows beyond MaxBomb
	Seed   uint64 // chooses among the forms of a family
	Around Around
	Scene  Scene // whose answer stands around it; BombScene when it has no admin
}

// BombFamilies are the ideas, sorted.
func BombFamilies() []string {
	names := make([]string, 0, 200)
	for _, some := range arsenals {
		for name := range some {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// arsenals are the families by what they attack.
var arsenals = []map[string]func(*fuse) charge{
	mimeBombs, headerBombs, listBombs, transferBombs, charsetBombs, pageBombs, styleBombs,
	textBombs, sealBombs, noticeBombs,
}

// Bombs are n mails of all families in turn, most of 10 kB to 1 MB, some of MaxBomb. The
// class of each is its family.
func Bombs(seed uint64, n int) iter.Seq[Mail] {
	return func(yield func(Mail) bool) {
		for b := range Fuses(seed, n) {
			if !yield(b.Mail()) {
				return
			}
		}
	}
}

// Fuses are the bombs that Bombs makes mails of.
func Fuses(seed uint64, n int) iter.Seq[Bomb] {
	families, scene := BombFamilies(), BombScene()
	return func(yield func(Bomb) bool) {
		for i := range n {
			d := &dice{state: seed ^ uint64(i+1)*0x9e3779b97f4a7c15}
			b := Bomb{
				Family: families[(i+int(seed%uint64(len(families))))%len(families)],
				Size:   d.weight(), Seed: d.next(), Around: Around(d.below(3)), Scene: scene,
			}
			if !yield(b) {
				return
			}
		}
	}
}

// weight is 10 kB to 100 kB for six of ten bombs, to 1 MB for three of them, to the limit
// for the others.
func (d *dice) weight() int {
	switch p := d.below(100); {
	case p < 60:
		return 10_000 + d.below(90_000)
	case p < 90:
		return 100_000 + d.below(900_000)
	case p < 97:
		return 1_000_000 + d.below(3_000_000)
	}
	return MaxBomb
}

// Mail builds the bomb.
func (b Bomb) Mail() Mail {
	if b.Scene.Admin == "" {
		b.Scene = BombScene()
	}
	f := &fuse{dice: dice{state: b.Seed}, size: b.Size, scene: b.Scene}
	raw := b.assemble(f.charge(b.Family))
	return Mail{
		Name:  fmt.Sprintf("%s, %d bytes, seed %d, around %d", b.Family, b.Size, b.Seed, b.Around),
		Class: b.Family, Raw: []byte(raw[:min(len(raw), MaxBomb)]),
	}
}

func (f *fuse) charge(family string) charge {
	for _, some := range arsenals {
		if build := some[family]; build != nil {
			return build(f)
		}
	}
	return charge{}
}

// A charge is what hurts, before it is packed into a mail. Its lines end in LF.
type charge struct {
	top    string // header lines above those of the mail
	fields string // header lines below them
	kind   string // header lines that say what the body is; text/plain when empty
	body   string
	raw    string // as it goes over the wire, in place of the body
}

// words are the newly written words, and below them the quoted confirmation.
const bombWords = "CONFIRM"

func (b Bomb) assemble(c charge) string {
	answer := b.Scene.Reply(bombWords)
	head := c.top + b.head() + c.fields
	body := c.body
	switch {
	case b.Around == Bare && c.body+c.raw != "":
	case c.body+c.raw == "":
		body = answer // the header is the bomb
	case b.Around == Within && c.kind == "":
		body = answer + "\n" + c.body
	default:
		return bombWire(head+"Content-Type: multipart/mixed; boundary=\"=outer\"\n\n--=outer\n"+
			bombText+"\n"+answer+"\n--=outer\n"+cmp.Or(c.kind, bombText)+"\n"+c.body) +
			c.raw + "\r\n--=outer--\r\n"
	}
	return bombWire(head+cmp.Or(c.kind, bombText)+"\n"+body) + c.raw
}

const bombText = "Content-Type: text/plain; charset=utf-8\n"

func bombWire(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }

// head is that of an answer, without its content type.
func (b Bomb) head() string {
	s := b.Scene
	return "From: " + s.Admin + "\nTo: " + s.ReplyTo + "\nSubject: Re: " + s.SubjectLine +
		"\nDate: " + s.Now.Format(time.RFC1123Z) + "\nMessage-ID: <" +
		fmt.Sprintf("%x@%s", b.Seed, Domain(s.Admin)) + ">\nIn-Reply-To: " + s.MessageID +
		"\nReferences: " + s.MessageID + "\nMIME-Version: 1.0\n"
}

// BombScene is a confirmation that bombs answer where nobody gives them another.
func BombScene() Scene {
	sent := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	code := "abcde-fghij-klmno-pqrst-uvwxyz"
	return Scene{
		Admin: "anna.admin@acme.example", Customer: "jane.roe@customer.example",
		Desk: "dsr@provider.example", ReplyTo: "confirm@provider.example",
		SubjectLine: "Please confirm", MessageID: "<1@provider.example>", Code: code,
		Text: "##- Reply above this line -##\n\nAnswer CONFIRM or REJECT.\n\nCode: " + code + "\n",
		HTML: "<div id=\"dsrd-cut\"></div><p>Answer CONFIRM or REJECT.</p><p>Code: " + code + "</p>",
		Sent: sent, Now: sent.Add(time.Hour),
	}
}

// A fuse is what a family builds with.
type fuse struct {
	dice
	size  int
	scene Scene
}

// fill repeats a text until the size is reached.
func (f *fuse) fill(unit string) string { return f.upTo(f.size, unit) }

// upTo repeats a text to about n bytes, and at least once.
func (f *fuse) upTo(n int, unit string) string {
	return strings.Repeat(unit, max(1, min(n, MaxBomb)/max(1, len(unit))))
}

// each joins what make gives for 0, 1, 2 ... until the size is reached.
func (f *fuse) each(make func(i int) string) string {
	var b strings.Builder
	for i := 0; b.Len() < min(f.size, MaxBomb); i++ {
		b.WriteString(make(i))
	}
	return b.String()
}

// mix joins texts in no order until the size is reached.
func (f *fuse) mix(units ...string) string {
	return f.each(func(int) string { return f.pick(units...) })
}

// A dice is chance that a seed decides (splitmix64).
type dice struct{ state uint64 }

func (d *dice) next() uint64 {
	d.state += 0x9e3779b97f4a7c15
	z := d.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below is a number from 0 to n-1.
func (d *dice) below(n int) int { return int(d.next() % uint64(n)) }

func (d *dice) pick(of ...string) string { return of[d.below(len(of))] }

// noise is n bytes of any value.
func (d *dice) noise(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(d.next())
	}
	return string(b)
}
