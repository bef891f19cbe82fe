package mailer_test

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dsrd/dsrd/mailer/mailtest/forge"
	"github.com/dsrd/dsrd/mailer/reader"
	"github.com/dsrd/dsrd/workflow"
)

// asksAnna is a scene whose confirmation is in a language, and what an answer to it is made
// of. It is the same each time.
func asksAnna(t testing.TB, language string) (*scene, forge.Scene) {
	t.Helper()
	w := newWorld(t)
	w.people.change("acme", func(a *workflow.Tenant) { a.Admins[0].Language = language })
	s := &scene{world: w}
	s.id, s.confirmation = w.asked()
	asked := w.now
	w.pass(90 * time.Minute)
	h, plain := readMail(t, s.confirmation)
	f := forge.Scene{
		Admin: anna, Customer: jane, Desk: desk, ReplyTo: strings.Trim(h.Get("Reply-To"), "<>"),
		SubjectLine: subjectOf(t, h), MessageID: h.Get("Message-Id"), Text: plain,
		HTML: htmlOf(t, s.confirmation), Code: codeIn(t, s.confirmation), Sent: asked, Now: w.now,
	}
	return s, f
}

// htmlOf gives the HTML of one of our mails, with LF lines.
func htmlOf(t testing.TB, raw []byte) string {
	t.Helper()
	head, body, _ := bytes.Cut(raw, []byte("\r\n\r\n"))
	_, kind, _ := bytes.Cut(head, []byte("Content-Type: "))
	kind, _, _ = bytes.Cut(bytes.ReplaceAll(kind, []byte("\r\n "), nil), []byte("\r\n"))
	_, params, err := mime.ParseMediaType(string(kind))
	if err != nil {
		t.Fatal(err)
	}
	for parts := multipart.NewReader(bytes.NewReader(body), params["boundary"]); ; {
		p, err := parts.NextRawPart()
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(p.Header.Get("Content-Type"), "text/html") {
			text, err := io.ReadAll(quotedprintable.NewReader(p))
			if err != nil {
				t.Fatal(err)
			}
			return strings.ReplaceAll(string(text), "\r\n", "\n")
		}
	}
}

// becomes is what an answer makes of the request, and why.
func (s *scene) becomes(m forge.Mail) (meaning, why string) {
	if m.Stamped != "" {
		s.pin(m.Stamped)
	}
	rec := s.take(m.Raw)
	switch r := s.load(s.id); {
	case r.Ack != nil && r.State == workflow.Confirmed:
		return "confirm", ""
	case r.State == workflow.Declined:
		return "reject", ""
	}
	said := reader.Read(m.Raw, reader.Options{Own: []string{desk}})
	return "", fmt.Sprintf("%s by %q, %s (%s) of %q", rec.Outcome, s.reasons(), said.Decision,
		said.DecisionReason, said.Reply)
}

// thinned is every n-th of them.
func thinned(all []forge.Mail, n int) (some []forge.Mail) {
	for i := 0; i < len(all); i += n {
		some = append(some, all[i])
	}
	return some
}

// reasons are the reasons of all refusals in the request's history.
func (s *scene) reasons() (notes []string) {
	entries, err := s.store.History(s.ctx(), s.id)
	s.must(err)
	for _, e := range entries {
		if e.Event.Rule != "" {
			notes = append(notes, e.Event.Rule+" "+e.Event.Note)
		}
	}
	return notes
}

// TestHonestAnswersCount sends each of them to a desk of its own. Those to a German
// confirmation differ in what is quoted alone, so without TRUST=full a part of them does.
func TestHonestAnswersCount(t *testing.T) {
	alone(t)
	for language, every := range map[string]int{"en": 1, "de": 8} {
		t.Run(language, func(t *testing.T) {
			_, f := asksAnna(t, language)
			all, zone := forge.Genuine(f)
			if !full() {
				all = thinned(all, every)
			}
			accepted := 0
			clients, lost := map[string]int{}, map[string]int{}
			for _, m := range all {
				s, _ := asksAnna(t, language)
				maps.Copy(s.zone.Zone, zone)
				clients[m.Class]++
				if got, why := s.becomes(m); got == m.Means {
					accepted++
				} else {
					lost[m.Class]++
					t.Logf("%s came to %q: %s", m.Name, got, why)
				}
			}
			t.Logf("figure: genuine answers accepted (%s) %d of %d", language, accepted, len(all))
			for _, c := range slices.Sorted(maps.Keys(clients)) {
				t.Logf("%s: %d of %d", c, clients[c]-lost[c], clients[c])
			}
			if every*len(all) < 200 || 1000*accepted < 995*len(all) {
				t.Errorf("%d of %d honest answers count", accepted, len(all))
			}
		})
	}
}

// What a mail program says for an admin who answered nothing decides nothing.
func TestReflexesOfMailProgramsDecideNothing(t *testing.T) {
	_, f := asksAnna(t, "en")
	all, zone := forge.Reflexes(f)
	for _, m := range all {
		t.Run(m.Name, func(t *testing.T) {
			s, _ := asksAnna(t, "en")
			maps.Copy(s.zone.Zone, zone)
			if got, _ := s.becomes(m); got != "" || s.load(s.id).State != workflow.AwaitingConfirmation {
				t.Errorf("it counts as %q", got)
			}
		})
	}
}
