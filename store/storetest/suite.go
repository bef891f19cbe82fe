package storetest

import "testing"

// Run proves every promise of a store on the server that open gives; each test
// gets a store of its own.
func Run(t *testing.T, open func(testing.TB) Harness) {
	for _, promise := range []struct {
		name string
		test func(*testing.T, Harness)
	}{
		{"a birth is read back", readBack},
		{"a stale base is a conflict", staleBase},
		{"a birth happens once", birthOnce},
		{"a rival between load and commit is not overwritten", rival},
		{"a repeated operation changes nothing", repeated},
		{"an effect is due when it was ordered", effectDue},
		{"a claimed task is hidden until its lease ends", leaseHides},
		{"a done effect is gone", doneGone},
		{"a timer falls due when it says", timerDue},
		{"a lease that was lost commits nothing", fenced},
		{"a claim that was lost commits nothing", claimLost},
	} {
		t.Run(promise.name, func(t *testing.T) { promise.test(t, open(t)) })
	}
}
