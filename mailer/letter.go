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
		d := p.confirmation(r, to, code)
		d.Again = again(r, *t.Effect)
		return p.Letters.Confirmation(to.language, d)
	case workflow.SendReminder:
		d := templates.Reminder{Confirmation: p.confirmation(r, to, code), Number: t.Effect.Number}
		return p.Letters.Reminder(to.language, d)
	case workflow.SendQuestion:
		return p.Letters.Question(to.language, templates.Question{
			Tag: tag, Customer: customer, Why: why[t.Effect.Reason], TypedCode: typed(r, to.tenant),
		})
	case workflow.SendHeld:
		return p.Letters.Held(to.language, templates.Held{
			Tag: tag, Customer: customer, Why: string(t.Effect.Reason), Contact: p.Contact,
		})
	case workflow.SendWhich:
		return p.Letters.Which(to.language, templates.Which{ProviderName: p.Provider})
	case workflow.SendEscalation:
		return p.Letters.Escalation(to.language, p.escalation(r, to))
	case workflow.SendReceipt:
		asked, _ := occasion(r, *t.Effect)
		d := templates.Receipt{ProviderName: p.Provider, ReceivedAt: asked.At}
		return p.Letters.Receipt(to.language, d)
	case workflow.SendDeclined:
		return p.Letters.Declined(to.language, templates.Declined{
			Tag: tag, Customer: customer, By: by(r), Answering: p.answering(r),
		})
	case workflow.SendRefusal:
		return p.Letters.Refusal(to.language, templates.Refusal{
			Tag: tag, Customer: customer, Role: string(to.admin.Role), Reason: string(r.Reason),
			Answering: p.answering(r),
		})
	case workflow.SendPackage:
		return p.Letters.Delivery(to.language, p.delivery(r, to))
	case workflow.SendPassphrase:
		return p.passphrase(ctx, r, to)
	}
	return templates.Letter{}, fmt.Errorf("write a letter for %s: there is none", t.Effect.Type)
}

// why a question is asked back, in the words of the template.
var why = map[workflow.Reason]string{
	workflow.UnclearAnswer: "unclear",
	workflow.CodeMissing:   "code_missing",
	workflow.CodeNotTyped:  "code_not_typed",
	workflow.OtherAddress:  "other_address",
}

func by(r workflow.Request) string {
	switch r.Reason {
	case workflow.ByOperator:
		return "operator"
	case workflow.ByRequester:
		return "requester"
	}
	return "admin"
}

// typed reports whether an answer must bring the code typed: what was agreed at birth
// stands, and what the tenant wants now counts besides.
func typed(r workflow.Request, t workflow.Tenant) bool {
	return r.Policy.Confirm.Stronger(t.Confirm) == workflow.TypedCode
}

// confirmation tells the admin what is asked. Of what the stranger wrote it holds
// the customer's address, the kind, the sender's domain and our verdict on it.
func (p *Postman) confirmation(r workflow.Request, to addressee, code string) templates.Confirmation {
	d := templates.Confirmation{
		Tag: r.ID.Tag(), Customer: string(r.Customer), TenantName: to.tenant.Name,
		Code: code, TypedCode: typed(r, to.tenant), CodeEnds: p.Now().Add(r.Policy.CodeLife),
		SenderDomain: senderDomain(r.Asker()), SenderVerified: r.Asker().Verified,
		AdminRole: string(to.admin.Role), RequestedAt: r.ReceivedAt, Answering: p.answering(r),
		Encryption: string(to.tenant.Encryption), Escalates: r.Escalated < r.Policy.Escalations,
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

// again says why a confirmation comes once more, where the law itself ordered it.
func again(r workflow.Request, e workflow.Effect) string {
	switch {
	case e.Reason == workflow.AdminReplaced:
		return "admin_changed"
	case e.Reason == workflow.AfterRecovery:
		return "after_recovery"
	case r.Escalated > 0:
		return "escalated"
	case r.Proven != nil && r.Challenge != nil && r.Challenge.Number > 1:
		return "better_proven"
	}
	return ""
}

// answering says who owes the person an answer, and by when. It depends on the
// capacity that was agreed when the request was born.
func (p *Postman) answering(r workflow.Request) templates.Answering {
	return templates.Answering{
		ProviderName: p.Provider, Controller: r.Policy.Capacity == workflow.Controller,
		LegalDeadline: r.Deadline,
	}
}

// escalation asks the second contact to make the admin answer. Of the customer it
// tells as much as is needed to know whom it is about.
func (p *Postman) escalation(r workflow.Request, to addressee) templates.Escalation {
	return templates.Escalation{
		Tag: r.ID.Tag(), Customer: masked(r.Customer), TenantName: to.tenant.Name,
		Admin:       string(workflow.FoldAddress(string(to.tenant.Admins[0].Address))),
		RequestedAt: r.ReceivedAt, CodeEnds: p.Now().Add(r.Policy.CodeLife), Answering: p.answering(r),
	}
}

// masked shows of an address its first letter and its domain.
func masked(a workflow.Address) string {
	for _, first := range string(a) {
		return string(first) + "***@" + a.Domain()
	}
	return ""
}

func (p *Postman) delivery(r workflow.Request, to addressee) templates.Delivery {
	d := templates.Delivery{
		Answering: p.answering(r), Tag: r.ID.Tag(), Customer: string(r.Customer), TenantName: to.tenant.Name,
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
