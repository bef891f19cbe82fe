package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/dsrd/dsrd/internal/admin"
)

func newShow() *cobra.Command {
	c := &cobra.Command{
		Use:   "show ID",
		Short: "show a request with its history",
		Long:  "Shows a request with its history. ID is the beginning of its id or locator, or its tag.",
		Args:  cobra.ExactArgs(1),
	}
	socket, asJSON := reach(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		v, err := admin.NewClient(*socket).Show(c.Context(), args[0])
		if err != nil {
			return err
		}
		if *asJSON {
			return encode(c.OutOrStdout(), v)
		}
		printRequest(c.OutOrStdout(), v)
		return nil
	}
	return c
}

func printRequest(w io.Writer, v admin.View) {
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(w, "%-12s %s\n", name, value)
		}
	}
	line("request", string(v.ID)+" "+v.Tag)
	line("state", strings.TrimSpace(string(v.State)+" "+string(v.Reason)))
	line("asks for", fmt.Sprint(v.Rights))
	line("customer", v.Customer)
	line("tenant", v.Tenant)
	line("requester", v.Requester+verified(v))
	line("received", v.ReceivedAt.Format(time.RFC3339))
	line("deadline", v.Deadline.Format(time.RFC3339))
	if !v.WakeAt.IsZero() {
		line("wakes", v.WakeAt.Format(time.RFC3339))
	}
	if p := v.Package; p != nil {
		line("package", fmt.Sprintf("%s, %d bytes, %s", p.File, p.Size, p.Encryption))
	}
	for _, t := range v.Waiting {
		line("waiting", fmt.Sprintf("%s, due %s, %d attempts %s", t.Effect, t.DueAt.Format(time.RFC3339),
			t.Attempts, t.Note))
	}
	line("history", "chain of hashes: "+v.Proof)
	for _, e := range v.History {
		fmt.Fprintf(w, "  %3d  %s  %s\n", e.Seq, e.At.Format("2006-01-02 15:04:05"), told(e))
	}
}

func verified(v admin.View) string {
	if v.Verified {
		return " (proven by DKIM)"
	}
	return " (not proven)"
}

func told(e admin.Line) string {
	s := string(e.Event)
	if e.Letter != "" {
		s += " " + string(e.Letter)
	}
	for _, more := range []string{e.Rule, string(e.Reason), e.Actor} {
		if more != "" {
			s += ", " + more
		}
	}
	if e.From != e.To {
		s += " -> " + string(e.To)
	}
	for _, effect := range e.Effects {
		s += " + " + string(effect)
	}
	return s
}
