package workflow

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"
)

// Entry is one line of a request's history: a committed change. Each carries the
// hash of the one before, and of what is personal only a keyed commitment, so
// that personal data can be removed while the chain still proves.
type Entry struct {
	Seq        int64 // 1 is the birth; equals the version it led to
	At         time.Time
	From       State `json:",omitempty"`
	To         State
	Event      Event
	Effects    []EffectType `json:",omitempty"`
	PrivateSum string       // HMAC of Private with the request's salt
	Prev       string
	Hash       string

	Private json.RawMessage `json:"-"` // kept apart; nil after the purge
}

// Private is the personal part of an event.
type Private struct {
	Birth     *Request   `json:",omitempty"`
	Admin     Address    `json:",omitempty"`
	Challenge *Challenge `json:",omitempty"`
	Note      string     `json:",omitempty"`

	Join   *Joining    `json:",omitempty"`
	Assign *Assignment `json:",omitempty"`
	Proof  *Proof      `json:",omitempty"`
}

func newEntry(was, r Request, e Event, order []EffectType, now time.Time, p Private) (Entry, error) {
	if was.Purged {
		p = Private{} // no salt hides it any more, so not even a commitment is kept
	}
	private, err := json.Marshal(p)
	if err != nil {
		return Entry{}, fmt.Errorf("write history of %s: %v", r.ID, err)
	}
	salt := r.Salt
	if salt == "" {
		salt = was.Salt // the purge itself is the last entry under the old salt
	}
	entry := Entry{
		Seq: r.Version, At: now.UTC(), From: was.State, To: r.State, Event: e,
		Effects: order, Prev: was.HistoryHead, Private: private,
		PrivateSum: commitment(salt, r.Version, private),
	}
	entry.Hash, err = entry.sum()
	return entry, err
}

// commitment binds an entry to its private part without showing it.
func commitment(salt string, seq int64, private []byte) string {
	mac := hmac.New(sha256.New, []byte(salt))
	fmt.Fprintf(mac, "%d|", seq)
	mac.Write(private)
	return hex.EncodeToString(mac.Sum(nil))
}

// sum is the hash of everything but the hash itself and the private part.
func (e Entry) sum() (string, error) {
	e.Hash = ""
	b, err := json.Marshal(e)
	if err != nil {
		return "", fmt.Errorf("hash history entry %d: %v", e.Seq, err)
	}
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:]), nil
}

// VerifyHistory checks the chain of hashes and, where the private parts are
// still there and salt is given, the commitments. head is the request's
// HistoryHead; it tells a truncated history from a whole one.
func VerifyHistory(entries []Entry, head, salt string) error {
	prev := ""
	for i, e := range entries {
		if e.Seq != int64(i+1) {
			return fmt.Errorf("history entry %d: number %d stands there", i+1, e.Seq)
		}
		sum, err := e.sum()
		if err != nil {
			return err
		}
		if e.Prev != prev || e.Hash != sum {
			return fmt.Errorf("history entry %d: chain is broken", e.Seq)
		}
		if salt != "" && e.Private != nil && commitment(salt, e.Seq, e.Private) != e.PrivateSum {
			return fmt.Errorf("history entry %d: private part was changed", e.Seq)
		}
		prev = e.Hash
	}
	if prev != head {
		return fmt.Errorf("history ends before the request's latest change")
	}
	return nil
}

// Replay decides a whole history again and gives the request it leads to.
// NotFound when the private parts have been removed.
func Replay(entries []Entry) (Request, error) {
	var r Request
	for _, e := range entries {
		var p Private
		if e.Private == nil {
			return r, fmt.Errorf("replay entry %d: personal data removed: %w", e.Seq, NotFound)
		}
		if err := json.Unmarshal(e.Private, &p); err != nil {
			return r, fmt.Errorf("replay entry %d: %v", e.Seq, err)
		}
		c, err := decideAgain(r, e, p)
		if err != nil {
			return r, fmt.Errorf("replay entry %d: %v", e.Seq, err)
		}
		if c.Entry.Hash != e.Hash {
			return r, fmt.Errorf("replay entry %d: leads elsewhere today", e.Seq)
		}
		r = c.Request
	}
	return r, nil
}

func decideAgain(r Request, e Entry, p Private) (Change, error) {
	if e.Event.Type == Received {
		if p.Birth == nil {
			return Change{}, fmt.Errorf("birth without facts")
		}
		return Receive(*p.Birth, e.Event.Op, e.At)
	}
	event := e.Event
	event.Admin, event.Challenge, event.Note = p.Admin, p.Challenge, p.Note
	event.Join, event.Assign, event.Proof = p.Join, p.Assign, p.Proof
	return Decide(r, event, e.At)
}
