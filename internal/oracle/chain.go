package oracle

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// entry is a line of a history, as it is stored.
type entry struct {
	Seq   int64
	From  string
	To    string
	Event struct {
		Type   string
		Op     string
		Effect string
		Order  string
		Copies int
	}
	Effects    []string
	Prev, Hash string
}

// walk reads the raw entries of a history and says what is wrong with them: the numbers, the
// chain of hashes, a move that the table does not know, data without a confirmation.
func walk(raw []string, t table) (all []entry, wrong []string) {
	at, prev, confirmed := "", "", false
	ops := map[string]bool{}
	for i, text := range raw {
		var e entry
		if err := json.Unmarshal([]byte(text), &e); err != nil {
			return all, append(wrong, fmt.Sprintf("entry %d cannot be read: %v", i+1, err))
		}
		blame := func(format string, args ...any) {
			wrong = append(wrong, fmt.Sprintf("entry %d (%s): ", i+1, e.Event.Type)+fmt.Sprintf(format, args...))
		}
		if e.Seq != int64(i+1) {
			blame("has number %d", e.Seq)
		}
		if e.Prev != prev || e.Hash != sum(text, e.Hash) {
			blame("does not fit into the chain of hashes")
		}
		if e.From != at || !t.leads(e.From, e.Event.Type, e.To) {
			blame("leads from %q to %q, and it was %q", e.From, e.To, at)
		}
		if op := e.Event.Op; op != "" && ops[op] {
			blame("is there twice: operation %s", op)
		}
		ops[e.Event.Op] = true
		confirmed = stays(confirmed, e)
		if releases(e) && !confirmed {
			blame("orders data, and nobody has confirmed")
		}
		all, at, prev = append(all, e), e.To, e.Hash
	}
	return all, wrong
}

// sum is the hash of an entry without its hash, as whoever reads the list alone computes it.
func sum(text, hash string) string {
	h := sha256.Sum256([]byte(strings.Replace(text, `"Hash":"`+hash+`"`, `"Hash":""`, 1)))
	return hex.EncodeToString(h[:])
}

// stays says whether a confirmation is there after an entry: another round takes it away.
func stays(confirmed bool, e entry) bool {
	switch {
	case e.Event.Type == "acknowledged", e.Event.Type == "recovered" && e.To == "completed":
		return true
	case e.To == "awaiting_confirmation" && slices.Contains(e.Effects, "send_confirmation"):
		return false
	}
	return confirmed
}

// releases says whether an entry lets data be read or sent.
func releases(e entry) bool {
	return slices.Contains(e.Effects, "compile") || slices.Contains(e.Effects, "send_package") ||
		e.To == "delivering" || e.To == "completed" && e.From != "completed"
}

// ordered is how many effects a history has ordered and does not say the end of. Those of a life
// that was lost end with it. That a copy was kept is not told: it lies there.
func ordered(entries []entry) (n int) {
	ended := map[string]bool{}
	for _, e := range entries {
		if e.Event.Type == "recovered" {
			n = 0
		}
		if id := e.Event.Effect; id != "" && !ended[id] {
			ended[id] = true
			n--
		}
		for _, effect := range e.Effects {
			if effect != "keep_copy" {
				n++
			}
		}
	}
	return n
}
