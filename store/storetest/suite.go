package storetest

import (
	"os"
	"slices"
	"testing"
)

// promise is what a store keeps, on whatever server.
type promise struct {
	name string
	test func(*testing.T, Harness)
}

// Run proves every promise of a store on the server that open gives; each test
// gets a store of its own.
func Run(t *testing.T, open func(testing.TB) Harness) {
	prove(t, open, promises())
}

// RunSeveral proves those promises that several servers could break. Where STORE is full it
// proves all.
func RunSeveral(t *testing.T, open func(testing.TB) Harness) {
	if os.Getenv("STORE") == "full" {
		Run(t, open)
		return
	}
	prove(t, open, slices.DeleteFunc(promises(), func(p promise) bool {
		return !slices.Contains(several, p.name)
	}))
}

func prove(t *testing.T, open func(testing.TB) Harness, all []promise) {
	for _, promise := range all {
		t.Run(promise.name, func(t *testing.T) { promise.test(t, open(t)) })
	}
}

// several are promises for which it matters where the parts of a store lie, or that an
// answer waits for copies.
var several = []string{
	"a birth is read back",
	"a repeated operation changes nothing",
	"a lease that was lost commits nothing",
	"a claim that was lost commits nothing",
	"when all is done nothing is left",
	"a pause holds everywhere until it ends",
	"a suppressed address gets nothing until its time is over",
	"a secret is read back from its own place alone",
	"a probe tells its latest answer until it is forgotten",
	"a lost reply is as good as a reply",
	"a claim whose reply is lost comes due again",
	"what a server cannot do for now is not committed",
	"a lost lease is refused in every partition",
	"many workers get each task once",
	"what waits longest is claimed first, of all partitions",
	"partitions are never lowered",
	"pages show every request once",
	"states are counted over all partitions",
	"requests are found by what people type",
	"attempts at a mail are counted first",
	"an owner is above all that partitions saw",
	"a lease that partitions forgot is announced again",
	"a lease that was not told everywhere is not held",
	"a letter that may have left is told of",
	"a partition that holds less is behind, whatever others hold",
	"what was noted elsewhere is expected",
	"a recovery works alone until it has ended",
	"an emptied store is not begun anew by itself",
	"a blob is read back",
	"what is forgotten is beyond recall",
}

func promises() []promise {
	return []promise{
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
		{"a probe tells its latest answer until it is forgotten", probes},
		{"a probe opens in its own place alone", probesSealed},
		{"the clock of Redis is told", clock},
		{"without a master key nothing secret is kept", keyless},
		{"a timer never falls early", notEarly},
		{"a lost reply is as good as a reply", lostReplies},
		{"a claim whose reply is lost comes due again", lostClaim},
		{"a silent server is given up", silence},
		{"what a server cannot do for now is not committed", unable},
		{"a lease has one owner and a rising epoch", leases},
		{"a lost lease is refused in every partition", fencedEverywhere},
		{"many workers get each task once", crowd},
		{"a claim takes no more than asked, from every partition", claimLimit},
		{"what waits longest is claimed first", oldestFirst},
		{"what waits longest is claimed first, of all partitions", oldestOfAll},
		{"a generation is founded once", generations},
		{"a commit that is refused leaves nothing behind", refusedWhole},
		{"an owner is above all that partitions saw", leaseAbove},
		{"a lease that partitions forgot is announced again", leaseAgain},
		{"a lease that was not told everywhere is not held", leaseUntold},
		{"a mail is recorded under the latest lease alone", mailFenced},
		{"a claim that lapsed is told from one that was given back", lapses},
		{"a task that cannot be read holds up no other", unreadable},
		{"a letter that may have left is told of", perhapsLeft},
		{"a letter leaves under the latest claim alone", sendingFenced},
		{"what happened is written down without a claim", unclaimed},
		{"a claim of a lost life is worth nothing", claimsDiffer},
		{"copies wait behind letters", copiesWait},
		{"a store that holds less is behind", behind},
		{"a partition that holds less is behind, whatever others hold", behindOne},
		{"what was noted elsewhere is expected", expected},
		{"a halted store moves nothing", halts},
		{"a recovery works alone until it has ended", recovers},
		{"an emptied store is not begun anew by itself", emptied},
		{"a recovery is gone on with", resumes},
		{"an earlier life is behind, however much it holds", earlierLife},
		{"a partition that comes later knows the epoch", laterPartition},
		{"replicas know who shares their folder", replicas},
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
		{"a birth that wants nothing new joins the open request", openAlready},
		{"what a request occupies is free when it ends", ended},
		{"a birth whose reply is lost is not refused for its own sake", lostBirth},
		{"of many births at once one is born", bornAtOnce},
		{"requests of earlier releases stand in nobody's way", beforeGroups},
		{"a request that goes on keeps what it occupies", goesOn},
		{"what is occupied tells nothing", groupsSecret},
		{"what waits longest is known", oldest},
		{"a cursor is read back", cursors},
		{"a limit slides", limits},
		{"a place is taken on the first free road, or nowhere", places},
		{"what waits for a place is counted", waitsForPlaces},
		{"who came first stays the first", firstCame},
		{"a blob is read back", blobsBack},
		{"a blob is read from any place", blobsSeek},
		{"a blob that is gone is not found", blobsGone},
		{"a blob is replaced whole or not at all", blobsWhole},
		{"a blob that was tampered with is not read", tampering},
		{"a disk that takes nothing is no blob's fault", blobsOnBadDisk},
		{"what is forgotten is beyond recall", forgets},
		{"what is forgotten meanwhile is not stored", forgottenMeanwhile},
	}
}
