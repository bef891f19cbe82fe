package mailer

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/dsrd/dsrd/mailer/authentic"
	"github.com/dsrd/dsrd/mailer/reader"
	"github.com/dsrd/dsrd/mailer/reader/request"
	"github.com/dsrd/dsrd/workflow"
)

// wish is one thing that a mail asks for: one request to be.
type wish struct {
	customer workflow.Address
	rights   []workflow.Right
	reason   workflow.Reason // why a person must look; "" when the way is clear
	rule     string          // what of the mail made it so, where the reason does not say
}

// ruleTooMany marks a mail that names more customers than one mail may, or just as
// many: a person must see whether some were left out.
const ruleTooMany = "intake/too-many-customers"

// ruleChanged marks a mail that has the id of an earlier one and another text.
const ruleChanged = "intake/same-id-other-text"

// ruleJoined marks a mail that asks for what an open request asks for already: it
// is told to that request, and nobody is asked twice.
const ruleJoined = "intake/joined"

// intake makes requests out of a mail that a person wrote. A known and an
// unknown customer take the same way; they differ only in what the registry says.
func (d *Desk) intake(ctx context.Context, in incoming) (ending, error) {
	end := ending{outcome: workflow.MailRepeated}
	for i, w := range in.wishes() {
		r, err := d.birth(ctx, in, w)
		if err != nil {
			return ending{}, err
		}
		became, err := d.receive(ctx, r, fmt.Sprintf("%s:%d", mailOp(in.digest), i))
		if err != nil {
			return ending{}, err
		}
		joined := ""
		switch {
		case became.Born:
			end.outcome = workflow.MailStarted
		case became.Joined != "":
			r.ID, joined = became.Joined, ruleJoined
		case !in.again:
			err = d.compare(ctx, in, r)
		}
		if err != nil {
			return ending{}, err
		}
		if !slices.Contains(end.requests, r.ID) {
			end.requests = append(end.requests, r.ID)
		}
		end.rule = cmp.Or(end.rule, w.rule, string(w.reason), joined)
	}
	return end, nil
}

// receive gives birth to a request, or lets it join. What joined once is remembered: the
// same mail, delivered anew with other bytes after that request has ended, asks for
// nothing new. What no history tells of is not remembered either: it would have no bound.
func (d *Desk) receive(ctx context.Context, r workflow.Request, op string) (workflow.Birth, error) {
	key := "join:" + string(r.ID)
	joined, err := d.Replays.Remembered(ctx, key)
	if err != nil || joined != "" {
		return workflow.Birth{Joined: workflow.ID(joined)}, err
	}
	became, err := d.Workflow.Receive(ctx, r, op)
	if err != nil || became.Joined == "" || became.Untold {
		return became, err
	}
	_, err = d.Replays.First(ctx, key, string(became.Joined), d.Now())
	return became, err
}

// compare tells a redelivery from a mail that only pretends to be one: the same
// id with another text is written into the request's history for a person.
func (d *Desk) compare(ctx context.Context, in incoming, r workflow.Request) error {
	there, err := d.Requests.Load(ctx, r.ID)
	if err != nil {
		return err
	}
	if there.Mail.TextSum == r.Mail.TextSum || there.Mail.Digest == in.digest {
		return nil
	}
	_, err = d.held(ctx, in, r.ID, ruleChanged)
	return err
}

// birth gathers the facts of a request.
func (d *Desk) birth(ctx context.Context, in incoming, w wish) (workflow.Request, error) {
	tenant, err := d.tenantOf(ctx, w.customer)
	if err != nil {
		return workflow.Request{}, err
	}
	salt := make([]byte, 16)
	if _, err := io.ReadFull(d.Rand, salt); err != nil {
		return workflow.Request{}, fmt.Errorf("draw a salt: %v", err)
	}
	r := workflow.Request{
		KeyVersion: d.Keys.IDVersion, Rights: w.rights, Reason: w.reason, TenantID: tenant.ID,
		Customer: w.customer, Language: in.mail.Request.Language, ReceivedAt: in.arrived,
		Requester: workflow.Requester{
			Address:  requester(in),
			Verified: in.verdict.Confirmable(),
		},
		Mail: workflow.MailRef{
			Digest: in.digest, MessageID: in.mail.MessageID, TextSum: textSum(in.mail.Text),
		},
		Policy: d.Policy(tenant), Salt: hex.EncodeToString(salt),
		// In another life of the store this request may have had letters, whose ids receivers
		// remember.
		Ordered: workflow.EffectBase(d.Epoch()),
	}
	if r.ID, err = d.newID(ctx, in, r); err != nil {
		return r, err
	}
	r.Policy.Receipt, err = d.answerable(ctx, in, r)
	return r, err
}

func (d *Desk) tenantOf(ctx context.Context, customer workflow.Address) (workflow.Tenant, error) {
	t, err := d.Registry.Lookup(ctx, customer)
	if errors.Is(err, workflow.NotFound) {
		return workflow.Tenant{}, nil
	}
	if err != nil {
		return workflow.Tenant{}, fmt.Errorf("look up the customer's tenant: %w", err)
	}
	return t, nil
}

// newID derives the id; a request that there is keeps its own, whatever key made
// it and wherever its customer's tenant lives by now.
func (d *Desk) newID(ctx context.Context, in incoming, r workflow.Request) (workflow.ID, error) {
	origin := workflow.Origin{
		MessageID: in.mail.MessageID, From: r.Requester.Address,
		Date: in.mail.Date.UTC().Format(time.RFC3339), TextSum: r.Mail.TextSum,
		Customer: r.Customer, Kind: primary(r.Rights),
	}
	partition := d.Partition(r.TenantID)
	for _, version := range slices.Sorted(maps.Keys(d.Keys.ID)) {
		id := workflow.NewID(d.Keys.ID[version], partition, origin)
		there, err := d.Requests.Find(ctx, id.Locator())
		if err != nil {
			return "", fmt.Errorf("look for a request of the same mail: %w", err)
		}
		for _, old := range there {
			if old[2:] == id[2:] { // behind the two digits of the partition
				return old, nil
			}
		}
	}
	return workflow.NewID(d.Keys.ID[d.Keys.IDVersion], partition, origin), nil
}

func primary(rights []workflow.Right) workflow.Right {
	if len(rights) == 0 {
		return workflow.Export
	}
	return rights[0]
}

func requester(in incoming) workflow.Address {
	if in.verdict.From != "" {
		return workflow.Address(in.verdict.From)
	}
	return workflow.FoldAddress(in.mail.From)
}

// ruleStray marks a mail that answers one of ours and leads to no request.
const ruleStray = "intake/stray-answer"

// wishes says what the mail asks for. One that answers a mail of ours, leads to no
// request and asks for nothing by itself is for a person, and no machine writes back:
// were it to lead to a request, none would.
func (in incoming) wishes() []wish {
	if in.stray {
		return []wish{{reason: workflow.UnclearRequest, rule: ruleStray, rights: []workflow.Right{workflow.Export}}}
	}
	return wishes(in.mail)
}

// wishes says what a mail asks for: for each customer one request for all that
// an export answers, and one more for the rights that a person must handle.
func wishes(m *reader.Mail) []wish {
	if why := odd(m); why != workflow.NoReason {
		return []wish{{reason: why, rights: []workflow.Right{workflow.Export}}}
	}
	exportable, others := rights(m.Request.Kinds)
	if len(m.Request.Customers) == 0 {
		return []wish{{reason: workflow.NoCustomer, rights: append(exportable, others...)}}
	}
	var all []wish
	for _, c := range m.Request.Customers {
		customer, reason := workflow.FoldAddress(c), customerDoubt(c)
		if len(exportable) > 0 {
			all = append(all, wish{customer: customer, rights: exportable, reason: reason})
		}
		if len(others) > 0 {
			reason = cmp.Or(reason, workflow.UnsupportedRight)
			all = append(all, wish{customer: customer, rights: others, reason: reason})
		}
	}
	if len(m.Request.Customers) >= request.MaxCustomers {
		all = append(all, wish{
			reason: workflow.UnclearRequest, rule: ruleTooMany, rights: append(exportable, others...),
		})
	}
	return all
}

// customerDoubt keeps from letters what they may not carry: of a stranger's words
// an admin reads a plain address alone, in letters that cannot be mistaken.
func customerDoubt(address string) workflow.Reason {
	if _, err := authentic.FoldAddress(address); err != nil {
		return workflow.OddMail
	}
	return workflow.NoReason
}

// odd reports a mail that no machine should act on.
func odd(m *reader.Mail) workflow.Reason {
	if m.Err != "" || m.Unreadable != "" || m.Truncated || m.OverLimit {
		return workflow.OddMail
	}
	if request.ReadWithdrawal(m.Reply).Meant { // of which request, nobody can tell
		return workflow.UnclearRequest
	}
	for _, k := range m.Request.Kinds {
		if k == "reminder" || k == "complaint" {
			return workflow.UnclearRequest
		}
	}
	return workflow.NoReason
}

// rights sorts what was asked for by whether an export answers it. A mail that
// only names a customer asks for an export: that is the published procedure.
func rights(kinds []string) (exportable, others []workflow.Right) {
	for _, k := range kinds {
		if r := workflow.Right(k); r.Exportable() {
			exportable = append(exportable, r)
		} else {
			others = append(others, r)
		}
	}
	if len(kinds) == 0 {
		exportable = []workflow.Right{workflow.Export}
	}
	return exportable, others
}

// textSum is the digest of a text without its white space: transfer encodings
// and line wrapping do not change it.
func textSum(text string) string {
	sum := sha256.Sum256([]byte(strings.Join(strings.Fields(text), "")))
	return hex.EncodeToString(sum[:])
}
