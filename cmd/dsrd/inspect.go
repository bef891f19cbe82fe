package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/dsrd/dsrd/internal/app"
)

func newInspect() *cobra.Command {
	var f struct {
		json, online         bool
		as, dns, now, config string
	}
	c := &cobra.Command{
		Use:     "inspect [flags] FILE...",
		Short:   "say how dsrd would read a mail, changing nothing",
		Example: "  dsrd inspect --online answer.eml",
		Long: "Says how dsrd would read a mail, changing nothing and asking no network unless --online.\n" +
			"\"-\" is standard input. Exit status 1 if a file could not be read.",
		Args: some("at least one file, or - for standard input"),
		RunE: func(c *cobra.Command, files []string) error {
			i := app.Inspection{As: f.as, Online: f.online, Clock: time.Now}
			if err := i.Prepare(f.dns, f.now, f.config, os.Environ()); err != nil {
				return usageError{err}
			}
			return inspectAll(c.Context(), c, i, files, f.json)
		},
	}
	c.Flags().BoolVar(&f.json, "json", false, "one JSON object a line")
	c.Flags().StringVar(&f.as, "as", "message", "message, or text or html for a bare body")
	c.Flags().StringVar(&f.dns, "dns", "", "JSON file that maps names to TXT strings, instead of DNS")
	c.Flags().BoolVar(&f.online, "online", false, "ask DNS for keys")
	c.Flags().StringVar(&f.now, "now", "", "when the mail arrived (RFC 3339); default: as it says itself")
	c.Flags().StringVar(&f.config, "config", "", "configuration, to know our own addresses")
	return c
}

func inspectAll(ctx context.Context, c *cobra.Command, i app.Inspection, files []string, asJSON bool) error {
	failed := false
	for _, file := range files {
		report := i.Report(ctx, file, func() ([]byte, error) { return readInput(c.InOrStdin(), file) })
		failed = failed || report.Error != nil
		if !asJSON {
			fmt.Fprintln(c.OutOrStdout(), report.Words())
			continue
		}
		if err := json.NewEncoder(c.OutOrStdout()).Encode(report); err != nil {
			return fmt.Errorf("write the report: %v", err)
		}
	}
	if failed {
		return errSaid
	}
	return nil
}

// maxInput bounds a file that is read whole.
const maxInput = 64 << 20

func readInput(stdin io.Reader, file string) ([]byte, error) {
	if file == "-" {
		return io.ReadAll(io.LimitReader(stdin, maxInput))
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("%s", strings.TrimPrefix(err.Error(), "open "+file+": "))
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxInput))
}
