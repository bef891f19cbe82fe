package redistest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/dsrd/dsrd/internal/child"
)

// StartOne starts a Redis Cluster of one node in dir, which exists: it refuses every script whose
// keys lie in several slots.
func StartOne(dir string, settings ...string) (*Server, error) {
	bus, err := child.Port()
	if err != nil {
		return nil, err
	}
	s, err := Start(dir, slices.Concat(
		[]string{"--cluster-enabled", "yes", "--cluster-port", strconv.Itoa(bus)}, settings)...)
	if err != nil {
		return nil, err
	}
	if _, err := s.Ask("CLUSTER", "ADDSLOTSRANGE", "0", "16383"); err != nil {
		s.Kill()
		return nil, fmt.Errorf("create a cluster of one: %v", err)
	}
	// A new node turns writable two seconds after its start, whatever one does.
	return s, s.await(func() bool {
		said, err := s.Ask("CLUSTER", "INFO")
		return err == nil && strings.Contains(said, "cluster_state:ok")
	})
}
