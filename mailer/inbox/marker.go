package inbox

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"time"
)

// Marker is what the mailbox knows about the store, so that a store that was lost or rolled back is
// noticed. It lies as a signed mail in the folder State.
type Marker struct {
	// Generation names the store: another one means that the store was replaced.
	Generation string
	// Epoch rises with each recovery, Sequence with each change. Together they order markers.
	Epoch, Sequence int64
	// Since is the first start.
	Since time.Time
	// Cursors are those of Memory, by "name/folder".
	Cursors map[string]Cursor

	// Sequences are those of the store's partitions; Sequence is their sum. Nil in markers from
	// before there were any.
	Sequences []int64 `json:",omitempty"`
	// Ancestors are the generations that this one was recovered from, the oldest first.
	Ancestors []string `json:",omitempty"`
	// Registry is what was known of the registry.
	Registry Registry `json:",omitzero"`
	// Next is UIDNEXT of our folders, as far as it was known: what lies above it came later.
	Next map[Folder]uint32 `json:",omitempty"`
}

// Registry tells whether who may release data has changed since, so that a lost store does not
// make new names look old.
type Registry struct {
	Sum      string    // digest of all that was named
	Youngest time.Time // since when the last of them was
}

// newer orders markers.
func (m Marker) newer(than Marker) bool {
	if m.Epoch != than.Epoch {
		return m.Epoch > than.Epoch
	}
	return m.Sequence > than.Sequence
}

// knowsMore says whether a marker has seen something that another has not: a single partition
// that went back is one that lost something, whatever the others have gained.
func (m Marker) knowsMore(than Marker) bool {
	if m.Epoch != than.Epoch || len(m.Sequences) == 0 || len(m.Sequences) != len(than.Sequences) {
		return m.newer(than)
	}
	for i, seen := range m.Sequences {
		if seen > than.Sequences[i] {
			return true
		}
	}
	return false
}

const (
	markerField = "X-Dsrd-Marker"
	markerScope = "dsrd marker 1\x00" // what is signed begins with it: no other use of the key fits
	maxMarker   = 64 << 10
)

var errNotAMarker = errors.New("not a marker")

// encode writes a marker as a mail. The JSON goes in base64: servers may touch line ends and long
// lines, and the signature must survive that.
func (m Marker) encode(key []byte, host string, now time.Time) ([]byte, error) {
	text, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("write the marker: %w", err)
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "From: dsrd <state@%s>\r\n", host)
	fmt.Fprintf(&b, "Date: %s\r\n", now.Format("Mon, 2 Jan 2006 15:04:05 -0700"))
	mac := sign(key, text)
	fmt.Fprintf(&b, "Message-ID: <state.%d.%d.%x@%s>\r\n", m.Epoch, m.Sequence, mac[:8], host)
	fmt.Fprintf(&b, "Subject: dsrd state, please leave this mail here\r\n")
	fmt.Fprintf(&b, "%s: %s\r\n", markerField, hex.EncodeToString(mac))
	fmt.Fprintf(&b, "MIME-Version: 1.0\r\nContent-Type: application/json\r\n")
	fmt.Fprintf(&b, "Content-Transfer-Encoding: base64\r\n\r\n")
	const line = 76 // RFC 2045 6.8
	for code := base64.StdEncoding.EncodeToString(text); code != ""; {
		n := min(line, len(code))
		b.WriteString(code[:n] + "\r\n")
		code = code[n:]
	}
	return b.Bytes(), nil
}

// decodeMarker reads a marker mail: errNotAMarker for any other mail, ErrForged for one that the
// key did not sign.
func decodeMarker(raw, key []byte) (Marker, error) {
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil || m.Header.Get(markerField) == "" {
		return Marker{}, errNotAMarker
	}
	var body bytes.Buffer
	if _, err := body.ReadFrom(m.Body); err != nil {
		return Marker{}, ErrForged
	}
	mac, badMAC := hex.DecodeString(strings.TrimSpace(m.Header.Get(markerField)))
	text, badText := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(body.String()), ""))
	if badMAC != nil || badText != nil || !hmac.Equal(mac, sign(key, text)) {
		return Marker{}, ErrForged
	}
	var marker Marker
	if err := json.Unmarshal(text, &marker); err != nil {
		// Signed by us and written by another version.
		return Marker{}, fmt.Errorf("read the marker: %w", err)
	}
	return marker, nil
}

func sign(key, text []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(markerScope))
	mac.Write(text)
	return mac.Sum(nil)
}
