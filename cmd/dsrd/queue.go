package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
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
		Example: "  dsrd queue --state needs_review --state stuck",
		Args:    none,
	}
	c.AddCommand(newWatch())
	socket, asJSON := reach(c)
	c.Flags().StringSliceVar(&states, "state", nil, "only requests in this state; may be repeated")
	c.Flags().IntVar(&limit, "limit", 100, "at most so many")
	c.RunE = func(c *cobra.Command, _ []string) error {
		wanted, err := wantedStates(states)
		if err != nil {
			return err
		}
		if limit < 1 {
			return usagef("--limit %d: write at least 1", limit)
		}
		page, err := gather(c.Context(), admin.NewClient(*socket), wanted, limit)
		if err != nil {
			return err
		}
		if *asJSON {
			return encode(c.OutOrStdout(), page)
		}
		return printQueue(c.OutOrStdout(), page, clock())
	}
	completeStates(c)
	return c
}

func completeStates(c *cobra.Command) {
	_ = c.RegisterFlagCompletionFunc("state", cobra.FixedCompletions(append(stateList(), "all"),
		cobra.ShellCompDirectiveNoFileComp))
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
	for _, n := range named {
		if n != "all" && !slices.Contains(stateList(), n) {
			return nil, usagef("no state is called %q; there are %s, and all", n, stateNames())
		}
	}
	if slices.Contains(named, "all") {
		return stateList(), nil
	}
	if len(named) > 0 {
		return named, nil
	}
	var open []string
	for _, s := range workflow.States() {
		if !s.Terminal() {
			open = append(open, string(s))
		}
	}
	return open, nil
}

// gather asks for pages until there are enough.
func gather(ctx context.Context, client *admin.Client, states []string, limit int) (admin.Page, error) {
	all := admin.Page{Requests: []admin.View{}}
	after := ""
	for {
		page, err := client.List(ctx, states, limit-len(all.Requests), after)
		if err != nil {
			return all, err
		}
		all.Requests = append(all.Requests, page.Requests...)
		all.Counts, all.Paused, all.Next, after = page.Counts, page.Paused, page.Next, page.Next
		all.Waits = page.Waits
		if after == "" || len(all.Requests) >= limit {
			return all, nil
		}
	}
}

func printQueue(w io.Writer, page admin.Page, now time.Time) error {
	if page.Waits != "" {
		fmt.Fprintln(w, "NOTHING GOES ON: "+page.Waits)
	}
	if p := paused(page.Paused); p != "" {
		fmt.Fprintln(w, p)
	}
	if len(page.Requests) == 0 {
		fmt.Fprintln(w, "No request in these states.")
	} else if err := printRows(w, page.Requests, now); err != nil {
		return err
	}
	if len(page.Counts) > 0 {
		fmt.Fprintln(w, counts(page.Counts))
	}
	if page.Next != "" {
		fmt.Fprintln(w, "There are more: raise --limit.")
	}
	return nil
}

func printRows(w io.Writer, requests []admin.View, now time.Time) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "REQUEST\tSTATE\tREASON\tTENANT\tCUSTOMER\tRECEIVED\tDEADLINE\tLEFT")
	for _, r := range requests {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", bareTag(r), r.State, dash(remarks(r)),
			dash(r.Tenant), dash(r.Customer), day(r.ReceivedAt), day(r.Deadline), left(r, now))
	}
	return t.Flush()
}

// remarks are the reason of a state, and what else an operator should see at once.
func remarks(v admin.View) string {
	var all []string
	if v.Reason != "" {
		all = append(all, string(v.Reason))
	}
	if v.OnHold {
		all = append(all, "on hold")
	}
	if v.Unasked {
		all = append(all, "not asked yet")
	}
	if v.Escalated > 0 {
		all = append(all, "escalated")
	}
	if v.Joined > 0 {
		all = append(all, fmt.Sprintf("+%d mails", v.Joined))
	}
	return strings.Join(all, ", ")
}

// bareTag is the tag as it stands in subject lines, without the brackets, which a
// shell would take for a pattern.
func bareTag(v admin.View) string { return strings.Trim(v.Tag, "[]") }

// left is the time until the legal deadline of an open request.
func left(v admin.View, now time.Time) string {
	const aDay = 24 * time.Hour
	rest := v.Deadline.Sub(now)
	switch {
	case v.State.Terminal():
		return "-"
	case rest < 0:
		return fmt.Sprintf("%d days LATE", (-rest+aDay-1)/aDay)
	case rest < aDay:
		return "TODAY"
	}
	return fmt.Sprintf("%d days", rest/aDay)
}

// counts lists how many there are, in the order of a request's life.
func counts(c map[workflow.State]int64) string {
	var parts []string
	for _, s := range workflow.States() {
		if n := c[s]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, s))
		}
	}
	return "In all: " + strings.Join(parts, ", ") + "."
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func encode(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("write the answer: %v", err)
	}
	return nil
}
