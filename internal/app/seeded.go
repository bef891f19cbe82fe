package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/dsrd/dsrd/mailer/token"
	"github.com/dsrd/dsrd/workflow"
)

// seeded is a vault that takes its first token from a file, and again whenever a
// person has put another one there: after a new login that is the only good one.
type seeded struct {
	vault token.Vault // the newest token, by whoever renewed it last
	seen  token.Vault // which text of the file was taken, as a digest
	file  token.Vault
	// turn waits for nobody: Fenced when another replica takes the token now.
	turn func(context.Context) (release func(), err error)
}

var _ token.Vault = (*seeded)(nil)

// Load gives the newest token. A file that cannot be read is no loss while there is
// one in the vault.
func (s *seeded) Load(ctx context.Context) (string, error) {
	fresh, text, unread := s.fresh(ctx)
	if unread == nil && fresh {
		if err := s.take(ctx, text); err != nil {
			return "", err
		}
	}
	kept, err := s.vault.Load(ctx)
	if err == nil && kept == "" && unread != nil {
		return "", unread
	}
	return kept, err
}

// Keep replaces the token; the file stays as the person left it.
func (s *seeded) Keep(ctx context.Context, refreshToken string) error {
	return s.vault.Keep(ctx, refreshToken)
}

// fresh reports whether the file holds a token that was never taken.
func (s *seeded) fresh(ctx context.Context) (bool, string, error) {
	text, err := s.file.Load(ctx)
	if err != nil || text == "" {
		return false, "", err
	}
	seen, err := s.seen.Load(ctx)
	return err == nil && seen != digest(text), text, err
}

// take puts the file's token into the vault. In its turn it looks once more: what
// another replica took and renewed meanwhile must not come back.
func (s *seeded) take(ctx context.Context, text string) error {
	release, err := s.turn(ctx)
	if errors.Is(err, workflow.Fenced) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("take the refresh token from its file: %w", err)
	}
	defer release()
	seen, err := s.seen.Load(ctx)
	if err != nil || seen == digest(text) {
		return err
	}
	if err := s.vault.Keep(ctx, text); err != nil {
		return err
	}
	return s.seen.Keep(ctx, digest(text))
}

// digest tells texts apart without keeping them.
func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
