package mailer_test

import (
	"bytes"
	"maps"
	"math/rand/v2"
	"net/mail"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/dsrd/dsrd/mailer"
	"github.com/dsrd/dsrd/mailer/authentic"
	"github.com/dsrd/dsrd/mailer/mailtest/forge"
)

// mutations is how many changed mails are tried: a million takes minutes.
func mutations() int {
	switch {
	case full():
		return 1_000_000
	case forge.Racing:
		return 2_000
	}
	return 20_000
}

// A mutator changes mails at random, the same for the same seed.
type mutator struct {
	*rand.Rand
	mails []forge.Mail
	words []string // what an attacker would put in
}

// mutate changes a mail in one to four places.
func (m mutator) mutate(raw []byte) []byte {
	raw = slices.Clone(raw)
	for range 1 + m.IntN(4) {
		if len(raw) == 0 {
			break
		}
		raw = m.once(raw)
	}
	return raw
}

// place is somewhere in the mail; half of the time in its header, which is shorter, and
// of which not all is signed.
func (m mutator) place(raw []byte) int {
	if head := bytes.Index(raw, []byte("\r\n\r\n")); head > 0 && m.IntN(2) == 0 {
		return m.IntN(head + 4)
	}
	return m.IntN(len(raw))
}

// line is the beginning of a line at or before a place.
func (m mutator) line(raw []byte) int { return bytes.LastIndexByte(raw[:m.place(raw)], '\n') + 1 }

func (m mutator) once(raw []byte) []byte {
	at := m.place(raw)
	end := min(len(raw), at+1+m.IntN(40))
	switch m.IntN(12) {
	case 0: // a bit
		raw[at] ^= 1 << m.IntN(8)
	case 1: // a byte
		raw[at] = byte(m.IntN(256))
	case 2: // something is left out
		return slices.Delete(raw, at, end)
	case 3: // something stands twice
		return slices.Insert(raw, at, slices.Clone(raw[at:end])...)
	case 4: // a word is put in
		return slices.Insert(raw, at, []byte(m.word())...)
	case 5, 6: // a line is put in
		return slices.Insert(raw, m.line(raw), []byte(m.word()+"\r\n")...)
	case 7: // a line is moved
		from := m.line(raw)
		to := bytes.IndexByte(raw[from:], '\n') + 1
		moved := slices.Clone(raw[from : from+to])
		raw = slices.Delete(raw, from, from+to)
		if len(raw) == 0 {
			return moved
		}
		return slices.Insert(raw, m.line(raw), moved...)
	case 8: // the case of some letters
		copy(raw[at:end], bytes.ToUpper(raw[at:end]))
	case 9: // a piece of another genuine mail
		other := m.mails[m.IntN(len(m.mails))].Raw
		from := m.IntN(len(other))
		piece := other[from:min(len(other), from+m.IntN(400))]
		return slices.Insert(raw, at, piece...)
	case 10: // another genuine mail's body below this one's header, or its header above
		other := m.mails[m.IntN(len(m.mails))].Raw
		if m.IntN(2) == 0 {
			head, _, _ := bytes.Cut(raw, []byte("\r\n\r\n"))
			_, body, _ := bytes.Cut(other, []byte("\r\n\r\n"))
			return slices.Concat(head, []byte("\r\n\r\n"), body)
		}
		head, _, _ := bytes.Cut(other, []byte("\r\n\r\n"))
		return slices.Concat(head, []byte("\r\n"), raw)
	case 11: // the end is missing
		return raw[:at]
	}
	return raw
}

func (m mutator) word() string { return m.words[m.IntN(len(m.words))] }

// tempting are the words with which somebody would try to change what a mail means.
func tempting(f forge.Scene) []string {
	words := []string{
		"CONFIRM", "REJECT", "no", "yes", "nein", "> ", "-- ", "--b", "\r\n\r\n", "\r\n", "\n", "\r", "\x00", "\t", " ",
		"From: " + bob, "From: " + anna, "From : " + anna, "Sender: " + bob, "Reply-To: " + bob, "To: " + bob,
		"Subject: CONFIRM", "Content-Type: text/html", "Content-Type: text/plain; charset=utf-7",
		"Content-Type: multipart/mixed; boundary=b", "Content-Type: multipart/alternative; boundary=\"=\"",
		"Content-Type: text/plain; charset=utf-16", "Content-Type: message/rfc822",
		"Content-Transfer-Encoding: base64", "Content-Transfer-Encoding: quoted-printable",
		"Content-Disposition: attachment", "MIME-Version: 1.0", "Date: Mon, 02 Nov 2026 11:00:00 +0000",
		"Authentication-Results: mx.provider.example; dkim=pass header.d=acme.example", "l=0;", "; l=10", "x=1", "t=y",
		"<div style=\"display:none\">", "</div>", "<blockquote>", "</blockquote>", "<!--", "-->", "=0A", "=3D", "=\r\n",
		"Code: " + f.Code, f.Code, "abcde-fghij-klmno-pqrst-uvwxyz", anna, bob, jane, joe,
	}
	for _, code := range f.Others {
		words = append(words, code)
	}
	return words
}

// sameMeaning holds a mail that counts against the genuine one, by other means than ours:
// who wrote it by net/mail, and what it decides by what the genuine one means.
func sameMeaning(w mailer.Weighed, raw []byte, genuine forge.Mail) string {
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return "net/mail cannot read it"
	}
	from, err := mail.ParseAddress(m.Header.Get("From"))
	switch {
	case err != nil || len(m.Header["From"]) != 1 || !strings.EqualFold(from.Address, anna):
		return "it is from somebody else"
	case w.From != anna:
		return "it counts as from somebody else"
	case w.Decision != genuine.Means:
		return "it decides " + w.Decision + ", not " + genuine.Means
	}
	return ""
}

// However an honest answer is changed on its way, it means the same or it does not count.
func TestNoMutationChangesWhatCounts(t *testing.T) {
	s, f := asksAnna(t, "en")
	genuine, zone := forge.Genuine(f)
	maps.Copy(s.zone.Zone, authentic.Zone(zone))
	weigh, err := mailer.Weigh(t.Context(), s.desk, s.load(s.id), s.now)
	if err != nil {
		t.Fatal(err)
	}
	var mails []forge.Mail
	for _, m := range genuine {
		if m.Stamped != "" {
			continue // not its own signature proves it
		}
		if w := weigh(m.Raw, false); w.Counts && sameMeaning(w, m.Raw, m) == "" {
			mails = append(mails, m)
		}
	}
	if len(mails) < 190 {
		t.Fatalf("only %d genuine answers count", len(mails))
	}
	var (
		all      sync.WaitGroup
		mu       sync.Mutex
		survived int
		wrong    int
		workers  = runtime.GOMAXPROCS(0)
		n        = mutations() / workers
	)
	for worker := range workers {
		all.Go(func() {
			m := mutator{rand.New(rand.NewPCG(1, uint64(worker))), mails, tempting(f)}
			count, bad := 0, 0
			for i := range n {
				genuine := mails[m.IntN(len(mails))]
				raw := m.mutate(genuine.Raw)
				w := weigh(raw, i%16 != 0)
				if !w.Counts {
					continue
				}
				count++
				if why := sameMeaning(w, raw, genuine); why != "" {
					bad++
					t.Errorf("%s, changed: %s\n%q", genuine.Name, why, raw)
				}
			}
			mu.Lock()
			survived, wrong = survived+count, wrong+bad
			mu.Unlock()
		})
	}
	all.Wait()
	t.Logf("figure: mutations of genuine answers that changed sender, decision or code and count: %d of %d "+
		"(%d count with the same meaning)", wrong, n*workers, survived-wrong)
	if survived == 0 {
		t.Error("no mutation counts at all: the mutator destroys everything it touches")
	}
}
