package mailtest

import (
	"slices"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
)

// session is one client's visit: the memory server, with the configured misbehaviour in front.
type session struct {
	*imapmemserver.UserSession // nil before login
	server                     *IMAP
	owner                      bool   // the test itself, who is neither refused nor recorded
	folder                     string // selected last
}

var (
	_ imapserver.SessionIMAP4rev2 = (*session)(nil)
	_ imapserver.SessionSASL      = (*session)(nil)
)

func (s *IMAP) visitor() imapserver.Session { return &session{server: s} }
func (s *IMAP) owner() imapserver.Session   { return &session{server: s, owner: true} }

// ask records a command and returns the configured refusal, if any.
func (s *session) ask(verb, folder string) error {
	if s.owner {
		return nil
	}
	s.server.mu.Lock()
	s.server.commands = append(s.server.commands, verb+" "+folder)
	s.server.mu.Unlock()
	if s.server.config.Refuse == nil {
		return nil
	}
	if err := s.server.config.Refuse(verb, folder); err != nil {
		return &imap.Error{Type: imap.StatusResponseTypeNo, Text: err.Error()}
	}
	return nil
}

// Login opens the account's mailboxes.
func (s *session) Login(name, password string) error {
	if err := s.ask("LOGIN", ""); err != nil {
		return err
	}
	a := s.server.account(name)
	if a == nil {
		return imapserver.ErrAuthFailed
	}
	if err := a.user.Login(name, password); err != nil {
		return err
	}
	s.enter(a)
	return nil
}

func (s *session) enter(a *account) { s.UserSession = imapmemserver.NewUserSession(a.user) }

// Select opens a folder; without keywords it takes \* out of PERMANENTFLAGS.
func (s *session) Select(folder string, o *imap.SelectOptions) (*imap.SelectData, error) {
	s.folder = folder
	data, err := s.UserSession.Select(folder, o)
	if err != nil || !s.server.config.NoKeywords {
		return data, err
	}
	data.PermanentFlags = slices.DeleteFunc(data.PermanentFlags, isKeyword)
	return data, nil
}

// isKeyword is true for what only a server with free keywords may store (RFC 9051 2.3.2).
func isKeyword(flag imap.Flag) bool { return flag == imap.FlagWildcard || flag[0] != '\\' }

// Store changes flags; without keywords the unknown ones vanish silently, as such servers do.
func (s *session) Store(
	w *imapserver.FetchWriter, set imap.NumSet, f *imap.StoreFlags, o *imap.StoreOptions,
) error {
	if err := s.ask("STORE", ""); err != nil {
		return err
	}
	if s.server.config.NoKeywords {
		f.Flags = slices.DeleteFunc(f.Flags, isKeyword)
	}
	return s.UserSession.Store(w, set, f, o)
}

// Fetch fetches mails, but for the bodies that are withheld.
func (s *session) Fetch(w *imapserver.FetchWriter, set imap.NumSet, o *imap.FetchOptions) error {
	uids, byUID := set.(imap.UIDSet)
	if byUID && len(o.BodySection) > 0 && s.server.config.Withhold != nil && !s.owner {
		all, _ := uids.Nums() // false for n:*, which nobody here asks bodies for
		for _, uid := range all {
			if err := s.server.config.Withhold(s.folder, uint32(uid)); err != nil {
				return &imap.Error{Type: imap.StatusResponseTypeNo, Text: err.Error()}
			}
		}
	}
	return s.UserSession.Fetch(w, set, o)
}

// Append stores a mail, dated by the server's own clock when the client gave no date.
func (s *session) Append(
	folder string, r imap.LiteralReader, o *imap.AppendOptions,
) (*imap.AppendData, error) {
	if err := s.ask("APPEND", folder); err != nil {
		return nil, err
	}
	if o.Time.IsZero() {
		o.Time = s.server.config.Now()
	}
	return s.UserSession.Append(folder, r, o)
}

// Create makes a folder.
func (s *session) Create(folder string, o *imap.CreateOptions) error {
	if err := s.ask("CREATE", folder); err != nil {
		return err
	}
	return s.UserSession.Create(folder, o)
}

// Copy copies mails.
func (s *session) Copy(set imap.NumSet, folder string) (*imap.CopyData, error) {
	if err := s.ask("COPY", folder); err != nil {
		return nil, err
	}
	return s.UserSession.Copy(set, folder)
}

// Move moves mails.
func (s *session) Move(w *imapserver.MoveWriter, set imap.NumSet, folder string) error {
	if err := s.ask("MOVE", folder); err != nil {
		return err
	}
	return s.UserSession.Move(w, set, folder)
}

// Idle announces changes within moments. It looks for them, because the tracker of imapserver
// v2.0.0-beta.8 announces none that came before its own Idle began, which is after the client was
// told that it has begun.
func (s *session) Idle(w *imapserver.UpdateWriter, stop <-chan struct{}) error {
	if err := s.ask("IDLE", ""); err != nil {
		return err
	}
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if err := s.UserSession.Poll(w, true); err != nil {
				return err
			}
		case <-stop:
			return nil
		}
	}
}

// Expunge removes mails; the bare command and the one with UIDs are recorded apart.
func (s *session) Expunge(w *imapserver.ExpungeWriter, uids *imap.UIDSet) error {
	verb := "EXPUNGE"
	if uids != nil {
		verb = "UID EXPUNGE"
	}
	if err := s.ask(verb, ""); err != nil {
		return err
	}
	return s.UserSession.Expunge(w, uids)
}
