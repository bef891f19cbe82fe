package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/dsrd/dsrd/internal/admin"
)

// newPause and newResume stop and start what the daemon does by itself.
func newPause() *cobra.Command {
	var why string
	var lasts time.Duration
	c := &cobra.Command{
		Use: "pause", Short: "send and compile nothing until it is resumed", Args: none,
		Long: "Lets the daemon, on every machine, send and compile nothing until it is resumed or the time\n" +
			"is over. Mail is read all the same, answers count, and legal deadlines go on.",
		Example: "  dsrd pause --why 'the relay moves' --for 2h",
	}
	socket, asJSON := reach(c)
	c.Flags().StringVar(&why, "why", "", "the reason, for others who look; name nobody")
	c.Flags().StringVar(&why, "note", "", "the same as --why")
	c.Flags().DurationVar(&lasts, "for", 0, "how long, such as 90m or 2h; until dsrd resume without it")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if lasts < 0 {
			return usagef("--for %s: write 90m or 2h", lasts)
		}
		p, err := admin.NewClient(*socket).Pause(c.Context(), why, lasts)
		if err != nil {
			return err
		}
		if *asJSON {
			return encode(c.OutOrStdout(), p)
		}
		fmt.Fprintln(c.OutOrStdout(), paused(&p))
		return nil
	}
	return c
}

func newResume() *cobra.Command {
	c := &cobra.Command{
		Use: "resume", Short: "end a pause", Args: none, Example: "  dsrd resume",
		Long: "Ends a pause. What was put off meanwhile is done within a minute.",
	}
	socket, asJSON := reach(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		was, err := admin.NewClient(*socket).Resume(c.Context())
		if err != nil {
			return err
		}
		switch {
		case *asJSON:
			return encode(c.OutOrStdout(), map[string]any{"was": was})
		case was == nil:
			fmt.Fprintln(c.OutOrStdout(), "It was not paused.")
		default:
			fmt.Fprintln(c.OutOrStdout(), "It goes on.")
		}
		return nil
	}
	return c
}

// paused says who stopped the daemon; "" when nobody did.
func paused(p *admin.Pausing) string {
	if p == nil {
		return ""
	}
	s := "PAUSED by " + p.By + " since " + p.Since.UTC().Format("2006-01-02 15:04 UTC")
	if p.Until.IsZero() {
		s += ", until dsrd resume"
	} else {
		s += ", until " + p.Until.UTC().Format("2006-01-02 15:04 UTC")
	}
	if p.Why != "" {
		s += ": " + p.Why
	}
	return s
}
