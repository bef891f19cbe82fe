package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/dsrd/dsrd/internal/app"
	"github.com/dsrd/dsrd/internal/config"
)

func newKeys() *cobra.Command {
	c := &cobra.Command{
		Use: "keys", Short: "make and show the key file", Args: none,
		Example: "  dsrd keys new --out /etc/dsrd/keys.yaml",
		RunE:    func(*cobra.Command, []string) error { return usagef("keys: say new or show") },
	}
	c.AddCommand(newKeysNew(), newKeysShow())
	return c
}

func newKeysNew() *cobra.Command {
	var out string
	var rotate bool
	c := &cobra.Command{
		Use:     "new",
		Short:   "write a new key file, or new versions into an old one",
		Example: "  dsrd keys new --out /etc/dsrd/keys.yaml",
		Long: "Writes a new key file. One that exists is never replaced: without its keys nothing\n" +
			"stored can be read. --rotate adds new versions of the keys that have versions.",
		Args: none,
		RunE: func(c *cobra.Command, _ []string) error {
			if rotate {
				return rotateKeys(c.OutOrStdout(), out)
			}
			return makeKeys(c.OutOrStdout(), out)
		},
	}
	c.Flags().StringVar(&out, "out", "keys.yaml", "the key file")
	c.Flags().BoolVar(&rotate, "rotate", false, "add new versions to the file")
	return c
}

func makeKeys(w io.Writer, out string) error {
	if _, err := os.Lstat(out); !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("make keys: %s exists already (use --rotate, or another --out)", out)
	}
	keys, err := config.NewKeys(rand.Reader, time.Now())
	if err != nil {
		return err
	}
	return keep(w, keys, out, "made")
}

// keep writes the file and says what matters about it.
func keep(w io.Writer, keys *config.KeyFile, file, how string) error {
	if err := keys.Write(file); err != nil {
		return err
	}
	fmt.Fprintf(w, "%s %s. Back it up apart from Redis: without it nothing stored can be read.\n", file, how)
	return nil
}

func rotateKeys(w io.Writer, out string) error {
	keys, err := config.ReadKeys(out)
	if err != nil {
		return err
	}
	if err := keys.Rotate(rand.Reader, time.Now()); err != nil {
		return err
	}
	return keep(w, keys, out, "has new versions")
}

// keyRow is what may be shown of a key.
type keyRow struct {
	Use     string    `json:"use"`
	Version int       `json:"version"`
	Made    time.Time `json:"made"`
	KeyID   string    `json:"key_id,omitempty"`
	Public  string    `json:"public,omitempty"`
}

func newKeysShow() *cobra.Command {
	var file string
	var asJSON bool
	c := &cobra.Command{
		Use:     "show",
		Short:   "show versions and public keys, never a secret",
		Example: "  dsrd keys show --file /etc/dsrd/keys.yaml",
		Long:    "Shows versions and public keys. Give the public keys to whoever verifies packages.",
		Args:    none,
		RunE: func(c *cobra.Command, _ []string) error {
			keys, err := config.ReadKeys(file)
			if err != nil {
				return err
			}
			return showKeys(c.OutOrStdout(), keyRows(keys), asJSON)
		},
	}
	c.Flags().StringVar(&file, "file", "keys.yaml", "the key file")
	c.Flags().BoolVar(&asJSON, "json", false, "one JSON object a line")
	return c
}

func keyRows(keys *config.KeyFile) []keyRow {
	var rows []keyRow
	for _, k := range keys.IDs {
		rows = append(rows, keyRow{Use: "ids", Version: k.Version, Made: k.Made})
	}
	for _, k := range keys.Signing {
		public := ed25519.NewKeyFromSeed(k.Key).Public().(ed25519.PublicKey)
		rows = append(rows, keyRow{Use: "signing", Version: k.Version, Made: k.Made,
			KeyID: app.KeyID(public), Public: base64.StdEncoding.EncodeToString(public)})
	}
	return rows
}

func showKeys(w io.Writer, rows []keyRow, asJSON bool) error {
	for _, r := range rows {
		if asJSON {
			if err := json.NewEncoder(w).Encode(r); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(w, "%-8s v%-3d %s", r.Use, r.Version, r.Made.Format(time.DateOnly))
		if r.Public != "" {
			fmt.Fprintf(w, "  key id %s  public %s", r.KeyID, r.Public)
		}
		fmt.Fprintln(w)
	}
	return nil
}
