package store

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"
)

// Node is a server behind the store. Another RunID, or another ReplID, at an address says
// that it was started again or follows another history: no proof that something is lost,
// but a reason to look.
type Node struct {
	Addr     string // behind Sentinel, the primary's name
	RunID    string
	ReplID   string // names the history that it replicates
	Role     string // "master" or "slave", as Redis calls them
	Version  string
	Replicas int // that are connected to it

	replicas []string // their addresses, as the server tells them
}

// Nodes tells which servers are behind the store, those that answer, sorted by address; nil
// where INFO is denied. Behind Sentinel, that is the primary.
func (s *Store) Nodes(ctx context.Context) ([]Node, error) {
	var mu sync.Mutex
	var all []Node
	var denied bool
	err := s.everyNode(ctx, func(ctx context.Context, c redis.Cmdable, addr string) error {
		n, err := s.node(ctx, c, addr)
		mu.Lock()
		defer mu.Unlock()
		if text, sent := said(err); sent {
			if _, k, _ := refusal(text); k == lasting {
				denied = true
				return nil
			}
		}
		if err == nil {
			all = append(all, n)
		}
		return err
	})
	if denied {
		return nil, nil
	}
	if len(all) == 0 && err != nil {
		return nil, failed(err, "ask which servers there are")
	}
	slices.SortFunc(all, func(a, b Node) int { return strings.Compare(a.Addr, b.Addr) })
	return all, nil
}

// everyNode asks every server that the client knows of; of a cluster, replicas too.
func (s *Store) everyNode(
	ctx context.Context, f func(ctx context.Context, c redis.Cmdable, addr string) error,
) error {
	switch db := s.db.(type) {
	case *redis.ClusterClient:
		return db.ForEachShard(ctx, func(ctx context.Context, c *redis.Client) error {
			return f(ctx, c, c.Options().Addr)
		})
	case *redis.Client:
		addr := db.Options().Addr
		if s.cfg.MasterName != "" { // the client has no address then, but a name of its own
			addr = s.cfg.MasterName
		}
		return f(ctx, db, addr)
	}
	return f(ctx, s.db, "")
}

func (s *Store) node(ctx context.Context, c redis.Cmdable, addr string) (Node, error) {
	var text string
	err := s.again(ctx, func() (err error) {
		text, err = c.Info(ctx, "server").Result()
		if err != nil {
			return err
		}
		more, err := c.Info(ctx, "replication").Result()
		text += more
		return err
	})
	if err != nil {
		return Node{Addr: addr}, err
	}
	info := readInfo(text)
	n := Node{
		Addr: addr, RunID: info["run_id"], ReplID: info["master_replid"], Role: info["role"],
		Version: info["redis_version"],
	}
	for i := 0; ; i++ {
		line, ok := info["slave"+strconv.Itoa(i)]
		if !ok {
			return n, nil
		}
		f := readReplicaLine(line)
		if f["state"] == "online" {
			n.Replicas++
		}
		n.replicas = append(n.replicas, f["ip"]+":"+f["port"])
	}
}

// readInfo reads the lines "name:value" of INFO.
func readInfo(text string) map[string]string {
	info := map[string]string{}
	for line := range strings.Lines(text) {
		if name, value, ok := strings.Cut(strings.TrimRight(line, "\r\n"), ":"); ok {
			info[name] = value
		}
	}
	return info
}

// readReplicaLine reads "ip=127.0.0.1,port=6379,state=online,offset=0,lag=0".
func readReplicaLine(line string) map[string]string {
	fields := map[string]string{}
	for field := range strings.SplitSeq(line, ",") {
		name, value, _ := strings.Cut(field, "=")
		fields[name] = value
	}
	return fields
}

// askCluster asks all servers of a cluster.
func (s *Store) askCluster(ctx context.Context) (all []Finding, err error) {
	var mu sync.Mutex
	err = s.everyNode(ctx, func(ctx context.Context, c redis.Cmdable, addr string) error {
		found, err := s.askNode(ctx, c, addr)
		mu.Lock()
		defer mu.Unlock()
		all = append(all, found...)
		return err
	})
	slices.SortFunc(all, func(a, b Finding) int { return strings.Compare(a.Node, b.Node) })
	return all, err
}
