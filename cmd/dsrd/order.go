package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dsrd/dsrd/internal/admin"
)

// orders are what an operator may do about a request. There is no approve:
// nobody but the tenant's admin releases data.
var orders = map[string]string{
	"decline": "end a request: nothing is released, and the admin who was asked is told",
	"cancel":  "end a request that should not go on",
	"retry":   "let a stuck request, or one in review, go on from where it was",
	"resend":  "send the confirmation with a new code, or the package to the same admin, again",
}

func newOrders() []*cobra.Command {
	var all []*cobra.Command
	for _, verb := range admin.Verbs() {
		all = append(all, newOrder(verb))
	}
	return all
}

func newOrder(verb string) *cobra.Command {
	var note string
	c := &cobra.Command{
		Use: verb + " ID", Short: orders[verb], Args: aRequest,
		Long: strings.ToUpper(orders[verb][:1]) + orders[verb][1:] + ".\n" +
			"ID is the beginning of its id or locator, or its tag. The history says who gave the order.",
	}
	socket, asJSON := reach(c)
	c.Flags().StringVar(&note, "note", "", "why, for the history")
	c.RunE = func(c *cobra.Command, args []string) error {
		v, err := admin.NewClient(*socket).Do(c.Context(), args[0], verb, admin.Order{Note: note})
		if err != nil {
			return err
		}
		if *asJSON {
			return encode(c.OutOrStdout(), v)
		}
		fmt.Fprintf(c.OutOrStdout(), "%s is %s now.\n", bareTag(v), v.State)
		return nil
	}
	return c
}
