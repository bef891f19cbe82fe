package workflow

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestEveryPairIsRuledOrRefused shows every pair of state and event, so that a
// blank in the table is something a reviewer saw.
func TestEveryPairIsRuledOrRefused(t *testing.T) {
	golden(t, "testdata/matrix.txt", matrix())
}

func matrix() string {
	var b strings.Builder
	ruled, refused := 0, 0
	for _, s := range States() {
		for _, e := range EventTypes() {
			row, ok := ruleFor(s, e)
			if !ok {
				refused++
				fmt.Fprintf(&b, "%-22s %-18s refused\n", s, e)
				continue
			}
			ruled++
			line := fmt.Sprintf("%-22s %-18s -> %-22s %s", s, e, row.to, orders(row.effects))
			b.WriteString(strings.TrimRight(line, " ") + "\n")
		}
	}
	fmt.Fprintf(&b, "%d pairs: %d ruled, %d refused\n", ruled+refused, ruled, refused)
	return b.String()
}

func orders(effects []EffectType) string {
	names := make([]string, 0, len(effects))
	for _, e := range effects {
		names = append(names, string(e))
	}
	return strings.Join(names, ", ")
}

// TestDiagramIsTheTable keeps the diagram that ARCHITECTURE.md includes.
func TestDiagramIsTheTable(t *testing.T) {
	golden(t, "testdata/table.mmd", diagram())
}

func diagram() string {
	var b strings.Builder
	b.WriteString("stateDiagram-v2\n")
	b.WriteString("    [*] --> needs_review: received\n    [*] --> awaiting_confirmation: received\n")
	for _, row := range table {
		if row.from == row.to && len(row.effects) == 0 {
			continue
		}
		label := string(row.on)
		if len(row.effects) > 0 {
			label += " / " + orders(row.effects)
		}
		fmt.Fprintf(&b, "    %s --> %s: %s\n", row.from, row.to, label)
	}
	return b.String()
}

func TestTableNamesNoPairTwice(t *testing.T) {
	seen := map[pair]bool{}
	for _, row := range table {
		p := pair{row.from, row.on}
		if seen[p] {
			t.Errorf("%s on %s stands twice", p.state, p.event)
		}
		seen[p] = true
	}
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got; run with -update after reading it):\n%s", file, diff)
	}
}
