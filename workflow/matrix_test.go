package workflow

import (
	"flag"
	"fmt"
	"os"
	"slices"
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
			if e == Recovered && !s.Terminal() {
				ruled++
				b.WriteString(recoveryLines(s))
				continue
			}
			row, ok := ruleFor(s, e)
			if !ok {
				refused++
				fmt.Fprintf(&b, "%-22s %-18s refused\n", s, e)
				continue
			}
			ruled++
			b.WriteString(line(row))
			if e == Recovered {
				b.WriteString(recoveryLines(s))
			}
		}
	}
	fmt.Fprintf(&b, "%d pairs: %d ruled, %d refused\n", ruled+refused, ruled, refused)
	return b.String()
}

func line(row rule) string {
	l := fmt.Sprintf("%-22s %-18s -> %-22s %s", row.from, row.on, row.to, orders(row.effects))
	return strings.TrimRight(l, " ") + "\n"
}

// recoveryLines are what may become of a request in that state, each as a line of its own
// that ends with what must be found.
func recoveryLines(s State) string {
	var b strings.Builder
	for _, row := range recoveries {
		if slices.Contains(row.from, s) {
			l := strings.TrimSuffix(line(row.rule(s)), "\n")
			fmt.Fprintf(&b, "%-86s (%s)\n", l, row.found)
		}
	}
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
	return b.String() + recoveryDiagram()
}

// recoveryDiagram draws what a recovery does for all states at once: one by one they would
// hide the rest.
func recoveryDiagram() string {
	var b strings.Builder
	drawn := map[string]bool{}
	for _, row := range recoveries {
		if row.to == "" {
			continue
		}
		names := make([]string, 0, len(row.from))
		for _, s := range row.from {
			names = append(names, string(s))
		}
		from := fmt.Sprintf("recovered_%d", len(names))
		if !drawn[from] {
			drawn[from] = true
			fmt.Fprintf(&b, "    state \"%s\" as %s\n", strings.Join(names, ", "), from)
		}
		label := "recovered, " + string(row.found)
		if len(row.effects) > 0 {
			label += " / " + orders(row.effects)
		}
		fmt.Fprintf(&b, "    %s --> %s: %s\n", from, row.to, label)
	}
	return b.String()
}

// TestEveryOpenStateRecovers: whatever is found, there is one row for it, and none for what
// is over.
func TestEveryOpenStateRecovers(t *testing.T) {
	for _, s := range States() {
		for _, f := range []finding{packageLeft, declineLeft, refusalLeft, youngRequest, oldRequest} {
			n := 0
			for _, row := range recoveries {
				if row.found == f && slices.Contains(row.from, s) {
					n++
				}
			}
			if want := 1; !s.Terminal() && n != want || s.Terminal() && n != 0 {
				t.Errorf("%s, %s: %d rows", s, f, n)
			}
		}
	}
	for _, s := range reopening {
		if !s.Terminal() {
			t.Errorf("%s is not over, and is opened again", s)
		}
	}
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
