package inbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// Folder is one of our own folders, below Config.Root.
type Folder string

// The folders. They are created and subscribed at the first connection.
const (
	Processed   Folder = "Processed"  // mails that are done
	Quarantined Folder = "Quarantine" // copies of mails that nobody could handle
	Sent        Folder = "Sent"       // what dsrd sent
	State       Folder = "State"      // the marker
)

var ownFolders = []Folder{Processed, Quarantined, Sent, State}

// path is the folder's name on this server. go-imap writes it in modified UTF-7.
func (l *line) path(f Folder) string {
	if l.delim == 0 { // a server without hierarchy
		return l.prefix + l.config.Root + "-" + string(f)
	}
	return l.prefix + l.config.Root + string(l.delim) + string(f)
}

// names lists the folders that match the pattern.
func (l *line) names(ctx context.Context, pattern string) ([]string, error) {
	var names []string
	err := l.do(ctx, l.config.Timeouts.Login, "list folders", func(c *imapclient.Client) error {
		list, err := c.List("", pattern, nil).Collect()
		for _, f := range list {
			names = append(names, f.Mailbox)
		}
		return err
	})
	slices.Sort(names)
	return names, err
}

// ensure creates and subscribes those of our folders that are missing. Each is asked for by its name:
// a stranger's folder beside them whose name is no modified UTF-7 would break the connection.
func (l *line) ensure(ctx context.Context) error {
	for _, f := range ownFolders {
		have, err := l.names(ctx, l.path(f))
		if err != nil {
			return err
		}
		if slices.Contains(have, l.path(f)) {
			continue
		}
		if err := l.create(ctx, l.path(f)); err != nil {
			return err
		}
	}
	return nil
}

func (l *line) create(ctx context.Context, name string) error {
	err := l.do(ctx, l.config.Timeouts.Store, "create the folder "+name,
		func(c *imapclient.Client) error { return c.Create(name, nil).Wait() })
	var no *refused
	if errors.As(err, &no) {
		// Another replica may have been faster, and few servers say so with a code.
		have, listed := l.names(ctx, name)
		if listed == nil && slices.Contains(have, name) {
			err = nil
		}
	}
	if err != nil {
		return err
	}
	err = l.do(ctx, l.config.Timeouts.Store, "subscribe to the folder "+name,
		func(c *imapclient.Client) error { return c.Subscribe(name).Wait() })
	if errors.As(err, &no) {
		return nil // only mail programs of people look at subscriptions
	}
	return err
}

// toRead opens a folder to be read; when it does not exist the error says which ones do.
func (l *line) toRead(ctx context.Context, folder string) (*imap.SelectData, error) {
	data, err := l.selected(ctx, folder, false)
	var no *refused
	if !errors.As(err, &no) {
		return data, err
	}
	have, listed := l.names(ctx, "*")
	if listed != nil && no.no.Code == imap.ResponseCodeNonExistent {
		return nil, fmt.Errorf("%w %q: the server cannot say which there are", ErrNoFolder, folder)
	}
	if listed != nil || slices.Contains(have, folder) {
		return nil, err
	}
	const few = 50
	if len(have) > few {
		have = append(have[:few], "…")
	}
	return nil, fmt.Errorf("%w %q: the server has %s", ErrNoFolder, folder, strings.Join(have, ", "))
}

// ascending sorts UIDs and takes out repetitions.
func ascending(uids []uint32) []uint32 {
	slices.Sort(uids)
	return slices.Compact(uids)
}

// uidSet is a set of UIDs for a command.
func uidSet(uids []uint32) imap.UIDSet {
	var set imap.UIDSet
	for _, uid := range uids {
		set.AddNum(imap.UID(uid))
	}
	return set
}
