package mailer

import (
	"context"
	"fmt"
	"io"

	"github.com/dsrd/dsrd/mailer/authentic"
	"github.com/dsrd/dsrd/templates"
	"github.com/dsrd/dsrd/workflow"
)

// write renders the words of a letter. code is only for confirmations and
// reminders; no other letter carries one.
func (p *Postman) write(ctx context.Context, e errand, code string) (templates.Letter, error) {
	r, t, to := e.r, e.t, e.to
	tag, customer := r.ID.Tag(), string(r.Customer)
	switch t.Effect.Type {
	case workflow.SendConfirmation:
		return p.Letters.Confirmation(to.language, p.confirmation(r, to, code))
	case workflow.SendReminder:
		d := templates.Reminder{Confirmation: p.confirmation(r, to, code), Number: t.Effect.Number}
		return p.Letters.Reminder(to.language, d)
	case workflow.SendQuestion:
		return p.Letters.Question(to.language, templates.Question{
			Tag: tag, Customer: customer, Why: why[t.Effect.Reason],
		})
	case workflow.SendWhich:
		return p.Letters.Which(to.language, templates.Which{ProviderName: p.Provider})
	case workflow.SendReceipt:
		d := templates.Receipt{ProviderName: p.Provider, ReceivedAt: r.ReceivedAt}
		return p.Letters.Receipt(to.language, d)
	case workflow.SendDeclined:
		d := templates.Declined{Tag: tag, Customer: customer, By: by(r)}
		return p.Letters.Declined(to.language, d)
	case workflow.SendRefusal:
		return p.Letters.Refusal(to.language, templates.Refusal{
			Tag: tag, Customer: customer, Role: string(to.admin.Role), Reason: string(r.Reason),
		})
	case workflow.SendPackage:
		return p.Letters.Delivery(to.language, delivery(r, to))
	case workflow.SendPassphrase:
		return p.passphrase(ctx, r, to)
	}
	return templates.Letter{}, fmt.Errorf("write a letter for %s: there is none", t.Effect.Type)
}

// why a question is asked back, in the words of the template.
var why = map[workflow.Reason]string{
	workflow.UnclearAnswer: "unclear",
	workflow.CodeMissing:   "code_missing",
	workflow.OtherAddress:  "other_address",
}

func by(r workflow.Request) string {
	if r.Reason == workflow.ByOperator {
		return "operator"
	}
	return "admin"
}

// confirmation tells the admin what is asked. Of what the stranger wrote it holds
// the customer's address, the kind, the sender's domain and our verdict on it.
func (p *Postman) confirmation(r workflow.Request, to addressee, code string) templates.Confirmation {
	d := templates.Confirmation{
		Tag: r.ID.Tag(), Customer: string(r.Customer), TenantName: to.tenant.Name,
		ProviderName: p.Provider, Code: code, CodeEnds: p.Now().Add(r.Policy.CodeLife),
		SenderDomain: senderDomain(r.Requester), SenderVerified: r.Requester.Verified,
		AdminRole: string(to.admin.Role), RequestedAt: r.ReceivedAt, LegalDeadline: r.Deadline,
		Encryption: string(to.tenant.Encryption),
	}
	for _, right := range r.Rights {
		d.Kinds = append(d.Kinds, string(right))
	}
	for _, o := range p.Catalog(to.tenant) {
		if to.admin.Role.MayExport(o.Category) {
			d.Categories = append(d.Categories, templates.Category{Name: o.Name, Scope: o.Scope})
			continue
		}
		d.LeftOut = append(d.LeftOut, templates.LeftOut{Name: o.Name, Reason: string(workflow.RoleForbids)})
	}
	return d
}

// senderDomain is the domain that a mail claims to come from; "" unless it is a plain
// host name: whatever else stands there is a stranger's words.
func senderDomain(r workflow.Requester) string {
	address, err := authentic.FoldAddress(string(r.Address))
	if err != nil {
		return ""
	}
	return workflow.Address(address).Domain()
}

// mayReleaseAnything reports whether the admin's role covers any of what there is.
func (p *Postman) mayReleaseAnything(to addressee) bool {
	for _, o := range p.Catalog(to.tenant) {
		if to.admin.Role.MayExport(o.Category) {
			return true
		}
	}
	return false
}

func delivery(r workflow.Request, to addressee) templates.Delivery {
	d := templates.Delivery{
		Tag: r.ID.Tag(), Customer: string(r.Customer), TenantName: to.tenant.Name,
		FileName: r.Package.File, Encryption: string(r.Package.Encryption), SHA256: r.Package.SHA256,
		Verify: "dsrd verify " + r.Package.File,
	}
	for _, s := range r.Package.Sources {
		d.Sources = append(d.Sources, templates.SourceLine{
			Name: string(s.Category), Status: s.Status, Count: s.Count, Note: s.Note,
		})
	}
	for _, l := range r.Package.LeftOut {
		d.LeftOut = append(d.LeftOut, templates.LeftOut{Name: string(l.Category), Reason: l.Reason})
	}
	return d
}

// maxPassphrase bounds the blob that holds one.
const maxPassphrase = 1 << 10

func (p *Postman) passphrase(ctx context.Context, r workflow.Request, to addressee) (templates.Letter, error) {
	if r.Package == nil || r.Package.Passphrase == "" {
		return templates.Letter{}, endsWith(workflow.LetterFailed, workflow.EncryptionFailed)
	}
	blob, _, err := p.Blobs.Open(ctx, r.ID, r.Package.Passphrase)
	if err != nil {
		return templates.Letter{}, fmt.Errorf("read the passphrase of %s: %w", r.ID, err)
	}
	defer blob.Close()
	secret, err := io.ReadAll(io.LimitReader(blob, maxPassphrase))
	if err != nil {
		return templates.Letter{}, fmt.Errorf("read the passphrase of %s: %w", r.ID, err)
	}
	return p.Letters.Passphrase(to.language, templates.Passphrase{
		Tag: r.ID.Tag(), FileName: r.Package.File, Passphrase: string(secret),
	})
}
