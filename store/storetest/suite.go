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
		{"when all is done nothing is left", nothingLeft},
		{"a partition learns a fence from a commit", fenceSeen},
		{"what no decision makes is refused", oddChanges},
		{"a claim is extended", extended},
		{"a task given back is out of hand", givenBack},
		{"a task that waits counts for no attempt", waits},
		{"a pause holds everywhere until it ends", pauses},
		{"an admin entry is as old as its latest coming", namedAdmins},
		{"a suppressed address gets nothing until its time is over", suppression},
		{"a secret is read back from its own place alone", vaults},
		{"without a master key nothing secret is kept", keyless},
		{"a timer never falls early", notEarly},
		{"a lost reply is as good as a reply", lostReplies},
		{"a claim whose reply is lost comes due again", lostClaim},
		{"a silent server is given up", silence},
		{"a lease has one owner and a rising epoch", leases},
		{"a lost lease is refused in every partition", fencedEverywhere},
		{"many workers get each task once", crowd},
		{"a claim takes no more than asked, from every partition", claimLimit},
		{"what waits longest is claimed first", oldestFirst},
		{"a generation is founded once", generations},
		{"partitions are never lowered", partitionsKept},
		{"pages show every request once", pages},
		{"a page goes on behind what has left", pageGap},
		{"states are counted over all partitions", counts},
		{"requests are found by what people type", finds},
		{"an ambiguous beginning names nobody", ambiguous},
		{"waiting tasks are shown", waitingTasks},
		{"history proves and replays", history},
		{"attempts at a mail are counted first", mailAttempts},
		{"mails are listed newest first", mailPages},
		{"a mail has one outcome", mailChanged},
		{"waiting counts for no attempt at a mail", mailPutOff},
		{"a mail is found by a beginning of its digest", mailFound},
		{"a mail is handled again when an operator wants it", replayed},
		{"nothing comes of an ignored mail", ignored},
		{"an operator and a scan lose nothing of each other", judgedMeanwhile},
		{"a cursor is read back", cursors},
		{"a limit slides", limits},
		{"who came first stays the first", firstCame},
		{"a blob is read back", blobsBack},
		{"a blob is read from any place", blobsSeek},
		{"a blob that is gone is not found", blobsGone},
		{"a blob is replaced whole or not at all", blobsWhole},
		{"a blob that was tampered with is not read", tampering},
		{"what is forgotten is beyond recall", forgets},
		{"what is forgotten meanwhile is not stored", forgottenMeanwhile},
	} {
		t.Run(promise.name, func(t *testing.T) { promise.test(t, open(t)) })
	}
}
