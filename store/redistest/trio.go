package redistest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/dsrd/dsrd/internal/child"
)

// MasterName is what the Sentinels call the primary of a Trio.
const MasterName = "dsrd"

// A Trio is a primary with two replicas, watched by three Sentinels.
type Trio struct {
	servers   []*Server
	sentinels []*sentinel
	lagging   map[*Server]bool
}

// StartTrio starts all of it below dir, which exists, and returns when the Sentinels know each
// other and the replicas follow. Settings are for the three servers.
func StartTrio(dir string, settings ...string) (*Trio, error) {
	t := &Trio{lagging: map[*Server]bool{}}
	if err := t.begin(dir, settings); err != nil {
		t.Close()
		return nil, err
	}
	return t, nil
}

func (t *Trio) begin(dir string, settings []string) error {
	for n := range 3 {
		s, err := below(dir, "r", n, settings)
		if err != nil {
			return err
		}
		if t.servers = append(t.servers, s); n == 0 {
			err = s.Start()
		} else {
			err = s.start(follow(t.servers[0])...)
		}
		if err != nil {
			return err
		}
	}
	for n := range 3 {
		s, err := startSentinel(filepath.Join(dir, "s"+strconv.Itoa(n)), t.servers[0].port)
		if err != nil {
			return err
		}
		t.sentinels = append(t.sentinels, s)
	}
	return t.settled()
}

// below prepares server n in a folder of its own.
func below(dir, name string, n int, settings []string) (*Server, error) {
	own := filepath.Join(dir, name+strconv.Itoa(n))
	if err := os.Mkdir(own, 0o700); err != nil {
		return nil, err
	}
	return prepare(own, settings...)
}

func follow(s *Server) []string { return []string{"--replicaof", "127.0.0.1 " + strconv.Itoa(s.port)} }

// settled waits until everybody knows everybody.
func (t *Trio) settled() error {
	ready := func() bool {
		for _, s := range t.sentinels {
			if s.field("num-slaves") != "2" || s.field("num-other-sentinels") != "2" {
				return false
			}
		}
		return t.servers[0].Info("connected_slaves") == "2" &&
			t.servers[1].follows() && t.servers[2].follows()
	}
	if !child.Within(child.Patience, ready) {
		return fmt.Errorf("the sentinels do not find each other:\n%s", child.Tail(t.sentinels[0].log))
	}
	return nil
}

// Close kills everybody.
func (t *Trio) Close() {
	for _, s := range t.sentinels {
		s.process.Kill()
	}
	for _, s := range t.servers {
		s.Kill()
	}
}

// Sentinels are their addresses.
func (t *Trio) Sentinels() (all []string) {
	for _, s := range t.sentinels {
		all = append(all, child.Loopback(s.port))
	}
	return all
}

// Primary is the server that the Sentinels call so, dead or alive.
func (t *Trio) Primary() (*Server, error) {
	for _, s := range t.sentinels {
		said, err := ask("tcp", child.Loopback(s.port), []string{"SENTINEL", "GET-MASTER-ADDR-BY-NAME", MasterName})
		if err != nil {
			continue
		}
		for _, server := range t.servers {
			if strings.HasSuffix(said, "\n"+strconv.Itoa(server.port)) {
				return server, nil
			}
		}
	}
	return nil, fmt.Errorf("find the primary: no sentinel names one of ours")
}

// Replicas are the servers that run and are not the primary.
func (t *Trio) Replicas() (all []*Server) {
	primary, err := t.Primary()
	for _, s := range t.servers {
		if err == nil && s != primary && s.Running() {
			all = append(all, s)
		}
	}
	return all
}

// Detach lets a replica fall behind: from now on it takes none of what the primary writes. It
// still counts as connected. FailOver ends that.
func (t *Trio) Detach(s *Server) {
	s.Pause()
	t.lagging[s] = true
}

// calm waits until the Sentinels are done with the last failover: while one is under way they do
// not begin another.
func (t *Trio) calm(primary *Server) error {
	done := func() bool {
		for _, s := range t.sentinels {
			if s.field("port") != strconv.Itoa(primary.port) || s.field("flags") != "master" {
				return false
			}
		}
		return true
	}
	if !child.Within(child.Patience, done) {
		return fmt.Errorf("the sentinels do not calm down:\n%s", child.Tail(t.sentinels[0].log))
	}
	return nil
}

// FailOver kills the primary and returns when another server takes writes for it. A replica that
// was detached is killed, too, because what lies in its socket would be read else, and begins
// again with what its disk holds.
func (t *Trio) FailOver(ctx context.Context) error {
	old, err := t.Primary()
	if err == nil {
		err = t.calm(old)
	}
	if err != nil {
		return err
	}
	for s := range t.lagging {
		s.Kill()
	}
	old.Kill()
	for s := range t.lagging {
		if err := s.start(follow(old)...); err != nil {
			return err
		}
		delete(t.lagging, s)
	}
	elected := func() bool {
		p, err := t.Primary()
		return ctx.Err() != nil || err == nil && p != old && p.Info("role") == "master"
	}
	if !child.Within(child.Patience, elected) {
		return fmt.Errorf("fail over: the sentinels elect nobody:\n%s", child.Tail(t.sentinels[0].log))
	}
	return ctx.Err()
}

// Return starts a server that was killed as a replica of the present primary, and returns when it
// has all that the primary has. As it was before, it would take itself for the primary until the
// Sentinels tell it otherwise.
func (t *Trio) Return(s *Server) error {
	primary, err := t.Primary()
	if err != nil {
		return err
	}
	if err := s.start(follow(primary)...); err != nil {
		return err
	}
	return followed(s, primary)
}

// followed waits until a replica has all that its primary has.
func followed(s, primary *Server) error {
	ready := func() bool {
		return s.follows() && s.Info("slave_repl_offset") == primary.Info("master_repl_offset")
	}
	if !s.process.Within(child.Patience, ready) {
		return fmt.Errorf("the replica on port %d does not follow:\n%s", s.port, child.Tail(s.log()))
	}
	return nil
}
