package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/dsrd/dsrd/internal/admin"
)

func newInbox() *cobra.Command {
	c := &cobra.Command{
		Use: "inbox", Short: "see what became of each mail, and judge one anew", Args: none,
		Long: "Tells what became of each mail: never the mail itself, which lies in the mailbox.\n" +
			"DIGEST is the beginning of the sha256 of its bytes, at least six digits.",
		Example: "  dsrd inbox ls --outcome held",
		RunE:    func(*cobra.Command, []string) error { return usagef("inbox: say ls, show, replay or ignore") },
	}
	c.AddCommand(newInboxList(), newInboxShow())
	for _, verb := range admin.MailVerbs() {
		c.AddCommand(newJudgement(verb))
	}
	return c
}

func newInboxList() *cobra.Command {
	var outcomes []string
	var limit int
	c := &cobra.Command{
		Use: "ls", Short: "list mails, the newest first", Args: none,
		Long:    "Lists mails, the newest first.\nOutcomes: " + strings.Join(admin.Outcomes(), ", ") + ".",
		Example: "  dsrd inbox ls --outcome held --outcome quarantined",
	}
	socket, asJSON := reach(c)
	c.Flags().StringSliceVar(&outcomes, "outcome", nil, "only mails that came to this; may be repeated")
	c.Flags().IntVar(&limit, "limit", 50, "at most so many")
	_ = c.RegisterFlagCompletionFunc("outcome",
		cobra.FixedCompletions(admin.Outcomes(), cobra.ShellCompDirectiveNoFileComp))
	c.RunE = func(c *cobra.Command, _ []string) error {
		for _, o := range outcomes {
			if !slices.Contains(admin.Outcomes(), o) {
				return usagef("no outcome is called %q; there are %s", o, strings.Join(admin.Outcomes(), ", "))
			}
		}
		if limit < 1 {
			return usagef("--limit %d: write at least 1", limit)
		}
		page, err := gatherMails(c.Context(), admin.NewClient(*socket), outcomes, limit)
		if err != nil {
			return err
		}
		if *asJSON {
			return encode(c.OutOrStdout(), page)
		}
		return printMails(c.OutOrStdout(), page)
	}
	return c
}

// gatherMails asks for pages until there are enough.
func gatherMails(ctx context.Context, client *admin.Client, outcomes []string, limit int) (admin.MailPage, error) {
	all := admin.MailPage{Mails: []admin.MailView{}}
	for {
		page, err := client.Mails(ctx, outcomes, limit-len(all.Mails), all.Next)
		if err != nil {
			return all, err
		}
		all.Mails, all.Next = append(all.Mails, page.Mails...), page.Next
		if all.Next == "" || len(all.Mails) >= limit {
			return all, nil
		}
	}
}

func printMails(w io.Writer, page admin.MailPage) error {
	if len(page.Mails) == 0 {
		fmt.Fprintln(w, "No mail.")
		return nil
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "DIGEST\tARRIVED\tOUTCOME\tRULE\tCLASS\tMAILBOX\tREQUESTS")
	for _, m := range page.Mails {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", short(m.Digest), minute(m), m.Outcome, dash(m.Rule), dash(m.Class),
			m.Mailbox, dash(strings.Join(m.Requests, " ")))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if page.Next != "" {
		fmt.Fprintln(w, "There are more: raise --limit.")
	}
	return nil
}

// short is enough of a digest to name a mail.
func short(digest string) string { return digest[:min(len(digest), 12)] }

func minute(m admin.MailView) string {
	at := m.Arrived
	if at.IsZero() {
		at = m.FirstSeen
	}
	return at.UTC().Format("2006-01-02 15:04")
}

// aMail is the argument of verbs about mails.
var aMail = one("one mail by the beginning of its digest (dsrd inbox ls lists them)")

func newInboxShow() *cobra.Command {
	c := &cobra.Command{
		Use: "show DIGEST", Short: "show what became of a mail", Args: aMail, Example: "  dsrd inbox show 3f9ac2",
	}
	socket, asJSON := reach(c)
	c.ValidArgsFunction = digests(socket)
	c.RunE = func(c *cobra.Command, args []string) error {
		m, err := admin.NewClient(*socket).Mail(c.Context(), args[0])
		if err != nil {
			return err
		}
		if *asJSON {
			return encode(c.OutOrStdout(), m)
		}
		printMail(c.OutOrStdout(), m)
		return nil
	}
	return c
}

func printMail(w io.Writer, m admin.MailView) {
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(w, "%-12s %s\n", name, value)
		}
	}
	line("digest", m.Digest)
	line("outcome", strings.TrimSpace(m.Outcome+" "+inBrackets(m.Rule)))
	line("judged by", m.By)
	line("class", m.Class)
	line("requests", strings.Join(m.Requests, ", "))
	line("mailbox", strings.TrimSpace(m.Mailbox+" "+inBrackets(m.Folder)))
	line("uid", m.UID)
	if m.Size > 0 {
		line("size", fmt.Sprintf("%d bytes", m.Size))
	}
	line("arrived", moment(m.Arrived))
	line("first seen", moment(m.FirstSeen))
	line("attempts", fmt.Sprint(m.Attempts))
	if meaning := rules[m.Rule]; meaning != "" {
		line("it means", meaning)
	}
}

// rules are what held an answer, for somebody who must decide about it.
var rules = map[string]string{
	"ack/from":      "it does not say clearly that the admin who was asked wrote it",
	"ack/authentic": "nothing proves that its sender wrote it: no DKIM signature of that domain holds",
	"ack/human":     "a program wrote it, or it can be read in more than one way",
	"ack/token":     "it carries no live code of that request",
	"ack/decision":  "it says neither clearly yes nor clearly no",
	"ack/fresh":     "it is older than the question, or came after the code had ended",
	"ack/once":      "it was seen before",
	"ack/state":     "no answer was awaited, or its admin is named too recently",
}

var judgements = map[string]struct{ short, done string }{
	"replay": {"let a mail be judged again, as if it had just come in", "is judged again with the next scan"},
	"ignore": {"decide that nothing is to come of a mail", "is ignored"},
}

func newJudgement(verb string) *cobra.Command {
	about := judgements[verb]
	c := &cobra.Command{
		Use: verb + " DIGEST", Short: about.short, Args: aMail,
		Long: strings.ToUpper(about.short[:1]) + about.short[1:] + ".\n" +
			"It releases nothing: a replayed answer has to pass every rule like any other.",
		Example: "  dsrd inbox " + verb + " 3f9ac2",
	}
	socket, asJSON := reach(c)
	c.ValidArgsFunction = digests(socket)
	c.RunE = func(c *cobra.Command, args []string) error {
		m, err := admin.NewClient(*socket).Judge(c.Context(), args[0], verb)
		if err != nil {
			return err
		}
		if *asJSON {
			return encode(c.OutOrStdout(), m)
		}
		fmt.Fprintf(c.OutOrStdout(), "%s %s.\n", short(m.Digest), about.done)
		return nil
	}
	return c
}
