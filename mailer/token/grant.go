package token

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// grant is what the endpoint gave.
type grant struct {
	access  string
	refresh string // empty: go on with the old one
	asked   time.Time
	life    time.Duration
}

// The life of a token whose life is not told (RFC 6749 5.1 only recommends it), and the longest that
// is believed: a token lives no longer for being called old late, but a refusal renews it anyway.
const (
	defaultLife = 10 * time.Minute
	maxLife     = 24 * time.Hour
)

var errGarbage = temporary("the endpoint's answer is not one of RFC 6749 5.1")

// readGrant reads a successful answer.
func readGrant(body []byte, asked time.Time) (grant, error) {
	var a struct {
		Access  string  `json:"access_token"`
		Type    string  `json:"token_type"`
		Life    seconds `json:"expires_in"`
		Refresh string  `json:"refresh_token"`
	}
	if a, is := readRefusal(body); is { // with 200, as some do
		return grant{}, a.refusal()
	}
	// The error of json would quote what it could not read.
	if json.Unmarshal(body, &a) != nil || !printable(a.Access) ||
		a.Refresh != "" && !printable(a.Refresh) {
		return grant{}, errGarbage
	}
	if !strings.EqualFold(a.Type, "Bearer") { // RFC 6749 7.1: not to be used when not understood
		return grant{}, &refusal{fault: ErrSettings, text: "the endpoint gives no bearer token"}
	}
	g := grant{access: a.Access, refresh: a.Refresh, asked: asked, life: defaultLife}
	if a.Life > 0 {
		g.life = min(time.Duration(min(a.Life, 1<<31))*time.Second, maxLife)
	}
	return g, nil
}

// readRefusal reads an answer of RFC 6749 5.2, and whether it is one.
func readRefusal(body []byte) (answered, bool) {
	var a answered
	err := json.Unmarshal(body, &a)
	return a, err == nil && a.Code != ""
}

func (a answered) refusal() error {
	return &refusal{fault: a.fault(), text: "the endpoint says " + a.words()}
}

// seconds is a number, or a number in quotes, as older endpoints of Microsoft write it.
type seconds int64

// UnmarshalJSON never fails: a life that is not understood is one that was not told.
func (s *seconds) UnmarshalJSON(text []byte) error {
	n, err := strconv.ParseFloat(strings.Trim(string(text), `"`), 64)
	if err == nil && n > 0 && n < 1<<40 {
		*s = seconds(n)
	}
	return nil
}

// printable is true of what can be a token (RFC 6749 A.12), without the space, which would break out
// of an Authorization header.
func printable(token string) bool {
	return token != "" && !strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' })
}

// clean is an error without the tokens of the grant.
func (g grant) clean(err error) string {
	text := strings.ReplaceAll(err.Error(), g.access, "…")
	if g.refresh != "" {
		text = strings.ReplaceAll(text, g.refresh, "…")
	}
	return text
}
