package redistest

import (
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"strings"

	"github.com/dsrd/dsrd/internal/child"
)

// A Six is a Redis Cluster of three masters, each with one replica.
type Six struct {
	nodes   []*Server
	lagging map[*Server]bool
}

// clusterSettings let a node be taken for dead after a second, and let a replica take over
// however old its data is.
var clusterSettings = []string{
	"--cluster-enabled", "yes", "--cluster-node-timeout", "1000", "--cluster-replica-validity-factor", "0",
	"--cluster-require-full-coverage", "no",
}

// StartSix starts the nodes below dir, which exists, and returns when all slots are served and all
// replicas follow. Settings are for every node.
func StartSix(dir string, settings ...string) (*Six, error) {
	c := &Six{lagging: map[*Server]bool{}}
	if err := c.begin(dir, settings); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

func (c *Six) begin(dir string, settings []string) error {
	program, err := child.Find("redis-cli", "redis-tools")
	if err != nil {
		return err
	}
	create := []string{"--cluster", "create"}
	for n := range 6 {
		bus, err := child.Port()
		if err != nil {
			return err
		}
		own := slices.Concat(clusterSettings, []string{"--cluster-port", strconv.Itoa(bus)}, settings)
		s, err := below(dir, "n", n, own)
		if err == nil {
			err = s.Start()
		}
		if err != nil {
			return err
		}
		c.nodes = append(c.nodes, s)
		create = append(create, s.Addr())
	}
	out, err := exec.Command(program, append(create, "--cluster-replicas", "1", "--cluster-yes")...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("create a cluster: %v\n%s", err, out)
	}
	if !child.Within(child.Patience, c.settled) {
		return fmt.Errorf("the cluster does not get ready:\n%s", child.Tail(c.nodes[0].log()))
	}
	return nil
}

// masters is how many there are, each with a part of the slots.
const masters = 3

// settled says whether every node that runs finds the whole cluster well, and every replica
// follows.
func (c *Six) settled() bool {
	running := 0
	for _, s := range c.nodes {
		if s.Running() {
			running++
		}
	}
	for _, s := range c.nodes {
		if s.Running() && !(c.whole(s) && followers(s) == running-masters &&
			(s.Info("role") == "master" || s.follows())) {
			return false
		}
	}
	return true
}

// followers is how many replicas a node knows that are well.
func followers(s *Server) (n int) {
	said, err := s.Ask("CLUSTER", "NODES")
	if err != nil {
		return -1
	}
	for line := range strings.Lines(said) {
		row := strings.Fields(line)
		if len(row) > 3 && strings.Contains(row[2], "slave") && !strings.Contains(row[2], "fail") && row[3] != "-" {
			n++
		}
	}
	return n
}

// whole says whether a node knows who serves each slot, and that all of them do.
func (c *Six) whole(s *Server) bool {
	said, err := s.Ask("CLUSTER", "INFO")
	return err == nil && strings.Contains(said, "cluster_state:ok") &&
		strings.Contains(said, "cluster_slots_ok:16384") && strings.Contains(said, "cluster_known_nodes:6")
}

// Close kills everybody.
func (c *Six) Close() {
	for _, s := range c.nodes {
		s.Kill()
	}
}

// Nodes are all six.
func (c *Six) Nodes() []*Server { return slices.Clone(c.nodes) }

// Addrs are the addresses of all six.
func (c *Six) Addrs() (all []string) {
	for _, s := range c.nodes {
		all = append(all, s.Addr())
	}
	return all
}

// MasterOf is the node that serves a key.
func (c *Six) MasterOf(key string) (*Server, error) {
	row, _, err := c.rowOf(key)
	if err != nil {
		return nil, err
	}
	return c.node(row)
}

// ReplicaOf is the node that follows the one that serves a key.
func (c *Six) ReplicaOf(key string) (*Server, error) {
	master, rows, err := c.rowOf(key)
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		if len(row) > 3 && row[3] == master[0] && !strings.Contains(row[2], "fail") {
			return c.node(row)
		}
	}
	return nil, fmt.Errorf("find the replica of %s: nobody follows %s", key, master[1])
}

// rowOf is the line of CLUSTER NODES of the master that serves a key, and all lines, as a node
// that runs knows them.
func (c *Six) rowOf(key string) (master []string, rows [][]string, err error) {
	asked := 0
	for _, s := range c.nodes {
		if c.lagging[s] || !s.Running() {
			continue
		}
		slot, err := s.Ask("CLUSTER", "KEYSLOT", key)
		if err != nil {
			continue
		}
		said, err := s.Ask("CLUSTER", "NODES")
		if err != nil {
			continue
		}
		asked++
		rows = rows[:0]
		for line := range strings.Lines(said) {
			rows = append(rows, strings.Fields(line))
		}
		for _, row := range rows {
			if len(row) > 8 && strings.Contains(row[2], "master") && serves(row[8:], slot) {
				return row, rows, nil
			}
		}
	}
	return nil, nil, fmt.Errorf("find the master of %s: none of %d nodes names one", key, asked)
}

// serves says whether one of the ranges ("0-5460", "7") holds the slot.
func serves(ranges []string, slot string) bool {
	n, _ := strconv.Atoi(slot) // the server's own word
	return slices.ContainsFunc(ranges, func(r string) bool {
		first, last, several := strings.Cut(r, "-")
		if !several {
			last = first
		}
		from, err := strconv.Atoi(first)
		to, err2 := strconv.Atoi(last)
		return err == nil && err2 == nil && from <= n && n <= to
	})
}

// node finds ours by a line of CLUSTER NODES: "id ip:port@bus flags master ...".
func (c *Six) node(row []string) (*Server, error) {
	addr, _, _ := strings.Cut(row[1], "@")
	for _, s := range c.nodes {
		if s.Addr() == addr {
			return s, nil
		}
	}
	return nil, fmt.Errorf("find the node %s: it is none of ours", addr)
}

// Detach lets a replica fall behind: from now on it takes none of what its master writes.
// KillMasterOf ends that.
func (c *Six) Detach(s *Server) {
	s.Pause()
	c.lagging[s] = true
}

// KillMasterOf kills the node that serves a key, and returns it when its replica serves the key.
// A replica that was detached is killed, too, because what lies in its socket would be read else,
// and begins again with what its disk holds.
func (c *Six) KillMasterOf(key string) (*Server, error) {
	old, err := c.MasterOf(key)
	if err != nil {
		return nil, err
	}
	for s := range c.lagging {
		s.Kill()
	}
	old.Kill()
	for s := range c.lagging {
		if err := s.Start(); err != nil {
			return nil, err
		}
		delete(c.lagging, s)
	}
	taken := func() bool {
		for _, s := range c.nodes {
			if s.Running() && !c.whole(s) {
				return false
			}
		}
		now, err := c.MasterOf(key)
		return err == nil && now != old && now.Info("role") == "master"
	}
	if !child.Within(child.Patience, taken) {
		return nil, fmt.Errorf("kill the master of %s: nobody takes its place:\n%s", key, child.Tail(c.nodes[0].log()))
	}
	return old, nil
}

// Return starts a node that was killed, and returns when it has all that the master of its slots
// has.
func (c *Six) Return(s *Server) error {
	if err := s.Start(); err != nil {
		return err
	}
	if !s.process.Within(child.Patience, c.settled) {
		return fmt.Errorf("the node on port %d does not find back:\n%s", s.port, child.Tail(s.log()))
	}
	if s.Info("role") == "master" {
		return nil
	}
	for _, primary := range c.nodes {
		if strconv.Itoa(primary.port) == s.Info("master_port") {
			return followed(s, primary)
		}
	}
	return fmt.Errorf("the node on port %d follows none of ours", s.port)
}
