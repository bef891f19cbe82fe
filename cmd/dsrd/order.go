package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dsrd/dsrd/internal/admin"
)

// orders are what an operator may do about a request. There is no approve:
// nobody but the tenant's admin releases data.
var orders = map[string]struct{ use, short, more, example string }{
	"decline": {"ID", "end a request: nothing is released, and the admin who was asked is told", "",
		"--note 'the customer took it back'"},
	"cancel": {"ID", "end a request that should not go on", "", "--note 'asked twice'"},
	"retry":  {"ID", "let a stuck request, or one in review, go on from where it was", "", ""},
	"resend": {"ID", "send the confirmation with a new code, or the package to the same admin, again", "", ""},
	"hold": {"ID", "stop a request until hold --end", "Nothing is asked, compiled or sent meanwhile; " +
		"an answer counts, and the legal deadline\ngoes on.", "--note 'legal looks at it'"},
	"assign": {"ID", "say whose data a request in review asks for", "The tenant is the customer's in the registry; " +
		"where the registry has none, name it. Its admin\nis asked then, as always: nothing is released by this.",
		"--customer jane.roe@customer.example --tenant acme"},
	"note": {"ID TEXT...", "write something into a request's history", "", "'called her, she will write again'"},
}

func newOrders() []*cobra.Command {
	var all []*cobra.Command
	for _, verb := range admin.Verbs() {
		all = append(all, newOrder(verb))
	}
	return all
}

func newOrder(verb string) *cobra.Command {
	var order admin.Order
	about := orders[verb]
	c := &cobra.Command{
		Use: verb + " " + about.use, Short: about.short, Args: aRequest,
		Long: strings.TrimSpace(strings.ToUpper(about.short[:1])+about.short[1:]+".\n"+about.more) + "\n" +
			"ID is the beginning of its id or locator, or its tag. The history says who gave the order.",
		Example: strings.TrimSpace("  dsrd " + verb + " DSR-K4F9-7XQ2 " + about.example),
	}
	c.Example = "  " + strings.TrimSpace(c.Example)
	socket, asJSON := reach(c)
	c.ValidArgsFunction = requestIDs(socket)
	orderFlags(c, verb, &order)
	c.RunE = func(c *cobra.Command, args []string) error {
		if err := completeOrder(c, verb, args, &order); err != nil {
			return err
		}
		v, err := admin.NewClient(*socket).Do(c.Context(), args[0], verb, order)
		if err != nil {
			return err
		}
		if *asJSON {
			return encode(c.OutOrStdout(), v)
		}
		fmt.Fprintln(c.OutOrStdout(), outcomeOf(verb, order, v))
		return nil
	}
	return c
}

// orderFlags are those that a verb has.
func orderFlags(c *cobra.Command, verb string, order *admin.Order) {
	switch verb {
	case "note":
		c.Args = cobra.ArbitraryArgs
		return
	case "hold":
		c.Flags().BoolVar(&order.End, "end", false, "let it go on")
	case "assign":
		c.Flags().StringVar(&order.Customer, "customer", "", "whose data it asks for, an e-mail address")
		c.Flags().StringVar(&order.Tenant, "tenant", "", "whose admin is asked; default: the customer's tenant")
		file := defaultConfig
		_ = c.RegisterFlagCompletionFunc("tenant", func(c *cobra.Command, _ []string, begin string,
		) ([]cobra.Completion, cobra.ShellCompDirective) {
			return tenantIDs(&file)(c, nil, begin)
		})
	}
	c.Flags().StringVar(&order.Note, "note", "", "why, for the history")
}

// completeOrder takes what an order needs from the command line.
func completeOrder(c *cobra.Command, verb string, args []string, order *admin.Order) error {
	switch {
	case verb == "note" && len(args) == 0:
		return aRequest(c, args)
	case verb == "note":
		order.Note = strings.TrimSpace(strings.Join(args[1:], " "))
		if order.Note == "" {
			return usagef("note: write what is to be noted behind the request")
		}
	case verb == "assign" && order.Customer == "":
		return usagef("assign: say whose data it asks for: --customer name@domain")
	}
	return nil
}

// outcomeOf tells a person what became of the request.
func outcomeOf(verb string, order admin.Order, v admin.View) string {
	switch {
	case verb == "note":
		return "It stands in the history of " + bareTag(v) + "."
	case verb == "hold" && !order.End:
		return fmt.Sprintf("%s is on hold now, and %s; its deadline is %s.", bareTag(v), v.State, day(v.Deadline))
	case verb == "assign":
		return fmt.Sprintf("%s is %s now: the admin of %s is asked.", bareTag(v), v.State, v.Tenant)
	}
	return fmt.Sprintf("%s is %s now.", bareTag(v), v.State)
}
