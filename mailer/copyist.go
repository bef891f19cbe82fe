package mailer

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/mail"
	"strconv"
	"strings"
	"time"

	"github.com/dsrd/dsrd/mailer/inbox"
	"github.com/dsrd/dsrd/workflow"
)

// Sent is the mailbox that copies go to.
type Sent interface {
	// Append stores a mail; after an error it may be there.
	Append(ctx context.Context, to inbox.Folder, raw []byte) error
	// Find says whether the folder holds a mail with that Message-ID.
	Find(ctx context.Context, in inbox.Folder, messageID string) (bool, error)
}

// Copyist carries out KeepCopy: it puts into the mailbox what proves that a letter left, so
// that a store that is lost is not the only one to know.
type Copyist struct {
	Requests Records
	Blobs    Blobs
	Box      Sent
	Key      []byte // seals the copies
	Epoch    func() int64
	Now      func() time.Time
}

// errUntold: no entry of the history says that the letter left.
var errUntold = errors.New("the history does not tell")

// noteMailbox marks a copy that waits for the mailbox to take it.
const noteMailbox = "mailbox"

// copyBlob is where a copy waits that the mailbox did not take. By then the letter's own
// bytes are gone: they hold a code, or data.
func copyBlob(letter workflow.EffectID) string { return "copy." + string(letter) }

// Carry puts the copy of one letter into the mailbox, unless it is there. A mailbox that is
// away is waited for, however long: nothing else would know of the letter.
func (c *Copyist) Carry(
	ctx context.Context, r workflow.Request, t workflow.Task,
) (workflow.Outcome, error) {
	raw, err := c.copied(ctx, r, t)
	switch {
	case errors.Is(err, workflow.NotFound):
		return dropped("no_bytes"), nil // retention was faster
	case errors.Is(err, errUntold):
		return dropped("untold"), nil // a copy proves what left, and nothing says that it did
	}
	if err != nil {
		return workflow.Outcome{}, fmt.Errorf("copy the letter of %s: %w", t.Effect.Of, err)
	}
	if err := c.store(ctx, t, raw); err != nil {
		return c.wait(ctx, t, raw, err)
	}
	return workflow.Outcome{}, nil // no event: the letter's own tells all
}

// copied gives the copy: the one that waits, or a new one.
func (c *Copyist) copied(ctx context.Context, r workflow.Request, t workflow.Task) ([]byte, error) {
	raw, err := c.read(ctx, r.ID, copyBlob(t.Effect.Of))
	if err == nil || !errors.Is(err, workflow.NotFound) {
		return raw, err
	}
	proof, err := c.proof(ctx, r, t.Effect.Of)
	if err != nil {
		return nil, err
	}
	blob, _, err := c.Blobs.Open(ctx, r.ID, letterBlob(t.Effect.Of))
	if err != nil {
		return nil, err
	}
	defer blob.Close()
	sum := sha256.New()
	var head bytes.Buffer
	letter := io.TeeReader(blob, sum)
	if _, err := io.Copy(&head, io.LimitReader(letter, maxHead)); err != nil {
		return nil, err
	}
	if _, err := io.Copy(io.Discard, letter); err != nil {
		return nil, err
	}
	proof.Digest = hex.EncodeToString(sum.Sum(nil))
	if proof.MessageID, err = messageIDOf(head.Bytes()); err != nil {
		return nil, err
	}
	return proof.encode(head.Bytes(), c.Key)
}

func (c *Copyist) read(ctx context.Context, id workflow.ID, name string) ([]byte, error) {
	blob, _, err := c.Blobs.Open(ctx, id, name)
	if err != nil {
		return nil, err
	}
	defer blob.Close()
	return io.ReadAll(io.LimitReader(blob, maxCopy))
}

// proof gathers what the request and its history tell of a letter that left.
func (c *Copyist) proof(
	ctx context.Context, r workflow.Request, letter workflow.EffectID,
) (Copy, error) {
	left, err := c.left(ctx, r.ID, letter)
	if err != nil {
		return Copy{}, err
	}
	_, number, _ := cutEffect(string(letter))
	n, err := strconv.Atoi(number)
	if err != nil {
		return Copy{}, fmt.Errorf("read the number of %s: %v", letter, err)
	}
	proof := Copy{
		Request: r.ID, Effect: letter, Type: left.Event.Order, Number: n, Ordered: r.Ordered,
		Epoch: c.Epoch(), At: left.At, Customer: r.Customer, Tenant: r.TenantID, Assigned: r.Assigned,
	}
	if p := r.Package; p != nil && p.SentBy == letter {
		sent := *p
		sent.Blob, sent.Passphrase = "", "" // where its bytes are is nobody else's business
		proof.Ack, proof.Package = r.Ack, &sent
	}
	return proof, nil
}

// left is the entry of the history that says that the letter left.
func (c *Copyist) left(
	ctx context.Context, id workflow.ID, letter workflow.EffectID,
) (workflow.Entry, error) {
	entries, err := c.Requests.History(ctx, id)
	if err != nil {
		return workflow.Entry{}, fmt.Errorf("read the history of %s: %w", id, err)
	}
	for _, e := range entries {
		if e.Event.Effect == letter && hasLeft(e.Event) {
			return e, nil
		}
	}
	return workflow.Entry{}, fmt.Errorf("find when %s left: %w", letter, errUntold)
}

// hasLeft reports whether a letter that ended so has left, or may have.
func hasLeft(e workflow.Event) bool {
	switch e.Type {
	case workflow.LetterSent, workflow.PackageSent:
		return true
	case workflow.EffectDropped, workflow.LetterFailed:
		return e.Copies > 0
	}
	return false
}

func messageIDOf(head []byte) (string, error) {
	m, err := mail.ReadMessage(bytes.NewReader(head))
	if err != nil {
		return "", fmt.Errorf("read its header: %v", err)
	}
	id := strings.Trim(m.Header.Get("Message-ID"), "<> ")
	if id == "" {
		return "", errors.New("read its header: there is no Message-ID")
	}
	return id, nil
}

// store puts the copy into the mailbox once. Only where somebody may have done so before is it
// looked for: a search costs more than all the rest.
func (c *Copyist) store(ctx context.Context, t workflow.Task, raw []byte) error {
	if t.Attempts+t.Lapsed > 0 || t.Note != "" {
		id, err := messageIDOf(raw)
		if err != nil {
			return err
		}
		there, err := c.Box.Find(ctx, inbox.Sent, id)
		if err != nil || there {
			return err
		}
	}
	return c.Box.Append(ctx, inbox.Sent, raw)
}

// How long a copy waits for a mailbox that does not take it: the longer it has, the rarer it
// is tried.
const (
	firstTry  = time.Minute
	rarestTry = time.Hour
)

// wait puts the copy aside, and removes the letter's own bytes. Where we are told to end,
// whoever goes on looks for the copy first.
func (c *Copyist) wait(
	ctx context.Context, t workflow.Task, raw []byte, why error,
) (workflow.Outcome, error) {
	select {
	case <-ctx.Done():
		return workflow.Outcome{Retry: c.Now(), Note: noteMailbox, Uncounted: true}, nil
	default:
	}
	if _, err := c.Blobs.Put(ctx, t.Request, copyBlob(t.Effect.Of), bytes.NewReader(raw)); err != nil {
		return workflow.Outcome{}, fmt.Errorf("put a copy aside: %w", err)
	}
	if err := c.Blobs.Delete(ctx, t.Request, letterBlob(t.Effect.Of)); err != nil {
		return workflow.Outcome{}, fmt.Errorf("remove the letter of %s: %w", t.Effect.Of, err)
	}
	now := c.Now()
	at := now.Add(min(max(now.Sub(t.Effect.OrderedAt)/8, firstTry), rarestTry))
	var early inbox.TooEarly
	if errors.As(why, &early) && early.Until.After(at) {
		at = early.Until
	}
	return workflow.Outcome{Retry: at, Note: noteMailbox, Uncounted: true}, nil
}

// Tidy removes the letter's bytes, which the Postman left for the copy.
func (c *Copyist) Tidy(ctx context.Context, t workflow.Task) error {
	for _, blob := range []string{letterBlob(t.Effect.Of), copyBlob(t.Effect.Of)} {
		if err := c.Blobs.Delete(ctx, t.Request, blob); err != nil {
			return fmt.Errorf("remove what was kept of %s: %w", t.Effect.Of, err)
		}
	}
	return nil
}
