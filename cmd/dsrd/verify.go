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
		Use:   "verify PACKAGE",
		Short: "check an export package: signature, checksums, completeness",
		Long: "Checks an export package without a network: that it opens, that it was signed, that it\n" +
			"holds exactly what its manifest lists, unchanged. Exit status 1 if anything is wrong.\n" +
			"Without --signer it says who signed it, but not whether that is the right one.",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			report, err := app.VerifyPackage(args[0], k)
			if err != nil {
				return err
			}
			if asJSON {
				if err := encode(c.OutOrStdout(), report); err != nil {
					return err
				}
			} else {
				for _, line := range report.Lines {
					fmt.Fprintln(c.OutOrStdout(), line)
				}
			}
			if !report.OK() {
				return errSaid
			}
			return nil
		},
	}
	c.Flags().StringArrayVar(&k.Signers, "signer", nil, "public key that may have signed (dsrd keys show); may be repeated")
	c.Flags().StringVar(&k.IdentityFile, "identity", "", "file with the age key that opens the package")
	c.Flags().StringVar(&k.PassphraseFile, "passphrase-file", "", "file with the passphrase that opens the package")
	c.Flags().BoolVar(&asJSON, "json", false, "JSON instead of text")
	return c
}
