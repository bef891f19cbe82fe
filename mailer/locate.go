package mailer

import (
	"context"
	"errors"
	"strings"

	"github.com/dsrd/dsrd/mailer/envelope"
	"github.com/dsrd/dsrd/mailer/reader"
	"github.com/dsrd/dsrd/workflow"
)

// maxMarks bounds how many marks of one mail are looked up.
const maxMarks = 50

// locate gives the requests that a mail names, by reply address, Message-IDs,
// subject tag or the reference line in its text. A mark finds a request and
// proves nothing. Marks that lead to different requests give all of them.
func (d *Desk) locate(ctx context.Context, m *reader.Mail) ([]workflow.ID, error) {
	var found []workflow.ID
	seen := map[workflow.ID]bool{}
	add := func(ids ...workflow.ID) {
		for _, id := range ids {
			if !seen[id] {
				seen[id] = true
				found = append(found, id)
			}
		}
	}
	for _, id := range d.byMessageID(m) {
		_, err := d.Requests.Load(ctx, id)
		if err != nil && !errors.Is(err, workflow.NotFound) {
			return nil, err
		}
		if err == nil {
			add(id)
		}
	}
	for _, l := range d.locators(m) {
		ids, err := d.Requests.Find(ctx, l)
		if err != nil {
			return nil, err
		}
		add(ids...)
	}
	return found, nil
}

func (d *Desk) byMessageID(m *reader.Mail) []workflow.ID {
	var ids []workflow.ID
	all := append(append([]string{m.MicrosoftOriginalID}, m.InReplyTo...), m.References...)
	for _, mark := range all[:min(len(all), maxMarks)] {
		if effect, ok := d.Marks.MessageIDEffect(mark); ok {
			id, _, _ := cutEffect(effect)
			ids = append(ids, id)
		}
	}
	return ids
}

func (d *Desk) locators(m *reader.Mail) []string {
	var locators []string
	for _, address := range m.Recipients[:min(len(m.Recipients), maxMarks)] {
		if l, ok := d.Marks.ReplyLocator(address); ok {
			locators = append(locators, l)
		}
	}
	locators = append(locators, envelope.TagLocators(m.SubjectLine)...)
	return append(locators, envelope.TagLocators(m.Text)...)
}

// bounced names the effect whose mail came back.
func (d *Desk) bounced(m *reader.Mail) (string, bool) {
	for _, address := range m.Recipients {
		if effect, ok := d.Marks.BounceEffect(address); ok {
			return effect, true
		}
	}
	for _, id := range append([]string{m.Bounce.OriginalMessageID}, m.References...) {
		if effect, ok := d.Marks.MessageIDEffect(id); ok {
			return effect, true
		}
	}
	return "", false
}

// carriedBy reports whether the request cannot go on without that mail: it
// carries the live code or the package.
func carriedBy(r workflow.Request, effect workflow.EffectID) bool {
	code := r.Challenge != nil && r.Challenge.Effect == effect
	return code || r.Package != nil && r.Package.SentBy == effect
}

// failedForGood reports a definite failure: a delay changes nothing, and what
// was relayed or delivered is good news.
func failedForGood(m *reader.Mail) bool {
	for _, r := range m.Bounce.Recipients {
		if r.Action == "failed" {
			return true
		}
	}
	return false
}

// cutEffect splits an effect's id into the request's id and the number.
func cutEffect(effect string) (workflow.ID, string, bool) {
	id, number, ok := strings.Cut(effect, ".")
	return workflow.ID(id), number, ok
}

// bouncePrefix is the beginning of the local part of all bounce addresses.
func bouncePrefix(address string) string {
	local, _, _ := strings.Cut(address, "@")
	return local + "+"
}
