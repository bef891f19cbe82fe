package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/dsrd/dsrd/internal/admin"
	"github.com/dsrd/dsrd/internal/app"
)

func newWatch() *cobra.Command {
	var states []string
	var limit int
	var every time.Duration
	c := &cobra.Command{
		Use: "watch", Short: "show the queue, and go on showing it", Args: none,
		Long: "Shows the queue again and again: in place on a terminal, elsewhere a line for each change.\n" +
			"Ctrl-C ends it.",
		Example: "  dsrd queue watch --state needs_review --state stuck | logger -t dsrd",
	}
	socket := c.Flags().String("socket", defaultSocket, "the daemon's socket")
	c.Flags().StringSliceVar(&states, "state", nil, "only requests in this state; may be repeated")
	c.Flags().IntVar(&limit, "limit", 100, "at most so many")
	c.Flags().DurationVar(&every, "every", 2*time.Second, "between two looks")
	completeStates(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		wanted, err := wantedStates(states)
		switch {
		case err != nil:
			return err
		case limit < 1:
			return usagef("--limit %d: write at least 1", limit)
		case every <= 0:
			return usagef("--every %s: write 1s or more", every)
		}
		client := admin.NewClient(*socket)
		w := watcher{
			out: c.OutOrStdout(), inPlace: onTerminal(c.OutOrStdout()), now: clock,
			ask: func(ctx context.Context) (admin.Page, error) { return gather(ctx, client, wanted, limit) },
		}
		ticks, stop := app.Ticker(every)
		defer stop()
		return w.run(c.Context(), ticks)
	}
	return c
}

// onTerminal reports whether a person looks at what is written.
func onTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// watcher shows the queue again and again.
type watcher struct {
	out     io.Writer
	inPlace bool
	now     func() time.Time
	ask     func(context.Context) (admin.Page, error)

	seen   map[string]string // tag -> its line
	paused string
	broken string // why the latest look failed
}

// run looks at once and at each tick, until ctx ends. A daemon that does not answer at
// the first look is an error; later it is waited for.
func (w *watcher) run(ctx context.Context, ticks <-chan time.Time) error {
	for first := true; ; first = false {
		page, err := w.ask(ctx)
		if ctx.Err() != nil {
			return nil //nolint:nilerr // it was asked to end
		}
		switch {
		case err != nil && first:
			return err
		default:
			if err := w.show(page, err); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticks:
		}
	}
}

// clear puts the cursor home and clears the screen (ECMA-48: CUP, ED).
const clear = "\x1b[H\x1b[2J"

func (w *watcher) show(page admin.Page, failed error) error {
	if w.inPlace {
		return w.screen(page, failed)
	}
	return w.changes(page, failed)
}

// screen draws everything anew, in one write so that it does not flicker.
func (w *watcher) screen(page admin.Page, failed error) error {
	var b strings.Builder
	b.WriteString(clear)
	fmt.Fprintf(&b, "%s   (Ctrl-C ends it)\n\n", w.now().UTC().Format("2006-01-02 15:04:05 UTC"))
	if failed != nil {
		fmt.Fprintf(&b, "%v\n", failed)
	} else if err := printQueue(&b, page, w.now()); err != nil {
		return err
	}
	_, err := io.WriteString(w.out, b.String())
	return err
}

// changes writes a line for each request that came, changed or went since the last
// look.
func (w *watcher) changes(page admin.Page, failed error) error {
	var lines []string
	switch {
	case failed != nil && failed.Error() != w.broken:
		lines, w.broken = []string{failed.Error()}, failed.Error()
	case failed != nil:
	default:
		if w.broken != "" {
			lines, w.broken = append(lines, "the daemon answers again"), ""
		}
		lines = append(lines, w.differences(page)...)
	}
	for _, line := range lines {
		if _, err := fmt.Fprintf(w.out, "%s %s\n", w.now().UTC().Format(time.RFC3339), line); err != nil {
			return fmt.Errorf("write the queue: %v", err)
		}
	}
	return nil
}

func (w *watcher) differences(page admin.Page) (lines []string) {
	if p := paused(page.Paused); p != w.paused {
		if lines = append(lines, p); p == "" {
			lines = []string{"resumed"}
		}
		w.paused = p
	}
	next := map[string]string{}
	for _, r := range page.Requests {
		line := fmt.Sprintf("%s %s", bareTag(r), r.State)
		if more := remarks(r); more != "" {
			line += " (" + more + ")"
		}
		if next[bareTag(r)] = line; w.seen[bareTag(r)] != line {
			lines = append(lines, line)
		}
	}
	var gone []string
	for tag := range w.seen {
		if next[tag] == "" && page.Next == "" { // beyond --limit it is not gone
			gone = append(gone, tag+" left the list")
		}
	}
	slices.Sort(gone)
	w.seen = next
	return append(lines, gone...)
}
