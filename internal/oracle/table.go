package oracle

import (
	"fmt"
	"slices"
	"strings"
)

// table says where an event may lead from a state; what it does not name is refused. Where
// more than the state decides, it names the same pair several times.
type table map[[2]string][]string

// readTable reads lines of "from event -> to effects" and "from event refused".
func readTable(text []byte) (table, error) {
	t := table{}
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		if len(f) >= 4 && f[2] == "->" {
			pair := [2]string{f[0], f[1]}
			t[pair] = append(t[pair], f[3])
		}
	}
	if len(t) == 0 {
		return nil, fmt.Errorf("read the table of %d bytes: no line of it rules anything", len(text))
	}
	return t, nil
}

// leads says whether the table allows a move. A request is born in one of two states.
func (t table) leads(from, event, to string) bool {
	if from == "" {
		return event == "received" && (to == "needs_review" || to == "awaiting_confirmation")
	}
	return slices.Contains(t[[2]string{from, event}], to)
}
