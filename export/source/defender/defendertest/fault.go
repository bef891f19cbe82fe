package defendertest

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
)

// A Fault is something that a server can do wrong.
type Fault string

// The faults.
const (
	// Unauthorized answers 401, Forbidden 403, NotFound 404, Gone 410, as for a link that has
	// expired, ServerError 500.
	Unauthorized Fault = "unauthorized"
	Forbidden    Fault = "forbidden"
	NotFound     Fault = "not found"
	Gone         Fault = "gone"
	ServerError  Fault = "server error"
	// TooMany answers 429 with Retry-After: 7, TooManyForLong with an hour.
	TooMany        Fault = "too many"
	TooManyForLong Fault = "too many for long"
	// HalfPage breaks off in the middle of a page; CutJSON ends it there as if that were all.
	HalfPage Fault = "half page"
	CutJSON  Fault = "cut JSON"
	// NoList answers an object without the list.
	NoList Fault = "no list"
	// SameLink names the same page as the next one, NewLinks always another, without end.
	SameLink Fault = "same link"
	NewLinks Fault = "new links"
	// ForeignLink names a page on another host, StrayLink one of another subscription,
	// PlainLink one without TLS.
	ForeignLink Fault = "foreign link"
	StrayLink   Fault = "stray link"
	PlainLink   Fault = "plain link"
	// Redirect sends the client to another host.
	Redirect Fault = "redirect"
	// ForeignRow adds a row of another subscription.
	ForeignRow Fault = "foreign row"
	// NoID adds a row without an id.
	NoID Fault = "no id"
	// HugePage answers with more than 33 MiB.
	HugePage Fault = "huge page"
)

// OtherSubscription is the subscription of foreign rows.
const OtherSubscription = "00000000-0000-0000-0000-00000000ffff"

// A fault is a Fault that waits for its page.
type fault struct {
	kind     Fault
	from     int
	times    int
	answered int
}

// paths are the API's names of sets.
var paths = map[string]string{
	"security_contacts": "microsoft.security/securitycontacts",
	"jit_policies":      "microsoft.security/jitnetworkaccesspolicies",
	"alerts":            "microsoft.security/alerts",
	"activity_log":      "microsoft.insights/eventtypes/management/values",
}

// Break makes a set misbehave the next times questions, or for ever when times is 0, from the row
// number on at which a page begins; 0 is the first page.
func (s *Server) Break(set string, kind Fault, from, times int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults[paths[set]] = &fault{kind: kind, from: from, times: times}
}

// Mend ends all faults.
func (s *Server) Mend() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = map[string]*fault{}
}

// take returns the fault for a page, or nil.
func (s *Server) take(path string, from int) *fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.faults[path]
	if f == nil || from < f.from || f.times > 0 && f.answered >= f.times {
		return nil
	}
	f.answered++
	now := *f
	return &now
}

// spoil answers wrongly, or changes the page and returns false.
func (f *fault) spoil(s *Server, w http.ResponseWriter, r *http.Request, p *listPage) bool {
	switch f.kind {
	case SameLink:
		p.nextLink = s.link(s.URL(), r.URL, r.URL.Query().Get("$skiptoken"))
	case NewLinks:
		p.nextLink = s.link(s.URL(), r.URL, strconv.Itoa(1_000_000+f.answered))
	case ForeignLink:
		p.nextLink = s.link(s.foreign.URL, r.URL, "1")
	case PlainLink:
		p.nextLink = s.link("http"+strings.TrimPrefix(s.URL(), "https"), r.URL, "1")
	case StrayLink:
		other := *r.URL
		other.Path = "/subscriptions/" + OtherSubscription + "/providers/x"
		p.nextLink = s.link(s.URL(), &other, "1")
	case ForeignRow:
		p.rows = append(p.rows, json.RawMessage(
			`{"id":"/subscriptions/`+OtherSubscription+`/x","properties":{}}`))
	case NoID:
		p.rows = append(p.rows, json.RawMessage(`{"properties":{}}`))
	default:
		f.answer(s, w, r, p)
		return true
	}
	return false
}

// answer gives the answers that are no page.
func (f *fault) answer(s *Server, w http.ResponseWriter, r *http.Request, p *listPage) {
	text := p.text()
	switch f.kind {
	case Unauthorized:
		refuse(w, http.StatusUnauthorized, "ExpiredAuthenticationToken")
	case Forbidden:
		refuse(w, http.StatusForbidden, "AuthorizationFailed")
	case NotFound:
		refuse(w, http.StatusNotFound, "SubscriptionNotFound")
	case Gone:
		refuse(w, http.StatusGone, "InvalidSkipToken")
	case TooMany, TooManyForLong:
		w.Header().Set("Retry-After", map[Fault]string{TooMany: "7", TooManyForLong: "3600"}[f.kind])
		refuse(w, http.StatusTooManyRequests, "TooManyRequests")
	case HalfPage:
		w.Header().Set("Content-Length", strconv.Itoa(len(text)))
		answer(w, http.StatusOK, text[:len(text)/2])
	case CutJSON:
		answer(w, http.StatusOK, text[:len(text)/2])
	case NoList:
		answer(w, http.StatusOK, []byte(`{"items":[]}`))
	case HugePage:
		answer(w, http.StatusOK, []byte(`{"value":[],"x":"`+strings.Repeat("x", 33<<20)+`"}`))
	case Redirect:
		w.Header().Set("Location", s.link(s.foreign.URL, r.URL, "1"))
		w.WriteHeader(http.StatusTemporaryRedirect)
	default:
		refuse(w, http.StatusInternalServerError, "InternalServerError")
	}
}
