// Command dsrd answers data subject requests that arrive by e-mail.
//
// It must never hold logic of its own: flags, signals and exit codes are here,
// everything else is in the rooms.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
)

// Exit statuses: done, failed, wrong use.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends us at once
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run is the whole program as a value that tests can start.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := newRoot(stdin, stdout, stderr)
	root.SetArgs(args)
	ran, err := root.ExecuteContextC(ctx)
	if err == nil {
		return exitDone
	}
	var usage usageError
	if errors.As(err, &usage) || isUsage(err) {
		fmt.Fprintf(stderr, "dsrd: %v (see %s --help)\n", err, ran.CommandPath())
		return exitUsage
	}
	if !errors.Is(err, errSaid) {
		fmt.Fprintf(stderr, "dsrd: %v\n", err)
	}
	return exitFailed
}

// errSaid ends with status 1 when everything was said already.
var errSaid = errors.New("failed")

// usageError is a wrong use of a verb.
type usageError struct{ error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// isUsage knows cobra's own complaints, which have no type.
func isUsage(err error) bool {
	for _, begin := range []string{"unknown command", "unknown flag", "unknown shorthand", "accepts ",
		"requires at least", "invalid argument", "flag needs an argument"} {
		if strings.HasPrefix(err.Error(), begin) {
			return true
		}
	}
	return false
}

func newRoot(stdin io.Reader, stdout, stderr io.Writer) *cobra.Command {
	root := &cobra.Command{
		Use:           "dsrd",
		Short:         "answers data subject requests that arrive by e-mail",
		SilenceErrors: true, SilenceUsage: true,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return usagef("say what to do") },
	}
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	root.AddCommand(newServe(), newDemo(), newKeys(), newCheck(), newQueue(), newShow(), newInbox(),
		newPause(), newResume(), newRecover(), newTenant(), newInspect(), newVerify(), newVersion())
	root.AddCommand(newOrders()...)
	return root
}
