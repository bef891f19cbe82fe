package authentic

import (
	"errors"
	"strings"
)

// maxResultsBytes bounds one Authentication-Results field; real ones stay
// under 3 KB.
const maxResultsBytes = 16 << 10

// maxResults bounds the statements of one field; real ones have up to 20.
const maxResults = 100

// An authResults is an Authentication-Results field (RFC 8601) read.
type authResults struct {
	id      string // authserv-id in lower case; empty where there is none
	results []methodResult
}

// A methodResult is one statement: a method, what came out, and of what.
type methodResult struct {
	method, result string            // lower case
	props          map[string]string // by "ptype.property" in lower case
}

// readAuthResults reads the field by RFC 8601 2.2, or not at all. Beyond the
// grammar it takes what large providers are known to write: no authserv-id
// (Microsoft 365), one ; at the end (Yahoo), and properties without a ptype
// where they cannot be taken for another statement. On an error the id is set
// if that much could be read.
func readAuthResults(f field) (authResults, error) {
	switch {
	case f.spaced(), f.blankLine():
		return authResults{}, errors.New("it is written to be misread")
	case len(f.raw) > maxResultsBytes:
		return authResults{}, errors.New("it is too long")
	}
	s, err := newScanner(unfold(f.value()))
	if err != nil {
		return authResults{}, err
	}
	p := resultsParser{scanner: s}
	if err := p.payload(); err != nil {
		return authResults{id: p.id}, err
	}
	return p.authResults, nil
}

type resultsParser struct {
	*scanner
	authResults
}

func (p *resultsParser) payload() error {
	named, err := p.server()
	if err != nil {
		return err
	}
	if named {
		return p.statements()
	}
	if err := p.statement(); err != nil {
		return err
	}
	if p.done() {
		return nil
	}
	return p.statements()
}

// server reads the authserv-id and its version. Without an id the field begins
// with a method, which is put back.
func (p *resultsParser) server() (bool, error) {
	if _, err := p.blank(); err != nil {
		return false, err
	}
	start := p.pos
	id, err := p.value()
	if err != nil {
		return false, err
	}
	apart, err := p.blank()
	if err != nil {
		return false, err
	}
	if c := p.peek(); c == '=' || c == '/' {
		p.pos = start
		return false, nil
	}
	if id == "" {
		return false, errors.New("its authserv-id is empty")
	}
	p.id = lower(id)
	if c := p.peek(); apart && '0' <= c && c <= '9' {
		return true, p.version()
	}
	return true, nil
}

// version: of the field or of a method, 1 is the only one there is.
func (p *resultsParser) version() error {
	if p.run(func(c byte) bool { return '0' <= c && c <= '9' }) != "1" {
		return errors.New("it is of another version")
	}
	_, err := p.blank()
	return err
}

// statements reads one or more, each behind a ;, or a single "none".
func (p *resultsParser) statements() error {
	for !p.done() {
		if !p.take(';') {
			return errors.New("it has something where ; belongs")
		}
		if _, err := p.blank(); err != nil {
			return err
		}
		if p.done() && len(p.results) > 0 {
			return nil // Yahoo's
		}
		if len(p.results) == 0 && p.none() {
			return nil
		}
		if err := p.statement(); err != nil {
			return err
		}
	}
	if len(p.results) == 0 {
		return errors.New("it has no result")
	}
	return nil
}

// none is no-result, and has to be all there is; anything else is put back.
func (p *resultsParser) none() bool {
	start := p.pos
	if w, err := p.keyword(); err == nil && w == "none" {
		if _, err := p.blank(); err == nil && p.done() {
			return true
		}
	}
	p.pos = start
	return false
}

// statement is resinfo without its ;: methodspec, reasonspec, propspecs.
func (p *resultsParser) statement() error {
	r := methodResult{props: map[string]string{}}
	var err error
	if r.method, err = p.keyword(); err != nil {
		return err
	}
	if _, err = p.blank(); err != nil {
		return err
	}
	if p.take('/') {
		if _, err = p.blank(); err == nil {
			err = p.version()
		}
		if err != nil {
			return err
		}
	}
	if err = p.equals(); err != nil {
		return err
	}
	if r.result, err = p.keyword(); err != nil {
		return err
	}
	if err = p.properties(&r); err != nil {
		return err
	}
	if p.results = append(p.results, r); len(p.results) > maxResults {
		return errors.New("it has too many results")
	}
	return nil
}

func (p *resultsParser) equals() error {
	if !p.take('=') {
		return errors.New("it has something where = belongs")
	}
	_, err := p.blank()
	return err
}

// properties reads up to the next ; or the end.
func (p *resultsParser) properties(r *methodResult) error {
	for first := true; ; first = false {
		apart, err := p.blank()
		if err != nil {
			return err
		}
		if p.done() || p.peek() == ';' {
			return nil
		}
		if !apart {
			return errors.New("it has two statements without a space between")
		}
		if err := p.property(r, first); err != nil {
			return err
		}
	}
}

func (p *resultsParser) property(r *methodResult, first bool) error {
	name, err := p.keyword()
	if err != nil {
		return err
	}
	if _, err := p.blank(); err != nil {
		return err
	}
	switch {
	case p.take('.'):
		return p.typed(r, name)
	case name == "reason" && first:
	case !bareAllowed(r.method, name):
		return errors.New("it has a property without a ptype")
	}
	if err := p.equals(); err != nil {
		return err
	}
	if name == "reason" {
		_, err = p.value()
	} else {
		_, err = p.propertyValue()
	}
	return err
}

// bareAllowed: Microsoft 365 writes action=none behind dmarc, Fastmail
// x-bits=2048 behind dkim and score=0 behind methods of its own.
func bareAllowed(method, name string) bool {
	return name == "action" || strings.HasPrefix(name, "x-") ||
		name != "reason" && strings.HasPrefix(method, "x-")
}

// typed reads the property of a ptype. One that occurs twice has two readings.
func (p *resultsParser) typed(r *methodResult, ptype string) error {
	if _, err := p.blank(); err != nil {
		return err
	}
	property, err := p.keyword()
	if err != nil {
		return err
	}
	if _, err := p.blank(); err != nil {
		return err
	}
	if err := p.equals(); err != nil {
		return err
	}
	v, err := p.propertyValue()
	if err != nil {
		return err
	}
	// RFC 8601 2.2 lets a comment follow at once. But a server that copies a value as
	// it got it makes one of d=acme.example(.evil.example), which evil.example signs.
	if p.peek() == '(' {
		return errors.New("it has a comment that grows out of a value")
	}
	name := ptype + "." + property
	if _, twice := r.props[name]; twice {
		return errors.New("it has one property twice in one result")
	}
	r.props[name] = v
	return nil
}
