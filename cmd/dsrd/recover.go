package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/dsrd/dsrd/internal/admin"
)

// newRecover fills a Redis that lost something again.
func newRecover() *cobra.Command {
	var o admin.RecoverOrder
	c := &cobra.Command{
		Use: "recover", Short: "fill a Redis that lost something again from the mailboxes", Args: none,
		Long: "Holds Redis against the mailboxes and fills in what it lost. Nothing is released by that:\n" +
			"requests whose package left are completed, for the others the admin is asked anew, or a\n" +
			"person must look. A Redis that lacks nothing is left as it is. --dry-run tells what would\n" +
			"be done. --replace is for a Redis that is not the one that the mailboxes know: look first\n" +
			"whether redis.url is right.",
		Example: "  dsrd recover --dry-run\n  dsrd recover",
	}
	socket, asJSON := reach(c)
	c.Flags().BoolVar(&o.DryRun, "dry-run", false, "only tell what would be done")
	c.Flags().BoolVar(&o.Replace, "replace", false, "let this Redis take the place of the one that the mailboxes know")
	c.RunE = func(c *cobra.Command, _ []string) error {
		done, err := admin.NewClient(*socket).Recover(c.Context(), o)
		if err != nil {
			return err
		}
		if *asJSON {
			return encode(c.OutOrStdout(), done)
		}
		printRecovered(c.OutOrStdout(), done)
		return nil
	}
	return c
}

func printRecovered(w io.Writer, r admin.Recovered) {
	fmt.Fprintf(w, "Redis is %s: %s\n", verdict(r.Verdict), r.Why)
	switch {
	case r.Epoch == 0:
		fmt.Fprintln(w, "Nothing is to be recovered.")
		return
	case r.DryRun:
		fmt.Fprintln(w, "A recovery would come to this (what mails are about shows only when they are read):")
	default:
		fmt.Fprintln(w, "It was recovered, and all goes on.")
	}
	for _, line := range []struct {
		count int
		what  string
	}{
		{r.Mails, "mails read again"},
		{r.Known, "of them were known"},
		{r.TooOld, "of them are older than anything that is kept, and were left alone"},
		{r.Unread, "mails could not be read: look at them in the mailbox"},
		{r.Withdrawn, "mails took a request back"},
		{r.Born, "requests that Redis did not have"},
		{r.Joined, "mails joined an open request"},
		{r.Copies, "copies of letters in Sent"},
		{r.Forged, "copies in Sent without our seal: they prove nothing, look at them"},
		{r.Orphans, "requests of which nothing but such a copy is left"},
		{r.Completed, "requests are completed: their package had left"},
		{r.Ended, "requests had been declined or refused"},
		{r.Asked, "requests are asked about anew"},
		{r.Review, "requests need a person (dsrd queue --state needs_review)"},
		{r.Refused, "requests stand as they stood"},
		{r.Settled, "letters had left, and are not sent once more"},
	} {
		if line.count > 0 {
			fmt.Fprintf(w, "%7d  %s\n", line.count, line.what)
		}
	}
}

// verdict in words that read well.
func verdict(v string) string {
	switch v {
	case "normal":
		return "the one that the mailboxes know"
	case "first start":
		return "new"
	case "behind":
		return "behind"
	case "foreign":
		return "not the one that the mailboxes know"
	}
	return v
}
