package store

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/dsrd/dsrd/workflow"
)

// Unreachable says that Redis cannot work for us now: it did not answer, and then
// nothing is known of the call but that repeating it is safe; or it refused for a
// reason that passes, and then nothing was committed. Waiting is right in both cases.
type Unreachable struct {
	Doing   string // what was attempted
	Cause   string // for an operator
	Refusal string // first word of what the server said, such as OOM; "" for no answer
}

// Error ends in what an operator can do about it.
func (u *Unreachable) Error() string {
	if u.Refusal != "" {
		return fmt.Sprintf("%s: Redis cannot do it now: %s", u.Doing, u.Cause)
	}
	return fmt.Sprintf("%s: Redis does not answer: %s (is it running, and are redis.url, "+
		"the network and TLS right?)", u.Doing, u.Cause)
}

// Is makes it workflow.Unavailable.
func (u *Unreachable) Is(target error) bool { return target == error(workflow.Unavailable) }

// kind is how long a refusal lasts.
type kind int

const (
	lasting kind = iota // until somebody changes our settings
	passing             // until somebody mends Redis; we wait
	brief               // it ends by itself, and may have ended already
)

// refusals says what an operator can do about what a server says no with.
var refusals = []struct {
	begin string
	kind  kind
	hint  string
}{
	{"OOM", passing, "Redis is full: raise maxmemory; nothing was lost"},
	{"READONLY", brief, "this is a replica: wait for the failover, or point redis.url at the primary"},
	{"ERR WAIT cannot be used with replica", brief, "this is a replica: wait for the failover"},
	{"ERR WAITAOF cannot be used with replica", brief, "this is a replica: wait for the failover"},
	{"MASTERDOWN", brief, "the primary is down: wait for the failover or start it"},
	{"NOREPLICAS", passing, "too few replicas for min-replicas-to-write: start them"},
	{"MISCONF", passing, "Redis cannot write to its disk: look at its log"},
	{"LOADING", brief, "Redis is still loading its data: wait"},
	{"BUSY", passing, "a script blocks Redis: SCRIPT KILL ends it"},
	{"MOVED", brief, "the cluster moved a slot: wait"},
	{"ASK", brief, "the cluster moves a slot: wait"},
	{"CLUSTERDOWN", brief, "the cluster lacks nodes: start them"},
	{"TRYAGAIN", brief, "the cluster moves a slot: wait"},
	{"ERR max number of clients", passing, "Redis has too many connections: raise maxclients"},
	{"NOAUTH", lasting, "set the user and password of redis.url"},
	{"WRONGPASS", lasting, "the user or password of redis.url is wrong"},
	{"NOPERM", lasting, "the ACL of this user lacks the command or key named above"},
	{"ERR The user executing the script", lasting, "the ACL of this user lacks a command or key"},
	{"CROSSSLOT", lasting, "redis.cluster must be true for a cluster"},
}

// inScript is how Redis before 7 begins an error that ended a script: what was
// wrong stands behind it, after a '-'.
const inScript = "ERR Error running script"

// refusal explains a text that the server sent: lasting and no hint for one that is
// not known here.
func refusal(text string) (word string, k kind, hint string) {
	for _, r := range refusals {
		if strings.HasPrefix(text, r.begin+" ") ||
			strings.HasPrefix(text, inScript) && strings.Contains(text, " -"+r.begin+" ") {
			word, _, _ = strings.Cut(r.begin, " ")
			return word, r.kind, r.hint
		}
	}
	return "", lasting, ""
}

// said is the text of an error that the server itself sent.
func said(err error) (text string, ok bool) {
	var sent redis.Error
	if !errors.As(err, &sent) {
		return "", false
	}
	return sent.Error(), true
}

// worthRepeating reports whether the same call may succeed within a second or two:
// the network failed, or the server said that it is not ready.
func worthRepeating(err error) bool {
	if errors.Is(err, context.Canceled) || errors.Is(err, redis.ErrClosed) {
		return false
	}
	var few *tooFew
	if errors.As(err, &few) { // it has waited for them
		return false
	}
	text, refused := said(err)
	_, k, _ := refusal(text)
	return !refused || k == brief
}

// failed describes an error of the client library without letting its type out.
func failed(err error, doing string, args ...any) error {
	doing = fmt.Sprintf(doing, args...)
	if errors.Is(err, context.Canceled) {
		return fmt.Errorf("%s: %w", doing, context.Canceled)
	}
	if errors.Is(err, redis.ErrClosed) {
		return fmt.Errorf("%s: the store is closed", doing)
	}
	var few *tooFew
	if errors.As(err, &few) {
		return &Unreachable{Doing: doing, Cause: few.Error(), Refusal: few.command()}
	}
	text, refused := said(err)
	if !refused {
		return &Unreachable{Doing: doing, Cause: err.Error()}
	}
	word, k, hint := refusal(text)
	switch {
	case hint == "":
		return fmt.Errorf("%s: %v", doing, err)
	case k == lasting:
		return fmt.Errorf("%s: %v (%s)", doing, err, hint)
	}
	return &Unreachable{Doing: doing, Cause: fmt.Sprintf("%s (%s)", hint, text), Refusal: word}
}

// notNil drops the library's way of saying that a key does not exist.
func notNil(err error) error {
	if errors.Is(err, redis.Nil) {
		return nil
	}
	return err
}
