package main

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/dsrd/dsrd/internal/app"
)

func newCheck() *cobra.Command {
	var k app.Checkup
	var asJSON bool
	c := &cobra.Command{
		Use:   "check",
		Short: "look at the configuration and at every server that it names",
		Long: "Looks at the configuration, then at every server that it names, and says what to do\n" +
			"about what it finds. It sends no mail, changes no mailbox and needs no daemon.\n" +
			"It ends with 1 if anything fails; a warning is no failure.\n\nChecks: " +
			strings.Join(app.Checks(), ", ") + ".",
		Example: "  dsrd check --config /etc/dsrd/dsrd.yaml --only imap --only smtp",
		Args:    none,
		RunE: func(c *cobra.Command, _ []string) error {
			for _, name := range k.Only {
				if !slices.Contains(app.Checks(), name) {
					return usagef("no check is called %q; there are %s", name, strings.Join(app.Checks(), ", "))
				}
			}
			if k.Limit <= 0 {
				return usagef("--timeout %s: write at least 1s", k.Limit)
			}
			k.Environ, k.Now, k.Rand = os.Environ(), clock, rand.Reader
			return tell(c.OutOrStdout(), k.Run(c.Context()), asJSON)
		},
	}
	c.Flags().StringVar(&k.File, "config", defaultConfig, "configuration file")
	c.Flags().StringSliceVar(&k.Only, "only", nil, "only this check; may be repeated")
	c.Flags().DurationVar(&k.Limit, "timeout", 10*time.Second, "for each check")
	c.Flags().BoolVar(&asJSON, "json", false, "one JSON object a line")
	_ = c.RegisterFlagCompletionFunc("only", cobra.FixedCompletions(app.Checks(), cobra.ShellCompDirectiveNoFileComp))
	return c
}

// tell prints findings, a line each; the error says that one of them fails.
func tell(w io.Writer, found []app.Finding, asJSON bool) error {
	counts := map[app.Grade]int{}
	for _, f := range found {
		counts[f.Grade]++
		if asJSON {
			if err := json.NewEncoder(w).Encode(f); err != nil {
				return fmt.Errorf("write the findings: %v", err)
			}
			continue
		}
		fmt.Fprintf(w, "%-5s %s: %s\n", f.Grade, strings.TrimSpace(f.Check+" "+f.About), f.What)
		if f.Remedy != "" {
			fmt.Fprintf(w, "      -> %s\n", f.Remedy)
		}
	}
	if !asJSON {
		fmt.Fprintf(w, "%d ok, %d warnings, %d failed, %d skipped.\n", counts[app.GradeOK], counts[app.GradeWarn],
			counts[app.GradeFail], counts[app.GradeSkip])
	}
	if counts[app.GradeFail] > 0 {
		return errSaid
	}
	return nil
}
