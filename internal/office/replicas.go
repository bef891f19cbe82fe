package office

import (
	"fmt"
	"os"
	"strings"
)

// Replica starts daemon n of several that share all but their socket and their folder for state;
// 1 is the one that operators ask. It waits for nothing, and starts the same one again after its
// end.
func (o *Office) Replica(n int) *Daemon {
	o.T.Helper()
	if n == 1 {
		return o.ServeAs("dsrd.yaml", "dsrd.sock")
	}
	config, socket, state := fmt.Sprintf("dsrd%d.yaml", n), fmt.Sprintf("dsrd%d.sock", n), fmt.Sprintf("state%d", n)
	if _, err := os.Stat(o.Path(config)); err != nil {
		NoError(o.T, os.Mkdir(o.Path(state), 0o700))
	}
	text := o.Read("dsrd.yaml")
	text = strings.Replace(text, "socket: dsrd.sock", "socket: "+socket, 1)
	o.Write(config, strings.Replace(text, "state_dir: state\n", "state_dir: "+state+"\n", 1))
	return o.ServeAs(config, socket)
}

// Replicas starts n of them, and waits until the mailbox was read.
func (o *Office) Replicas(n int) []*Daemon {
	o.T.Helper()
	all := make([]*Daemon, 0, n)
	for i := range n {
		all = append(all, o.Replica(i+1))
	}
	for _, d := range all {
		d.Ready()
	}
	return all
}
