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
		Use:     "show ID",
		Short:   "show a request with its history",
		Long:    "Shows a request with its history. ID is the beginning of its id or locator, or its tag.",
		Example: "  dsrd show DSR-K4F9-7XQ2",
		Args:    aRequest,
	}
	socket, asJSON := reach(c)
	c.ValidArgsFunction = requestIDs(socket)
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
			fmt.Fprintf(w, "%-12s %s\n", name, strings.TrimRight(value, " "))
		}
	}
	line("request", bareTag(v)+"  "+string(v.ID))
	line("state", strings.TrimSpace(string(v.State)+" "+inBrackets(string(v.Reason))))
	if v.OnHold {
		line("on hold", "nothing is asked, compiled or sent (dsrd hold --end "+bareTag(v)+" lets it go on)")
	}
	line("asks for", rights(v))
	line("customer", v.Customer)
	line("tenant", assigned(v))
	line("requester", requester(v))
	line("language", v.Language)
	line("received", moment(v.ReceivedAt))
	line("deadline", moment(v.Deadline))
	if v.Joined > 0 {
		line("joined by", fmt.Sprintf("%d later mails that asked for the same", v.Joined))
	}
	if v.Escalated > 0 {
		line("escalated", fmt.Sprintf("%d times: the second contact was told that the admin is silent", v.Escalated))
	}
	line("ended", moment(v.EndedAt))
	line("next look", moment(v.WakeAt))
	if p := v.Package; p != nil {
		printPackage(line, *p)
	}
	for _, t := range v.Waiting {
		line("waiting", fmt.Sprintf("%s, due %s, %s %s", t.Effect, moment(t.DueAt), tried(t.Attempts),
			inBrackets(t.Note)))
	}
	line("you may", strings.Join(v.Verbs, ", "))
	line("history", "chain of hashes: "+v.Proof)
	for _, e := range v.History {
		fmt.Fprintf(w, "  %3d  %s  %s\n", e.Seq, e.At.UTC().Format(time.DateTime), told(e))
	}
}

func printPackage(line func(name, value string), p admin.Package) {
	what := fmt.Sprintf("%s, %d bytes, encryption %s", p.File, p.Size, p.Encryption)
	if p.Incomplete {
		what += ", INCOMPLETE"
	}
	if p.Removed {
		what += ", removed"
	}
	line("package", what)
	for _, s := range p.Sources {
		line("  data", fmt.Sprintf("%s: %s, %d %s", s.Name, s.Status, s.Count, inBrackets(s.Note)))
	}
	for _, l := range p.LeftOut {
		line("  left out", fmt.Sprintf("%s %s", l.Category, inBrackets(l.Reason)))
	}
}

func rights(v admin.View) string {
	names := make([]string, 0, len(v.Rights))
	for _, r := range v.Rights {
		names = append(names, string(r))
	}
	return strings.Join(names, ", ")
}

// assigned is the tenant, and whether an operator named it.
func assigned(v admin.View) string {
	if v.Assigned {
		return v.Tenant + " (named by an operator, as the customer)"
	}
	return v.Tenant
}

// requester says whether the mail's sender was proven; "" once that is purged.
func requester(v admin.View) string {
	switch {
	case v.Requester == "":
		return ""
	case v.Verified:
		return v.Requester + " (proven by DKIM)"
	}
	return v.Requester + " (not proven)"
}

func tried(times int) string {
	switch times {
	case 0:
		return "not tried yet"
	case 1:
		return "tried once"
	}
	return fmt.Sprintf("tried %d times", times)
}

func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05 UTC")
}

func inBrackets(s string) string {
	if s == "" {
		return ""
	}
	return "(" + s + ")"
}

func told(e admin.Line) string {
	s := string(e.Event)
	if e.Order != "" {
		s += " " + string(e.Order)
	}
	for _, more := range []string{e.Rule, string(e.Reason), e.Actor} {
		if more != "" {
			s += ", " + more
		}
	}
	if e.Note != "" {
		s += fmt.Sprintf(" %q", e.Note)
	}
	if e.From != e.To {
		s += " -> " + string(e.To)
	}
	switch {
	case e.Copies > 1:
		s += fmt.Sprintf(" (may have arrived %d times)", e.Copies)
	case e.Copies == 1: // of what was given up
		s += " (may have arrived all the same)"
	}
	for _, effect := range e.Effects {
		s += " + " + string(effect)
	}
	return s
}
