package store_test

import (
	"testing"

	"github.com/dsrd/dsrd/store"
	"github.com/dsrd/dsrd/store/redistest"
	"github.com/dsrd/dsrd/store/storetest"
)

// onAll demands that every replica has a change: only then any of them may be elected.
var onAll = store.Durability{Mode: store.ModeWait, Replicas: 2}

// onOne is the gate of a shard with one replica.
var onOne = store.Durability{Mode: store.ModeWait, Replicas: 1}

func realTrio(t testing.TB, settings ...string) *redistest.Trio {
	t.Helper()
	trio := storetest.RealTrio(t, settings...)
	if trio == nil {
		t.Skip("redis-server is not installed")
	}
	return trio
}

func realSix(t testing.TB, settings ...string) *redistest.Six {
	t.Helper()
	six := storetest.RealSix(t, settings...)
	if six == nil {
		t.Skip("redis-server is not installed")
	}
	return six
}

func TestBehindSentinelsThePromisesAreKept(t *testing.T) {
	trio := realTrio(t)
	storetest.RunSeveral(t, func(testing.TB) storetest.Harness { return storetest.OnTrio(trio, onAll) })
	findings, err := storetest.OnTrio(trio, onAll).Open(t).CheckDurability(t.Context())
	if err != nil || len(findings) != 0 {
		t.Errorf("check durability: %v, %v", findings, err)
	}
}

func TestOnSeveralMastersThePromisesAreKept(t *testing.T) {
	six := realSix(t)
	storetest.RunSeveral(t, func(testing.TB) storetest.Harness { return storetest.OnSix(six, onOne) })
	findings, err := storetest.OnSix(six, onOne).Open(t).CheckDurability(t.Context())
	if err != nil || len(findings) != 0 {
		t.Errorf("check durability: %v, %v", findings, err)
	}
}
