package authentic

// TopAuthServID is whose Authentication-Results stand on top of a mail, as
// Options.AuthServID would pin it; "" where nobody's do, or they cannot be read.
// It is a word of the mail, and proves nothing.
func TopAuthServID(raw []byte) string {
	m := split(withCRLF(raw))
	fields := m.named("authentication-results")
	if len(fields) == 0 || m.oversized() {
		return ""
	}
	top, err := readAuthResults(fields[0])
	switch {
	case err != nil:
		return ""
	case top.id == "":
		return WithoutAuthServID
	}
	return top.id
}
