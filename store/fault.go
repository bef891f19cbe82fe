package store

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"
)

// Unreachable says that Redis did not answer: nothing is known of the call but
// that repeating it is safe.
type Unreachable struct {
	Doing string // what was attempted
	Cause string
}

// Error ends in what an operator can do about it.
func (u *Unreachable) Error() string {
	return fmt.Sprintf("%s: Redis does not answer: %s (is it running, and are redis.url, "+
		"the network and TLS right?)", u.Doing, u.Cause)
}

// hints says what an operator can do about a server's refusal, by its first word.
var hints = []struct{ word, hint string }{
	{"OOM", "Redis is full: raise maxmemory; nothing was lost"},
	{"READONLY", "this is a replica: point redis.url at the primary"},
	{"MASTERDOWN", "the primary is down: wait for the failover or start it"},
	{"NOREPLICAS", "too few replicas for min-replicas-to-write"},
	{"MISCONF", "Redis cannot write to its disk: look at its log"},
	{"LOADING", "Redis is still loading its data: wait"},
	{"BUSY", "a script blocks Redis: SCRIPT KILL ends it"},
	{"CLUSTERDOWN", "the cluster lacks nodes"},
	{"TRYAGAIN", "the cluster moves a slot: wait"},
	{"NOAUTH", "set the user and password of redis.url"},
	{"WRONGPASS", "the user or password of redis.url is wrong"},
	{"NOPERM", "the ACL of this user lacks the command or key named above"},
	{"CROSSSLOT", "redis.cluster must be true for a cluster"},
}

// passes names the refusals that end by themselves: worth a repetition.
const passes = "READONLY MASTERDOWN LOADING CLUSTERDOWN TRYAGAIN"

// passing reports whether a repetition may succeed: the network failed, or the
// server said that it is not ready.
func passing(err error) bool {
	if errors.Is(err, context.Canceled) || errors.Is(err, redis.ErrClosed) {
		return false
	}
	word, refused := refusal(err)
	return !refused || word != "" && strings.Contains(passes, word)
}

// refusal gives the first word of an error that the server itself sent.
func refusal(err error) (word string, ok bool) {
	var sent redis.Error
	if !errors.As(err, &sent) {
		return "", false
	}
	word, _, _ = strings.Cut(sent.Error(), " ")
	return word, true
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
	word, refused := refusal(err)
	if !refused {
		return &Unreachable{Doing: doing, Cause: err.Error()}
	}
	for _, h := range hints {
		if h.word == word {
			return fmt.Errorf("%s: %v (%s)", doing, err, h.hint)
		}
	}
	return fmt.Errorf("%s: %v", doing, err)
}

// notNil drops the library's way of saying that a key does not exist.
func notNil(err error) error {
	if errors.Is(err, redis.Nil) {
		return nil
	}
	return err
}
