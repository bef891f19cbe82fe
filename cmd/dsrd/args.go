package main

import "github.com/spf13/cobra"

// none is for a verb that takes no arguments.
func none(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("%s: takes no arguments, got %q", c.Name(), args[0])
	}
	return nil
}

// one is for a verb that takes exactly one argument; what says which.
func one(what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		switch len(args) {
		case 0:
			return usagef("%s: name %s", c.Name(), what)
		case 1:
			return nil
		}
		return usagef("%s: takes one argument, got %d: name %s", c.Name(), len(args), what)
	}
}

// some is for a verb that takes one argument or more.
func some(what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) == 0 {
			return usagef("%s: name %s", c.Name(), what)
		}
		return nil
	}
}

// aRequest is the argument of the operator's verbs.
var aRequest = one("one request, such as DSR-K4F9-7XQ2 (dsrd queue lists them)")
