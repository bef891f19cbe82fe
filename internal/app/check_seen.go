package app

import (
	"encoding/base64"
	"fmt"
	"net/mail"
	"strings"
	"sync"
	"time"
	"unicode/utf16"

	"github.com/dsrd/dsrd/internal/config"
)

// latestMails is how many headers of a folder are looked at.
const latestMails = 20

// header is what a mail in a mailbox says above its text.
type header struct {
	arrived time.Time // zero when the server did not say
	mail.Header
}

// sightings are the headers and clocks that the checks of servers came across, for
// those that think about them.
type sightings struct {
	mu      sync.Mutex
	headers map[string][]header  // by mailbox; a mailbox without an entry was not read
	clocks  map[string]time.Time // server -> its clock, when the checkup's said now
	asked   map[string]time.Time
}

func (s *sightings) put(mailbox string, h []header) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.headers == nil {
		s.headers = map[string][]header{}
	}
	s.headers[mailbox] = h
}

func (s *sightings) of(mailbox string) ([]header, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h, read := s.headers[mailbox]
	return h, read
}

func (s *sightings) clock(server string, theirs, ours time.Time) {
	if theirs.IsZero() {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.clocks == nil {
		s.clocks, s.asked = map[string]time.Time{}, map[string]time.Time{}
	}
	s.clocks[server], s.asked[server] = theirs, ours
}

// latest are the headers of the latest mails that came in and that we sent. A folder
// that cannot be read has none.
func (t *talk) latest(m config.Mailbox) []header {
	have, delimiter, prefix, err := t.names()
	if err != nil {
		return nil
	}
	all := []header{}
	for _, folder := range []string{
		m.Folder, prefix + m.Root + delimiter + "Processed", prefix + m.Root + delimiter + "Sent",
	} {
		if hasFolder(have, folder) {
			all = append(all, t.headers(folder)...)
		}
	}
	return all
}

func (t *talk) headers(folder string) (all []header) {
	count, _, err := t.examine(folder)
	if err != nil || count == 0 {
		return nil
	}
	// PEEK marks nothing (RFC 9051 6.4.5).
	answers, err := t.say(fmt.Sprintf("FETCH %d:%d (INTERNALDATE BODY.PEEK[HEADER])",
		max(1, count-latestMails+1), count))
	if err != nil {
		return nil
	}
	for _, a := range answers {
		if len(a.literals) == 0 {
			continue
		}
		m, err := mail.ReadMessage(strings.NewReader(strings.TrimRight(a.literals[0], "\r\n") + "\r\n\r\n"))
		if err != nil {
			continue
		}
		h := header{Header: m.Header}
		if _, rest, ok := strings.Cut(a.line, `INTERNALDATE "`); ok {
			at, _, _ := strings.Cut(rest, `"`)
			h.arrived, _ = time.Parse("_2-Jan-2006 15:04:05 -0700", at)
		}
		all = append(all, h)
	}
	return all
}

// folderName writes a name as IMAP does (RFC 3501 5.1.3): UTF-16 in a base64 of its
// own between & and -.
func folderName(name string) string {
	var out strings.Builder
	var odd []rune
	flush := func() {
		if len(odd) == 0 {
			return
		}
		var b []byte
		for _, u := range utf16.Encode(odd) {
			b = append(b, byte(u>>8), byte(u))
		}
		out.WriteString("&" + strings.ReplaceAll(base64.RawStdEncoding.EncodeToString(b), "/", ",") + "-")
		odd = nil
	}
	for _, r := range name {
		switch {
		case r == '&':
			flush()
			out.WriteString("&-")
		case r >= ' ' && r <= '~':
			flush()
			out.WriteRune(r)
		default:
			odd = append(odd, r)
		}
	}
	flush()
	return out.String()
}
