package mailer

import (
	"context"
	"errors"
	"fmt"

	"github.com/dsrd/dsrd/workflow"
)

// addressee is whom a letter goes to, by the registry as it is now.
type addressee struct {
	address  workflow.Address
	language string
	tenant   workflow.Tenant
	admin    workflow.Admin // zero for strangers
	stranger bool           // a requester: gets no data and no names, ever
}

// ends is an error that carries the event which ends the effect instead of a letter.
type ends struct{ event workflow.Event }

func (e ends) Error() string { return "not sent: " + string(e.event.Type) }

func endsWith(t workflow.EventType, why workflow.Reason) error {
	return ends{workflow.Event{Type: t, Reason: why}}
}

func endedBy(err error) (workflow.Outcome, bool) {
	var e ends
	if errors.As(err, &e) {
		return workflow.Outcome{Event: e.event}, true
	}
	return workflow.Outcome{}, false
}

// addressee finds the recipient of a letter. No address that came in by mail is
// ever the answer, but for receipts and questions to an authenticated requester,
// which carry no data.
func (p *Postman) addressee(
	ctx context.Context, r workflow.Request, e workflow.Effect,
) (addressee, error) {
	if e.Type == workflow.SendReceipt || e.Type == workflow.SendWhich {
		return toRequester(r, e)
	}
	tenant, err := p.tenant(ctx, r)
	if err != nil {
		return addressee{}, err
	}
	switch e.Type {
	case workflow.SendPackage:
		return toReleaser(r, tenant)
	case workflow.SendPassphrase:
		return toSecondContact(r, tenant)
	case workflow.SendEscalation:
		return toWhoCanPress(r, tenant)
	case workflow.SendReminder, workflow.SendQuestion:
		return toAsked(r, tenant)
	case workflow.SendHeld:
		return toRegistered(r, tenant)
	case workflow.SendConfirmation:
		return toAdmin(r, tenant, tenant.Admins[0]), nil
	case workflow.SendDeclined, workflow.SendRefusal:
		return toDecider(r, tenant), nil
	}
	return addressee{}, fmt.Errorf("find the recipient of %s: there is none", e.Type)
}

// tenant asks the registry anew: the tenant must exist, have an admin and still
// have the customer. Where an operator named both, the tenant's files need not know
// the customer.
func (p *Postman) tenant(ctx context.Context, r workflow.Request) (workflow.Tenant, error) {
	tenant, err := holder(ctx, p.Registry, r)
	if errors.Is(err, workflow.NotFound) {
		return tenant, endsWith(workflow.TenantLost, workflow.TenantGone)
	}
	if err != nil {
		return tenant, fmt.Errorf("look up the customer's tenant: %w", err)
	}
	if tenant.ID != r.TenantID || len(tenant.Admins) == 0 {
		return tenant, endsWith(workflow.TenantLost, workflow.TenantGone)
	}
	return tenant, nil
}

// holder is the tenant that has the customer now. One whom nobody lists is held by the
// tenant that an operator named; a list that names another tenant has the last word.
func holder(ctx context.Context, registry Registry, r workflow.Request) (workflow.Tenant, error) {
	t, err := registry.Lookup(ctx, r.Customer)
	if r.Assigned && errors.Is(err, workflow.NotFound) {
		return registry.Tenant(ctx, r.TenantID)
	}
	return t, err
}

// occasion is the mail that a receipt answers: the one that started the request, or one
// that joined it later.
func occasion(r workflow.Request, e workflow.Effect) (workflow.Joining, bool) {
	if e.Type != workflow.SendReceipt || e.Number == 0 {
		return workflow.JoiningOf(r), true
	}
	return r.JoinedAs(e.Number)
}

func toRequester(r workflow.Request, e workflow.Effect) (addressee, error) {
	who, found := occasion(r, e)
	if !found || !who.Requester.Verified || who.Requester.Address == "" {
		return addressee{}, endsWith(workflow.EffectDropped, workflow.NoReason)
	}
	return addressee{address: who.Requester.Address, language: who.Language, stranger: true}, nil
}

// toReleaser is the admin whose acknowledgement released the data, if the
// registry still names that admin with the role that it was given by.
func toReleaser(r workflow.Request, t workflow.Tenant) (addressee, error) {
	if r.Ack == nil || r.Package == nil {
		return addressee{}, endsWith(workflow.LetterFailed, workflow.NoReason)
	}
	if !releases(r, t) {
		return addressee{}, endsWith(workflow.AdminChanged, workflow.AdminReplaced)
	}
	admin, _ := t.Admin(r.Ack.Admin)
	return toAdmin(r, t, admin), nil
}

// toSecondContact never is an admin's address: who gets a package must not get
// what opens it. A passphrase whose package is void by now is not wanted any more.
func toSecondContact(r workflow.Request, t workflow.Tenant) (addressee, error) {
	if !releases(r, t) || r.Package.Removed {
		return addressee{}, endsWith(workflow.EffectDropped, workflow.NoReason)
	}
	second := workflow.FoldAddress(string(t.SecondContact))
	if _, admin := t.Admin(second); admin || second == "" {
		return addressee{}, endsWith(workflow.LetterFailed, workflow.EncryptionFailed)
	}
	admin, _ := t.Admin(r.Ack.Admin) // a young second contact waits as a young admin does
	return addressee{address: second, language: languageOf(r, workflow.Admin{}), tenant: t, admin: admin}, nil
}

// toWhoCanPress is the second contact, who can make the admin answer. It is somebody
// else than the admin who is asked, or there is nobody to tell.
func toWhoCanPress(r workflow.Request, t workflow.Tenant) (addressee, error) {
	second := workflow.FoldAddress(string(t.SecondContact))
	asked := workflow.FoldAddress(string(t.Admins[0].Address))
	if r.State != workflow.AwaitingConfirmation || second == "" || second == asked {
		return addressee{}, endsWith(workflow.EffectDropped, workflow.NoReason)
	}
	return addressee{address: second, language: languageOf(r, workflow.Admin{}), tenant: t}, nil
}

// releases reports whether the acknowledgement still holds: the registry names that
// admin, in the role that it was given by.
func releases(r workflow.Request, t workflow.Tenant) bool {
	if r.Ack == nil || r.Package == nil {
		return false
	}
	admin, named := t.Admin(r.Ack.Admin)
	return named && admin.Role == r.Ack.Role
}

// toDecider is the admin who acknowledged, if one did and is still named, else
// whom the registry names first: these letters carry no data.
func toDecider(r workflow.Request, t workflow.Tenant) addressee {
	if r.Ack != nil {
		if admin, named := t.Admin(r.Ack.Admin); named {
			return toAdmin(r, t, admin)
		}
	}
	return toAdmin(r, t, t.Admins[0])
}

// toAsked is the admin who holds the live code.
func toAsked(r workflow.Request, t workflow.Tenant) (addressee, error) {
	if r.Challenge == nil {
		return addressee{}, endsWith(workflow.EffectDropped, workflow.NoReason)
	}
	admin, named := t.Admin(r.Challenge.Admin)
	if !named {
		return addressee{}, endsWith(workflow.AdminChanged, workflow.AdminReplaced)
	}
	return toAdmin(r, t, admin), nil
}

// toRegistered is who is asked, or would be: never whoever wrote the answer that was held.
func toRegistered(r workflow.Request, t workflow.Tenant) (addressee, error) {
	if r.Challenge == nil {
		return toAdmin(r, t, t.Admins[0]), nil
	}
	return toAsked(r, t)
}

func toAdmin(r workflow.Request, t workflow.Tenant, a workflow.Admin) addressee {
	return addressee{
		address: workflow.FoldAddress(string(a.Address)), language: languageOf(r, a), tenant: t, admin: a,
	}
}

// languageOf follows the admin's own choice, else the request's language.
func languageOf(r workflow.Request, a workflow.Admin) string {
	if a.Language != "" {
		return a.Language
	}
	return r.Language
}
