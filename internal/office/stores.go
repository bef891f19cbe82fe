package office

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dsrd/dsrd/internal/real"
	"github.com/dsrd/dsrd/store/redistest"
)

// A Store is the Redis of an installation, whatever it consists of.
type Store interface {
	// Configuration are the lines of redis that lead there.
	Configuration() string
	// Ask runs a command on the server that serves a key, and gives its answer one element a line.
	Ask(key string, words ...string) (string, error)
	// Keys are all that fit a pattern; none of a server that does not answer.
	Keys(pattern string) []string
}

// lent is a database of a server that others use, too.
type lent struct {
	redis    *real.Redis
	url      string
	database int
}

func newShared(r *real.Redis) Store {
	url, n := r.Database()
	return lent{r, url, n}
}

func (s lent) Configuration() string { return "  url: " + s.url + "\n" }

func (s lent) Ask(_ string, words ...string) (string, error) {
	return s.redis.Ask(s.database, words...)
}

func (s lent) Keys(pattern string) []string { return keysOf(s.Ask("", "KEYS", pattern)) }

func keysOf(answer string, err error) []string {
	if err != nil {
		return nil
	}
	return strings.Fields(answer)
}

// Alone is a server of one's own. Through says where the daemon finds it, "" is the server itself;
// the tests always ask the server.
func Alone(s *redistest.Server, through string) Choice {
	if through == "" {
		through = s.Addr()
	}
	return func(o *Settings) { o.Store = alone{s, through} }
}

type alone struct {
	server *redistest.Server
	addr   string
}

func (a alone) Configuration() string { return "  url: redis://" + a.addr + "\n" }

func (a alone) Ask(_ string, words ...string) (string, error) { return a.server.Ask(words...) }

func (a alone) Keys(pattern string) []string { return keysOf(a.server.Ask("KEYS", pattern)) }

// Watched is a primary with replicas and Sentinels.
func Watched(t *redistest.Trio) Choice { return func(o *Settings) { o.Store = watched{t} } }

type watched struct{ trio *redistest.Trio }

func (w watched) Configuration() string {
	return fmt.Sprintf("  addresses: [%s]\n  master_name: %s\n",
		strings.Join(w.trio.Sentinels(), ", "), redistest.MasterName)
}

func (w watched) Ask(_ string, words ...string) (string, error) {
	s, err := w.trio.Primary()
	if err != nil {
		return "", err
	}
	return s.Ask(words...)
}

func (w watched) Keys(pattern string) []string { return keysOf(w.Ask("", "KEYS", pattern)) }

// Clustered is a Redis Cluster.
func Clustered(c *redistest.Six) Choice { return func(o *Settings) { o.Store = clustered{c} } }

type clustered struct{ six *redistest.Six }

func (c clustered) Configuration() string {
	return "  addresses: [" + strings.Join(c.six.Addrs(), ", ") + "]\n  cluster: true\n  partitions: 4\n"
}

func (c clustered) Ask(key string, words ...string) (string, error) {
	s, err := c.six.MasterOf(key)
	if err != nil {
		return "", err
	}
	return s.Ask(words...)
}

// Keys looks at every node, replicas too: each key is named once.
func (c clustered) Keys(pattern string) (all []string) {
	for _, n := range c.six.Nodes() {
		all = append(all, keysOf(n.Ask("KEYS", pattern))...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}
