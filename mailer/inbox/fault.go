package inbox

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
)

// Fault is a class of error that a caller may branch on with errors.Is.
type Fault string

// Error is the class as a sentence.
func (f Fault) Error() string { return string(f) }

const (
	// ErrAuth: the server refused the login. Trying faster does not help; tell the operator.
	ErrAuth Fault = "the server refused the login"
	// ErrLost: the connection is gone; what was asked may or may not have happened.
	ErrLost Fault = "connection lost"
	// ErrNoFolder: the folder to read does not exist.
	ErrNoFolder Fault = "no such folder"
	// ErrNoValidity: the folder has no UIDVALIDITY, so its mails have no numbers that last.
	ErrNoValidity Fault = "the server gives the folder no UIDVALIDITY (RFC 9051 2.3.1.1)"
	// ErrRestless: the folder is numbered anew again and again. Scans go on, a few in an hour.
	ErrRestless Fault = "the server numbers the folder anew again and again"
	// ErrForged: the state folder holds markers, none of them signed with our key.
	ErrForged Fault = "a marker without a valid signature was ignored"
	// ErrOurs: what a handler's error is when no mail is at fault, but something of ours that all of
	// them need. The scan ends with it, and what was not handled is left for the next one.
	ErrOurs Fault = "not the mail's fault"
	// ErrStale: the state folder holds a newer marker than the one to write.
	ErrStale Fault = "the mailbox holds a newer marker"
)

// TooEarly says that the next connection may not be tried before Until.
type TooEarly struct{ Until time.Time }

// Error names the instant.
func (e TooEarly) Error() string {
	return "too early to connect again: wait until " + e.Until.UTC().Format(time.RFC3339)
}

// refusal finds the server's NO or BAD in an error. go-imap formats all other errors with %v, so
// whatever is not an *imap.Error means that the connection is dead.
func refusal(err error) (*imap.Error, bool) {
	var no *imap.Error
	return no, errors.As(err, &no)
}

// spoken turns an error of go-imap into one that may be logged: words with an @ in them could be
// somebody's address, and parse errors quote what they could not parse.
func spoken(err error) string {
	words := strings.Fields(err.Error())
	for i, w := range words {
		if strings.ContainsRune(w, '@') {
			words[i] = "…"
		}
	}
	if len(words) > 40 {
		words = append(words[:40], "…")
	}
	return strings.Join(words, " ")
}

// refused is the error of a command that the server answered with NO or BAD.
type refused struct {
	what string
	no   *imap.Error
}

func (e *refused) Error() string { return fmt.Sprintf("%s: %s", e.what, spoken(e.no)) }
func (e *refused) Unwrap() error { return e.no }
