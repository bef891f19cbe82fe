package mailtest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// Stored is a mail as it lies in a folder.
type Stored struct {
	// UID is unique in the folder while UIDVALIDITY stands.
	UID uint32
	// Flags are the flags and keywords; the memory server spells keywords in lower case.
	Flags []string
	// Arrived is the INTERNALDATE.
	Arrived time.Time
	// Raw is the whole mail.
	Raw []byte
}

// Has says whether the mail carries the flag, however it is spelled.
func (m Stored) Has(flag string) bool {
	return slices.ContainsFunc(m.Flags, func(f string) bool { return strings.EqualFold(f, flag) })
}

// Stored lists the mails of a folder in the order of their UIDs, changing no flag.
func (s *IMAP) Stored(name, folder string) ([]Stored, error) {
	c, err := s.enter(name)
	if err != nil {
		return nil, fmt.Errorf("look into %s: %w", folder, err)
	}
	defer c.Close()
	found, err := c.Select(folder, &imap.SelectOptions{ReadOnly: true}).Wait()
	if err != nil {
		return nil, fmt.Errorf("look into %s: %w", folder, err)
	}
	if found.NumMessages == 0 {
		return nil, nil
	}
	mails, err := c.Fetch(imap.SeqSet{{Start: 1, Stop: 0}}, &imap.FetchOptions{
		UID: true, Flags: true, InternalDate: true,
		BodySection: []*imap.FetchItemBodySection{{Peek: true}},
	}).Collect()
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", folder, err)
	}
	stored := make([]Stored, len(mails))
	for i, m := range mails {
		stored[i] = Stored{UID: uint32(m.UID), Arrived: m.InternalDate, Raw: m.BodySection[0].Bytes}
		for _, f := range m.Flags {
			stored[i].Flags = append(stored[i].Flags, string(f))
		}
	}
	return stored, nil
}

// Messages lists the bytes of the mails of a folder, oldest UID first.
func (s *IMAP) Messages(name, folder string) ([][]byte, error) {
	stored, err := s.Stored(name, folder)
	if err != nil {
		return nil, err
	}
	raw := make([][]byte, len(stored))
	for i, m := range stored {
		raw[i] = m.Raw
	}
	return raw, nil
}

// Renumber gives a folder another UIDVALIDITY and counts its mails from 1 again, as a restored
// backup or a bridge does; flags and arrivals stay.
func (s *IMAP) Renumber(name, folder string) error {
	mails, err := s.Stored(name, folder)
	if err != nil {
		return err
	}
	user := s.account(name).user
	if err := user.Delete(folder); err != nil {
		return fmt.Errorf("renumber %s: %w", folder, err)
	}
	if err := user.Create(folder, nil); err != nil {
		return fmt.Errorf("renumber %s: %w", folder, err)
	}
	for _, m := range mails {
		flags := make([]imap.Flag, len(m.Flags))
		for i, f := range m.Flags {
			flags[i] = imap.Flag(f)
		}
		at := &imap.AppendOptions{Time: m.Arrived, Flags: flags}
		if _, err := user.Append(folder, newLiteral(m.Raw), at); err != nil {
			return fmt.Errorf("renumber %s: %w", folder, err)
		}
	}
	return nil
}

// Flag sets flags on one mail, as another mail program would.
func (s *IMAP) Flag(name, folder string, uid uint32, flags ...string) error {
	c, err := s.enter(name)
	if err != nil {
		return fmt.Errorf("flag a mail in %s: %w", folder, err)
	}
	defer c.Close()
	if _, err := c.Select(folder, nil).Wait(); err != nil {
		return fmt.Errorf("flag a mail in %s: %w", folder, err)
	}
	change := &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true}
	for _, f := range flags {
		change.Flags = append(change.Flags, imap.Flag(f))
	}
	return c.Store(imap.UIDSetNum(imap.UID(uid)), change, nil).Close()
}

// enter opens a connection inside the process, as the given user.
func (s *IMAP) enter(name string) (*imapclient.Client, error) {
	a := s.account(name)
	if a == nil {
		return nil, errors.New("no such user")
	}
	conn, err := s.pipe.dial()
	if err != nil {
		return nil, err
	}
	c := imapclient.New(conn, nil)
	if err := c.Login(name, a.password).Wait(); err != nil {
		_ = c.Close()
		return nil, err
	}
	return c, nil
}

// Remove deletes a folder and what lies in it, as a person with a mail program would.
func (s *IMAP) Remove(name, folder string) error {
	a := s.account(name)
	if a == nil {
		return errors.New("remove a folder: no such user")
	}
	if err := a.user.Delete(folder); err != nil {
		return fmt.Errorf("remove %s: %w", folder, err)
	}
	return nil
}
