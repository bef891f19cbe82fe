package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/dsrd/dsrd/internal/admin"
	"github.com/dsrd/dsrd/internal/app"
)

func newTenantProbe() *cobra.Command {
	var who string
	var result bool
	c := &cobra.Command{
		Use: "probe ID", Short: "ask an admin by mail for an answer that shows whether it could count",
		Args: one("one tenant (dsrd tenant ls lists them)"),
		Long: "Sends a harmless mail to the tenant's admin who is asked first, or to another one. Any answer\n" +
			"will do and decides nothing. --result tells whether such an answer could acknowledge a\n" +
			"request, and what to do if not; it ends with 1 if it could not, or while there is none.\n" +
			"The daemon must run; an admin gets one such mail an hour.",
		Example: "  dsrd tenant probe acme\n  dsrd tenant probe acme --result",
	}
	socket, asJSON := reach(c)
	file := c.Flags().String("config", defaultConfig, "configuration file, for completion alone")
	c.Flags().StringVar(&who, "admin", "", "address of the admin; default: who is asked first")
	c.Flags().BoolVar(&result, "result", false, "tell what the answer showed; send nothing")
	c.ValidArgsFunction = tenantIDs(file)
	_ = c.RegisterFlagCompletionFunc("admin", tenantAdmins(file))
	c.RunE = func(c *cobra.Command, args []string) error {
		ask := admin.NewClient(*socket).Probe
		if result {
			ask = admin.NewClient(*socket).Probed
		}
		v, err := ask(c.Context(), args[0], who)
		if err != nil {
			return err
		}
		switch {
		case *asJSON:
			err = encode(c.OutOrStdout(), v)
		case result:
			printProbe(c.OutOrStdout(), v)
		default:
			fmt.Fprintln(c.OutOrStdout(), probeSent(v))
		}
		if err == nil && result && !v.Confirmable {
			return errSaid
		}
		return err
	}
	return c
}

// tenantAdmins completes the addresses of the admins of the tenant that was typed.
func tenantAdmins(file *string) completion {
	return func(_ *cobra.Command, args []string, begin string) (fit []cobra.Completion, _ cobra.ShellCompDirective) {
		book, err := app.OpenTenants(*file, os.Environ())
		if err != nil || len(args) == 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		t, _ := book.Show(args[0])
		for _, a := range t.Admins {
			if strings.HasPrefix(a.Address, strings.ToLower(begin)) {
				fit = append(fit, a.Address)
			}
		}
		return fit, cobra.ShellCompDirectiveNoFileComp
	}
}

func probeSent(v admin.ProbeView) string {
	s := fmt.Sprintf("A probe was sent to %s. When it is answered: dsrd tenant probe %s --result", v.Admin, v.Tenant)
	if v.Unsure {
		s = fmt.Sprintf("A probe may have been sent to %s: the relay did not say. Look in an hour: "+
			"dsrd tenant probe %s --result", v.Admin, v.Tenant)
	}
	return s
}

// printProbe says first what it comes to.
func printProbe(w io.Writer, v admin.ProbeView) {
	line := func(name, value string) { fmt.Fprintf(w, "%-12s %s\n", name, value) }
	moment := func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }
	switch {
	case v.Confirmable:
		line("verdict", "confirmable: an answer like this one counts")
	case v.AnsweredAt.IsZero():
		line("verdict", "not answered yet")
	case v.Returned:
		line("verdict", "the probe came back")
	default:
		line("verdict", "NOT confirmable: an answer like this one would be held")
	}
	line("tenant", v.Tenant)
	line("admin", v.Admin)
	line("sent", moment(v.SentAt))
	if !v.AnsweredAt.IsZero() {
		line("answered", moment(v.AnsweredAt))
	}
	for _, f := range v.Failures {
		line("fails", f.Rule+": "+f.Why)
	}
	if v.Way != "" {
		line("proven by", v.Way)
	}
	for _, s := range v.Signatures {
		line("signed by", signedBy(s))
	}
	if v.AuthServID != "" {
		line("stamped by", v.AuthServID)
	}
	for _, r := range v.Remedies {
		line("->", r)
	}
}

func signedBy(s admin.ProbeSignature) string {
	text := fmt.Sprintf("d=%s s=%s %s", s.Domain, s.Selector, s.Result)
	if !s.Aligned {
		text += ", not aligned with From"
	}
	if s.Why != "" {
		text += ": " + s.Why
	}
	return text
}
