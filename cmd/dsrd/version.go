package main

import (
	"fmt"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// version is set by the Makefile: -ldflags "-X main.version=...".
var version = "devel"

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "print the version",
		Example: "  dsrd version",
		Args:    none,
		RunE: func(c *cobra.Command, _ []string) error {
			info, _ := debug.ReadBuildInfo()
			built := "unknown"
			if info != nil {
				built = info.GoVersion
			}
			fmt.Fprintf(c.OutOrStdout(), "dsrd %s (%s)\n", version, built)
			return nil
		},
	}
}
