package token

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// File is a vault in a file that holds the refresh token and nothing else. It is for one process: two
// that share an account need a vault that both can reach.
type File string

var _ Vault = File("")

// Load reads the file; one that does not exist holds no token.
func (f File) Load(context.Context) (string, error) {
	text, err := os.ReadFile(string(f))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return strings.TrimSpace(string(text)), err
}

// Keep replaces the file: a crash leaves the old text or the new one.
func (f File) Keep(_ context.Context, refreshToken string) error {
	folder := filepath.Dir(string(f))
	next, err := os.CreateTemp(folder, ".token-*") // mode 0600
	if err != nil {
		return fmt.Errorf("make a new token file: %v", err)
	}
	_, err = next.WriteString(refreshToken + "\n")
	if err == nil {
		err = next.Sync()
	}
	if err = errors.Join(err, next.Close()); err == nil {
		err = os.Rename(next.Name(), string(f))
	}
	if err != nil {
		_ = os.Remove(next.Name())
		return fmt.Errorf("write the new token file: %v", err)
	}
	return syncFolder(folder)
}

// syncFolder makes the new name durable.
func syncFolder(folder string) error {
	d, err := os.Open(folder)
	if err != nil {
		return fmt.Errorf("open the folder of the token file: %v", err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("sync the folder of the token file: %v", err)
	}
	return nil
}
