package main

import (
	"github.com/spf13/cobra"

	"github.com/dsrd/dsrd/internal/demo"
)

func newDemo() *cobra.Command {
	var o demo.ShowOptions
	c := &cobra.Command{
		Use:     "demo",
		Short:   "walk the whole procedure in one process, without a network",
		Example: "  dsrd demo",
		Long: "Walks the whole procedure: request by mail, confirmation by mail, export by mail. All\n" +
			"servers run in this process on loopback ports; nothing outside is reached. Every mail and\n" +
			"the package are left in the output folder.",
		Args: none,
		RunE: func(c *cobra.Command, _ []string) error {
			return demo.Show(c.Context(), c.OutOrStdout(), o)
		},
	}
	c.Flags().StringVar(&o.Out, "out", "demo-out", "folder for mails and package")
	c.Flags().BoolVar(&o.Keep, "keep", false, "stay up afterwards, to play with")
	c.Flags().BoolVar(&o.Log, "log", false, "show the daemon's log as well")
	return c
}
