package workflow_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/dsrd/dsrd/workflow"
)

// However a request came to be delivered, one order to send the package stands, and
// it is the last one: those of earlier rounds were for another admin or package.
func TestOnlyTheNewestOrderToSendAPackageStands(t *testing.T) {
	deliver := []workflow.EventType{workflow.CodeIssued, workflow.LetterSent,
		workflow.Acknowledged, workflow.SlotOpened, workflow.PackageBuilt}
	rounds := map[string][]workflow.EventType{
		"another admin":     append([]workflow.EventType{workflow.AdminChanged}, deliver...),
		"bounced, anew":     append([]workflow.EventType{workflow.Bounced, workflow.AskAgain}, deliver...),
		"bounced, again":    {workflow.Bounced, workflow.DeliverAgain},
		"bytes were lost":   {workflow.CompileAgain, workflow.SlotOpened, workflow.PackageBuilt},
		"a deadline passes": {workflow.DeadlineNear, workflow.EffectDropped, workflow.Held},
		"joined, receipted": {workflow.Joined, workflow.Noted, workflow.Joined, workflow.Joined},
	}
	rapid.Check(t, func(rt *rapid.T) {
		l := newLife(t, birth(workflow.DefaultPolicy()))
		l.must(t, deliver...)
		orders := packageOrders(l)
		for range rapid.IntRange(0, 5).Draw(rt, "rounds") {
			way := rapid.SampledFrom([]string{"another admin", "bounced, anew", "bounced, again",
				"bytes were lost", "a deadline passes", "joined, receipted"}).Draw(rt, "way")
			l.must(t, rounds[way]...)
			orders = packageOrders(l)
		}
		for i, e := range orders {
			if got, want := e.Stands(l.r), i == len(orders)-1; got != want {
				rt.Fatalf("order %d of %d stands: %v", i+1, len(orders), got)
			}
		}
	})
}

func packageOrders(l *life) []workflow.Effect {
	var orders []workflow.Effect
	for _, e := range l.effects {
		if e.Type == workflow.SendPackage {
			orders = append(orders, e)
		}
	}
	return orders
}
