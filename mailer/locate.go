package mailer

import (
	"context"
	"errors"
	"slices"
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
	ids, locators := d.byMessageID(m)
	for _, id := range ids {
		_, err := d.Requests.Load(ctx, id)
		if err != nil && !errors.Is(err, workflow.NotFound) {
			return nil, err
		}
		if err == nil {
			add(id)
		}
	}
	for _, l := range append(locators, d.locators(m)...) {
		ids, err := d.Requests.Find(ctx, l)
		if err != nil {
			return nil, err
		}
		add(ids...)
	}
	return found, nil
}

// marked reports whether a mail bears any mark that could be ours, whether or not it
// leads to a request: the answer to a mail that joined bears one that leads nowhere.
func (d *Desk) marked(m *reader.Mail) bool {
	ids, locators := d.byMessageID(m)
	return len(ids)+len(locators)+len(d.locators(m)) > 0 || slices.ContainsFunc(m.InReplyTo, d.Marks.IsDigest)
}

// byMessageID reads the ids of our mails that a mail answers: letters to admins
// bear the request's id, those to strangers only its locator.
func (d *Desk) byMessageID(m *reader.Mail) (ids []workflow.ID, locators []string) {
	all := append(append([]string{m.MicrosoftOriginalID}, m.InReplyTo...), m.References...)
	for _, mark := range all[:min(len(all), maxMarks)] {
		effect, ok := d.Marks.MessageIDEffect(mark)
		if !ok {
			continue
		}
		if id, _, _ := cutEffect(effect); id.Locator() == string(id) {
			locators = append(locators, string(id))
		} else {
			ids = append(ids, id)
		}
	}
	return ids, locators
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

// returnMark names the mail of ours that a notice says did not arrive.
type returnMark struct {
	effect workflow.EffectID
	kind   string // of its mark; "" for letters to admins
	// by tells what the name rests on. Our envelope sender is known to the servers on the
	// letter's way; its Message-ID is known to all whom its reader ever wrote to, and is
	// worth less.
	by evidence
}

type evidence int

const (
	byWord     evidence = iota // the Message-ID stands somewhere in the notice
	byOriginal                 // it stands in what a delivery report returns of our mail
	bySender                   // the notice came to our envelope sender
)

// bounced names the effect whose mail came back: by the address that it came back
// to, else by the id of the mail. Marks that name different mails name none: we
// never sent such a mail.
func (d *Desk) bounced(m *reader.Mail) (returnMark, bool) {
	named, by := map[string]bool{}, byWord
	if effect, ok := d.Marks.MessageIDEffect(m.Bounce.OriginalMessageID); ok {
		named[effect] = true
		if m.Bounce.Returned {
			by = byOriginal
		}
	}
	for _, address := range m.Recipients {
		if effect, ok := d.Marks.BounceEffect(address); ok {
			named[effect], by = true, bySender
		}
	}
	if len(named) == 0 {
		effect, ok := d.answered(m)
		named[effect] = ok
	}
	for effect, ours := range named {
		id, kind := cutMark(effect)
		return returnMark{id, kind, by}, ours && len(named) == 1
	}
	return returnMark{}, false
}

// answered names the effect whose mail a notice answers, the newest first.
func (d *Desk) answered(m *reader.Mail) (string, bool) {
	ids := slices.Clone(m.References)
	ids = append(ids, m.InReplyTo...)
	for _, id := range slices.Backward(ids) {
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
