package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/dsrd/dsrd/internal/app"
)

func newVerify() *cobra.Command {
	var k app.PackageKeys
	var asJSON bool
	c := &cobra.Command{
		Use:     "verify PACKAGE",
		Short:   "check an export package: signature, checksums, completeness",
		Example: "  dsrd verify --identity key.txt dsr-k4f97xq2.zip.age",
		Long: "Checks an export package without a network: that it opens, that it was signed, that it\n" +
			"holds exactly what its manifest lists, unchanged. Exit status 1 if anything is wrong.\n" +
			"Without --signer it says who signed it, but not whether that is the right one.",
		Args: one("one package file"),
		RunE: func(c *cobra.Command, args []string) error {
			checked, err := app.VerifyPackage(args[0], k)
			if err != nil {
				return err
			}
			if asJSON {
				err = encode(c.OutOrStdout(), checked)
			} else {
				printChecked(c, checked)
			}
			if err == nil && !checked.OK {
				return errSaid
			}
			return err
		},
	}
	c.Flags().StringArrayVar(&k.Signers, "signer", nil,
		"public key that may have signed (dsrd keys show); may be repeated")
	c.Flags().StringVar(&k.IdentityFile, "identity", "", "file with the age key that opens the package")
	c.Flags().StringVar(&k.PassphraseFile, "passphrase-file", "", "file with the passphrase that opens the package")
	c.Flags().BoolVar(&asJSON, "json", false, "JSON instead of text")
	return c
}

func printChecked(c *cobra.Command, checked app.Checked) {
	for _, line := range checked.Lines {
		fmt.Fprintln(c.OutOrStdout(), line)
	}
	if checked.Locked() {
		fmt.Fprintln(c.ErrOrStderr(), "dsrd: give what opens it with --identity FILE or --passphrase-file FILE")
	}
}
