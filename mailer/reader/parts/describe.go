package parts

import "strings"

// describe reads what the header says of the part's content, and returns its boundary.
func (p *Part) describe(assumed string, m *Message) (boundary string) {
	boundary = p.contentType(assumed, m)
	p.disposition(m)
	if p.Name == "" && !p.IsText() {
		p.Name = nameInLocation(p.Header.Get("Content-Location"))
	}
	encoding, odd := encodingOf(p.Header.Get("Content-Transfer-Encoding"))
	if odd {
		m.Note("unknown-transfer-encoding")
	}
	p.encoding = encoding
	return boundary
}

func (p *Part) contentType(assumed string, m *Message) (boundary string) {
	field := p.Header.Get("Content-Type")
	if field == "" {
		return ""
	}
	value, params := splitParams(withSemicolon(field))
	if bare := strings.Trim(value, "\","); bare != value {
		m.guess("broken-content-type")
		value = bare
	}
	major, minor, ok := strings.Cut(value, "/")
	major, minor = strings.TrimSpace(major), strings.TrimSpace(minor)
	switch {
	case ok && major != "" && minor != "" && !strings.ContainsAny(value, "\"=<>@,:"):
		p.Type = major + "/" + minor
	case !ok && major == "text":
		m.Note("broken-content-type")
		p.Type = "text/plain"
	default:
		m.Note("broken-content-type")
	}
	p.Charset = param(params, "charset")
	p.named(params, "name", m)
	p.start = param(params, "start")
	p.Flowed = strings.EqualFold(param(params, "format"), "flowed")
	p.DelSp = strings.EqualFold(param(params, "delsp"), "yes")
	p.ReportType = strings.ToLower(param(params, "report-type"))
	if p.Charset != "" && strings.HasPrefix(p.Type, "text/") && !KnownCharset(p.Charset) {
		m.Note("unknown-charset")
	}
	return param(params, "boundary")
}

// withSemicolon puts in the semicolon that some leave out after the type, or write a comma
// for: "multipart/mixed boundary=x".
func withSemicolon(field string) string {
	if comma := strings.IndexAny(field, ",;="); comma > 0 && field[comma] == ',' {
		return field[:comma+1] + ";" + field[comma+1:]
	}
	blank := strings.IndexAny(field, " \t;")
	if blank < 0 || field[blank] == ';' {
		return field
	}
	rest := strings.TrimLeft(field[blank:], " \t")
	word, _, ok := strings.Cut(rest, "=")
	if !ok || strings.ContainsAny(word, " ;\"(/") {
		return field
	}
	return field[:blank] + ";" + rest
}

func (p *Part) disposition(m *Message) {
	field := p.Header.Get("Content-Disposition")
	if field == "" {
		return
	}
	value, params := splitParams(field)
	if strings.Contains(value, "=") { // the disposition itself was left out
		_, params = splitParams(";" + field)
		value = "attachment"
	}
	switch value {
	case "inline", "attachment":
		p.Disposition = value
	case "":
	default:
		p.Disposition = "attachment" // RFC 2183 2.8
	}
	p.named(params, "filename", m)
}

// named takes over a file name. Whether a text with a name is shown depends on the mail program,
// so a name that not all of them find is a guess there.
func (p *Part) named(params []Param, parameter string, m *Message) {
	name, odd := nameParam(params, parameter)
	if name == "" {
		return
	}
	if odd && p.IsText() {
		m.guess("odd-parameter")
	}
	p.Name = fileName(name)
}

// nameInLocation is the name of a file that a Content-Location (RFC 2557 4.2) consists of; one
// in a path or at an address on the web is none.
func nameInLocation(location string) string {
	if strings.ContainsAny(location, "/:\\") || !strings.Contains(location, ".") {
		return ""
	}
	return fileName(location)
}

// maxName is above what file systems take, in bytes.
const maxName = 1000

// fileName decodes a name for people to read, or as much of it as one could.
func fileName(encoded string) string {
	name := DecodeWordsIn(encoded[:min(len(encoded), 4*maxName)], "")
	if len(name) > maxName {
		return strings.ToValidUTF8(name[:maxName], "")
	}
	return name
}
