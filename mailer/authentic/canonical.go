package authentic

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"hash"
)

// headerDigest is the hash that b= signs: the fields of h= and the signature's
// own field with b= emptied (RFC 6376 3.7).
func headerDigest(m *message, c *claim) [sha256.Size]byte {
	h := sha256.New()
	for _, f := range signedFields(m, c.Headers) {
		h.Write(canonicalField(f, c.relaxedHeader))
	}
	own := canonicalField(withoutB(c), c.relaxedHeader)
	h.Write(bytes.TrimSuffix(own, crlf)) // 3.7: the last without its CRLF
	return [sha256.Size]byte(h.Sum(nil))
}

// signedFields picks the fields that h= names: for each mention of a name the
// next instance from the bottom up; past the first instance nothing (5.4.2).
func signedFields(m *message, names []string) []field {
	left := map[string][]field{}
	for _, n := range names {
		left[n] = nil
	}
	for _, f := range m.fields {
		if have, wanted := left[f.name]; wanted && f.colon >= 0 {
			left[f.name] = append(have, f)
		}
	}
	var picked []field
	for _, n := range names {
		if fs := left[n]; len(fs) > 0 {
			picked = append(picked, fs[len(fs)-1])
			left[n] = fs[:len(fs)-1]
		}
	}
	return picked
}

// withoutB is the signature's field with the value of b=, and the white space
// around that value, deleted.
func withoutB(c *claim) field {
	f := c.field
	value := f.value()
	raw := bytes.Clone(f.raw[:f.colon+1])
	raw = append(raw, value[:c.bTag.start]...)
	f.raw = append(raw, value[c.bTag.end:]...)
	return f
}

// canonicalField is 3.4.1, the field as it is, or 3.4.2.
func canonicalField(f field, relaxed bool) []byte {
	if !relaxed {
		return f.raw
	}
	out := make([]byte, 0, len(f.raw))
	out = append(append(out, f.name...), ':')
	return append(appendSquashed(out, f.value()), '\r', '\n')
}

// appendSquashed unfolds a value, makes one space of each run of white space,
// and drops it at both ends.
func appendSquashed(out, value []byte) []byte {
	for i, word := range bytes.FieldsFunc(value, func(r rune) bool {
		return r == ' ' || r == '\t' || r == '\r' || r == '\n'
	}) {
		if i > 0 {
			out = append(out, ' ')
		}
		out = append(out, word...)
	}
	return out
}

// A bodyForm is a way to hash a body; signatures of one form share the work.
type bodyForm struct {
	relaxed bool
	length  int64 // l=, -1 for all of it
}

// bodyDigest hashes the body by RFC 6376 3.4.3 and 3.4.4. An l= beyond the end
// of the body is an error (3.5).
func bodyDigest(body []byte, form bodyForm) ([sha256.Size]byte, error) {
	w := &bodyWriter{hash: sha256.New(), left: form.length}
	w.run(body, form.relaxed)
	w.flush()
	if w.left > 0 {
		return [sha256.Size]byte{}, errors.New("l= is longer than the body")
	}
	return [sha256.Size]byte(w.hash.Sum(nil)), nil
}

// A bodyWriter hashes canonical lines; empty ones wait until another line
// shows that they are not the end of the body.
type bodyWriter struct {
	hash  hash.Hash
	buf   []byte
	empty int
	left  int64 // of l=; negative means no limit
}

func (w *bodyWriter) run(body []byte, relaxed bool) {
	if !relaxed && onlyCRLF(body) {
		w.write(crlf) // 3.4.3: an empty body is one CRLF
		return
	}
	for len(body) > 0 {
		line, rest, _ := bytes.Cut(body, crlf)
		body = rest
		if relaxed {
			line = w.squash(line)
		}
		if len(line) == 0 {
			w.empty++
			continue
		}
		for ; w.empty > 0; w.empty-- {
			w.write(crlf)
		}
		w.write(line)
		w.write(crlf)
	}
}

func onlyCRLF(body []byte) bool {
	return len(body)%2 == 0 && bytes.Count(body, crlf)*2 == len(body)
}

// squash drops white space at the end of a line and makes one space of each
// other run; lines that need neither are returned as they are.
func (w *bodyWriter) squash(line []byte) []byte {
	line = bytes.TrimRight(line, " \t")
	if bytes.IndexByte(line, '\t') < 0 && !bytes.Contains(line, []byte("  ")) {
		return line
	}
	out := make([]byte, 0, len(line))
	space := false
	for _, c := range line {
		if c == ' ' || c == '\t' {
			space = true
			continue
		}
		if space {
			out = append(out, ' ')
			space = false
		}
		out = append(out, c)
	}
	return out
}

func (w *bodyWriter) write(p []byte) {
	if w.left >= 0 {
		p = p[:min(int64(len(p)), w.left)]
		w.left -= int64(len(p))
	}
	if len(p) > cap(w.buf)-len(w.buf) {
		w.flush()
	}
	if len(p) > bodyBuffer {
		w.hash.Write(p)
		return
	}
	if w.buf == nil {
		w.buf = make([]byte, 0, bodyBuffer)
	}
	w.buf = append(w.buf, p...)
}

// bodyBuffer spares the hash a call for each line.
const bodyBuffer = 8 << 10

func (w *bodyWriter) flush() {
	w.hash.Write(w.buf)
	w.buf = w.buf[:0]
}
