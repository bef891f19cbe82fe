package parts

import "bytes"

// A split walks the parts of one multipart body (RFC 2046 5.1.1) without copying them.
type split struct {
	body      []byte
	delimiter []byte // "--" and the boundary
	done      bool   // nothing is left
	closed    bool   // the closing delimiter was seen
}

func delimiterOf(boundary string) []byte {
	return append([]byte("--"), bytes.TrimRight([]byte(boundary), " \t")...)
}

// begin skips the preamble; false says that no delimiter is there at all.
func (s *split) begin() bool {
	_, after, last, found := s.find(s.body)
	if !found {
		return false
	}
	s.body, s.done, s.closed = after, last, last
	return true
}

// next is the part up to the next delimiter, or up to the end where it is missing.
func (s *split) next() []byte {
	piece, after, last, found := s.find(s.body)
	if !found {
		s.done = true
		rest := s.body
		s.body = nil
		return rest
	}
	s.body, s.done, s.closed = after, last, last
	return piece
}

// find looks for a delimiter line: at the start of a line, followed by blanks alone. The line
// break before it belongs to it.
func (s *split) find(body []byte) (piece, after []byte, last, found bool) {
	for from := 0; ; {
		i := bytes.Index(body[from:], s.delimiter)
		if i < 0 {
			return nil, nil, false, false
		}
		i += from
		from = i + len(s.delimiter)
		if i > 0 && body[i-1] != '\n' {
			continue
		}
		line := body[from:]
		after = nil
		if e := bytes.IndexByte(line, '\n'); e >= 0 {
			line, after = line[:e], line[e+1:]
		}
		if bytes.HasPrefix(line, []byte("--")) {
			line, last = line[2:], true
		}
		if len(bytes.Trim(line, " \t\r")) > 0 {
			last = false
			continue
		}
		return bytes.TrimSuffix(bytes.TrimSuffix(body[:i], []byte("\n")), []byte("\r")),
			after, last, true
	}
}
