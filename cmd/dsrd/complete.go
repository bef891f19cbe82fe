package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/dsrd/dsrd/internal/admin"
	"github.com/dsrd/dsrd/internal/app"
)

// A shell waits for completions, and a person for the shell.
const (
	completionTime = 2 * time.Second
	completionMost = 50
)

type completion = func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective)

// completed asks for what an argument may be; where nobody answers there is nothing.
func completed(ask func(ctx context.Context) []cobra.Completion) completion {
	return func(c *cobra.Command, args []string, begin string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		parent := c.Context()
		if parent == nil {
			parent = context.Background()
		}
		ctx, cancel := context.WithTimeout(parent, completionTime)
		defer cancel()
		var fit []cobra.Completion
		for _, word := range ask(ctx) {
			if strings.HasPrefix(strings.ToLower(word), strings.ToLower(begin)) {
				fit = append(fit, word)
			}
		}
		return fit, cobra.ShellCompDirectiveNoFileComp
	}
}

// requestIDs completes the tags of requests, those with the nearest deadline.
func requestIDs(socket *string) completion {
	return completed(func(ctx context.Context) (all []cobra.Completion) {
		page, err := admin.NewClient(*socket).List(ctx, nil, completionMost, "")
		if err != nil {
			return nil
		}
		for _, r := range page.Requests {
			all = append(all, cobra.CompletionWithDesc(bareTag(r), strings.TrimSpace(string(r.State)+" "+r.Tenant)))
		}
		return all
	})
}

// digests completes the digests of the latest mails.
func digests(socket *string) completion {
	return completed(func(ctx context.Context) (all []cobra.Completion) {
		page, err := admin.NewClient(*socket).Mails(ctx, nil, completionMost, "")
		if err != nil {
			return nil
		}
		for _, m := range page.Mails {
			all = append(all, cobra.CompletionWithDesc(short(m.Digest), fmt.Sprintf("%s %s", m.Outcome, m.Rule)))
		}
		return all
	})
}

// tenantIDs completes the ids of tenants from their files.
func tenantIDs(file *string) completion {
	return completed(func(context.Context) []cobra.Completion {
		book, err := app.OpenTenants(*file, os.Environ())
		if err != nil {
			return nil
		}
		return book.IDs()
	})
}
