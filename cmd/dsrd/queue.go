package main

import (
	"encoding/json"
	"fmt"
	"io"
	"sort"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/dsrd/dsrd/internal/admin"
	"github.com/dsrd/dsrd/workflow"
)

const defaultSocket = "/run/dsrd/dsrd.sock"

// reach adds the flags by which a verb finds the daemon.
func reach(c *cobra.Command) (socket *string, asJSON *bool) {
	socket = c.Flags().String("socket", defaultSocket, "the daemon's socket")
	asJSON = c.Flags().Bool("json", false, "JSON instead of text")
	return socket, asJSON
}

func newQueue() *cobra.Command {
	var states []string
	var limit int
	c := &cobra.Command{
		Use:   "queue",
		Short: "list requests, the nearest legal deadline first",
		Long: "Lists open requests, the nearest legal deadline first; --state names others, or \"all\".\n" +
			"States: " + stateNames() + ".",
		Args: cobra.NoArgs,
	}
	socket, asJSON := reach(c)
	c.Flags().StringSliceVar(&states, "state", nil, "only requests in this state; may be repeated")
	c.Flags().IntVar(&limit, "limit", 100, "at most so many")
	c.RunE = func(c *cobra.Command, _ []string) error {
		wanted, err := wantedStates(states)
		if err != nil {
			return err
		}
		page, err := gather(c, admin.NewClient(*socket), wanted, limit)
		if err != nil {
			return err
		}
		return printQueue(c.OutOrStdout(), page, *asJSON)
	}
	_ = c.RegisterFlagCompletionFunc("state", cobra.FixedCompletions(append(stateList(), "all"),
		cobra.ShellCompDirectiveNoFileComp))
	return c
}

func stateList() []string {
	var names []string
	for _, s := range workflow.States() {
		names = append(names, string(s))
	}
	return names
}

func stateNames() string { return strings.Join(stateList(), ", ") }

// wantedStates are the open ones unless others are named.
func wantedStates(named []string) ([]string, error) {
	var wanted []string
	for _, s := range workflow.States() {
		all := len(named) == 1 && named[0] == "all"
		if all || len(named) == 0 && !s.Terminal() {
			wanted = append(wanted, string(s))
		}
	}
	if len(wanted) > 0 {
		return wanted, nil
	}
	for _, n := range named {
		if !strings.Contains(" "+strings.Join(stateList(), " ")+" ", " "+n+" ") {
			return nil, usagef("no state is called %q; there are %s, and all", n, stateNames())
		}
	}
	return named, nil
}

// gather asks for pages until there are enough.
func gather(c *cobra.Command, client *admin.Client, states []string, limit int) (admin.Page, error) {
	var all admin.Page
	after := ""
	for {
		page, err := client.List(c.Context(), states, limit-len(all.Requests), after)
		if err != nil {
			return all, err
		}
		all.Requests = append(all.Requests, page.Requests...)
		all.Counts, all.Next, after = page.Counts, page.Next, page.Next
		if after == "" || len(all.Requests) >= limit {
			return all, nil
		}
	}
}

func printQueue(w io.Writer, page admin.Page, asJSON bool) error {
	if asJSON {
		if page.Requests == nil {
			page.Requests = []admin.View{}
		}
		return encode(w, page)
	}
	if len(page.Requests) > 0 {
		t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		fmt.Fprintln(t, "REQUEST\tSTATE\tREASON\tTENANT\tCUSTOMER\tRECEIVED\tDEADLINE")
		for _, r := range page.Requests {
			fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", r.ID.Locator(), r.State, dash(string(r.Reason)),
				dash(r.Tenant), dash(r.Customer), day(r.ReceivedAt), day(r.Deadline))
		}
		if err := t.Flush(); err != nil {
			return err
		}
	}
	fmt.Fprintln(w, counts(page.Counts))
	if page.Next != "" {
		fmt.Fprintln(w, "There are more: raise --limit.")
	}
	return nil
}

func counts(c map[workflow.State]int64) string {
	var parts []string
	for s, n := range c {
		parts = append(parts, fmt.Sprintf("%d %s", n, s))
	}
	if len(parts) == 0 {
		return "No requests."
	}
	sort.Strings(parts)
	return "In all: " + strings.Join(parts, ", ") + "."
}

func day(t time.Time) string { return t.Format(time.DateOnly) }

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func encode(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
