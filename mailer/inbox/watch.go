package inbox

import (
	"context"
	"errors"
	"fmt"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// Watch calls wake when mail may have arrived in the folder, until ctx ends, and then returns the
// context's error. It is a hint that makes the next scan come sooner, no more: it may call without
// reason and it may miss mail, so scans go on at their own interval. Junk is not watched.
//
// It has a connection of its own, which idles (RFC 2177) and is made again, as patiently as that of
// scans, whenever it breaks; Config.Watching is told. Each new connection is a reason to call wake,
// for nobody announces what came in between. wake is called from this goroutine and must not block.
//
// A server that does not offer IDLE makes it return nil at once: then scans are all there is.
func (b *Box) Watch(ctx context.Context, wake func()) error {
	if !b.watching.TryLock() {
		return fmt.Errorf("watch the mailbox %s: it is being watched already", b.config.Name)
	}
	defer b.watching.Unlock()
	w := &watch{line: b.watcher, config: &b.config, wake: wake, arrived: make(chan struct{}, 1)}
	w.line.news = w.announce
	for {
		if err := w.pause(ctx); err != nil {
			return w.says(err)
		}
		err := w.connection(ctx)
		if errors.Is(err, errNoIdle) {
			w.line.hangUp(ctx)
			return nil
		}
		// Whatever it was, the state of this connection is not worth finding out.
		w.line.drop()
		w.line.pace.ended(ctx, err, false)
		if ctx.Err() == nil {
			w.tell(w.says(err))
		}
	}
}

// watch is the idling side of a box.
type watch struct {
	line    *line
	config  *Config
	wake    func()
	arrived chan struct{}
	idles   bool // on the present connection
}

var errNoIdle = errors.New("the server does not offer IDLE")

func (w *watch) says(err error) error {
	return fmt.Errorf("watch %s/%s: %w", w.config.Name, w.config.Folder, err)
}

func (w *watch) tell(err error) {
	if w.config.Watching != nil {
		w.config.Watching(err)
	}
}

// announce runs in go-imap's reader, where nothing may wait.
func (w *watch) announce() {
	select {
	case w.arrived <- struct{}{}:
	default:
	}
}

// pause waits until the next connection may be tried.
func (w *watch) pause(ctx context.Context) error {
	for at := w.line.pace.next(); !at.IsZero(); at = w.line.pace.next() {
		rings, stop := w.config.Alarm(at.Sub(w.config.Now()))
		select {
		case <-rings:
		case <-ctx.Done():
			stop()
			return ctx.Err()
		}
	}
	return ctx.Err()
}

// connection is one connection from its beginning to its end.
func (w *watch) connection(ctx context.Context) error {
	if err := w.line.connect(ctx); err != nil {
		return err
	}
	if !w.line.caps.Has(imap.CapIdle) {
		return errNoIdle
	}
	// Read-only: whoever watches takes \Recent from nobody.
	if _, err := w.line.selected(ctx, w.config.Folder, true); err != nil {
		return err
	}
	w.idles = false
	w.wake() // from here on the server announces what arrives
	for {
		if err := w.slice(ctx); err != nil {
			return err
		}
		// Only now: a server that lets us in and then hangs up must not be hammered.
		w.line.pace.succeeded()
	}
}

// slice idles for a while and then sees whether the server is still there: a peer that vanished
// looks like one that has nothing to say.
func (w *watch) slice(ctx context.Context) error {
	i, err := w.begin(ctx)
	if err != nil {
		return err
	}
	if err = w.listen(ctx, i); err == nil {
		err = w.line.do(ctx, w.config.Timeouts.Done, "end idling", func(*imapclient.Client) error {
			closed := i.command.Close()
			<-i.ended
			return errors.Join(i.err, closed)
		})
	}
	if err != nil {
		w.line.drop() // which ends the command too
	}
	<-i.ended
	if err != nil {
		return err
	}
	return w.line.do(ctx, w.config.Timeouts.Login, "see whether the server is there",
		func(c *imapclient.Client) error { return c.Noop().Wait() })
}

// idling is an IDLE command that the server has acknowledged.
type idling struct {
	command *imapclient.IdleCommand
	ended   chan struct{}
	err     error // once ended
}

func (w *watch) begin(ctx context.Context) (*idling, error) {
	i := &idling{ended: make(chan struct{})}
	err := w.line.do(ctx, w.config.Timeouts.Login, "begin to idle",
		func(c *imapclient.Client) (err error) {
			i.command, err = c.Idle()
			return err
		})
	if err != nil {
		return nil, err
	}
	go func() {
		defer close(i.ended)
		i.err = i.command.Wait()
	}()
	if !w.idles {
		w.idles = true
		w.tell(nil)
	}
	return i, nil
}

// listen passes on what is announced, until the slice is over.
func (w *watch) listen(ctx context.Context, i *idling) error {
	rings, stop := w.config.Alarm(w.config.IdleSlice)
	defer stop()
	for {
		select {
		case <-w.arrived:
			w.wake()
		case <-rings:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		case <-i.ended:
			return fmt.Errorf("idle: %w: the server hung up", ErrLost)
		}
	}
}
