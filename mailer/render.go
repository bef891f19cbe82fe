package mailer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/mail"
	"strings"

	"github.com/dsrd/dsrd/mailer/composer"
	"github.com/dsrd/dsrd/templates"
	"github.com/dsrd/dsrd/workflow"
)

// errand is one letter on its way: the request as it stands, the order to send, and
// whom the registry names for it now.
type errand struct {
	r  workflow.Request
	t  workflow.Task
	to addressee
}

// mailBlob is where the bytes of a task's mail are kept until it has left.
func mailBlob(t workflow.Task) string { return letterBlob(t.Effect.ID) }

func letterBlob(letter workflow.EffectID) string { return "mail." + string(letter) }

// rendered gives the bytes of the mail: those made before, if there are any that
// still hold, so that every copy is the same; else new ones.
func (p *Postman) rendered(ctx context.Context, e errand) (io.ReadCloser, int64, error) {
	if carriesCode(e.t.Effect.Type) {
		return p.withCode(ctx, e)
	}
	mail, size, err := p.kept(ctx, e)
	if err == nil || !errors.Is(err, workflow.NotFound) {
		return mail, size, err
	}
	if e.t.Effect.Type == workflow.SendPackage {
		if err := p.havePackage(ctx, e.r); err != nil {
			return nil, 0, err
		}
	}
	if err := p.render(ctx, e, "", p.messageID(e.r, e.t)); err != nil {
		return nil, 0, err
	}
	return p.Blobs.Open(ctx, e.r.ID, mailBlob(e.t))
}

// messageID names a letter without a code. One to a stranger tells no number of
// effects and no partition: both differ between known and unknown customers.
func (p *Postman) messageID(r workflow.Request, t workflow.Task) string {
	switch t.Effect.Type {
	case workflow.SendReceipt, workflow.SendWhich:
		word := strings.TrimPrefix(string(t.Effect.Type), "send_")
		return p.Marks.MessageID(p.locatorOf(r, *t.Effect)+"."+word, 0)
	}
	return p.Marks.MessageID(markOf(*t.Effect), 0)
}

func carriesCode(t workflow.EffectType) bool {
	return t == workflow.SendConfirmation || t == workflow.SendReminder
}

// maxHead of a kept mail is looked at: header and text stand in front of all files.
const maxHead = 64 << 10

// kept opens the bytes made before; NotFound when there are none that are still
// what is to be sent: to this recipient and, if they carry a code, the live one. A
// registry that changed, or a second worker, may have made them stale.
func (p *Postman) kept(ctx context.Context, e errand) (io.ReadCloser, int64, error) {
	blob, size, err := p.Blobs.Open(ctx, e.r.ID, mailBlob(e.t))
	if err != nil {
		return nil, 0, err
	}
	head, err := io.ReadAll(io.LimitReader(blob, maxHead))
	if err == nil {
		_, err = blob.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, 0, errors.Join(fmt.Errorf("read the mail of %s: %w", e.t.Effect.ID, err), blob.Close())
	}
	if !addressedTo(head, e.to.address) || carriesCode(e.t.Effect.Type) && !p.bringsCode(head, e.r) {
		return nil, 0, errors.Join(fmt.Errorf("the mail of %s is stale: %w", e.t.Effect.ID, workflow.NotFound),
			blob.Close())
	}
	return blob, size, nil
}

func addressedTo(head []byte, who workflow.Address) bool {
	m, err := mail.ReadMessage(bytes.NewReader(head))
	if err != nil {
		return false
	}
	to, err := m.Header.AddressList("To")
	return err == nil && len(to) == 1 && workflow.FoldAddress(to[0].Address) == who
}

func (p *Postman) bringsCode(head []byte, r workflow.Request) bool {
	if r.Challenge == nil {
		return false
	}
	live, _ := carries(string(head), p.CodeKey, r.ID, *r.Challenge)
	return live
}

// withCode issues a code and renders the mail that carries it. The bytes are
// stored before the code's hash is committed: a crash in between leaves bytes
// that nobody sends, never a live code that nobody has.
func (p *Postman) withCode(ctx context.Context, e errand) (io.ReadCloser, int64, error) {
	if p.issued(e.r, e.t, e.to) {
		mail, size, err := p.kept(ctx, e)
		if err == nil || !errors.Is(err, workflow.NotFound) {
			return mail, size, err
		}
	}
	if !p.mayReleaseAnything(e.to) {
		return nil, 0, endsWith(workflow.RoleRefused, workflow.RoleForbids)
	}
	code, err := newCode(p.Rand)
	if err != nil {
		return nil, 0, err
	}
	c := workflow.Challenge{
		Admin: e.to.address, Effect: e.t.Effect.ID, Number: e.r.Codes + 1, Epoch: p.Epoch(),
		MessageID: p.Marks.MessageID(string(e.t.Effect.ID), e.r.Codes+1),
	}
	c.CodeHash = codeHash(p.CodeKey, code, e.r.ID, c)
	if err := p.render(ctx, e, code, c.MessageID); err != nil {
		return nil, 0, err
	}
	if e.r, err = p.issue(ctx, e.r, c); err != nil {
		return nil, 0, err
	}
	mail, size, err := p.kept(ctx, e)
	if errors.Is(err, workflow.NotFound) {
		return nil, 0, fmt.Errorf("another worker renders %s", e.t.Effect.ID)
	}
	return mail, size, err
}

// issued reports whether the live code is this mail's, was made for this admin, and
// in this life of the store.
func (p *Postman) issued(r workflow.Request, t workflow.Task, to addressee) bool {
	c := r.Challenge
	return c != nil && c.Effect == t.Effect.ID && c.Admin == to.address && c.Epoch == p.Epoch()
}

// issue makes the code the live one; it gives the request with the code that is live
// then, which another worker may have been faster to issue.
func (p *Postman) issue(ctx context.Context, r workflow.Request, c workflow.Challenge) (workflow.Request, error) {
	op := fmt.Sprintf("%s:code:%d", c.Effect, c.Number)
	e := workflow.Event{Type: workflow.CodeIssued, Op: op, Actor: "daemon", Number: c.Number, Challenge: &c}
	r, err := p.Workflow.Step(ctx, r.ID, e)
	if errors.Is(err, workflow.Refused) {
		return r, endsWith(workflow.EffectDropped, workflow.NoReason) // the request moved on
	}
	return r, err
}

// havePackage makes a package whose bytes are lost be compiled again, visibly.
func (p *Postman) havePackage(ctx context.Context, r workflow.Request) error {
	blob, _, err := p.Blobs.Open(ctx, r.ID, r.Package.Blob)
	if errors.Is(err, workflow.NotFound) {
		return endsWith(workflow.CompileAgain, workflow.NoReason)
	}
	if err != nil {
		return err
	}
	return blob.Close()
}

// render composes the mail straight into its blob.
func (p *Postman) render(ctx context.Context, e errand, code, messageID string) error {
	words, err := p.write(ctx, e, code)
	if err != nil {
		return err
	}
	letter := p.letter(ctx, e, words, messageID)
	read, write := io.Pipe()
	go func() {
		_, err := composer.Compose(write, letter)
		write.CloseWithError(err)
	}()
	_, err = p.Blobs.Put(ctx, e.r.ID, mailBlob(e.t), read)
	read.CloseWithError(errors.New("nobody reads on")) // ends the composer if Put gave up
	if err != nil {
		return fmt.Errorf("render %s of %s: %w", e.t.Effect.Type, e.r.ID, err)
	}
	return nil
}

// letter puts the words into the frame of a mail.
func (p *Postman) letter(
	ctx context.Context, e errand, words templates.Letter, messageID string,
) composer.Letter {
	l := composer.Letter{
		From: p.From, FromName: p.Provider, To: string(e.to.address),
		SubjectLine: words.SubjectLine, Text: words.Text, HTML: words.HTML, Language: words.Language,
		MessageID: messageID, Date: p.Now(), AutoSubmitted: composer.AutoGenerated,
		LoopMark: p.Marks.LoopMark(), ReplyTo: p.Marks.ReplyAddress(p.locatorOf(e.r, *e.t.Effect)),
	}
	switch {
	case e.to.stranger: // an answer to one mail (RFC 3834 3.1.5)
		asked, _ := occasion(e.r, *e.t.Effect)
		l.AutoSubmitted, l.InReplyTo = composer.AutoReplied, asked.Mail.MessageID
		l.References = nonEmpty(asked.Mail.MessageID)
	case e.to.admin.Address == "": // the second contact never saw what began the thread
	case e.r.Thread != "" && e.r.Thread != messageID:
		l.InReplyTo, l.References = e.r.Thread, nonEmpty(e.r.Thread)
	}
	if e.t.Effect.Type == workflow.SendPackage {
		l.Attachments = []composer.Attachment{p.attachment(ctx, e.r)}
	}
	return l
}

func nonEmpty(id string) []string {
	if id == "" {
		return nil
	}
	return []string{id}
}

func (p *Postman) attachment(ctx context.Context, r workflow.Request) composer.Attachment {
	return composer.Attachment{
		Name: r.Package.File, Type: "application/octet-stream", Size: r.Package.Size,
		Open: func() (io.ReadSeekCloser, error) {
			blob, _, err := p.Blobs.Open(ctx, r.ID, r.Package.Blob)
			return blob, err
		},
	}
}
