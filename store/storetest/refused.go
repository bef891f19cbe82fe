package storetest

import (
	"errors"
	"strings"
	"testing"

	"github.com/dsrd/dsrd/store"
	"github.com/dsrd/dsrd/workflow"
)

// unable: whatever a server refuses for a time is not committed, is said in words,
// and succeeds when it is repeated later.
func unable(t *testing.T, h Harness) {
	line := &Line{}
	s := h.Open(t, line.Adapt)
	commit(t, s, birth(t, 1))
	c := birth(t, 2)
	for text, want := range map[string]string{
		"OOM command not allowed when used memory > 'maxmemory'.":                           "raise maxmemory",
		"READONLY You can't write against a read only replica.":                             "failover",
		"MASTERDOWN Link with MASTER is down":                                               "failover",
		"NOREPLICAS Not enough good replicas to write.":                                     "replicas",
		"MISCONF Errors writing to the AOF file: No space left":                             "disk",
		"LOADING Redis is loading the dataset in memory":                                    "wait",
		"BUSY Redis is busy running a script.":                                              "SCRIPT KILL",
		"CLUSTERDOWN The cluster is down":                                                   "nodes",
		"TRYAGAIN Multiple keys request during rehashing of slot":                           "slot",
		"ERR WAIT cannot be used with replica instances. Please also note":                  "failover",
		"ERR max number of clients reached":                                                 "maxclients",
		"ERR Error running script (call to f_1): @user_script: 1: -OOM command not allowed": "raise maxmemory",
	} {
		line.Refuse(text)
		err := s.Commit(t.Context(), c)
		var gone *store.Unreachable
		if !errors.Is(err, workflow.Unavailable) || !errors.As(err, &gone) || gone.Refusal == "" ||
			!strings.Contains(gone.Cause, want) {
			t.Errorf("after %q: got %v, want *Unreachable that says %q", text, err, want)
		}
		line.Refuse("")
		if _, err := s.Load(t.Context(), c.Request.ID); !errors.Is(err, workflow.NotFound) {
			t.Errorf("after %q: %v", text, err)
		}
	}
	for _, text := range []string{
		"NOAUTH Authentication required.", "NOPERM this user has no permissions",
		"ERR wrong number of arguments", "WRONGTYPE Operation against a key", "BUSYGROUP is another word",
	} {
		line.Refuse(text)
		err := s.Commit(t.Context(), c)
		var gone *store.Unreachable
		if err == nil || errors.Is(err, workflow.Unavailable) || errors.As(err, &gone) ||
			!strings.Contains(err.Error(), text) {
			t.Errorf("after %q: got %v, want an error that lasts", text, err)
		}
	}
	line.Refuse("")
	commit(t, s, c)
}
