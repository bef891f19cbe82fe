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

// mailBlob is where the bytes of an effect's mail are kept until it has left.
func mailBlob(t workflow.Task) string { return "mail." + string(t.Effect.ID) }

// rendered gives the bytes of the mail: those made before, if there are any that
// still hold, so that every copy is the same; else new ones.
func (p *Postman) rendered(ctx context.Context, r workflow.Request, t workflow.Task, to addressee) (io.ReadCloser, int64, error) {
	if carriesCode(t.Effect.Type) {
		return p.withCode(ctx, r, t, to)
	}
	mail, size, err := p.kept(ctx, r, t, to)
	if err == nil || !errors.Is(err, workflow.NotFound) {
		return mail, size, err
	}
	if t.Effect.Type == workflow.SendPackage {
		if err := p.havePackage(ctx, r); err != nil {
			return nil, 0, err
		}
	}
	if err := p.render(ctx, r, t, to, "", p.messageID(r, t)); err != nil {
		return nil, 0, err
	}
	return p.Blobs.Open(ctx, r.ID, mailBlob(t))
}

// messageID names a letter without a code. One to a stranger tells no number of
// effects and no partition: both differ between known and unknown customers.
func (p *Postman) messageID(r workflow.Request, t workflow.Task) string {
	switch t.Effect.Type {
	case workflow.SendReceipt, workflow.SendWhich:
		word := strings.TrimPrefix(string(t.Effect.Type), "send_")
		return p.Marks.MessageID(r.ID.Locator()+"."+word, 0)
	}
	return p.Marks.MessageID(string(t.Effect.ID), 0)
}

func carriesCode(t workflow.EffectType) bool {
	return t == workflow.SendConfirmation || t == workflow.SendReminder
}

// maxHead of a kept mail is looked at: header and text stand in front of all files.
const maxHead = 64 << 10

// kept opens the bytes made before; NotFound when there are none that are still
// what is to be sent: to this recipient and, if they carry a code, the live one. A
// registry that changed, or a second worker, may have made them stale.
func (p *Postman) kept(ctx context.Context, r workflow.Request, t workflow.Task, to addressee) (io.ReadCloser, int64, error) {
	blob, size, err := p.Blobs.Open(ctx, r.ID, mailBlob(t))
	if err != nil {
		return nil, 0, err
	}
	head, err := io.ReadAll(io.LimitReader(blob, maxHead))
	if err == nil {
		_, err = blob.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, 0, errors.Join(fmt.Errorf("read the mail of %s: %w", t.Effect.ID, err), blob.Close())
	}
	if !addressedTo(head, to.address) || carriesCode(t.Effect.Type) && !p.bringsCode(head, r) {
		return nil, 0, errors.Join(fmt.Errorf("the mail of %s is stale: %w", t.Effect.ID, workflow.NotFound),
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
func (p *Postman) withCode(ctx context.Context, r workflow.Request, t workflow.Task, to addressee) (io.ReadCloser, int64, error) {
	if p.issued(r, t, to) {
		mail, size, err := p.kept(ctx, r, t, to)
		if err == nil || !errors.Is(err, workflow.NotFound) {
			return mail, size, err
		}
	}
	if !p.mayReleaseAnything(to) {
		return nil, 0, endsWith(workflow.RoleRefused, workflow.RoleForbids)
	}
	code, err := newCode(p.Rand)
	if err != nil {
		return nil, 0, err
	}
	c := workflow.Challenge{
		Admin: to.address, Effect: t.Effect.ID, Number: r.Codes + 1, Epoch: p.Epoch(),
		MessageID: p.Marks.MessageID(string(t.Effect.ID), r.Codes+1),
	}
	c.CodeHash = codeHash(p.CodeKey, code, r.ID, c)
	if err := p.render(ctx, r, t, to, code, c.MessageID); err != nil {
		return nil, 0, err
	}
	if r, err = p.issue(ctx, r, c); err != nil {
		return nil, 0, err
	}
	mail, size, err := p.kept(ctx, r, t, to)
	if errors.Is(err, workflow.NotFound) {
		return nil, 0, fmt.Errorf("another worker renders %s", t.Effect.ID)
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
		return r, endsWith(workflow.LetterDropped, workflow.NoReason) // the request moved on
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
func (p *Postman) render(ctx context.Context, r workflow.Request, t workflow.Task, to addressee, code, messageID string) error {
	words, err := p.write(ctx, r, t, to, code)
	if err != nil {
		return err
	}
	letter := p.letter(ctx, r, t, to, words, messageID)
	read, write := io.Pipe()
	go func() {
		_, err := composer.Compose(write, letter)
		write.CloseWithError(err)
	}()
	_, err = p.Blobs.Put(ctx, r.ID, mailBlob(t), read)
	read.CloseWithError(errors.New("nobody reads on")) // ends the composer if Put gave up
	if err != nil {
		return fmt.Errorf("render %s of %s: %w", t.Effect.Type, r.ID, err)
	}
	return nil
}

// letter puts the words into the frame of a mail.
func (p *Postman) letter(ctx context.Context, r workflow.Request, t workflow.Task, to addressee, words templates.Letter, messageID string) composer.Letter {
	l := composer.Letter{
		From: p.From, FromName: p.Provider, To: string(to.address),
		SubjectLine: words.SubjectLine, Text: words.Text, HTML: words.HTML, Language: words.Language,
		MessageID: messageID, Date: p.Now(), AutoSubmitted: composer.AutoGenerated,
		LoopMark: p.Marks.LoopMark(), ReplyTo: p.Marks.ReplyAddress(r.ID.Locator()),
	}
	switch {
	case to.stranger: // an answer to one mail (RFC 3834 3.1.5)
		l.AutoSubmitted, l.InReplyTo = composer.AutoReplied, r.Mail.MessageID
		l.References = nonEmpty(r.Mail.MessageID)
	case r.Thread != "" && r.Thread != messageID:
		l.InReplyTo, l.References = r.Thread, nonEmpty(r.Thread)
	}
	if t.Effect.Type == workflow.SendPackage {
		l.Attachments = []composer.Attachment{p.attachment(ctx, r)}
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
